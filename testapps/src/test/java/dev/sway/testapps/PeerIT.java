package dev.sway.testapps;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A worker that has an image gives it to another one.
@Timeout(300)
final class PeerIT {
  private static final long SMALLEST_PACK = 1 << 20;

  private static ExportedImage app;

  @TempDir Path folder;
  private Sway sway;
  private Path tree;
  private Path point;

  @BeforeAll
  static void export(@TempDir Path shared) throws Exception {
    Requirements.runs();
    app =
        ExportedImage.app(
            shared, tree -> TestImages.noise(tree.resolve("data/large"), 20_000_000, 9));
  }

  @BeforeEach
  void start() throws Exception {
    sway = app.in(folder).startBoth("--peer-listen", "127.0.0.1:0");
    tree = sway.images().resolve("tree");
    point = folder.resolve("point");
  }

  @AfterEach
  void stop() throws IOException {
    if (sway != null) {
      sway.close();
    }
  }

  private String peerUrl() throws Exception {
    return sway.worker().awaitOutput("peers at (http://[0-9.:]+)").group(1);
  }

  private String sums(Path below) throws Exception {
    return Shell.bash(below, "find . -type f -print0 | sort -z | xargs -0 sha256sum").out();
  }

  private void warm() throws Exception {
    assertThat(sway.ctl("cache", "warm", "app").exitCode()).isZero();
  }

  private void removePacksFromBlobd() throws IOException {
    try (Stream<Path> blobs = Files.walk(sway.store().resolve("blobs"))) {
      for (Path blob : blobs.filter(Files::isRegularFile).toList()) {
        if (Files.size(blob) > SMALLEST_PACK) {
          Files.delete(blob);
        }
      }
    }
  }

  @Test
  void whatAWorkerHasComesToAnotherWithoutBlobd() throws Exception {
    warm();
    removePacksFromBlobd();
    try (CountingProxy peer = new CountingProxy(peerUrl())) {
      Child mount = sway.mount("app", point, "other", "--peer", peer.url());
      assertThat(sums(point)).as(mount.toString()).isEqualTo(sums(tree));
      Sway.end(mount);
      assertThat(peer.rangeBytes()).isGreaterThan(20_000_000);
    }
  }

  @Test
  void whatAWorkerLacksComesFromBlobd() throws Exception {
    sway.sh("app", "sha256sum /data/large").expect(0);
    try (CountingProxy blobd = new CountingProxy(sway.blobdUrl());
        CountingProxy peer = new CountingProxy(peerUrl())) {
      Child mount = sway.mountFrom(blobd.url(), "app", point, "other", "--peer", peer.url());
      assertThat(sums(point)).isEqualTo(sums(tree));
      Sway.end(mount);
      // Of 24 MB in all, blobd has at least the 2 MB that no run has read.
      assertThat(blobd.rangeBytes()).isGreaterThan(2_000_000);
      assertThat(peer.rangeBytes()).as(mount.toString()).isGreaterThan(1_000_000);
    }
  }

  @Test
  void peerKeepsItsAddressAsItIsReplacedAndMayEndUnderAMount() throws Exception {
    String url = peerUrl();
    sway.upgradeWorker();
    assertThat(peerUrl()).isEqualTo(url);
    Child mount = sway.mount("app", point, "other", "--peer", url);
    Shell.bash(point, "sha256sum data/a");
    Sway.end(sway.worker());
    assertThat(sums(point)).isEqualTo(sums(tree));
    Sway.end(mount);
  }
}
