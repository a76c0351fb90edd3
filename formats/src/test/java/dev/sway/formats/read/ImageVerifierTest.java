package dev.sway.formats.read;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.fixture.IndexBytes;
import dev.sway.formats.fixture.Layers;
import dev.sway.formats.fixture.RandomTree;
import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.fixture.RawTar;
import dev.sway.formats.id.Digest;
import dev.sway.formats.manifest.Manifest;
import dev.sway.formats.manifest.ManifestReader;
import dev.sway.formats.manifest.ManifestWriter;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageVerifierTest {
  @TempDir private Path folder;
  private BuiltBlobs blobs;

  @BeforeEach
  void none() {
    blobs = new BuiltBlobs(folder);
  }

  private Digest build() throws IOException {
    Random random = new Random(1);
    return blobs.add(
        new RawTar()
            .file("etc/small", "small")
            .file("large", Randomized.bytes(random, 300_000))
            .add(RawTar.header("link", '2').link("large"))
            .add(RawTar.header("hard", '1').link("large"))
            .end());
  }

  private Manifest manifest(Digest digest) throws IOException {
    return StoredImage.manifest(blobs, digest);
  }

  private List<String> verify(Digest digest) throws IOException {
    return verify(digest, blobs, 2);
  }

  private List<String> verify(Digest digest, BlobSource source, int threads) throws IOException {
    List<String> problems = new ArrayList<>();
    ImageVerifier verifier =
        new ImageVerifier(source, folder, threads, problem -> problems.add(problem.what()));
    verifier.verifyImage(digest);
    assertThat(verifier.totals().problems()).isEqualTo(problems.size());
    return problems;
  }

  @Test
  void everyImageThatIsBuiltIsClean() {
    Randomized.forSeeds(
        15, random -> assertThat(verify(blobs.add(RandomTree.of(random, 100).tar()))).isEmpty());
  }

  @Test
  void totalsSayWhatWasChecked() throws IOException {
    Digest digest = build();
    ImageVerifier verifier = new ImageVerifier(blobs, folder, 2, _ -> {});
    verifier.verifyImage(digest);
    verifier.verifyImage(digest);
    assertThat(verifier.totals())
        .isEqualTo(
            new ImageVerifier.Totals(
                1, 5, 1, manifest(digest).packs().getFirst().chunks(), 300_005, 0));
  }

  @Test
  void damagedManifestIsNamed() throws IOException {
    Digest digest = build();
    blobs.flipBit(digest, 40);
    assertThat(verify(digest)).singleElement().asString().contains("manifest " + digest);
  }

  @Test
  void manifestInAnotherSpellingIsRefused() throws IOException {
    Digest digest = build();
    byte[] spaced =
        (new String(ManifestWriter.write(manifest(digest)), UTF_8) + " ").getBytes(UTF_8);
    blobs.blobs.put(Digest.of(spaced), spaced);
    assertThat(verify(Digest.of(spaced)))
        .singleElement()
        .asString()
        .contains("not in canonical form");
  }

  @Test
  void damagedIndexIsNamedAndThePacksAreStillChecked() throws IOException {
    Digest digest = build();
    Manifest manifest = manifest(digest);
    blobs.flipBit(manifest.index().digest(), 30);
    blobs.flipBit(manifest.packs().getFirst().digest(), 10);
    assertThat(verify(digest))
        .hasSizeGreaterThan(2)
        .anySatisfy(line -> assertThat(line).contains("index " + manifest.index().digest()))
        .anySatisfy(line ->
            assertThat(line)
                .contains("pack " + manifest.packs().getFirst().digest() + " at byte 0"));
  }

  @Test
  void damagedChunkIsNamedWithItsPlaceAndItsFiles() throws IOException {
    Digest digest = build();
    Digest pack = manifest(digest).packs().getFirst().digest();
    blobs.flipBit(pack, 1000);
    assertThat(verify(digest))
        .satisfiesExactlyInAnyOrder(
            line -> assertThat(line).matches("pack " + pack + " at byte \\d+: .*chunk sha256:.*"),
            line -> assertThat(line).contains("pack " + pack + ": its", "have the digest"),
            line ->
                assertThat(line).contains("manifest " + digest, "files have damaged chunks", "'/"));
  }

  @Test
  void everyFlippedByteOfAPackIsFound() throws IOException {
    Digest digest = blobs.add(new RawTar().file("f", "a few bytes of content").end());
    Digest pack = manifest(digest).packs().getFirst().digest();
    for (int at = 0; at < manifest(digest).packs().getFirst().size(); at++) {
      blobs.flipBit(pack, at);
      assertThat(verify(digest)).as("byte %d", at).isNotEmpty();
      blobs.flipBit(pack, at);
    }
    assertThat(verify(digest)).isEmpty();
  }

  @Test
  void missingAndTruncatedBlobsAreNamed() throws IOException {
    Digest digest = build();
    Digest pack = manifest(digest).packs().getFirst().digest();
    byte[] bytes = blobs.blobs.getOrDefault(pack, new byte[0]);
    blobs.blobs.put(pack, java.util.Arrays.copyOf(bytes, bytes.length - 1));
    assertThat(verify(digest))
        .isNotEmpty()
        .allSatisfy(line -> assertThat(line).contains(pack.hex()))
        .anySatisfy(line -> assertThat(line).contains("has %d bytes".formatted(bytes.length - 1)));
    blobs.blobs.remove(pack);
    assertThat(verify(digest)).isNotEmpty().allSatisfy(l -> assertThat(l).contains("no blob"));
    blobs.blobs.remove(digest);
    assertThat(verify(digest)).singleElement().asString().contains("no blob " + digest);
  }

  @Test
  void manifestThatLiesIsFound() throws IOException {
    Digest digest = build();
    Manifest right = manifest(digest);
    Manifest wrong =
        new Manifest(
            right.config(),
            right.index(),
            right.packs().stream()
                .map(p ->
                    new Manifest.PackBlob(p.digest(), p.size(), p.chunks() + 1, p.contentSize()))
                .toList(),
            right.source(),
            new Manifest.Statistics(77, right.statistics().files(), 1));
    byte[] bytes = ManifestWriter.write(wrong);
    assertThat(ManifestReader.read(bytes, "wrong").statistics().entries()).isEqualTo(77);
    blobs.blobs.put(Digest.of(bytes), bytes);
    assertThat(verify(Digest.of(bytes)))
        .hasSize(3)
        .anySatisfy(line -> assertThat(line).contains("6 entries, its manifest says 77"))
        .anySatisfy(line -> assertThat(line).contains("file bytes, its manifest says 1"))
        .anySatisfy(line -> assertThat(line).contains("chunks of"));
  }

  /// The image with other bytes in its index, and digests that say so.
  private Digest withIndex(Digest image, UnaryOperator<byte[]> change) throws IOException {
    Manifest right = manifest(image);
    byte[] before = blobs.blobs.getOrDefault(right.index().digest(), new byte[0]);
    byte[] plain = change.apply(Zstd.decompress(before, (int) right.index().contentSize()));
    byte[] compressed = Layers.zstd(plain);
    byte[] manifest =
        ManifestWriter.write(
            new Manifest(
                right.config(),
                new Manifest.IndexBlob(
                    Digest.of(compressed), compressed.length, Digest.of(plain), plain.length),
                right.packs(),
                right.source(),
                right.statistics()));
    blobs.blobs.put(Digest.of(compressed), compressed);
    blobs.blobs.put(Digest.of(manifest), manifest);
    return Digest.of(manifest);
  }

  private List<Digest> roots(Digest image) throws IOException {
    try (StoredImage open = blobs.open(image)) {
      return open.index()
          .read(session -> {
            List<Digest> roots = new ArrayList<>();
            for (int chunk = 0; chunk < session.chunks(); chunk++) {
              roots.add(Objects.requireNonNull(session.blockRoot(chunk)));
            }
            return roots;
          });
    }
  }

  @Test
  void wrongRootsOfBlocksAreNamed() throws IOException {
    Digest digest = build();
    List<Digest> roots = roots(digest);
    assertThat(roots).hasSizeGreaterThan(1);
    byte[] other = roots.get(1).bytes();
    other[7] ^= 1;
    Digest wrong =
        withIndex(digest, index -> IndexBytes.replaced(index, roots.get(1).bytes(), other));
    assertThat(roots(wrong).get(1)).isEqualTo(Digest.ofBytes(other));
    assertThat(verify(wrong))
        .containsExactly(
            "index %s: says that the blocks of chunk 1 have the root %s, they have %s"
                .formatted(manifest(wrong).index().digest(), Digest.ofBytes(other), roots.get(1)));
  }

  @Test
  void recordsOfRootsThatNoneCanBeAreNamed() throws IOException {
    Digest digest = build();
    byte[] root = roots(digest).get(1).bytes();
    Digest wrong = withIndex(digest, index -> IndexBytes.shortened(index, root));
    blobs.flipBit(manifest(digest).packs().getFirst().digest(), 1000);
    assertThat(verify(wrong))
        .satisfiesExactlyInAnyOrder(
            line -> assertThat(line).contains("the block record of 1 has 31 bytes, not 32"),
            line -> assertThat(line).contains("pack ", "at byte "),
            line -> assertThat(line).contains("pack ", "have the digest"),
            line -> assertThat(line).contains("manifest " + wrong, "files have damaged chunks"));
  }

  private static byte[] noise(int files) {
    RawTar tar = new RawTar();
    for (int i = 0; i < files; i++) {
      tar.file("noise" + i, Randomized.bytes(new Random(i), 200_000));
    }
    return tar.end();
  }

  /// An image of four packs, because three others came before it.
  private Digest buildOfFourPacks() throws IOException {
    Digest digest = blobs.add(noise(1));
    for (int files = 2; files <= 4; files++) {
      digest = blobs.addOn(digest, noise(files));
    }
    assertThat(manifest(digest).packs()).hasSize(4);
    return digest;
  }

  @Test
  void threadsChangeNothingOfWhatIsTold() throws IOException {
    Digest digest = buildOfFourPacks();
    assertThat(verify(digest, blobs, 3)).isEmpty();
    for (Manifest.PackBlob pack : manifest(digest).packs()) {
      blobs.flipBit(pack.digest(), 1000);
      blobs.flipBit(pack.digest(), (int) pack.size() - 1);
    }

    List<String> alone = verify(digest, blobs, 1);
    assertThat(alone).hasSizeGreaterThan(4 * 2);
    for (int threads : List.of(2, 3, 8)) {
      assertThat(verify(digest, blobs, threads)).as("%d threads", threads).isEqualTo(alone);
    }
  }

  /// Hands streams out only once `together` of them are wanted, and counts those that are open.
  private final class Rendezvous implements BlobSource {
    private final CyclicBarrier barrier;
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger mostOpen = new AtomicInteger();

    Rendezvous(int together) {
      barrier = new CyclicBarrier(together);
    }

    @Override
    public byte[] range(Digest digest, long offset, int length) throws IOException {
      return blobs.range(digest, offset, length);
    }

    @Override
    public InputStream stream(Digest digest) throws IOException {
      if (!Thread.currentThread().getName().startsWith("verify-")) {
        return blobs.stream(digest);
      }
      mostOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
      try {
        barrier.await(20, TimeUnit.SECONDS);
      } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
        throw new AssertionError("packs are not read at the same time", e);
      }
      return new FilterInputStream(blobs.stream(digest)) {
        @Override
        public void close() {
          open.decrementAndGet();
        }
      };
    }
  }

  @Test
  void asManyPacksAreReadAtTheSameTimeAsThereAreThreads() throws IOException {
    Digest digest = buildOfFourPacks();
    Rendezvous source = new Rendezvous(2);
    assertThat(verify(digest, source, 2)).isEmpty();
    assertThat(source.mostOpen).hasValue(2);
    assertThat(source.open).hasValue(0);
  }

  @Test
  void aSourceThatFailsEndsIt() throws IOException, InterruptedException {
    Digest digest = buildOfFourPacks();
    Digest third = manifest(digest).packs().get(2).digest();
    BlobSource failing =
        new BlobSource() {
          @Override
          public byte[] range(Digest blob, long offset, int length) throws IOException {
            return blobs.range(blob, offset, length);
          }

          @Override
          public InputStream stream(Digest blob) throws IOException {
            if (blob.equals(third)) {
              throw new SwayException(FailureKind.BLOBD_UNREACHABLE, "the line is cut");
            }
            return blobs.stream(blob);
          }
        };
    assertThatThrownBy(() -> verify(digest, failing, 4)).hasMessage("the line is cut");
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("verify-")) {
        // One that has done its last work may not have ended yet.
        assertThat(thread.join(Duration.ofSeconds(10))).as(thread.toString()).isTrue();
      }
    }
  }
}
