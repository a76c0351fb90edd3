package dev.sway.swayctl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.tar.SparseMap;
import dev.sway.formats.tar.TarHeader;
import dev.sway.formats.tar.TarWriter;
import dev.sway.swayctl.fixture.TestBlobd;
import dev.sway.swayctl.fixture.User;
import dev.sway.swayctl.fixture.User.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ImageToolsTest {
  @TempDir Path root;
  private User user;
  private TestBlobd blobd;

  @BeforeEach
  void start() throws IOException {
    user = new User(root);
    blobd = TestBlobd.open(root);
    user.server(blobd.uri());
    export("app", tar());
  }

  @AfterEach
  void stop() throws IOException {
    blobd.close();
    assertThat(user.leftovers()).isEmpty();
  }

  private void export(String name, byte[] tar) throws IOException {
    user.write("rootfs.tar", tar);
    Outcome outcome = user.call(Swayctl::run, "export", "--from", "tar:rootfs.tar", "--name", name);
    assertThat(outcome.code()).as(outcome.err()).isZero();
  }

  private static byte[] tar() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    TarWriter tar = new TarWriter(out);
    add(tar, "etc/", TarHeader.DIRECTORY, 0755, "", "");
    add(tar, "etc/passwd", TarHeader.FILE, 0644, "root:x:0:0\n", "");
    add(tar, "etc/link", TarHeader.SYMLINK, 0777, "", "../../etc/passwd");
    add(tar, "usr/bin/su", TarHeader.FILE, 04755, "binary\0\u00ff", "");
    add(tar, "dev-null", TarHeader.CHARACTER_DEVICE, 0666, "", "");
    add(tar, "new\nline", TarHeader.FIFO, 01666, "", "");
    tar.finish();
    return out.toByteArray();
  }

  private static void add(
      TarWriter tar, String path, char type, int mode, String content, String link)
      throws IOException {
    byte[] bytes = content.getBytes(UTF_8);
    TreeMap<ByteName, byte[]> xattrs = new TreeMap<>();
    if (mode == 04755) {
      xattrs.put(ByteName.of("user.x"), new byte[] {1});
    }
    tar.begin(
        new TarHeader(
            ByteName.of(path),
            type,
            mode,
            1000,
            70000,
            bytes.length,
            SparseMap.whole(bytes.length),
            86_400,
            5,
            ByteName.of(link),
            1,
            3,
            xattrs,
            0));
    tar.content(bytes, 0, bytes.length);
  }

  private Outcome image(String... arguments) throws IOException {
    String[] all = new String[arguments.length + 1];
    all[0] = "image";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return user.call(Swayctl::run, all);
  }

  private String printed(String... arguments) throws IOException {
    Outcome outcome = image(arguments);
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.err()).isEmpty();
    return outcome.out();
  }

  private JsonNode json(String... arguments) throws IOException {
    return new ObjectMapper().readTree(printed(arguments));
  }

  private static void assertFails(Outcome outcome, int code, String message) {
    assertThat(outcome.code()).isEqualTo(code);
    assertThat(outcome.failures()).singleElement().asString().contains(message);
  }

  @Test
  void lsIsWhatImagesPrints() throws IOException {
    assertThat(printed("ls")).isEqualTo(user.call(Swayctl::run, "images").out()).contains("app");
    assertThat(json("ls", "--json").at("/images/0/name").asText()).isEqualTo("app:latest");
  }

  @Test
  void treePrintsRowsAsLsDoes() throws IOException {
    assertThat(printed("tree", "app").lines().map(row -> row.replaceAll("1970-.*:.. ", "TIME ")))
        .containsExactly(
            "drwxr-xr-x    4     0     0          0 TIME /",
            "crw-rw-rw-    1  1000 70000       1, 3 TIME /dev-null",
            "drwxr-xr-x    2  1000 70000          0 TIME /etc",
            "lrwxrwxrwx    1  1000 70000         16 TIME /etc/link -> ../../etc/passwd",
            "-rw-r--r--    1  1000 70000         11 TIME /etc/passwd",
            "prw-rw-rwT    1  1000 70000          0 TIME /new\\x0aline",
            "drwxr-xr-x    3     0     0          0 TIME /usr",
            "drwxr-xr-x    2     0     0          0 TIME /usr/bin",
            "-rwsr-xr-x+   1  1000 70000          9 TIME /usr/bin/su");
    assertThat(printed("tree", "app", "usr", "-L", "1").lines()).hasSize(2);
    assertThat(printed("tree", "app", "/new\\x0aline")).contains("/new\\x0aline");
  }

  @Test
  void treeAsJsonHasAllAttributes() throws IOException {
    JsonNode tree = json("tree", "app", "/usr/bin/su", "--json");
    assertThat(tree.at("/entries/0/path").asText()).isEqualTo("/usr/bin/su");
    assertThat(tree.at("/entries/0/mode").asText()).isEqualTo("4755");
    assertThat(tree.at("/entries/0/mtimeSeconds").asLong()).isEqualTo(86_400);
    assertThat(tree.at("/entries/0/mtimeNanos").asInt()).isEqualTo(5);
    assertThat(tree.at("/entries/0/xattrs").asBoolean()).isTrue();
    assertThat(tree.at("/manifest").asText()).startsWith("sha256:");
    assertThat(json("tree", "app", "--json").get("entries")).hasSize(9);
  }

  @Test
  void catFollowsLinksInsideTheImage() throws IOException {
    assertThat(printed("cat", "app", "/etc/link", "usr/bin/su"))
        .isEqualTo("root:x:0:0\nbinary\0\u00ff");
    assertFails(image("cat", "app", "/etc/none"), 24, "no '/etc/none' in the image app");
    assertFails(image("cat", "app", "/etc"), 2, "'/etc' in the image app is not a regular file");
    assertFails(image("cat", "none", "/etc"), 10, "no image 'none:latest'");
  }

  @Test
  void inspectPrintsTheManifest() throws IOException {
    assertThat(printed("inspect", "app"))
        .contains("image        app\n", "source       tar sha256:", "entries      9\n");
    JsonNode report = json("inspect", "app", "--json");
    assertThat(report.at("/content/statistics/entries").asInt()).isEqualTo(9);
    String digest = report.at("/manifest").asText();
    assertThat(json("inspect", digest, "--json").get("content")).isEqualTo(report.get("content"));
  }

  @Test
  void exportedTarBecomesTheSameTree() throws IOException {
    Outcome outcome = image("export-tar", "app", "-o", "again.tar");
    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.err()).contains("9 entries, 20 B in files");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertThat(user.call(out, Swayctl::run, "image", "export-tar", "app").code()).isZero();
    assertThat(out.toByteArray()).isEqualTo(Files.readAllBytes(user.folder.resolve("again.tar")));
    export("again", out.toByteArray());
    assertThat(json("inspect", "again", "--json").at("/content/index"))
        .isEqualTo(json("inspect", "app", "--json").at("/content/index"));
    assertFails(image("export-tar", "app", "-o", "no/such/folder.tar"), 20, "no such file");
    try (var files = Files.list(user.folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("rootfs.tar", "again.tar");
    }
  }

  @Test
  void verifyFindsNothingWrongOverHttpAndInTheStore() throws IOException {
    assertThat(printed("verify", "app"))
        .matches("1 images, 9 inodes, 1 packs, 1 chunks, 20 B of content: nothing wrong\n");
    assertThat(printed("verify", "--all", "--store", store().toString()))
        .endsWith("nothing wrong\n");
    JsonNode report = json("verify", "--all", "--json");
    assertThat(report.get("problems")).isEmpty();
    assertThat(report.at("/checked/images").asInt()).isEqualTo(1);
    assertFails(image("verify"), 2, "give IMAGEs, or --all");
    assertFails(image("verify", "app", "--store", user.home.toString()), 2, "not the directory");
  }

  @Test
  void everyDamagedBlobIsNamed() throws IOException {
    for (String file : blobd.files()) {
      if (file.startsWith("blobs/")) {
        byte[] bytes = Files.readAllBytes(store().resolve(file));
        byte[] damaged = bytes.clone();
        damaged[damaged.length / 2] ^= 4;
        Files.write(store().resolve(file), damaged);
        String hex = file.substring(file.lastIndexOf('/') + 1);
        for (String[] words :
            new String[][] {{"verify", "app"}, {"verify", "app", "--store", store().toString()}}) {
          Outcome outcome = image(words);
          assertThat(outcome.code()).isEqualTo(18);
          assertThat(outcome.err()).isEmpty();
          assertThat(outcome.out().lines().findFirst())
              .hasValueSatisfying(line -> assertThat(line).contains("sha256:" + hex));
          assertThat(outcome.out()).containsPattern("\\d+ problems?\n$");
        }
        Files.write(store().resolve(file), bytes);
      }
    }
    assertThat(printed("verify", "app")).contains("nothing wrong");
  }

  @Test
  void blobsThatNoNameNeedsAreCheckedInAStore() throws IOException {
    printed("rm", "app");
    assertThat(image("verify", "--all", "--store", store().toString()).code()).isZero();
    for (String file : blobd.files()) {
      Files.write(store().resolve(file), new byte[] {1});
    }
    Outcome outcome = image("verify", "--all", "--store", store().toString());
    assertThat(outcome.code()).isEqualTo(18);
    assertThat(outcome.out()).endsWith("3 problems\n");
  }

  private Path store() {
    return root.resolve("store");
  }

  @Test
  void diffSaysWhatDiffersAndWhatIsShared() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    TarWriter tar = new TarWriter(out);
    add(tar, "etc/", TarHeader.DIRECTORY, 0700, "", "");
    add(tar, "etc/passwd", TarHeader.FILE, 0644, "root:x:0:1\n", "");
    add(tar, "etc/link", TarHeader.SYMLINK, 0777, "", "elsewhere");
    add(tar, "usr/bin/su", TarHeader.FILE, 04755, "binary\0\u00ff", "");
    add(tar, "new\nline", TarHeader.FILE, 01666, "", "");
    add(tar, "zz", TarHeader.FILE, 0644, "", "");
    tar.finish();
    export("other", out.toByteArray());
    assertThat(printed("diff", "app", "other").lines().limit(7))
        .containsExactly(
            "D /dev-null",
            "M /etc  mode",
            "M /etc/link  link",
            "M /etc/passwd  content",
            "M /new\\x0aline  type",
            "A /zz",
            "1 added, 1 removed, 4 modified");
    JsonNode diff = json("diff", "app", "other", "--json");
    assertThat(diff.at("/totals/newChunks").asInt()).isEqualTo(1);
    assertThat(diff.get("changes")).hasSize(6);
    assertThat(printed("diff", "app", "app"))
        .startsWith("0 added, 0 removed, 0 modified\nchunks of app: 1 shared");
  }

  @Test
  void duSharesPacksOutAmongDirectories() throws IOException {
    JsonNode rows = json("du", "app", "--json").get("directories");
    assertThat(rows.at("/0/path").asText()).isEqualTo("/");
    assertThat(rows.at("/0/entries").asInt()).isEqualTo(9);
    assertThat(rows.at("/0/size").asInt()).isEqualTo(20);
    assertThat(rows).hasSize(3);
    long sum = rows.at("/1/stored").asLong() + rows.at("/2/stored").asLong();
    assertThat(rows.at("/0/stored").asLong()).isCloseTo(sum, within(1L)).isPositive();
    assertThat(json("du", "app", "--against", "app", "--json").at("/directories/0/unique").asInt())
        .isZero();
    assertThat(printed("du", "app", "/usr", "-L", "0").lines()).hasSize(2);
  }

  @Test
  void outputThatNobodyReadsEndsQuietly() throws IOException {
    OutputStream closed =
        new OutputStream() {
          @Override
          public void write(int value) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    for (String[] words :
        new String[][] {{"image", "tree", "app"}, {"image", "export-tar", "app"}}) {
      Outcome outcome = user.call(closed, Swayctl::run, words);
      assertThat(outcome.code()).isEqualTo(141);
      assertThat(outcome.err()).isEmpty();
    }
  }

  @Test
  void removedNameIsGoneAndItsImageStays() throws IOException {
    String digest = json("inspect", "app", "--json").at("/manifest").asText();
    int files = blobd.files().size();
    assertThat(printed("rm", "app"))
        .isEqualTo("removed the name app:latest of " + digest + "; its blobs stay in the store\n");
    assertThat(blobd.files()).hasSize(files - 1);
    assertFails(image("rm", "app"), 10, "no image 'app:latest'");
    assertThat(printed("cat", digest, "/etc/passwd")).isEqualTo("root:x:0:0\n");
  }

  @Test
  void everyToolHasHelpWithExamples() throws IOException {
    assertThat(image("--help").out()).contains("export-tar", "inspect", "Examples:");
    for (String tool :
        new String[] {"ls", "inspect", "tree", "cat", "diff", "du", "verify", "export-tar", "rm"}) {
      Outcome outcome = image(tool, "--help");
      assertThat(outcome.code()).isZero();
      assertThat(outcome.out()).contains("Usage: swayctl image " + tool, "Examples:", "--server");
    }
    assertFails(image(), 2, "image");
  }

  @Test
  void outputGoesIntoAPipeAndThroughALinkThatIsThere() throws Exception {
    Path pipe = user.folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    Process reader =
        new ProcessBuilder("cat", pipe.toString())
            .redirectOutput(user.folder.resolve("read.tar").toFile())
            .start();
    try {
      assertThat(image("export-tar", "app", "-o", "pipe").code()).isZero();
      assertThat(reader.waitFor()).isZero();
    } finally {
      reader.destroyForcibly();
    }
    assertThat(Files.isRegularFile(pipe)).as("it still is a pipe").isFalse();

    Path target = Files.createDirectory(user.folder.resolve("elsewhere")).resolve("b.tar");
    Files.createFile(target);
    Path link = Files.createSymbolicLink(user.folder.resolve("a.tar"), target);
    assertThat(image("export-tar", "app", "-o", "a.tar").code()).isZero();
    assertThat(link).isSymbolicLink();
    assertThat(target).hasSameBinaryContentAs(user.folder.resolve("read.tar"));
  }
}
