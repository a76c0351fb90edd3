package dev.sway.swayctl.command;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.profile.Profile;
import dev.sway.formats.trace.Trace;
import dev.sway.swayctl.profile.ProfileSession;
import dev.sway.swayctl.profile.ProfileSession.Learnt;
import dev.sway.swayctl.profile.ProfileText;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `swayctl profile build`.
@Command(
    name = "build",
    sortOptions = false,
    description = {
      "Has the profiles of an image learn from traces, each that of its command, as a worker does "
          + "after each run by itself.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swayctl profile build app first.trace second.trace",
      "  swayctl profile build app --anew 0123456789ab   from this run alone"
    })
final class ProfileBuildCommand extends ProfileTool {
  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "TRACE",
      description = {
        "The file of a trace, or the id of a run of the worker;",
        "- is the standard input."
      })
  List<String> traces = new ArrayList<>();

  @Option(names = "--anew", description = "Forget what was learnt before, but for what is pinned.")
  boolean anew;

  @Mixin WorkerAddress worker = new WorkerAddress();

  ProfileBuildCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  void work(ProfileSession session, OutputStream out) throws IOException {
    List<Trace> read = new ArrayList<>();
    for (String name : traces) {
      read.add(
          new TraceName(name)
              .read(
                  surroundings, () -> worker.traces(surroundings.environment(), server.tokenFile)));
    }
    List<Learnt> learnt = session.learn(read, anew);
    if (learnt.isEmpty()) {
      throw new SwayException(
          FailureKind.USAGE,
          "these traces teach nothing: their runs asked for nothing, or did not end by themselves");
    }
    for (Learnt one : learnt) {
      Profile profile = one.profile();
      line(
          out,
          "%s the profile %s of %s: %s"
              .formatted(
                  one.changed()
                      ? "stored"
                      : profile.pinned() ? "pinned, and left as it was:" : "left as it was:",
                  profile.command(),
                  session.image(),
                  ProfileText.summary(profile)));
    }
  }
}
