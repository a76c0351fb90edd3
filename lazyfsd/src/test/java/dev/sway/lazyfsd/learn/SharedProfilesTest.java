package dev.sway.lazyfsd.learn;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import dev.sway.blobd.api.BlobdApi;
import dev.sway.blobd.client.BlobClient;
import dev.sway.formats.id.Digest;
import dev.sway.formats.profile.Profile;
import dev.sway.formats.profile.ProfileRange;
import dev.sway.formats.profile.ProfileWriter;
import dev.sway.formats.profile.ProfiledPath;
import dev.sway.formats.trace.CommandKey;
import dev.sway.lazyfsd.fixture.PackServer;
import dev.sway.lazyfsd.fixture.TestImage;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SharedProfilesTest {
  private static final CommandKey COMMAND = CommandKey.ofCommand(List.of("app"));
  @TempDir Path folder;

  /// What others have written as this would not: the same, compressed otherwise.
  @Test
  void whatBlobdHasIsKeptByteForByte() throws Exception {
    TestImage.Built image = new TestImage(folder).file("/data", "content").build();
    Profile profile =
        new Profile(
            image.digest(),
            COMMAND,
            List.of("app"),
            3,
            Instant.parse("2026-11-29T12:00:00Z"),
            true,
            List.of(new ProfiledPath("/data", 2, List.of(new ProfileRange(0, 7)), 10, 3, 0)));
    byte[] usual = ProfileWriter.write(profile);
    byte[] sent = compressed(Zstd.decompress(usual, 1 << 20));
    assertThat(sent).isNotEqualTo(usual);
    Path state = folder.resolve("state");
    try (PackServer blobd = new PackServer(folder.resolve("store"));
        BlobClient client = new BlobClient(blobd.uri(), Optional.empty());
        HttpClient http = HttpClient.newHttpClient()) {
      client.upload(image.reference().digest(), image.pack());
      client.upload(Digest.of(image.index()), image.index());
      client.upload(image.digest(), image.manifestBytes());
      HttpRequest put =
          HttpRequest.newBuilder(blobd.uri().resolve(BlobdApi.profile(image.digest(), COMMAND)))
              .PUT(HttpRequest.BodyPublishers.ofByteArray(sent))
              .build();
      assertThat(http.send(put, HttpResponse.BodyHandlers.ofString()).statusCode())
          .isBetween(200, 204);
      SharedProfiles profiles =
          new SharedProfiles(
              new LocalProfiles(state), client.profiles(), state.resolve("hot-packs"));
      assertThat(profiles.find(image.digest(), COMMAND))
          .contains(new Profiles.Found(profile, Digest.of(sent), "blobd", Optional.empty()));
      Path kept =
          state.resolve("profiles/" + image.digest().hex() + "-" + COMMAND.hex() + ".profile");
      assertThat(Files.readAllBytes(kept)).isEqualTo(sent);
      assertThat(profiles.find(image.digest(), COMMAND))
          .contains(new Profiles.Found(profile, Digest.of(sent), "worker", Optional.empty()));
    }
  }

  private static byte[] compressed(byte[] content) {
    try (ZstdCompressCtx zstd = new ZstdCompressCtx()) {
      return zstd.setLevel(1).setChecksum(true).setWindowLog(10).compress(content);
    }
  }
}
