package dev.sway.lazyfsd.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import dev.sway.blobd.cli.Program;
import dev.sway.blobd.client.BlobClient;
import dev.sway.blobd.http.ListenAddress;
import dev.sway.blobd.server.BlobdServer;
import dev.sway.blobd.server.ServeConfig;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.manifest.Manifest;
import dev.sway.formats.manifest.Manifest.IndexBlob;
import dev.sway.formats.manifest.ManifestWriter;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.linux.FileFacts;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ImageStoreTest {
  @TempDir Path folder;
  private final PrintStream quiet =
      new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
  private BlobdServer blobd;
  private BlobClient client;
  private TestImage.Built image;

  @BeforeEach
  void serve() throws IOException {
    blobd =
        BlobdServer.start(
            new Program("blobd", quiet, quiet, false),
            new ServeConfig(
                folder.resolve("store"), ListenAddress.parse("127.0.0.1:0"), Optional.empty()));
    client = new BlobClient(blobd.uri(), Optional.empty());
    image = new TestImage(folder).file("/hello", "hello").build();
    upload(image.index());
    upload(image.manifestBytes());
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    blobd.close();
  }

  private Digest upload(byte[] blob) throws IOException {
    Digest digest = Digest.of(blob);
    client.upload(digest, blob);
    return digest;
  }

  private Path images() {
    return folder.resolve("images");
  }

  private ImageStore store() throws IOException {
    return new ImageStore(images(), client);
  }

  /// By a store of its own, all that it fetched being on the disk afterwards.
  private long inodes() throws IOException {
    try (ImageStore store = store()) {
      return inodes(store);
    }
  }

  private long inodes(ImageStore store) throws IOException {
    try (LocalImage local = store.open(image.digest())) {
      return local.index().counts().inodes();
    }
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(images())) {
      return files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
    }
  }

  private Manifest with(IndexBlob index) {
    Manifest good = image.manifest();
    return new Manifest(good.config(), index, good.packs(), good.source(), good.statistics());
  }

  @Test
  void metadataIsFetchedOnceAndServesWithoutBlobd() throws IOException {
    assertThat(inodes()).isEqualTo(2);
    assertThat(files())
        .containsExactly(
            image.digest().hex() + ".json",
            image.digest().hex() + ".mdb",
            image.digest().hex() + ".mdb.verified");
    blobd.close();
    assertThat(inodes()).isEqualTo(2);
  }

  @Test
  void damagedFilesOnDiskAreFetchedAgain() throws IOException {
    inodes();
    Path index = images().resolve(image.digest().hex() + ".mdb");
    byte[] bytes = Files.readAllBytes(index);
    for (int at : new int[] {20, bytes.length / 2, bytes.length - 1}) {
      byte[] damaged = bytes.clone();
      damaged[at] ^= 0x40;
      Files.write(index, damaged);
      assertThat(inodes()).isEqualTo(2);
      assertThat(Files.readAllBytes(index)).isEqualTo(bytes);
    }
    Files.write(index, new byte[10]);
    assertThat(inodes()).isEqualTo(2);
    Files.writeString(images().resolve(image.digest().hex() + ".json"), "{");
    assertThat(inodes()).isEqualTo(2);
  }

  @Test
  void indexThatWasVerifiedIsNotReadAgainUntilTheMachineStartsAnew() throws IOException {
    inodes();
    Path index = images().resolve(image.digest().hex() + ".mdb");
    Path note = images().resolve(image.digest().hex() + ".mdb.verified");
    byte[] bytes = Files.readAllBytes(index);
    FileFacts before = FileFacts.of(index);
    // What follows the header in the first page is padding: LMDB does not mind, and who hashes
    // does.
    byte[] changed = bytes.clone();
    changed[2000] ^= 1;
    Files.write(index, changed);
    FileFacts after = FileFacts.of(index);
    String noted = Files.readString(note);
    assertThat(noted).contains(String.valueOf(before.changedNanos()));
    Files.writeString(
        note,
        noted.replace(String.valueOf(before.changedNanos()), String.valueOf(after.changedNanos())));
    assertThat(inodes()).isEqualTo(2);
    assertThat(Files.readAllBytes(index)).as("as trusted").isEqualTo(changed);
    Files.writeString(note, Files.readString(note).replaceFirst("\"boot\":\"", "$0another-"));
    assertThat(inodes()).isEqualTo(2);
    assertThat(Files.readAllBytes(index)).as("hashed, and fetched").isEqualTo(bytes);
    Files.writeString(note, "{");
    assertThat(inodes()).isEqualTo(2);
    assertThat(Files.readString(note)).contains(image.manifest().index().contentDigest().hex());
  }

  @Test
  void indexThatTheDiskDoesNotTakeIsServedAndFetchedAnew() throws IOException {
    List<Path> refused = new CopyOnWriteArrayList<>();
    VerifiedIndex.Disk failing =
        file -> {
          refused.add(file);
          throw new IOException("the disk fails");
        };
    try (ImageStore store = new ImageStore(images(), client, failing)) {
      assertThat(inodes(store)).isEqualTo(2);
    }
    assertThat(refused).containsExactly(images().resolve(image.digest().hex() + ".mdb"));
    assertThat(files())
        .as("neither index nor note")
        .containsExactly(image.digest().hex() + ".json");
    assertThat(inodes()).isEqualTo(2);
    assertThat(files()).contains(image.digest().hex() + ".mdb.verified");
  }

  @Test
  @Timeout(60)
  void indexThatTheDiskTakesItsTimeForIsOpenedAgainMeanwhile() throws IOException {
    CountDownLatch goOn = new CountDownLatch(1);
    List<Path> synced = new CopyOnWriteArrayList<>();
    VerifiedIndex.Disk slow =
        file -> {
          synced.add(file);
          try {
            goOn.await();
          } catch (InterruptedException e) {
            throw new IOException(e);
          }
        };
    try (ImageStore store = new ImageStore(images(), client, slow)) {
      assertThat(inodes(store)).isEqualTo(2);
      assertThat(inodes(store)).isEqualTo(2);
      goOn.countDown();
    }
    assertThat(synced).as("by the one that fetched it").hasSize(1);
    assertThat(files()).contains(image.digest().hex() + ".mdb.verified");
  }

  @Test
  void indexIsNotNotedBeforeTheDiskHasIt() throws IOException {
    Path note = images().resolve(image.digest().hex() + ".mdb.verified");
    List<Boolean> noted = new CopyOnWriteArrayList<>();
    VerifiedIndex.Disk slow = _ -> noted.add(Files.exists(note));
    for (int fetchedAndThenFoundThere = 0;
        fetchedAndThenFoundThere < 2;
        fetchedAndThenFoundThere++) {
      try (ImageStore store = new ImageStore(images(), client, slow)) {
        assertThat(inodes(store)).isEqualTo(2);
      }
      Files.delete(note);
    }
    assertThat(noted).containsExactly(false, false);
  }

  @Test
  void oneImageIsOpenedByManyAtOnce() throws Exception {
    try (ImageStore store = store();
        ExecutorService openers =
            Executors.newFixedThreadPool(
                8, Thread.ofPlatform().daemon().name("opener-", 0).factory())) {
      List<Future<Long>> opened = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        opened.add(openers.submit(() -> inodes(store)));
      }
      for (Future<Long> one : opened) {
        assertThat(one.get()).isEqualTo(2);
      }
    }
  }

  @Test
  void leftoversOfACrashAreRemoved() throws IOException {
    Files.createDirectories(images());
    Files.writeString(images().resolve("x.mdb.partial"), "half");
    store();
    assertThat(files()).isEmpty();
  }

  @Test
  void unknownImageAndSilentBlobdAreSaidSo() throws IOException {
    assertThatThrownBy(() -> store().open(Digest.of(new byte[] {1})))
        .isInstanceOf(SwayException.class);
    assertThat(files()).isEmpty();
  }

  @Test
  void indexWithAnotherDigestLeavesNothingButTheManifest() throws IOException {
    IndexBlob good = image.manifest().index();
    Manifest wrong =
        with(
            new IndexBlob(
                good.digest(), good.size(), Digest.of(new byte[] {7}), good.contentSize()));
    Digest digest = upload(ManifestWriter.write(wrong));
    assertThatThrownBy(() -> store().open(digest)).isInstanceOf(CorruptException.class);
    assertThat(files()).containsExactly(digest.hex() + ".json");
  }

  @Test
  void decompressionStopsAtTheSizeThatTheManifestNames() throws IOException {
    byte[] bomb = Zstd.compress(new byte[64 << 20]);
    upload(bomb);
    Manifest hostile =
        with(
            new IndexBlob(
                Digest.of(bomb), bomb.length, image.manifest().index().contentDigest(), 100_000));
    Digest digest = upload(ManifestWriter.write(hostile));
    assertThatThrownBy(() -> store().open(digest))
        .isInstanceOf(CorruptException.class)
        .hasMessageMatching(".*decompresses to (1[0-9]{5}|2[0-9]{5}) bytes.*");
    assertThat(files()).containsExactly(digest.hex() + ".json");
  }

  @Test
  void indexThatIsNoZstdFrameIsCorrupt() throws IOException {
    byte[] junk = "this is not zstd at all".getBytes(StandardCharsets.US_ASCII);
    upload(junk);
    Manifest hostile =
        with(
            new IndexBlob(
                Digest.of(junk), junk.length, image.manifest().index().contentDigest(), 100_000));
    Digest digest = upload(ManifestWriter.write(hostile));
    assertThatThrownBy(() -> store().open(digest)).isInstanceOf(CorruptException.class);
  }

  @Test
  void indexThatNamesOtherPacksThanItsManifestIsCorrupt() throws IOException {
    Manifest good = image.manifest();
    Manifest.PackBlob pack = good.packs().getFirst();
    Manifest other =
        new Manifest(
            good.config(),
            good.index(),
            List.of(
                new Manifest.PackBlob(
                    Digest.of(new byte[] {9}), pack.size(), pack.chunks(), pack.contentSize())),
            good.source(),
            good.statistics());
    Digest digest = upload(ManifestWriter.write(other));
    assertThatThrownBy(() -> store().open(digest))
        .isInstanceOf(CorruptException.class)
        .hasMessageContainingAll("its pack 0 is", "in the manifest");
  }
}
