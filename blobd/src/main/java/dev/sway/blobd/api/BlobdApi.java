package dev.sway.blobd.api;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import dev.sway.formats.hot.HotMapFormat;
import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import dev.sway.formats.trace.CommandKey;
import java.util.List;

/// Blobd's HTTP API: paths, limits and the JSON of requests and answers. `docs/api/blobd.md`
/// describes it for people.
public final class BlobdApi {
  /// Blobs: `/v1/blobs/sha256:HEX`.
  public static final String BLOBS = "/v1/blobs";

  /// Names: `/v1/names` and `/v1/names/NAME:TAG`.
  public static final String NAMES = "/v1/names";

  /// Profiles: `/v1/profiles/sha256:HEX` and `/v1/profiles/sha256:HEX/KEY`; below one of them the
  /// map of its hot pack, `/hot`, and uploads of that pack, `/hot/sha256:HEX`.
  public static final String PROFILES = "/v1/profiles";

  /// What the server is.
  public static final String STATUS = "/v1/status";

  /// The greatest number of digests in one question for what is missing.
  public static final int MAX_MISSING = 65_537;

  /// The longest body of such a question in bytes; a digest takes 74 of them.
  public static final int MAX_MISSING_BYTES = 8 << 20;

  /// The longest body of any other request with JSON in it.
  public static final int MAX_JSON_BYTES = 64 << 10;

  /// The longest profile in bytes.
  public static final int MAX_PROFILE_BYTES = 4 << 20;

  /// How many profiles an image has at most.
  public static final int MAX_PROFILES = 256;

  /// The most bytes that the hot packs of an image have together.
  public static final long MAX_HOT_BYTES = 8 * HotMapFormat.MAX_PACK_BYTES;

  private BlobdApi() {}

  /// The path of a blob.
  public static String blob(Digest digest) {
    return BLOBS + "/" + digest;
  }

  /// The path of a name. Nothing in an image's name needs percent-encoding.
  public static String name(ImageName name) {
    return NAMES + "/" + name;
  }

  /// The path of an image's profiles.
  public static String profiles(Digest manifest) {
    return PROFILES + "/" + manifest;
  }

  /// The path of one of them.
  public static String profile(Digest manifest, CommandKey key) {
    return profiles(manifest) + "/" + key;
  }

  /// The path of the map of its hot pack.
  public static String hotMap(Digest manifest, CommandKey key) {
    return profile(manifest, key) + "/hot";
  }

  /// The path that a hot pack is uploaded to. It is read as a [#blob].
  public static String hotPack(Digest manifest, CommandKey key, Digest pack) {
    return hotMap(manifest, key) + "/" + pack;
  }

  /// Asks which of these blobs the server lacks.
  public record MissingRequest(List<Digest> digests) {
    public MissingRequest {
      digests = List.copyOf(digests);
    }
  }

  /// The blobs that the server lacks, in the order asked, each once.
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record MissingAnswer(List<Digest> missing) {
    public MissingAnswer {
      missing = List.copyOf(missing);
    }
  }

  /// Lets a name point at a manifest.
  public record PublishRequest(Digest manifest) {}

  /// One image.
  ///
  /// @param name `NAME:TAG`
  /// @param manifest the digest of its manifest
  /// @param modified when the name was last pointed somewhere, as ISO 8601 instant
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record NameAnswer(String name, Digest manifest, String modified) {}

  /// All images, sorted by name.
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record NamesAnswer(List<NameAnswer> images) {
    public NamesAnswer {
      images = List.copyOf(images);
    }
  }

  /// One profile.
  ///
  /// @param key of the command, 64 hexadecimal digits
  /// @param bytes its size
  /// @param modified when it was last stored, as ISO 8601 instant
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record ProfileAnswer(String key, long bytes, String modified) {}

  /// All profiles of an image, sorted by key.
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record ProfilesAnswer(List<ProfileAnswer> profiles) {
    public ProfilesAnswer {
      profiles = List.copyOf(profiles);
    }
  }

  /// One profile, as the list has it. Of an older server it is read as a [ProfileAnswer].
  ///
  /// @param key of the command, 64 hexadecimal digits
  /// @param bytes its size
  /// @param modified when it was last stored, as ISO 8601 instant
  /// @param hotBytes the size of its hot pack; 0 where it has none
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record ListedProfileAnswer(String key, long bytes, String modified, long hotBytes) {}

  /// All profiles of an image, sorted by key. Of an older server it is read as a [ProfilesAnswer].
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record ListedProfilesAnswer(List<ListedProfileAnswer> profiles) {
    public ListedProfilesAnswer {
      profiles = List.copyOf(profiles);
    }
  }

  /// What the server is.
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record StatusAnswer(String program, String version) {}
}
