package dev.sway.lazyfsd.holder;

import dev.sway.blobd.cli.StateLock;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.linux.PeerUser;
import dev.sway.lazyfsd.linux.PrivateFolder;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/// Keeps descriptors and runs for the workers that use a state folder one after another.
///
/// Thread-safe; [#close] is idempotent and lets everything go.
final class Holder implements AutoCloseable {
  /// A worker has a few connections, and one for each run.
  private static final int MAX_CONNECTIONS = 2048;

  private static final int BACKLOG = 64;
  private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final StateLock lock;
  private final Consumer<String> log;
  private final UserPrincipal owner;
  private final ServerSocketChannel server;
  private final Path socket;
  private final HeldDescriptors descriptors = new HeldDescriptors();
  private final HeldRuns runs = new HeldRuns();
  private final KilledWorkers workers;
  private final Set<HolderConnection> connections = ConcurrentHashMap.newKeySet();

  /// Those of [#connections] whose other end may be gone without a sign of it.
  private final Set<HolderConnection> silent = ConcurrentHashMap.newKeySet();

  private final AtomicInteger threads = new AtomicInteger();
  private final AtomicLong lastSeen = new AtomicLong(System.nanoTime());
  private final CountDownLatch ended = new CountDownLatch(1);

  private Holder(
      StateLock lock,
      UserPrincipal owner,
      ServerSocketChannel server,
      Path state,
      Consumer<String> log) {
    this.lock = lock;
    this.log = log;
    this.owner = owner;
    this.server = server;
    this.socket = HolderProtocol.socket(state);
    this.workers = new KilledWorkers(state, descriptors, log);
  }

  /// Begins to listen; when this returns, workers can connect.
  ///
  /// @param state the state folder
  /// @param log gets lines for people
  /// @throws SwayException of kind `in-use` where the folder has a holder, `usage` where its path
  ///   is too long
  static Holder open(Path state, Consumer<String> log) throws IOException {
    int length = state.toString().getBytes(StandardCharsets.UTF_8).length;
    if (length > HolderProtocol.MAX_STATE_PATH_BYTES) {
      throw new SwayException(
          FailureKind.USAGE,
          "the state folder's path has %d bytes, more than the %d that leave room for a socket in it; use a shorter one"
              .formatted(length, HolderProtocol.MAX_STATE_PATH_BYTES));
    }
    Path folder = PrivateFolder.open(HolderProtocol.folder(state));
    StateLock lock = StateLock.acquire(folder);
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    Path socket = HolderProtocol.socket(state);
    Holder holder = new Holder(lock, Files.getOwner(folder), server, state, log);
    try {
      // A holder that was killed has left its socket.
      Files.deleteIfExists(socket);
      server.bind(UnixDomainSocketAddress.of(socket), BACKLOG);
    } catch (IOException | RuntimeException e) {
      try (holder) {
        throw e;
      }
    }
    Thread.ofPlatform().name("holder-accept").daemon().start(holder::accept);
    return holder;
  }

  /// Waits until a worker ends this, or until there was none for as long as says `unused`, while
  /// nothing is held, or `abandoned`, while something is.
  void await(Duration unused, Duration abandoned) throws InterruptedException {
    long step = Math.max(1, unused.toNanos() / 4);
    while (!ended.await(step, TimeUnit.NANOSECONDS)) {
      Duration patience = descriptors.isEmpty() && runs.isEmpty() ? unused : abandoned;
      if (silent.containsAll(connections)
          && System.nanoTime() - lastSeen.get() > patience.toNanos()) {
        return;
      }
    }
  }

  private void accept() {
    while (server.isOpen()) {
      try {
        SocketChannel channel = server.accept();
        HolderConnection connection = new HolderConnection(channel);
        connections.add(connection);
        Thread.ofPlatform()
            .name("holder-" + threads.incrementAndGet())
            .daemon()
            .start(() -> serve(channel, connection));
      } catch (IOException | OutOfMemoryError e) {
        // All that is held would go with this: no descriptor or thread is left now, but will be.
        if (server.isOpen()) {
          log.accept("cannot accept: " + e.getMessage());
          LockSupport.parkNanos(RETRY_NANOS);
        }
      }
    }
  }

  private void serve(SocketChannel channel, HolderConnection connection) {
    try (connection) {
      converse(channel, connection);
    } catch (IOException e) {
      log.accept("a connection cannot be closed: " + e.getMessage());
    } finally {
      lastSeen.set(System.nanoTime());
      connections.remove(connection);
      silent.remove(connection);
    }
  }

  private void converse(SocketChannel channel, HolderConnection connection) {
    try {
      if (!PeerUser.of(channel).equals(owner)) {
        throw new IOException("somebody else than " + owner + " has connected");
      }
      if (connections.size() > MAX_CONNECTIONS) {
        throw new IOException("more than " + MAX_CONNECTIONS + " connections");
      }
      workers.watch();
      new HolderConversation(
              connection, descriptors, runs, workers::current, () -> silent.add(connection))
          .serve();
    } catch (HolderConversation.EndException e) {
      ended.countDown();
    } catch (IOException e) {
      if (server.isOpen()) {
        log.accept("a connection is broken off: " + e.getMessage());
      }
    } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
      // The worker sees an end only; here is why.
      log.accept("a connection fails: " + e);
    }
  }

  @Override
  public void close() throws IOException {
    ended.countDown();
    if (server.isOpen()) {
      // First: as long as a thread waits in accept(2), the kernel lets others connect to a socket
      // that is closed already.
      Files.deleteIfExists(socket);
      server.close();
    }
    for (HolderConnection connection : connections) {
      connection.close();
    }
    runs.close();
    descriptors.close();
    lock.close();
  }
}
