package dev.sway.formats.image;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.chunk.ChunkEncoder;
import dev.sway.formats.fixture.ImageListing;
import dev.sway.formats.fixture.Layers;
import dev.sway.formats.fixture.RawTar;
import dev.sway.formats.fixture.StoredImage;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.Extent;
import dev.sway.formats.index.IndexContent;
import dev.sway.formats.index.IndexWriter;
import dev.sway.formats.index.PackReference;
import dev.sway.formats.manifest.Manifest;
import dev.sway.formats.manifest.ManifestWriter;
import dev.sway.formats.manifest.RunConfig;
import dev.sway.formats.pack.PackEntry;
import dev.sway.formats.pack.PackWriter;
import dev.sway.formats.read.BlobSource;
import dev.sway.formats.read.ImageVerifier;
import dev.sway.formats.tree.Tree;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Images that were written once and must be readable for ever: `golden/VERSION-NAME.image` holds
/// the bytes of manifest, index and packs in base64, `golden/VERSION-NAME.tree` what is in them.
///
/// A change of the format, or of what the writer makes of a tree, gets golden images of its own.
/// The old ones stay as long as their version is read. `-Dsway.golden=FOLDER` writes the present
/// ones there.
class GoldenImageTest {
  /// Written before an index said how its files were cut, and a tar was known by its headers.
  private static final String FIRST = "1-everything";

  /// Written before an index knew the blocks of its chunks.
  private static final String CUTTING = "1-cutting-everything";

  /// Written before the frame of an index had a small window.
  private static final String BLOCKS = "1-blocks-everything";

  private static final String EVERYTHING = "1-window-everything";
  private static final String HOLES = "1-holes";
  private static final Base64.Encoder TEXT = Base64.getMimeEncoder(120, new byte[] {'\n'});

  @TempDir private Path folder;

  /// Everything that a tree can have, in few bytes.
  private static byte[] everything() {
    byte[] notUtf8 = {'n', (byte) 0xff, (byte) 0x80, '\n', 1};
    RawTar tar =
        new RawTar()
            .add(RawTar.header("./", '5').mode(0755).owner(0, 0).mtime(1_700_000_000))
            .add(RawTar.header("d/", '5').mode(02750).owner(1000, 1001).mtime(77))
            .pax(
                RawTar.record("SCHILY.xattr.security.capability", new byte[] {1, 0, 0, 2, -1}),
                RawTar.record("SCHILY.xattr.user.big", new byte[65_536]),
                RawTar.record("SCHILY.xattr.user.empty", new byte[0]),
                RawTar.record("mtime", RawTar.bytes("-1.25")),
                RawTar.record("uid", RawTar.bytes("4294967295")))
            .add(RawTar.header("d/setuid", '0').mode(04755), RawTar.bytes("content"))
            .add(RawTar.header("hard", '1').link("d/setuid"))
            .pax("SCHILY.xattr.user.of-folder", "value")
            .add(RawTar.header("deep/", '5').mode(01777))
            .add(RawTar.header("d/link", '2').mode(0777).link("../else/where"))
            .add(RawTar.header("d/hard-link-of-link", '1').link("d/link"))
            .add(RawTar.header(notUtf8, '0').mtime(4_294_967_296L), RawTar.bytes("raw"))
            .add(RawTar.header("null", '3').mode(0666).octal(329, 8, 1).octal(337, 8, 3))
            .add(RawTar.header("disk", '4').mode(0660).octal(329, 8, 259).octal(337, 8, 1_048_575))
            .add(RawTar.header("fifo", '6').mode(0600))
            .file("empty", "")
            .pax("path", "deep/" + "l".repeat(255) + "/" + "m".repeat(255))
            .file("", "a long path");
    for (int i = 0; i < 12; i++) {
      tar.file("bundle/f" + i, ("small file " + i + "\n").repeat(i * 100));
    }
    return tar.file("chunks", chunks())
        .file("same-chunks", chunks())
        .file("zeros", new byte[3 << 20])
        .end();
  }

  /// A file of several chunks that compresses well.
  private static byte[] chunks() {
    byte[] block = new byte[100];
    new Random(1).nextBytes(block);
    byte[] content = new byte[2_500_000];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) (block[i % block.length] + i / 250_000);
    }
    return content;
  }

  /// An image with files that no extent covers at their start, in their middle and at their end, or
  /// at all.
  private StoredImage holes() throws IOException {
    byte[] content = RawTar.bytes("what lies between the holes");
    try (Layers layers = new Layers(folder);
        ChunkEncoder encoder = new ChunkEncoder(ChunkEncoder.DEFAULT_LEVEL);
        PackWriter writer = new PackWriter(folder.resolve("holes.pack"))) {
      Tree tree =
          layers.merge(
              new RawTar()
                  .file("empty-of-data", new byte[100_000])
                  .file("f", new byte[50_000])
                  .end());
      PackEntry entry = writer.append(encoder.encode(content, content.length));
      PackWriter.Written pack = writer.finish();
      Path index = folder.resolve("holes.mdb");
      new IndexWriter()
          .write(
              new IndexContent(
                  tree,
                  Map.of(
                      Layers.at(tree, "f").number(),
                      List.of(new Extent(100, 0, 5, 3), new Extent(40_000, 0, 0, 27))),
                  List.of(
                      new ChunkLocation(
                          entry.id(), 0, entry.offset(), entry.stored(), entry.length())),
                  List.of(new PackReference(pack.digest(), pack.size()))),
              index);
      byte[] plain = Files.readAllBytes(index);
      byte[] compressed = Layers.zstd(plain);
      Manifest manifest =
          new Manifest(
              new RunConfig("", "linux", "", "", List.of(), List.of(), List.of(), Map.of(), ""),
              new Manifest.IndexBlob(
                  Digest.of(compressed), compressed.length, Digest.of(plain), plain.length),
              List.of(new Manifest.PackBlob(pack.digest(), pack.size(), 1, content.length)),
              new Manifest.Source("tar", Digest.of(content)),
              new Manifest.Statistics(3, 2, 150_000));
      byte[] bytes = ManifestWriter.write(manifest);
      return new StoredImage(
          Digest.of(bytes),
          bytes,
          compressed,
          List.of(Files.readAllBytes(folder.resolve("holes.pack"))));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {FIRST, CUTTING, BLOCKS, EVERYTHING, HOLES})
  void imagesOfEveryVersionAreRead(String name) throws IOException {
    assertThat(ImageListing.of(stored(name), folder)).isEqualTo(tree(name));
  }

  /// What an index of before did not know is no fault of it.
  @ParameterizedTest
  @ValueSource(strings = {FIRST, CUTTING, BLOCKS, EVERYTHING, HOLES})
  void imagesOfEveryVersionAreWithoutFault(String name) throws IOException {
    StoredImage image = stored(name);
    Map<Digest, byte[]> blobs = new HashMap<>();
    blobs.put(image.digest(), image.manifest());
    blobs.put(Digest.of(image.index()), image.index());
    image.packs().forEach(pack -> blobs.put(Digest.of(pack), pack));
    List<String> problems = new ArrayList<>();
    new ImageVerifier(inMemory(blobs), folder, 1, problem -> problems.add(problem.what()))
        .verifyImage(image.digest());
    assertThat(problems).isEmpty();
  }

  private static BlobSource inMemory(Map<Digest, byte[]> blobs) {
    return new BlobSource() {
      @Override
      public byte[] range(Digest digest, long offset, int length) throws IOException {
        InputStream in = stream(digest);
        in.skipNBytes(offset);
        return in.readNBytes(length);
      }

      @Override
      public InputStream stream(Digest digest) {
        return new ByteArrayInputStream(
            Objects.requireNonNull(blobs.get(digest), "no blob " + digest));
      }
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {EVERYTHING, HOLES})
  void theWritersGiveTheSameBytes(String name) throws IOException {
    StoredImage image = name.equals(HOLES) ? holes() : StoredImage.ofTar(everything(), 2, folder);
    String target = System.getProperty("sway.golden");
    if (target != null) {
      Path golden = Files.createDirectories(Path.of(target));
      Files.writeString(golden.resolve(name + ".image"), text(image));
      Files.writeString(golden.resolve(name + ".tree"), text(ImageListing.of(image, folder)));
    }
    assertThat(text(image))
        .as("an image as it was written before; see the comment of this class")
        .isEqualTo(resource(name + ".image"));
  }

  @Test
  void theGoldenImageHasWhatItIsFor() throws IOException {
    StoredImage image = stored(EVERYTHING);

    assertThat(
            tree(EVERYTHING).values().stream().map(line -> line.replaceFirst(" .*", "")).distinct())
        .containsExactlyInAnyOrder(
            "DIRECTORY", "REGULAR", "SYMLINK", "FIFO", "CHARACTER_DEVICE", "BLOCK_DEVICE");
    assertThat(image.read().packs().getFirst().chunks()).isGreaterThanOrEqualTo(5);
    assertThat(image.manifest().length + image.index().length + image.packs().getFirst().length)
        .isLessThan(8 << 10);
  }

  private static String text(StoredImage image) {
    StringBuilder text = new StringBuilder();
    List<byte[]> parts = new ArrayList<>(List.of(image.manifest(), image.index()));
    parts.addAll(image.packs());
    for (byte[] part : parts) {
      text.append(TEXT.encodeToString(part)).append("\n\n");
    }
    return text.toString();
  }

  private static String text(SortedMap<String, String> tree) {
    StringBuilder text = new StringBuilder();
    tree.forEach((path, line) -> text.append(path).append(' ').append(line).append('\n'));
    return text.toString();
  }

  private static StoredImage stored(String name) throws IOException {
    List<byte[]> parts = new ArrayList<>();
    for (String part : resource(name + ".image").split("\n\n", -1)) {
      if (!part.isEmpty()) {
        parts.add(Base64.getMimeDecoder().decode(part));
      }
    }
    byte[] manifest = parts.removeFirst();
    return new StoredImage(Digest.of(manifest), manifest, parts.removeFirst(), parts);
  }

  private static SortedMap<String, String> tree(String name) throws IOException {
    SortedMap<String, String> tree = new TreeMap<>();
    for (String line : resource(name + ".tree").lines().toList()) {
      int space = line.indexOf(' ');
      tree.put(line.substring(0, space), line.substring(space + 1));
    }
    return tree;
  }

  private static String resource(String name) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(
            GoldenImageTest.class.getResourceAsStream("/golden/" + name), "no golden/" + name)) {
      return new String(in.readAllBytes(), US_ASCII);
    }
  }
}
