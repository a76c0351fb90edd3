package dev.sway.formats.source;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.fixture.CommonsTar;
import dev.sway.formats.fixture.ImageArchives;
import dev.sway.formats.fixture.ImageArchives.StoredLayer;
import dev.sway.formats.fixture.Layers;
import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.fixture.RawTar;
import dev.sway.formats.id.Digest;
import dev.sway.formats.layer.ContentSpool;
import dev.sway.formats.layer.Layer;
import dev.sway.formats.layer.LayerReader;
import dev.sway.formats.layer.LayerSource;
import dev.sway.formats.manifest.RunConfig;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SourceReferenceTest {
  @TempDir private Path folder;
  private List<StoredLayer> layers = List.of();

  @BeforeEach
  void makeLayers() throws IOException {
    layers =
        List.of(
            StoredLayer.gzip(CommonsTar.pax().file("low", "1").end()),
            StoredLayer.plain(CommonsTar.pax().file("middle", "2").end()),
            StoredLayer.zstd(CommonsTar.pax().file("high", "3").end()));
  }

  private Path file(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  private ImageSource open(String reference) throws IOException {
    return SourceReference.parse(reference).open(folder, InputStream.nullInputStream());
  }

  private void assertFails(FailureKind kind, String reference, String... reasons) {
    assertThatThrownBy(() -> open(reference).close())
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind))
        .hasMessageContainingAll(reasons);
  }

  private void assertSameImage(String reference) throws IOException {
    try (ImageSource source = open(reference)) {
      assertSameImage(source);
    }
  }

  /// Reads every layer, which checks every digest.
  private void assertSameImage(ImageSource source) throws IOException {
    assertThat(source.config())
        .isEqualTo(
            new RunConfig(
                "amd64",
                "linux",
                "1000",
                "/app",
                List.of("PATH=/bin", "A=b"),
                List.of("python3"),
                List.of("app.py"),
                Map.of("k", "v"),
                ""));
    assertThat(source.id()).contains(Digest.of(ImageArchives.config(layers).getBytes(UTF_8)));
    Path spool = Files.createTempDirectory(folder, "read").resolve("spool");
    try (ContentSpool contents = new ContentSpool(spool)) {
      LayerReader reader = new LayerReader(contents, Runnable::run, bytes -> {}, notice -> {});
      StringBuilder paths = new StringBuilder();
      for (LayerSource next : source.layers()) {
        Layer layer = next.read(reader);
        layer.entries().forEach(entry -> paths.append(entry.path()));
      }
      assertThat(paths).hasToString("/low/middle/high");
    }
  }

  @Test
  void everyTransportReadsTheSameImage() throws IOException {
    Path docker = file("docker.tar", ImageArchives.docker(layers));
    Map<String, byte[]> oci = ImageArchives.ociFiles("app", layers);
    Path archive = file("oci.tar", ImageArchives.tar(oci));
    Path layout = ImageArchives.folder(folder.resolve("layout"), oci);

    assertSameImage("docker-archive:" + docker);
    assertSameImage("docker-archive:" + docker + ":app:1");
    assertSameImage("oci-archive:" + archive);
    assertSameImage("oci-archive:" + archive + ":app");
    assertSameImage("oci:" + layout);
    assertSameImage("oci:" + layout + ":app");
  }

  @Test
  void archivesCompressedAsAWholeAreRead() throws IOException {
    byte[] docker = ImageArchives.docker(layers);

    assertSameImage("docker-archive:" + file("a.gz", Layers.gzip(docker)));
    assertSameImage("docker-archive:" + file("a.zst", Layers.zstd(docker)));
    assertSameImage("docker-archive:" + file("a.bz2", Layers.bzip2(docker)));
  }

  @Test
  void standardInputIsAnArchive() throws IOException {
    byte[] docker = ImageArchives.docker(layers);
    try (ImageSource source =
        SourceReference.parse("docker-archive:-")
            .open(folder, new ByteArrayInputStream(Layers.gzip(docker)))) {
      assertSameImage(source);
    }
    assertThatThrownBy(() ->
            SourceReference.parse("docker-archive:-").open(folder, InputStream.nullInputStream()))
        .hasMessageContaining("standard input");
  }

  @Test
  void aTarIsOneLayerWithoutConfiguration() throws IOException {
    Path tar = file("root:fs.tar", CommonsTar.pax().file("f", "").end());
    try (ImageSource source = open("tar:" + tar)) {
      assertThat(source.transport()).isEqualTo("tar");
      assertThat(source.config()).isEqualTo(RunConfig.EMPTY);
      assertThat(source.layers()).hasSize(1);
      assertThat(source.id()).isEmpty();
    }
  }

  @Test
  void oneOfSeveralImagesIsChosenByItsTag() throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    List<StoredLayer> other = List.of(layers.getFirst());
    files.putAll(ImageArchives.dockerFiles("other:2", other));
    byte[] first = files.get("manifest.json");
    files.putAll(ImageArchives.dockerFiles("app:1", layers));
    String both =
        new String(first, UTF_8).replace("]}]", "]},")
            + new String(files.get("manifest.json"), UTF_8).substring(1);
    files.put("manifest.json", both.getBytes(UTF_8));
    Path archive = file("two.tar", ImageArchives.tar(files));

    assertSameImage("docker-archive:" + archive + ":app:1");
    assertFails(
        FailureKind.BAD_ARCHIVE, "docker-archive:" + archive, "2 images", "other:2", "app:1");
    assertFails(FailureKind.BAD_ARCHIVE, "docker-archive:" + archive + ":x:1", "'x:1'", "app:1");
  }

  @Test
  void oneOfSeveralOciImagesIsChosenByItsTag() throws IOException {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.putAll(ImageArchives.ociFiles("other", List.of(layers.getFirst())));
    byte[] first = files.get("index.json");
    files.putAll(ImageArchives.ociFiles("app", layers));
    String second = new String(files.get("index.json"), UTF_8);
    String both =
        new String(first, UTF_8).replace("]}", ",") + second.substring(second.indexOf('[') + 1);
    files.put("index.json", both.getBytes(UTF_8));
    Path layout = ImageArchives.folder(folder.resolve("two"), files);

    assertSameImage("oci:" + layout + ":app");
    assertFails(FailureKind.BAD_ARCHIVE, "oci:" + layout, "2 images", "other", "app");
    assertFails(FailureKind.BAD_ARCHIVE, "oci:" + layout + ":x", "'x'");
  }

  @Test
  void anIndexOfPlatformsLeadsToThisMachines() throws IOException {
    Map<String, byte[]> files = ImageArchives.ociFiles("app", layers);
    String inner = new String(files.get("index.json"), UTF_8);
    String architecture = System.getProperty("os.arch").replace("aarch64", "arm64");
    byte[] platforms =
        inner
            .replace(
                ",\"annotations\"",
                ",\"platform\":{\"os\":\"linux\",\"architecture\":\""
                    + architecture
                    + "\"},\"annotations\"")
            .getBytes(UTF_8);
    Digest digest = ImageArchives.putBlob(files, platforms);
    files.put("index.json", ImageArchives.index(digest, platforms, ""));
    assertSameImage("oci:" + ImageArchives.folder(folder.resolve("platforms"), files));

    byte[] foreign = new String(platforms, UTF_8).replace(architecture, "s390x").getBytes(UTF_8);
    files.put(
        "index.json", ImageArchives.index(ImageArchives.putBlob(files, foreign), foreign, ""));
    Path layout = ImageArchives.folder(folder.resolve("foreign"), files);
    assertFails(FailureKind.BAD_ARCHIVE, "oci:" + layout, "platform");
  }

  private ImageSource open(String reference, String platform) throws IOException {
    return SourceReference.parse(reference)
        .open(folder, InputStream.nullInputStream(), Optional.of(Platform.parse(platform)));
  }

  /// The descriptor of an image for a platform, whose configuration says so, too.
  private String platformImage(Map<String, byte[]> files, String platform, String extra)
      throws IOException {
    String[] parts = platform.split("/", -1);
    String variant = parts.length > 2 ? ",\"variant\":\"" + parts[2] + "\"" : "";
    byte[] config =
        ImageArchives.config(layers)
            .replace(
                "\"architecture\":\"amd64\"", "\"architecture\":\"" + parts[1] + "\"" + variant)
            .getBytes(UTF_8);
    byte[] manifest =
        new String(files.get(manifestPath(files)), UTF_8)
            .replaceFirst(
                "\"config\":\\{[^}]*}",
                "\"config\":"
                    + ImageArchives.descriptor(ImageArchives.putBlob(files, config), config, ""))
            .getBytes(UTF_8);
    return ImageArchives.descriptor(
        ImageArchives.putBlob(files, manifest),
        manifest,
        ",\"platform\":{\"os\":\"%s\",\"architecture\":\"%s\"%s}%s"
            .formatted(parts[0], parts[1], variant, extra));
  }

  private static String manifestPath(Map<String, byte[]> files) {
    return files.entrySet().stream()
        .filter(file -> new String(file.getValue(), UTF_8).contains("\"config\":{\"digest\""))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aPlatformIsChosenWhereverIndexesNameIt() throws IOException {
    Map<String, byte[]> files = ImageArchives.ociFiles("app", layers);
    byte[] platforms =
        "{\"schemaVersion\":2,\"manifests\":[%s]}"
            .formatted(
                String.join(
                    ",",
                    platformImage(files, "linux/s390x", ""),
                    platformImage(files, "linux/arm/v6", ""),
                    platformImage(files, "linux/arm/v7", "")))
            .getBytes(UTF_8);
    Map<String, byte[]> nested = new LinkedHashMap<>(files);
    nested.put(
        "index.json", ImageArchives.index(ImageArchives.putBlob(nested, platforms), platforms, ""));
    Map<String, byte[]> flat = new LinkedHashMap<>(files);
    flat.put("index.json", platforms);

    for (String reference :
        List.of(
            "oci:" + ImageArchives.folder(folder.resolve("nested"), nested),
            "oci:" + ImageArchives.folder(folder.resolve("flat"), flat),
            "oci-archive:" + file("nested.tar", ImageArchives.tar(nested)))) {
      try (ImageSource source = open(reference, "linux/s390x")) {
        assertThat(source.config().architecture()).isEqualTo("s390x");
      }
      Optional<Digest> first;
      try (ImageSource source = open(reference, "linux/arm")) {
        first = source.id();
      }
      try (ImageSource source = open(reference, "linux/arm/v7")) {
        assertThat(source.config().architecture()).isEqualTo("arm");
        assertThat(source.id()).isNotEqualTo(first);
      }
      assertThatThrownBy(() -> open(reference, "linux/riscv64"))
          .hasMessageContainingAll(
              "no image for the platform linux/riscv64",
              "one of [linux/s390x, linux/arm/v6, linux/arm/v7]");
      assertFails(FailureKind.BAD_ARCHIVE, reference, "no image for the platform linux/");
    }
  }

  @Test
  void anImageForOnePlatformIsNotTakenForAnother() throws IOException {
    String layout =
        "oci:"
            + ImageArchives.folder(folder.resolve("single"), ImageArchives.ociFiles("app", layers));
    open(layout, "linux/amd64").close();
    open(layout, "linux/x86_64").close();
    assertThatThrownBy(() -> open(layout, "linux/arm64"))
        .hasMessageContainingAll("no image for the platform linux/arm64", "[linux/amd64]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "linux", "linux/", "linux/arm64/", "linux/arm64/v8/x", "Linux/arm64"})
  void platformsThatAreNoneAreUsageErrors(String platform) {
    assertThatThrownBy(() -> Platform.parse(platform))
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.USAGE))
        .hasMessageContaining("OS/ARCH");
  }

  @Test
  void aPlatformOfWhatHasNoneIsAUsageError() throws IOException {
    String tar = "tar:" + file("f.tar", CommonsTar.pax().end());
    assertThatThrownBy(() -> open(tar, "linux/amd64"))
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.USAGE))
        .hasMessageContaining("--platform");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "docker", "docker://x", "tar", "tar:", "oci:", "oci::tag", "zip:f"})
  void referencesThatNameNothingAreUsageErrors(String reference) {
    assertFails(FailureKind.USAGE, reference, "use ");
  }

  @Test
  void referencesArePrintedAsTheyAreWritten() throws IOException {
    for (String text : List.of("tar:a:b", "oci:dir:tag", "docker-archive:f:n:t", "oci-archive:f")) {
      assertThat(SourceReference.parse(text)).hasToString(text);
    }
    assertThat(SourceReference.parse("docker-archive:f:n:t").tag()).isEqualTo(Optional.of("n:t"));
    assertThat(SourceReference.syntax()).contains("docker-archive:FILE[:NAME:TAG]", "tar:FILE");
  }

  @Test
  void missingFilesAreNotFound() {
    for (String transport : List.of("docker-archive", "oci", "oci-archive", "tar")) {
      assertFails(FailureKind.NOT_FOUND, transport + ":" + folder.resolve("absent"), "absent");
    }
  }

  @Test
  void aFolderIsNoArchiveAndAnArchiveNoFolder() throws IOException {
    Path tar = file("f.tar", CommonsTar.pax().file("f", "").end());
    assertFails(FailureKind.BAD_ARCHIVE, "docker-archive:" + folder, "oci:");
    assertFails(FailureKind.BAD_ARCHIVE, "tar:" + folder, "folder");
    assertFails(FailureKind.BAD_ARCHIVE, "oci:" + tar, "index.json");
    assertFails(FailureKind.BAD_ARCHIVE, "oci:" + folder, "index.json");
    assertFails(FailureKind.BAD_ARCHIVE, "docker-archive:" + tar, "manifest.json");
    assertFails(FailureKind.BAD_ARCHIVE, "oci-archive:" + tar, "index.json");
    assertFails(
        FailureKind.BAD_ARCHIVE,
        "docker-archive:" + file("text", RawTar.bytes("text")),
        "is not a tar archive");
  }

  @Test
  void archivesTruncatedAnywhereAreRefused() throws IOException {
    byte[] whole = ImageArchives.docker(layers);
    for (int length = 0; length < whole.length - 10240; length += 511) {
      Path cut = file("cut.tar", Arrays.copyOf(whole, length));
      assertFails(FailureKind.BAD_ARCHIVE, "docker-archive:" + cut, "cut.tar");
    }
  }

  @Test
  void compressedArchivesTruncatedOrDamagedAreRefused() throws IOException {
    byte[] docker = ImageArchives.docker(layers);
    for (byte[] whole : List.of(Layers.gzip(docker), Layers.zstd(docker), Layers.bzip2(docker))) {
      Path cut = file("cut", Arrays.copyOf(whole, whole.length / 2));
      assertFails(FailureKind.BAD_ARCHIVE, "docker-archive:" + cut, "cut");
      byte[] damaged = whole.clone();
      Arrays.fill(damaged, whole.length / 2, whole.length / 2 + 20, (byte) 0x55);
      Path path = file("damaged", damaged);
      assertFails(FailureKind.BAD_ARCHIVE, "docker-archive:" + path, "damaged");
    }
    Path xz = file("xz", new byte[] {(byte) 0xfd, '7', 'z', 'X', 'Z', 0, 0, 4, 0, 0, 0, 0});
    assertFails(FailureKind.BAD_ARCHIVE, "docker-archive:" + xz, "xz");
  }

  @Test
  void layerCountsThatDifferAreRefused() throws IOException {
    Map<String, byte[]> docker = ImageArchives.dockerFiles("app:1", layers);
    Map<String, byte[]> oci = ImageArchives.ociFiles("app", layers);
    replaceIn(docker, "manifest.json", "\"Layers\":[", "\"Layers\":[\"more\",");
    Path archive = file("count.tar", ImageArchives.tar(docker));

    assertFails(
        FailureKind.BAD_ARCHIVE, "docker-archive:" + archive, "4 layers", "configuration 3");
    byte[] config = ImageArchives.config(layers.subList(0, 2)).getBytes(UTF_8);
    byte[] manifest =
        new String(manifestOf(oci), UTF_8)
            .replace(
                Digest.of(ImageArchives.config(layers).getBytes(UTF_8)).toString(),
                ImageArchives.putBlob(oci, config).toString())
            .getBytes(UTF_8);
    oci.put("index.json", ImageArchives.index(ImageArchives.putBlob(oci, manifest), manifest, ""));
    Path layout = ImageArchives.folder(folder.resolve("count"), oci);
    assertFails(FailureKind.BAD_ARCHIVE, "oci:" + layout, "3 layers", "configuration 2");
  }

  private static byte[] manifestOf(Map<String, byte[]> oci) {
    return oci.values().stream()
        .filter(bytes -> new String(bytes, UTF_8).contains("\"layers\":["))
        .findFirst()
        .orElseThrow();
  }

  private static void replaceIn(
      Map<String, byte[]> files, String name, String old, String replacement) {
    files.computeIfPresent(
        name, (path, bytes) -> new String(bytes, UTF_8).replace(old, replacement).getBytes(UTF_8));
  }

  @Test
  void blobsThatDoNotMatchTheirNameAreRefused() throws IOException {
    Map<String, byte[]> oci = ImageArchives.ociFiles("app", layers);
    String config = "blobs/sha256/" + Digest.of(ImageArchives.config(layers).getBytes(UTF_8)).hex();
    replaceIn(oci, config, "python3", "python4");
    Path layout = ImageArchives.folder(folder.resolve("damaged"), oci);

    assertFails(FailureKind.BAD_ARCHIVE, "oci:" + layout, "digest", "damaged");
  }

  @Test
  void layersThatAreSymbolicOrHardLinksAreFollowed() throws IOException {
    String path = Digest.of(layers.getFirst().stored()).hex() + "/layer.tar";
    assertSameImage("docker-archive:" + linked(path, RawTar.header("", '2'), "../real/layer.tar"));
    assertSameImage("docker-archive:" + linked(path, RawTar.header("", '2'), "/real/layer.tar"));
    assertSameImage(
        "docker-archive:" + linked(path, RawTar.header("", '2'), ".././x/../../../real/layer.tar"));
    assertSameImage("docker-archive:" + linked(path, RawTar.header("", '1'), "real/layer.tar"));
  }

  /// A docker archive whose first layer lies at `real/layer.tar`, and at `path` is a link to it.
  private Path linked(String path, RawTar.Header link, String target) throws IOException {
    RawTar tar = new RawTar();
    tar.pax("path", path).add(link.link(target));
    ImageArchives.dockerFiles("app:1", layers)
        .forEach((name, content) -> tar.file(name.equals(path) ? "real/layer.tar" : name, content));
    return Files.write(Files.createTempFile(folder, "linked", ".tar"), tar.end());
  }

  @Test
  void layersThatAreLinksInALoopAreRefused() throws IOException {
    String path = Digest.of(layers.getFirst().stored()).hex() + "/layer.tar";
    Path archive = linked(path, RawTar.header("", '2'), "../" + path);

    assertFails(FailureKind.BAD_ARCHIVE, "docker-archive:" + archive, "layer.tar");
  }

  @Test
  void oddLinksInAnArchiveAreHarmless() throws IOException {
    RawTar tar = new RawTar();
    tar.add(RawTar.header("./", '2'))
        .add(RawTar.header("./", '2').link("x"))
        .add(RawTar.header("empty", '2'));
    tar.add(RawTar.header("up", '2').link("../../..")).add(RawTar.header("sl", '2').link("///"));
    tar.add(RawTar.header(new byte[] {-1, -2}, '2').link("\u00ff\u00fe"));
    ImageArchives.dockerFiles("app:1", layers).forEach(tar::file);

    assertSameImage("docker-archive:" + file("odd.tar", tar.end()));
  }

  @Test
  void theLastOfSeveralEntriesOfOneNameCounts() throws IOException {
    RawTar tar = new RawTar();
    tar.add(RawTar.header("manifest.json", '2').link("elsewhere"));
    ImageArchives.dockerFiles("app:1", layers).forEach(tar::file);

    assertSameImage("docker-archive:" + file("twice.tar", tar.end()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../../../etc/passwd", "/etc/passwd", "absent", "", "a\\u0000b", "manifest.json/"})
  void hostilePathsInTheManifestLeadNowhere(String path) throws IOException {
    Map<String, byte[]> files = ImageArchives.dockerFiles("app:1", layers);
    String layer = Digest.of(layers.getFirst().stored()).hex() + "/layer.tar";
    replaceIn(files, "manifest.json", layer, path);
    Path archive = file("hostile.tar", ImageArchives.tar(files));
    assertFails(FailureKind.BAD_ARCHIVE, "docker-archive:" + archive, "hostile.tar");

    Map<String, byte[]> config = ImageArchives.dockerFiles("app:1", layers);
    String name = Digest.of(ImageArchives.config(layers).getBytes(UTF_8)).hex() + ".json";
    replaceIn(config, "manifest.json", name, path);
    Path other = file("config.tar", ImageArchives.tar(config));
    assertFails(FailureKind.BAD_ARCHIVE, "docker-archive:" + other, "config.tar");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "null",
        "[null]",
        "[[]]",
        "[1]",
        "not json",
        "[{\"Config\":5}]",
        "[{}]"
      })
  void manifestsThatAreNoneAreRefused(String manifest) throws IOException {
    Path docker =
        file("m.tar", ImageArchives.tar(Map.of("manifest.json", manifest.getBytes(UTF_8))));
    assertFails(FailureKind.BAD_ARCHIVE, "docker-archive:" + docker, "m.tar");
    Path oci = file("i.tar", ImageArchives.tar(Map.of("index.json", manifest.getBytes(UTF_8))));
    assertFails(FailureKind.BAD_ARCHIVE, "oci-archive:" + oci, "i.tar");
  }

  @Test
  void randomDamageToTheDocumentsGivesNoOtherException() {
    Map<String, byte[]> whole = ImageArchives.dockerFiles("app:1", layers);
    String config = Digest.of(ImageArchives.config(layers).getBytes(UTF_8)).hex() + ".json";
    Randomized.forSeeds(
        300,
        random -> {
          Map<String, byte[]> files = new LinkedHashMap<>(whole);
          String name = random.nextBoolean() ? config : "manifest.json";
          byte[] damaged = files.getOrDefault(name, new byte[1]).clone();
          for (int i = 0; i < 3; i++) {
            damaged[random.nextInt(damaged.length)] =
                (byte) "\"{}[]:,0\\un\u0000/.=".charAt(random.nextInt(15));
          }
          files.put(name, damaged);
          Path path = file("random.tar", ImageArchives.tar(files));
          try (ImageSource source = open("docker-archive:" + path)) {
            assertThat(source.layers()).hasSize(3);
          } catch (SwayException e) {
            assertThat(e.kind()).isEqualTo(FailureKind.BAD_ARCHIVE);
          }
        });
  }
}
