package dev.sway.lazyfsd.run;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Whoever watched a run does so no longer, or is not to any more; the run goes on.
public final class WatcherGoneException extends IOException {
  WatcherGoneException(String why, @Nullable IOException cause) {
    super(why, cause);
  }
}
