package dev.sway.lazyfsd.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.blobd.client.Images;
import dev.sway.blobd.client.ResolvedName;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageNamesTest {
  private static final Digest OLD = Digest.of(new byte[] {1});
  private static final Digest NEW = Digest.of(new byte[] {2});

  @TempDir Path folder;
  private final ImageName name = new ImageName("team/app", "1");
  private final FakeImages images = new FakeImages();

  /// Has names, and can be out of reach.
  private static final class FakeImages implements Images {
    final Map<ImageName, Digest> names = new HashMap<>();
    boolean down;

    @Override
    public ResolvedName resolve(ImageName name) throws IOException {
      if (down) {
        throw new SwayException(FailureKind.BLOBD_UNREACHABLE, "down");
      }
      Digest digest = names.get(name);
      if (digest == null) {
        throw new SwayException(FailureKind.UNKNOWN_IMAGE, "none");
      }
      return new ResolvedName(name, digest, Instant.EPOCH);
    }

    @Override
    public List<ResolvedName> names() {
      throw new UnsupportedOperationException();
    }

    @Override
    public byte[] range(Digest digest, long offset, int length) {
      throw new UnsupportedOperationException();
    }

    @Override
    public InputStream stream(Digest digest) {
      throw new UnsupportedOperationException();
    }
  }

  private ImageNames open() throws IOException {
    return new ImageNames(folder, images);
  }

  @Test
  void whatBlobdSaysWinsAndIsKnownWhileItIsDown() throws IOException {
    ImageNames names = open();
    images.names.put(name, OLD);
    assertThat(names.resolve(name)).isEqualTo(OLD);
    names.record(name, OLD);
    images.names.put(name, NEW);
    assertThat(names.resolve(name)).isEqualTo(NEW);
    images.down = true;
    assertThat(names.resolve(name)).isEqualTo(NEW);
  }

  @Test
  void recordedNameIsKnownToTheNextProcessUntilItIsForgotten() throws IOException {
    open().record(name, OLD);
    images.down = true;
    assertThat(open().resolve(name)).isEqualTo(OLD);
    open().forget(name);
    open().forget(name);
    assertThatThrownBy(() -> open().resolve(name)).hasMessage("down");
  }

  @Test
  void nameThatIsGoneAtBlobdIsGone() throws IOException {
    open().record(name, OLD);
    assertThatThrownBy(() -> open().resolve(name)).hasMessage("none");
  }

  @Test
  void recordThatIsNoneIsLeftOut() throws IOException {
    open().record(name, OLD);
    Path record = folder.resolve("team=app:1.json");
    images.down = true;
    for (String text : List.of("", "{", "{\"name\":\"other:1\",\"manifest\":\"" + OLD + "\"}")) {
      Files.writeString(record, text);
      assertThatThrownBy(() -> open().resolve(name)).hasMessage("down");
    }
  }

  @Test
  void nameThatWasUsedIsKnownToTheNextProcess() throws IOException {
    open().use(name.toString(), OLD);
    open().use(name.toString(), NEW);
    images.down = true;
    assertThat(open().resolve(name)).isEqualTo(NEW);
    images.down = false;
    assertThatThrownBy(() -> open().resolve(name)).hasMessage("none");
  }

  @Test
  void whatNeedsNoServerComesBeforeWhatWasUsed() throws IOException {
    open().record(name, OLD);
    open().use(name.toString(), NEW);
    images.down = true;
    assertThat(open().resolve(name)).isEqualTo(OLD);
  }

  @Test
  void namesThatWereUsedLastAreRemembered() throws IOException {
    ImageNames names = open();
    for (int i = 0; i < UsedNames.MOST; i++) {
      names.use("app:v" + i, OLD);
    }
    names.use("app:v0", OLD);
    names.use(name.toString(), OLD);
    images.down = true;
    assertThat(open().resolve(name)).isEqualTo(OLD);
    assertThat(open().resolve(new ImageName("app", "v0"))).as("used again").isEqualTo(OLD);
    assertThatThrownBy(() -> open().resolve(new ImageName("app", "v1"))).hasMessage("down");
    assertThat(open().resolve(new ImageName("app", "v2"))).isEqualTo(OLD);
  }

  @Test
  void fileOfUsedNamesThatIsNoneIsLeftOutAndReplaced() throws IOException {
    images.down = true;
    for (String text :
        List.of(
            "",
            "{",
            "{\"names\":[{\"name\":\"A\",\"manifest\":\"" + OLD + "\"}]}",
            " ".repeat(200_000))) {
      Files.writeString(folder.resolve("used.json"), text);
      assertThatThrownBy(() -> open().resolve(name)).as(text).hasMessage("down");
    }
    open().use(name.toString(), OLD);
    assertThat(open().resolve(name)).isEqualTo(OLD);
  }

  @Test
  void whatCannotBeNotedStopsNobody() throws IOException {
    ImageNames names = open();
    Files.createDirectory(folder.resolve("used.json"));
    Files.createFile(folder.resolve("used.json/full"));
    names.use(name.toString(), OLD);
    assertThat(folder.resolve("used.json")).isDirectory();
  }

  @Test
  void digestIsItsOwnNameAndNothingIsNotedOfIt() throws IOException {
    ImageNames names = open();
    images.down = true;
    assertThat(names.resolve(OLD.toString())).isEqualTo(OLD);
    names.use(OLD.toString(), OLD);
    assertThat(folder.resolve("used.json")).doesNotExist();
    images.down = false;
    images.names.put(name, NEW);
    assertThat(names.resolve("team/app:1")).isEqualTo(NEW);
  }

  @Test
  void whatIsNoFileOfUsedNamesStopsNobody() throws Exception {
    images.names.put(name, OLD);
    Path file = folder.resolve("used.json");
    Files.createDirectory(file);
    assertThat(open().resolve(name)).isEqualTo(OLD);
    Files.delete(file);
    Files.createSymbolicLink(file, file);
    assertThat(open().resolve(name)).isEqualTo(OLD);
    Files.delete(file);
    Files.writeString(file, "{\"names\":[null]}");
    assertThat(open().resolve(name)).isEqualTo(OLD);
  }

  @Test
  void whatCouldNotBeNotedIsNotedNextTime() throws IOException {
    ImageNames names = open();
    Path partial = folder.resolve("used.json.partial");
    Files.createDirectory(partial);
    Files.createFile(partial.resolve("full"));
    names.use(name.toString(), OLD);
    assertThat(folder.resolve("used.json")).doesNotExist();
    Files.delete(partial.resolve("full"));
    Files.delete(partial);
    names.use(name.toString(), OLD);
    images.down = true;
    assertThat(open().resolve(name)).isEqualTo(OLD);
  }
}
