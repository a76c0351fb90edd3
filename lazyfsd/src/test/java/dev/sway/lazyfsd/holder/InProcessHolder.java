package dev.sway.lazyfsd.holder;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// Starts holders inside this process.
public final class InProcessHolder implements HolderLauncher, AutoCloseable {
  private final List<String> log = new CopyOnWriteArrayList<>();
  private final List<Holder> started = new CopyOnWriteArrayList<>();

  @Override
  public void start(Path state) throws IOException {
    // One that was told to end does so as a process would.
    close();
    started.add(Holder.open(state, log::add));
  }

  /// How many were started.
  public int count() {
    return started.size();
  }

  /// What they had to say to people.
  public List<String> log() {
    return log;
  }

  @Override
  public void close() throws IOException {
    for (Holder holder : started) {
      holder.close();
    }
  }
}
