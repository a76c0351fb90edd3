package dev.sway.lazyfsd.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.id.Digest;
import java.io.IOException;
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
}
