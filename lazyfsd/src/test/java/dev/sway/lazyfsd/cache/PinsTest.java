package dev.sway.lazyfsd.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PinsTest {
  @TempDir Path folder;

  private static Digest digest(int number) {
    return Digest.of(new byte[] {(byte) number});
  }

  @Test
  void packsAreThoseOfTheMomentWhoeverPinsThem() throws IOException {
    Pins one = new Pins(folder);
    Pins other = new Pins(folder);
    for (int i = 0; i < 20; i++) {
      assertThat(other.packs()).hasSize(i);
      one.put(new Pin(digest(i), List.of("app"), Set.of(digest(100 + i)), 1, false));
      assertThat(other.packs()).hasSize(i + 1);
    }
    for (int i = 0; i < 20; i++) {
      one.remove(digest(i));
      assertThat(other.packs()).hasSize(19 - i);
    }
  }

  @Test
  void whatCannotBeWrittenIsSaidByItsFile() throws IOException {
    Pins pins = new Pins(folder);
    Files.delete(folder);
    assertThatThrownBy(() -> pins.put(new Pin(digest(1), List.of("app"), Set.of(), 1, false)))
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.STORAGE))
        .hasMessageContaining(digest(1).hex());
  }
}
