package dev.sway.formats.read;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.fixture.RawTar;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PathLookupTest {
  @TempDir private Path folder;
  private StoredImage image;

  @BeforeEach
  void build() throws IOException {
    BuiltBlobs blobs = new BuiltBlobs(folder);
    image =
        blobs.open(
            blobs.add(
                new RawTar()
                    .file("usr/bin/env", "env")
                    .add(RawTar.header("bin", '2').link("usr/bin"))
                    .add(RawTar.header("usr/out", '2').link("../../../bin/env"))
                    .add(RawTar.header("abs", '2').link("/usr/out"))
                    .add(RawTar.header("loop", '2').link("loop"))
                    .pax(RawTar.record("path", RawTar.bytes("caf\u00e9")))
                    .file("", "binary name")
                    .file("caf\\xe8", "a backslash")
                    .end()));
  }

  @AfterEach
  void close() {
    image.close();
  }

  private Optional<String> find(String path) throws IOException {
    return new PathLookup(image.index()).find(path).map(found -> found.path().toString());
  }

  @Test
  void linksAreFollowedInsideTheImageOnly() throws IOException {
    assertThat(find("/")).hasValue("/");
    assertThat(find("bin/env")).hasValue("/usr/bin/env");
    assertThat(find("/abs")).hasValue("/usr/bin/env");
    assertThat(find("/usr/../../bin//./env")).hasValue("/usr/bin/env");
    assertThat(find("/loop")).isEmpty();
    assertThat(find("/none/env")).isEmpty();
    assertThat(find("/usr/bin/env/x")).isEmpty();
  }

  @Test
  void bytesMayBeEscapedWhereNothingHasThePathAsItStands() throws IOException {
    assertThat(find("caf\\xe9")).hasValue("/caf\\xe9");
    assertThat(find("caf\\xe8")).hasValue("/caf\\xe8");
    assertThat(find("caf\\xe7")).isEmpty();
  }

  @Test
  void walkGoesDepthFirstByNameAndAsDeepAsAsked() throws IOException {
    assertThat(walk(1))
        .containsExactly("/", "/abs", "/bin", "/caf\\xe8", "/caf\\xe9", "/loop", "/usr");
    assertThat(walk(0)).containsExactly("/");
    assertThat(walk(9)).endsWith("/usr", "/usr/bin", "/usr/bin/env", "/usr/out");
  }

  private List<String> walk(int depth) throws IOException {
    List<String> paths = new ArrayList<>();
    TreeWalk walk = new TreeWalk(image.index(), TreeWalk.root(image.index()), depth);
    while (walk.hasNext()) {
      paths.add(walk.next().path().toString());
    }
    return paths;
  }
}
