package dev.sway.lazyfsd.holder;

import java.io.IOException;

/// What a run that the holder keeps writes, as it comes. Belongs to one thread, but [#close] may
/// come from any and ends a [#next] that waits.
public final class RunOutputStream implements AutoCloseable {
  private final HolderLink link;

  /// Takes over `link`, on which a run was started or attached to.
  RunOutputStream(HolderLink link) {
    this.link = link;
  }

  /// The next; waits for it. After the last there is none.
  ///
  /// @throws IOException where the holder is gone, this is closed, or somebody else has attached to
  ///   the run
  public RunOutput next() throws IOException {
    Frame frame = link.answer();
    long number = frame.number(1, Long.MAX_VALUE);
    RunOutput output =
        switch (frame.code()) {
          case HolderProtocol.OUTPUT ->
              new RunOutput.Piece(
                  number, (int) frame.number(1, 2), frame.bytes(RunSpool.MAX_RECORD_BYTES));
          case HolderProtocol.LAST -> new RunOutput.Last(number, (int) frame.number(0, 255));
          default -> throw new IOException("no output but a " + frame);
        };
    frame.end();
    return output;
  }

  @Override
  public void close() throws IOException {
    link.close();
  }
}
