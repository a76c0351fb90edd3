package dev.sway.lazyfsd.server;

import dev.sway.blobd.cli.Program;
import dev.sway.blobd.cli.StateLock;
import dev.sway.blobd.client.BlobClient;
import dev.sway.blobd.http.ApiServer;
import dev.sway.blobd.http.BearerTokens;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.LazyfsdApi;
import dev.sway.lazyfsd.fuse.FuseTransport;
import dev.sway.lazyfsd.fuse.TransportChoice;
import dev.sway.lazyfsd.holder.HolderClient;
import dev.sway.lazyfsd.holder.HolderWatch;
import dev.sway.lazyfsd.holder.RunHolder;
import dev.sway.lazyfsd.image.ImageNames;
import dev.sway.lazyfsd.keep.BackgroundFill;
import dev.sway.lazyfsd.keep.ImageKeeper;
import dev.sway.lazyfsd.learn.Learning;
import dev.sway.lazyfsd.linux.PrivateFolder;
import dev.sway.lazyfsd.linux.SystemCalls;
import dev.sway.lazyfsd.mount.ImageMounter;
import dev.sway.lazyfsd.mount.KeptMounts;
import dev.sway.lazyfsd.mount.MountTable;
import dev.sway.lazyfsd.mount.MountedImage;
import dev.sway.lazyfsd.peer.PeerServer;
import dev.sway.lazyfsd.rehearsal.Rehearsal;
import dev.sway.lazyfsd.run.KeptRuns;
import dev.sway.lazyfsd.run.RunLayout;
import dev.sway.lazyfsd.run.RunService;
import dev.sway.lazyfsd.run.Sweeper;
import io.helidon.webserver.http.HttpRouting;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A running worker: mounts, runs and the API in front of them.
///
/// Thread-safe; [#close] is idempotent, ends every run and leaves no mount, container, cgroup or
/// folder of one behind. Only what was left to another worker (see [#left]) goes on.
public final class LazyfsdServer implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(LazyfsdServer.class.getName());

  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final ReentrantLock closing = new ReentrantLock();
  private final BearerTokens tokens;
  private final ApiServer server;
  private final Optional<PeerServer> peers;
  private final FuseTransport transport;
  private final RunService runs;
  private final CacheRoutes fetches;
  private final Optional<Rehearsal> rehearsal;
  private final CompletableFuture<@Nullable Void> left = new CompletableFuture<>();
  private boolean leaving;

  /// Whether mounts that were left are still served by this process.
  private boolean serving;

  private LazyfsdServer(
      Program program, ServeConfig config, BlobClient client, TransportChoice choice)
      throws IOException {
    tokens = tokens(config);
    try {
      StateLock lock = StateLocks.await(config.state(), config.before());
      open(() -> close(lock));
      // As the kernel lists it, without symbolic links.
      Path state = config.state().toRealPath();
      checkPath(state);
      // Whatever this process was started with: parts of a container's root are made by it.
      SystemCalls.umask(022);
      HolderClient holder = HolderClient.open(state, config.holder());
      open(() -> close(holder));
      Path points = PrivateFolder.open(new RunLayout(state).mounts());
      KeptMounts kept = new KeptMounts(holder);
      Restart restart = new Restart(kept, KeptRuns.of(holder), points);
      Sweeper.sweep(state, restart.kept());
      transport = choice.choose(points.resolve("probe"));
      ImageMounter mounter =
          new ImageMounter(
              state, config.cache(), client, config.sources(), transport, Optional.of(kept));
      open(() -> close(mounter));
      ImageNames names = new ImageNames(state.resolve("names"), client);
      ImageKeeper keeper = mounter.keeper(names);
      Optional<BackgroundFill> fill =
          config.fill().map(delay -> open(new BackgroundFill(keeper, delay)));
      MountTable mounts = new MountTable(points, filled(fill, mounter::mount));
      open(() -> close(mounts));
      if (!restart.resume(mounts, filled(fill, mounter::resume))) {
        Sweeper.sweep(state, restart.kept());
      }
      Learning learning = open(Learning.open(state, client));
      runs = RunService.open(state, names, mounts, holder, config.grace(), learning);
      open(() -> close(runs));
      fetches = open(new CacheRoutes(program, keeper, tokens));
      HttpRouting.Builder routing = HttpRouting.builder();
      new RunRoutes(program, runs, tokens).addTo(routing);
      new TraceRoutes(learning, tokens).addTo(routing);
      fetches.addTo(routing);
      rehearsal =
          config
              .rehearsal()
              .map(delay ->
                  open(
                      Rehearsal.start(
                          program, new RunLayout(state), transport, kept, runs::isQuiet, delay)));
      StatusRoute status =
          new StatusRoute(program, transport.name(), mounts, runs, mounter, rehearsal);
      routing.get(LazyfsdApi.STATUS, status);
      server =
          open(ApiServer.start(program, config.listen(), LazyfsdApi.MAX_REQUEST_BYTES, routing));
      peers =
          config.peerListen().isEmpty()
              ? Optional.empty()
              : Optional.of(open(mounter.servePeers(program, config.peerListen().get())));
      open(
          IdleTrim.start(() -> {
            mounter.trim();
            mounts.trim();
            // Takes what was left to it, and has the heap shrink.
            System.gc();
          }));
      // Nothing can fail any more for which these runs would be another worker's.
      runs.clientsMayCome();
      // At last: the holder may have this leave at once.
      open(HolderWatch.start(holder, new Notices()));
    } catch (IOException | RuntimeException e) {
      // What an earlier worker left is the next one's, if it has more luck.
      leaving = true;
      try {
        closeParts();
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  /// Has the rest of each image fetched that `mounting` has mounted.
  private static MountTable.Mounting filled(
      Optional<BackgroundFill> fill, MountTable.Mounting mounting) {
    return (key, point) -> {
      MountedImage mounted = mounting.mount(key, point);
      fill.ifPresent(filling -> filling.want(key.digest()));
      return mounted;
    };
  }

  /// What the holder has to say.
  private final class Notices implements HolderWatch.Listener {
    @Override
    public void exited(String id, int exitCode) {
      runs.exited(id, exitCode);
    }

    @Override
    public void lost() {
      runs.lost();
    }

    @Override
    public void leave() {
      Thread.ofPlatform().name("lazyfsd-leave").start(LazyfsdServer.this::leave);
    }
  }

  /// Takes over what an earlier worker left, sweeps the rest of the state folder and starts to
  /// serve; when this returns, requests are answered.
  ///
  /// @param client of blobd; stays the caller's to close
  /// @throws SwayException of kind `in-use`, `no-runc`, `storage`, `usage` and others that say what
  ///   is wrong
  public static LazyfsdServer start(
      Program program, ServeConfig config, BlobClient client, TransportChoice choice)
      throws IOException {
    return new LazyfsdServer(program, config, client, choice);
  }

  /// Makes sure of what can be known before a state folder is free, so that no worker leaves its
  /// place to one that cannot start.
  ///
  /// @throws SwayException that says what is wrong
  public static void check(ServeConfig config) throws IOException {
    var _ = tokens(config);
    Path state = config.state().toRealPath();
    checkPath(state);
    RunService.check(state);
  }

  private static BearerTokens tokens(ServeConfig config) throws IOException {
    return config.tokens().isPresent()
        ? BearerTokens.read(config.tokens().get())
        : BearerTokens.open();
  }

  /// mount(2) takes lists joined by commas and colons, so a path must not have them.
  private static void checkPath(Path state) throws SwayException {
    if (!state.toString().matches("[A-Za-z0-9/._@+-]+")) {
      throw new SwayException(
          FailureKind.USAGE,
          "the state folder '"
              + state
              + "' cannot be part of mount options; use letters, digits, '.', '_', '-', '+' and '@'");
    }
  }

  private <T extends AutoCloseable> T open(T part) {
    parts.push(part);
    return part;
  }

  /// The address that clients call.
  public URI uri() {
    return server.uri();
  }

  /// The address that other workers call; empty where they are not served.
  public Optional<URI> peerUri() {
    return peers.map(PeerServer::uri);
  }

  /// How images are mounted.
  public String transport() {
    return transport.name();
  }

  /// Whether runs need a token.
  public boolean guarded() {
    return tokens.required();
  }

  /// Completes once this has left its place to another worker. The mounts that the other one goes
  /// on with are served until this process ends, and only then is the state folder free: the caller
  /// ends it.
  public CompletableFuture<@Nullable Void> left() {
    return left;
  }

  /// Stops to serve, and leaves to the next worker of the state folder what can go on without this
  /// one. Clients lose their connections, and find their runs again at the next worker.
  private void leave() {
    closing.lock();
    try {
      leaving = true;
      closeAll();
      LOG.log(System.Logger.Level.INFO, "left its place to another lazyfsd");
      left.complete(null);
    } catch (IOException | RuntimeException e) {
      left.completeExceptionally(e);
    } finally {
      closing.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    closing.lock();
    try {
      // What was left is another worker's by now.
      if (!left.isDone()) {
        closeAll();
      }
    } finally {
      closing.unlock();
    }
  }

  private void closeAll() throws IOException {
    rehearsal.ifPresent(Rehearsal::close);
    // Runs and fetches first: the server waits for requests under way, and they are some.
    close(runs);
    fetches.close();
    server.close();
    closeParts();
  }

  private void close(RunService service) {
    if (leaving) {
      service.leave();
    } else {
      service.close();
    }
  }

  private void close(HolderClient holder) throws IOException {
    // One that holds nothing is of no use to the next worker.
    if (leaving && !(holder.held().isEmpty() && new RunHolder(holder).list().isEmpty())) {
      holder.close();
    } else {
      holder.end();
    }
  }

  private void close(MountTable mounts) throws IOException {
    if (leaving) {
      serving = mounts.leave();
    } else {
      mounts.close();
    }
  }

  private void close(ImageMounter mounter) throws IOException {
    // Whoever reads a mount that was left is to have its bytes to the last.
    if (!serving) {
      mounter.close();
    }
  }

  private void close(StateLock lock) throws IOException {
    // The kernel releases it once no thread of this process can take a request any more that it
    // would not answer.
    if (!serving) {
      lock.close();
    }
  }

  private void closeParts() throws IOException {
    IOException failure = null;
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception e) {
        failure = failure == null ? new IOException("cannot close: " + e.getMessage(), e) : failure;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
