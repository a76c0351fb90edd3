package dev.sway.lazyfsd.holder;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.linux.Descriptors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A worker's end of its holder, the small process that keeps what must outlive the worker.
///
/// Descriptors that a worker leaves here stay open when it is killed; the next worker takes them
/// over. A holder that is gone is replaced by a new one, which gets again what this worker has left
/// or taken.
///
/// Thread-safe; an interrupt of a thread that asks is kept and ends nothing, since all ask on one
/// connection. [#close] is idempotent and leaves the holder to the next worker.
public final class HolderClient implements AutoCloseable {
  /// What descriptors of `/dev/fuse` are to be left as: this, the name of the folder that the mount
  /// is at, `/`, and a number. Where the worker is killed while it asks its own mounts, the holder
  /// answers it by these.
  public static final String FUSE_NAME = "mount/";

  private final Path state;
  private final HolderLauncher launcher;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Mine> mine = new HashMap<>();
  private @Nullable HolderLink link;
  private boolean closed;

  /// A descriptor of this process that the holder has a duplicate of.
  private record Mine(int fd, byte[] payload) {}

  /// What is held.
  ///
  /// @param name as it was left
  /// @param payload what was left with it
  public record Held(String name, byte[] payload) {}

  private HolderClient(Path state, HolderLauncher launcher) {
    this.state = state;
    this.launcher = launcher;
  }

  /// Connects to the holder of a state folder; starts one where there is none.
  ///
  /// @param state the folder, absolute; the caller has its lock
  public static HolderClient open(Path state, HolderLauncher launcher) throws IOException {
    HolderClient client = new HolderClient(state, launcher);
    client.lock.lock();
    try {
      client.link();
    } finally {
      client.lock.unlock();
    }
    return client;
  }

  /// Leaves a duplicate of a descriptor with the holder, instead of what it has as `name`.
  ///
  /// @param name 1 to 200 bytes
  /// @param fd stays the caller's, and open until `name` is dropped: a new holder gets it again
  /// @param payload at most 64 KiB that whoever takes the descriptor wants to know
  /// @throws IOException where the holder does not take it
  public void hold(String name, int fd, byte[] payload) throws IOException {
    lock.lock();
    try {
      ask(hold(name, new Mine(fd, payload)));
      mine.put(name, new Mine(fd, payload));
    } finally {
      lock.unlock();
    }
  }

  /// A new descriptor for the open file that is held as `name`; the caller closes it after it has
  /// dropped the name. The holder keeps its own.
  ///
  /// @throws SwayException of kind `not-found` where nothing is held so
  public int take(String name) throws IOException {
    lock.lock();
    try {
      for (Frame entry : ask(Frame.write(HolderProtocol.LIST))) {
        String found = entry.text(HolderProtocol.MAX_NAME_BYTES);
        int theirs = (int) entry.number(0, Integer.MAX_VALUE);
        byte[] payload = entry.bytes(HolderProtocol.MAX_PAYLOAD_BYTES);
        if (found.equals(name)) {
          int fd = Descriptors.duplicate(link().pid(), theirs);
          mine.put(name, new Mine(fd, payload));
          return fd;
        }
      }
      throw new SwayException(FailureKind.NOT_FOUND, "the holder has nothing as '" + name + "'");
    } finally {
      lock.unlock();
    }
  }

  /// Has the holder close what it has as `name`, if it has anything.
  public void drop(String name) throws IOException {
    lock.lock();
    try {
      mine.remove(name);
      ask(Frame.write(HolderProtocol.DROP).text(name));
    } finally {
      lock.unlock();
    }
  }

  /// What is held, by name.
  public List<Held> held() throws IOException {
    lock.lock();
    try {
      List<Held> held = new ArrayList<>();
      for (Frame entry : ask(Frame.write(HolderProtocol.LIST))) {
        String name = entry.text(HolderProtocol.MAX_NAME_BYTES);
        entry.number(0, Integer.MAX_VALUE);
        held.add(new Held(name, entry.bytes(HolderProtocol.MAX_PAYLOAD_BYTES)));
        entry.end();
      }
      return held;
    } finally {
      lock.unlock();
    }
  }

  /// The names that are held, in order.
  public List<String> names() throws IOException {
    return held().stream().map(Held::name).toList();
  }

  /// The holder's process id.
  public long pid() throws IOException {
    lock.lock();
    try {
      return link().pid();
    } finally {
      lock.unlock();
    }
  }

  /// Whether the holder sees to the end of a worker that is killed while it waits for its own
  /// mounts. One that an earlier version has started does not.
  public boolean endsWorkers() throws IOException {
    lock.lock();
    try {
      return link().endsWorkers();
    } finally {
      lock.unlock();
    }
  }

  /// Ends the holder, with all that it holds, waits for its end, and closes this.
  public void end() throws IOException {
    lock.lock();
    try {
      HolderLink ended = link;
      closed = true;
      if (ended != null) {
        ended.end();
      }
    } finally {
      link = null;
      lock.unlock();
    }
  }

  /// A connection of its own to the holder, greeted.
  HolderLink connect() throws IOException {
    lock.lock();
    try {
      // Makes sure that there is one.
      link();
    } finally {
      lock.unlock();
    }
    return HolderLink.open(
        state,
        _ -> {
          throw new IOException("the holder has just ended");
        });
  }

  /// Sends a request that has no answer but `OK`.
  void tell(Frame.Writer request) throws IOException {
    if (!ask(request).isEmpty()) {
      throw new IOException("the holder says more than it was asked");
    }
  }

  /// Whether this was closed.
  boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  private static Frame.Writer hold(String name, Mine mine) {
    return Frame.write(HolderProtocol.HOLD)
        .text(name)
        .number(ProcessHandle.current().pid())
        .number(mine.fd())
        .bytes(mine.payload());
  }

  /// Sends a request; the frames of the answer before its last, from this holder or, where it is
  /// gone, from a new one. Each is to be read to its end.
  ///
  /// @throws SwayException where the holder refuses
  List<Frame> ask(Frame.Writer request) throws IOException {
    lock.lock();
    try {
      return Uninterrupted.call(() -> exchange(request));
    } finally {
      lock.unlock();
    }
  }

  private List<Frame> exchange(Frame.Writer request) throws IOException {
    HolderLink asked = link();
    try {
      return asked.exchange(request);
    } catch (SwayException e) {
      throw e;
    } catch (IOException e) {
      try (asked) {
        link = null;
      }
      return link().exchange(request);
    }
  }

  /// The connection to the holder, which is started where need be.
  private HolderLink link() throws IOException {
    HolderLink found = link;
    return found == null ? Uninterrupted.call(this::reconnect) : found;
  }

  private HolderLink reconnect() throws IOException {
    if (closed) {
      throw new IOException("this worker has closed its holder");
    }
    HolderLink opened = HolderLink.open(state, launcher);
    try {
      for (Map.Entry<String, Mine> one : mine.entrySet()) {
        opened.exchange(hold(one.getKey(), one.getValue()));
      }
    } catch (IOException e) {
      try (opened) {
        throw e;
      }
    }
    link = opened;
    return opened;
  }

  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      closed = true;
      HolderLink left = link;
      if (left != null) {
        left.close();
      }
    } finally {
      link = null;
      lock.unlock();
    }
  }
}
