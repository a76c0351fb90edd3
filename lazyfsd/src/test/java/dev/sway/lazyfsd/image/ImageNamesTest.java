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
}
