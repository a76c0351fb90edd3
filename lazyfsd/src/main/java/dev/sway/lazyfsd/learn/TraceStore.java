package dev.sway.lazyfsd.learn;

import dev.sway.formats.trace.Trace;
import dev.sway.formats.trace.TraceWriter;
import dev.sway.lazyfsd.api.TraceInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The traces of a worker's last runs, by the runs' ids. Thread-safe.
final class TraceStore {
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
    return folder.list().reversed().stream()
        .map(entry -> new TraceInfo(entry.name(), entry.bytes(), entry.written().toString()))
        .toList();
  }
}
