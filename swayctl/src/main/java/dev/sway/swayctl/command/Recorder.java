package dev.sway.swayctl.command;

import dev.sway.formats.id.ImageName;
import dev.sway.formats.profile.Profile;
import dev.sway.lazyfsd.api.RunRequest;
import dev.sway.lazyfsd.client.RunClient;
import dev.sway.lazyfsd.client.TraceClient;
import dev.sway.swayctl.profile.ProfileSession;
import dev.sway.swayctl.profile.ProfileSession.Learnt;
import dev.sway.swayctl.profile.ProfileText;
import dev.sway.swayctl.run.ContainerStream;
import dev.sway.swayctl.run.Recording;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Has a worker run something for the sake of its profile.
///
/// @param surroundings of the user
/// @param worker that runs it
/// @param tokenFile that the user gave
record Recorder(Surroundings surroundings, WorkerAddress worker, @Nullable Path tokenFile) {
  /// Runs `what`, has its command's profile learn from that, and says so.
  ///
  /// @param session of the same image; the worker may have taught the server already
  /// @param stdout gets what the container writes to its standard output
  /// @return the container's exit code
  int record(ProfileSession session, ImageName image, RunRequest.Work what, OutputStream stdout)
      throws IOException {
    ContainerStream out = ContainerStream.output(stdout);
    ContainerStream err = ContainerStream.error(surroundings.err());
    Recording recording;
    try (RunClient runs = worker.runs(surroundings.environment(), tokenFile);
        TraceClient traces = worker.traces(surroundings.environment(), tokenFile)) {
      recording =
          Recording.of(
              runs,
              traces,
              image,
              what,
              new RunClient.Sink(out, err, line -> say(line, err), id -> {}));
    } finally {
      err.endLine();
    }
    List<Learnt> learnt = session.learn(List.of(recording.trace()), false);
    for (Learnt one : learnt) {
      Profile profile = one.profile();
      say(
          "the profile %s of %s: %s"
              .formatted(profile.command(), session.image(), ProfileText.summary(profile)),
          err);
    }
    if (learnt.isEmpty()) {
      say("the run asked for nothing that a profile could name", err);
    }
    return recording.result().exitCode();
  }

  private void say(String line, ContainerStream err) {
    try {
      err.endLine();
    } catch (IOException e) {
      // The line itself is for whoever still reads.
      return;
    }
    surroundings.program().err().println(surroundings.program().name() + ": " + line);
  }
}
