package dev.sway.lazyfsd.learn;

import dev.sway.formats.trace.Trace;
import dev.sway.formats.trace.TraceHeader;
import dev.sway.formats.trace.TraceReader;
import dev.sway.formats.trace.TraceWriter;
import dev.sway.lazyfsd.api.TraceInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The traces of a worker's last runs, by the runs' ids. Thread-safe.
final class TraceStore {
  private static final System.Logger LOG = System.getLogger(TraceStore.class.getName());
  private static final int MOST = 200;

  private final BoundedFolder folder;

  /// @param state the worker's state folder
  TraceStore(Path state) throws IOException {
    folder = new BoundedFolder(state.resolve("traces"), ".trace", MOST, TraceInfo.MAX_BYTES);
  }

  void keep(Trace trace) throws IOException {
    folder.write(trace.header().run(), TraceWriter.write(trace));
  }

  /// The file of a run's trace, or empty where there is none, or not any more.
  ///
  /// @param run its id
  Optional<byte[]> read(String run) throws IOException {
    return folder.read(run);
  }

  /// What there is, the latest first.
  List<TraceInfo> list() throws IOException {
    return folder.list().reversed().stream().map(this::info).flatMap(Optional::stream).toList();
  }

  /// What a trace says of its run; empty where it went meanwhile. One that cannot be read is there
  /// all the same.
  private Optional<TraceInfo> info(BoundedFolder.Entry entry) {
    String run = entry.name();
    String written = entry.written().toString();
    try {
      Optional<byte[]> bytes = folder.read(run);
      if (bytes.isEmpty()) {
        return Optional.empty();
      }
      TraceHeader header = TraceReader.readHeader(bytes.get(), "of run " + run);
      return Optional.of(
          new TraceInfo(
              run, header.image(), header.args(), header.exitCode(), entry.bytes(), written));
    } catch (IOException | IllegalArgumentException e) {
      // Damaged, or a file that no run has left.
      LOG.log(System.Logger.Level.DEBUG, () -> "not told of: " + e.getMessage());
      return Optional.of(TraceInfo.unread(run, entry.bytes(), written));
    }
  }
}
