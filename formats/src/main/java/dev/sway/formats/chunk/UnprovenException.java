package dev.sway.formats.chunk;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;

/// Content has the digest that it should have, and a [ContentProof] says that it should be another.
/// So it is no damage: another copy would be the same.
public final class UnprovenException extends SwayException {
  UnprovenException(CorruptException why) {
    super(FailureKind.CORRUPT, String.valueOf(why.getMessage()), why);
  }
}
