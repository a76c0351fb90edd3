package dev.sway.lazyfsd.server;

import dev.sway.blobd.cli.Program;
import dev.sway.blobd.http.WireJson;
import dev.sway.lazyfsd.api.WorkerStatus;
import dev.sway.lazyfsd.mount.ImageMounter;
import dev.sway.lazyfsd.mount.MountTable;
import dev.sway.lazyfsd.rehearsal.Rehearsal;
import dev.sway.lazyfsd.run.RunService;
import dev.sway.lazyfsd.source.SourceStatus;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.Optional;

/// `GET /v1/status`: what the worker is doing, for whoever asks.
///
/// @param transport the name of the one that mounts
/// @param rehearsal of starts; empty where there is none
record StatusRoute(
    Program program,
    String transport,
    MountTable mounts,
    RunService runs,
    ImageMounter mounter,
    Optional<Rehearsal> rehearsal)
    implements Handler {
  @Override
  public void handle(ServerRequest request, ServerResponse response) {
    WorkerStatus status =
        new WorkerStatus(
            program.name(),
            Program.version(LazyfsdServer.class),
            transport,
            mounts.size(),
            runs.size(),
            rehearsal.map(one -> one.progress().toString()).orElse("off"),
            mounter.sources().stream().map(StatusRoute::shown).toList());
    response.header(HeaderNames.CONTENT_TYPE, "application/json").send(WireJson.write(status));
  }

  private static WorkerStatus.Source shown(SourceStatus source) {
    return new WorkerStatus.Source(
        source.name(),
        source.state(),
        source.requests(),
        source.bytes(),
        source.failures(),
        source.misses(),
        source.hedges(),
        source.quarantines());
  }
}
