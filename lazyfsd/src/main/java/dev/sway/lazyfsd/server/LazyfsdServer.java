package dev.sway.lazyfsd.server;

import dev.sway.blobd.cli.Program;
import dev.sway.blobd.cli.StateLock;
import dev.sway.blobd.client.BlobClient;
import dev.sway.blobd.http.ApiServer;
import dev.sway.blobd.http.BearerTokens;
import dev.sway.blobd.http.WireJson;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.LazyfsdApi;
import dev.sway.lazyfsd.api.WorkerStatus;
import dev.sway.lazyfsd.fuse.FuseTransport;
import dev.sway.lazyfsd.fuse.TransportChoice;
import dev.sway.lazyfsd.holder.HolderClient;
import dev.sway.lazyfsd.image.ImageNames;
import dev.sway.lazyfsd.linux.PrivateFolder;
import dev.sway.lazyfsd.linux.SystemCalls;
import dev.sway.lazyfsd.mount.ImageMounter;
import dev.sway.lazyfsd.mount.KeptMounts;
import dev.sway.lazyfsd.mount.MountTable;
import dev.sway.lazyfsd.run.RunLayout;
import dev.sway.lazyfsd.run.RunService;
import dev.sway.lazyfsd.run.Sweeper;
import dev.sway.lazyfsd.source.SourceStatus;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.HttpRouting;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/// A running worker: mounts, runs and the API in front of them.
///
/// Thread-safe; [#close] is idempotent, ends every run and leaves no mount, container, cgroup or
/// folder of one behind.
public final class LazyfsdServer implements AutoCloseable {
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final ReentrantLock closing = new ReentrantLock();
  private final BearerTokens tokens;
  private final ApiServer server;
  private final FuseTransport transport;
  private boolean orderly;

  private LazyfsdServer(
      Program program, ServeConfig config, BlobClient client, TransportChoice choice)
      throws IOException {
    tokens =
        config.tokens().isPresent()
            ? BearerTokens.read(config.tokens().get())
            : BearerTokens.open();
    try {
      open(StateLock.acquire(config.state()));
      // As the kernel lists it, without symbolic links.
      Path state = config.state().toRealPath();
      checkPath(state);
      // Whatever this process was started with: parts of a container's root are made by it.
      SystemCalls.umask(022);
      Path points = PrivateFolder.open(new RunLayout(state).mounts());
      HolderClient holder = HolderClient.open(state, config.holder());
      open(() -> leave(holder));
      KeptMounts kept = new KeptMounts(holder);
      Restart restart = new Restart(kept, points);
      Sweeper.sweep(state, restart.points());
      transport = choice.choose(points.resolve("probe"));
      ImageMounter mounter =
          open(
              new ImageMounter(
                  state, config.cache(), client, config.sources(), transport, Optional.of(kept)));
      MountTable mounts = open(new MountTable(points, mounter::mount));
      restart.resume(mounts, mounter);
      ImageNames names = new ImageNames(state.resolve("names"), client);
      RunService runs = open(RunService.open(state, names, mounts));
      HttpRouting.Builder routing =
          HttpRouting.builder()
              .post(LazyfsdApi.RUNS, new RunRoute(program, runs, tokens))
              .get(
                  LazyfsdApi.STATUS,
                  (request, response) ->
                      response
                          .header(HeaderNames.CONTENT_TYPE, "application/json")
                          .send(
                              WireJson.write(
                                  new WorkerStatus(
                                      program.name(),
                                      Program.version(LazyfsdServer.class),
                                      transport(),
                                      mounts.size(),
                                      runs.size(),
                                      sources(mounter.sources())))));
      open(new CacheRoutes(program, mounter.keeper(names), tokens)).to(routing);
      server = ApiServer.start(program, config.listen(), LazyfsdApi.MAX_REQUEST_BYTES, routing);
    } catch (IOException | RuntimeException e) {
      try {
        closeParts();
      } catch (IOException second) {
        e.addSuppressed(second);
      }
      throw e;
    }
  }

  /// Sweeps the state folder and starts to serve; when this returns, requests are answered.
  ///
  /// @param client of blobd; stays the caller's to close
  /// @throws SwayException of kind `in-use`, `no-runc`, `storage`, `usage` and others that say what
  ///   is wrong
  public static LazyfsdServer start(
      Program program, ServeConfig config, BlobClient client, TransportChoice choice)
      throws IOException {
    return new LazyfsdServer(program, config, client, choice);
  }

  private static List<WorkerStatus.Source> sources(List<SourceStatus> sources) {
    return sources.stream()
        .map(source ->
            new WorkerStatus.Source(
                source.name(),
                source.state(),
                source.requests(),
                source.bytes(),
                source.failures(),
                source.hedges(),
                source.quarantines()))
        .toList();
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

  /// How images are mounted.
  public String transport() {
    return transport.name();
  }

  /// Whether runs need a token.
  public boolean guarded() {
    return tokens.required();
  }

  @Override
  public void close() throws IOException {
    closing.lock();
    try {
      orderly = true;
      // Runs and fetches first: the server waits for requests under way, and they are some.
      for (AutoCloseable part : parts) {
        if (part instanceof RunService runs) {
          runs.close();
        } else if (part instanceof CacheRoutes fetches) {
          fetches.close();
        }
      }
      server.close();
      closeParts();
    } finally {
      closing.unlock();
    }
  }

  /// Once all is closed there is nothing that a holder could keep; a worker that could not start
  /// may find what it keeps the next time.
  private void leave(HolderClient holder) throws IOException {
    if (orderly) {
      holder.end();
    } else {
      holder.close();
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
