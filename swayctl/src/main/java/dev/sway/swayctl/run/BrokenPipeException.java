package dev.sway.swayctl.run;

import java.io.IOException;

/// Nobody reads an output any more, as after `| head -1`.
public final class BrokenPipeException extends IOException {
  BrokenPipeException(IOException cause) {
    super(cause);
  }
}
