package dev.sway.blobd.client;

import dev.sway.blobd.api.BlobdApi;
import dev.sway.blobd.api.BlobdApi.MissingAnswer;
import dev.sway.blobd.api.BlobdApi.MissingRequest;
import dev.sway.blobd.api.BlobdApi.NameAnswer;
import dev.sway.blobd.api.BlobdApi.NamesAnswer;
import dev.sway.blobd.api.BlobdApi.PublishRequest;
import dev.sway.blobd.cli.Failures;
import dev.sway.blobd.http.HttpAnswer;
import dev.sway.blobd.http.HttpCaller;
import dev.sway.blobd.http.WireJson;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import dev.sway.formats.manifest.ManifestFormat;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;

/// A client of one blobd.
///
/// Thread-safe; calls may run at the same time and share connections. Every failure is a
/// [SwayException]: `blobd-unreachable` where nobody answers, `unauthorized` for a wrong token,
/// `not-found` or `unknown-image`, `corrupt` where bytes do not match their digest, `storage` where
/// a disk fails on either side.
public final class BlobClient implements Images, AutoCloseable {
  private static final int BUFFER_BYTES = 128 << 10;
  private static final int BATCH = 32_768;
  private static final int MAX_NAMES_BYTES = 64 << 20;
  private static final int MAX_MISSING_ANSWER_BYTES = 8 << 20;

  /// The slowest upload that is not taken for a hanging one, in bytes per second.
  private static final long SLOWEST_UPLOAD = 128 << 10;

  private final HttpCaller caller;

  /// A client of the blobd at `base`.
  ///
  /// @param base `http://` on loopback or `https://`
  /// @param token the bearer token, needed only to upload and only where the server asks for one
  /// @throws SwayException of kind `usage` where the address is neither
  public BlobClient(URI base, Optional<String> token) throws SwayException {
    this(base, token, "set SERVER_URL", "SWAY_TOKEN or a token file");
  }

  /// The same, for a program that is told address and token in another way.
  ///
  /// @param remedy what to do where the address is wrong, such as `set SERVER_URL`
  /// @param tokenFrom where the token is from, such as `SWAY_TOKEN`
  public BlobClient(URI base, Optional<String> token, String remedy, String tokenFrom)
      throws SwayException {
    caller =
        new HttpCaller(
            new HttpCaller.Peer(
                "blobd",
                FailureKind.BLOBD_UNREACHABLE,
                "start it with 'blobd serve', or " + remedy,
                tokenFrom),
            base,
            token);
  }

  /// The profiles of images on this server.
  public Profiles profiles() {
    return new Profiles(caller);
  }

  /// The server's address, without a trailing slash.
  public URI base() {
    return caller.base();
  }

  /// What `name` points at now.
  ///
  /// @throws SwayException of kind `unknown-image` where there is no such name
  @Override
  public ResolvedName resolve(ImageName name) throws IOException {
    return resolved(
        caller.json(
            caller.request(BlobdApi.name(name)).build(),
            NameAnswer.class,
            BlobdApi.MAX_JSON_BYTES));
  }

  /// Every name, sorted.
  @Override
  public List<ResolvedName> names() throws IOException {
    NamesAnswer answer =
        caller.json(caller.request(BlobdApi.NAMES).build(), NamesAnswer.class, MAX_NAMES_BYTES);
    List<ResolvedName> names = new ArrayList<>(answer.images().size());
    for (NameAnswer name : answer.images()) {
      names.add(resolved(name));
    }
    return List.copyOf(names);
  }

  /// The bytes of the manifest `digest`, at most [ManifestFormat#MAX_BYTES], which have that
  /// digest.
  public byte[] manifestBytes(Digest digest) throws IOException {
    try (HttpAnswer answer = caller.send(caller.request(BlobdApi.blob(digest)).build())) {
      long announced = answer.headers().firstValueAsLong("Content-Length").orElse(0);
      byte[] bytes =
          announced > ManifestFormat.MAX_BYTES
              ? new byte[0]
              : answer.body().readNBytes(ManifestFormat.MAX_BYTES + 1);
      if (Math.max(announced, bytes.length) > ManifestFormat.MAX_BYTES) {
        throw new CorruptException(
            "blob " + digest,
            "%s has more than the %d bytes that a manifest may have; is it the digest of something else than an image?"
                .formatted(caller, ManifestFormat.MAX_BYTES));
      }
      verify(digest, Digest.of(bytes), bytes.length);
      return bytes;
    }
  }

  /// Writes the blob `digest` of `size` bytes to `out`, which stays open. The bytes are to be
  /// trusted only once this has returned.
  ///
  /// @throws SwayException of kind `corrupt` where the digest or the size is another
  public void fetch(Digest digest, long size, OutputStream out) throws IOException {
    MessageDigest sha256 = Digest.newSha256();
    long received = 0;
    try (HttpAnswer answer = caller.send(caller.request(BlobdApi.blob(digest)).build())) {
      InputStream body = answer.body();
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int count = body.read(buffer); count >= 0; count = body.read(buffer)) {
        received += count;
        if (received > size) {
          throw new CorruptException(
              "blob " + digest, "%s has more than its %d bytes".formatted(caller, size));
        }
        Digest.update(sha256, buffer, 0, count);
        out.write(buffer, 0, count);
      }
    }
    if (received != size) {
      throw new CorruptException(
          "blob " + digest, "%s has %d bytes of its %d".formatted(caller, received, size));
    }
    verify(digest, Digest.finish(sha256), received);
  }

  /// Writes the blob `digest` of `size` bytes to a new file, which is not there where this fails. A
  /// file that exists already is left as it is and is a failure of kind `storage`.
  public void fetch(Digest digest, long size, Path file) throws IOException {
    boolean complete = false;
    try (OutputStream out = create(file)) {
      try {
        fetch(digest, size, out);
        complete = true;
      } finally {
        if (!complete) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      throw Failures.storage(file, e);
    }
  }

  private static OutputStream create(Path file) throws IOException {
    return Files.newOutputStream(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  }

  /// Exactly `length` bytes of the blob `digest` from `offset` on. They are not verified: the
  /// caller knows the chunks' digests.
  ///
  /// @param length at least 1
  @Override
  public byte[] range(Digest digest, long offset, int length) throws IOException {
    if (offset < 0 || length < 1 || offset > Long.MAX_VALUE - length) {
      throw new IllegalArgumentException("no range: %d bytes at %d".formatted(length, offset));
    }
    long last = offset + length - 1;
    HttpRequest request =
        caller
            .request(BlobdApi.blob(digest))
            .header("Range", "bytes=%d-%d".formatted(offset, last))
            .build();
    try (HttpAnswer answer = caller.send(request)) {
      String range = answer.headers().firstValue("Content-Range").orElse("");
      if (answer.status() != 206 || !range.startsWith("bytes %d-%d/".formatted(offset, last))) {
        throw new SwayException(
            FailureKind.BLOBD_UNREACHABLE,
            "%s answered the range %d-%d of %s with status %d and '%s'; is a proxy in between that drops ranges?"
                .formatted(caller, offset, last, digest, answer.status(), range));
      }
      byte[] bytes = answer.bytes(length);
      if (bytes.length != length) {
        throw new CorruptException(
            "blob " + digest,
            "%s sent %d of %d bytes at %d".formatted(caller, bytes.length, length, offset));
      }
      return bytes;
    }
  }

  /// All bytes of the blob `digest` as the server sends them, not verified. The caller closes the
  /// stream; its reads throw a [SwayException] where the connection breaks.
  ///
  /// @throws SwayException of kind `not-found` where the server does not have it
  @Override
  public InputStream stream(Digest digest) throws IOException {
    return caller.send(caller.request(BlobdApi.blob(digest)).build()).body();
  }

  /// Which of `digests` the server lacks, in their order. To ask for none of them tells whether the
  /// server is there and would take an upload with this token.
  public Set<Digest> missing(Collection<Digest> digests) throws IOException {
    List<Digest> asked = List.copyOf(new LinkedHashSet<>(digests));
    Set<Digest> missing = new LinkedHashSet<>();
    for (int from = 0; from == 0 || from < asked.size(); from += BATCH) {
      List<Digest> batch = asked.subList(from, Math.min(asked.size(), from + BATCH));
      HttpRequest request =
          caller
              .request(BlobdApi.BLOBS + "/missing")
              .POST(json(new MissingRequest(batch)))
              .header("Content-Type", "application/json")
              .build();
      missing.addAll(caller.json(request, MissingAnswer.class, MAX_MISSING_ANSWER_BYTES).missing());
    }
    missing.retainAll(new LinkedHashSet<>(asked));
    return missing;
  }

  /// Uploads `file` as the blob `digest`. The server checks the digest; a blob that is there
  /// already is no failure.
  ///
  /// @param progress gets the number of bytes sent since it was last called, on another thread;
  ///   negative where an upload starts again
  public void upload(Digest digest, Path file, LongConsumer progress) throws IOException {
    put(
        BlobdApi.blob(digest),
        new CountingPublisher(content(file), progress),
        "application/octet-stream");
  }

  /// What is in `file`, to be uploaded.
  static BodyPublisher content(Path file) throws SwayException {
    try {
      // Asked for its size first: the publisher's own exception for a missing file names no path.
      Files.size(file);
      return BodyPublishers.ofFile(file);
    } catch (IOException e) {
      throw Failures.storage(file, e);
    }
  }

  /// Uploads `bytes` as the blob `digest`.
  public void upload(Digest digest, byte[] bytes) throws IOException {
    put(BlobdApi.blob(digest), BodyPublishers.ofByteArray(bytes), "application/octet-stream");
  }

  /// Lets `name` point at the manifest `manifest`, which is uploaded, as is everything it names.
  ///
  /// @throws SwayException of kind `incomplete` where something it names is not there
  public void publish(ImageName name, Digest manifest) throws IOException {
    put(BlobdApi.name(name), json(new PublishRequest(manifest)), "application/json");
  }

  /// Takes `name` away and returns what it pointed at. Manifest, index and packs stay.
  ///
  /// @throws SwayException of kind `unknown-image` where there is no such name
  public ResolvedName remove(ImageName name) throws IOException {
    return resolved(
        caller.json(
            caller.request(BlobdApi.name(name)).DELETE().build(),
            NameAnswer.class,
            BlobdApi.MAX_JSON_BYTES));
  }

  private void put(String path, BodyPublisher body, String type) throws IOException {
    HttpRequest request =
        caller
            .request(path)
            .PUT(body)
            .timeout(limit(body.contentLength()))
            .header("Content-Type", type)
            .build();
    try (HttpAnswer answer = caller.send(request)) {
      answer.bytes(BlobdApi.MAX_JSON_BYTES);
    }
  }

  /// How long an upload of so many bytes may take until it is answered.
  static Duration limit(long bytes) {
    return HttpCaller.ANSWER_LIMIT.plusSeconds(Math.max(0, bytes) / SLOWEST_UPLOAD);
  }

  private static BodyPublisher json(Object value) {
    return BodyPublishers.ofByteArray(WireJson.write(value));
  }

  private ResolvedName resolved(NameAnswer answer) throws SwayException {
    try {
      return new ResolvedName(
          ImageName.parse(answer.name()), answer.manifest(), Instant.parse(answer.modified()));
    } catch (SwayException | DateTimeException e) {
      throw new SwayException(
          FailureKind.BLOBD_UNREACHABLE,
          "%s sent a name that is none: '%s' of %s"
              .formatted(caller, answer.name(), answer.modified()),
          e);
    }
  }

  private void verify(Digest expected, Digest actual, long bytes) throws CorruptException {
    if (!actual.equals(expected)) {
      throw new CorruptException(
          "blob " + expected,
          "%s sent %d bytes with the digest %s; the store's copy is damaged, export the image again"
              .formatted(caller, bytes, actual));
    }
  }

  /// Ends what is under way and closes the connections. Idempotent.
  @Override
  public void close() {
    caller.close();
  }

  @Override
  public String toString() {
    return caller.toString();
  }
}
