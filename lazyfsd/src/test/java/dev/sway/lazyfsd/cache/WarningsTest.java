package dev.sway.lazyfsd.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.text.MessageFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.ResourceBundle;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WarningsTest {
  private final List<String> said = new ArrayList<>();
  private final Warnings warnings = new Warnings(new Told(), "it fails");

  /// Remembers what it is told.
  private final class Told implements System.Logger {
    @Override
    public String getName() {
      return "told";
    }

    @Override
    public boolean isLoggable(Level level) {
      return true;
    }

    @Override
    public void log(
        Level level, @Nullable ResourceBundle bundle, String message, @Nullable Throwable thrown) {
      said.add(message);
    }

    @Override
    public void log(
        Level level,
        @Nullable ResourceBundle bundle,
        String format,
        @Nullable Object @Nullable ... parameters) {
      said.add(MessageFormat.format(format, parameters));
    }
  }

  @Test
  void whatHappensAgainSoonIsNotSaidAgain() {
    warnings.warn("one");
    warnings.warn("another");
    assertThat(said).containsExactly("it fails (1 times): one");
  }

  @Test
  void whatStaysIsSaidOnceForEachReason() {
    for (int look = 0; look < 3; look++) {
      warnings.once("one");
      warnings.once("another");
    }
    assertThat(said).containsExactly("it fails: one", "it fails: another");
  }
}
