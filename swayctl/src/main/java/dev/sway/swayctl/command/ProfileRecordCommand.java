package dev.sway.swayctl.command;

import dev.sway.blobd.cli.ExitCodes;
import dev.sway.blobd.client.BlobClient;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.id.ImageName;
import dev.sway.swayctl.profile.ProfileSession;
import dev.sway.swayctl.run.RunWords;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `swayctl profile record`.
@Command(
    name = "record",
    sortOptions = false,
    customSynopsis = {
      "swayctl profile record [OPTIONS] IMAGE SCRIPT [ARGS...]",
      "       swayctl profile record [OPTIONS] IMAGE -- CMD [ARGS...]"
    },
    description = {
      "Runs something once, on a mount of the image that it has for itself, and has its command's "
          + "profile learn all that it asked for.",
      "",
      "Its output is shown; the exit code is that of 'swayctl run'.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swayctl profile record app app.py --size 10",
      "  swayctl profile record app:1 -- python3 -m pytest"
    })
final class ProfileRecordCommand extends OutputTool implements ExitCodes {
  @Parameters(
      index = "0",
      paramLabel = "IMAGE",
      description = "NAME[:TAG], as the worker's blob server has it.")
  String image = "";

  @Parameters(index = "1..*", arity = "0..*", hidden = true)
  List<String> words = new ArrayList<>();

  @Mixin ServerOptions server = new ServerOptions();
  @Mixin WorkerAddress worker = new WorkerAddress();

  ProfileRecordCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  int work(BufferedOutputStream out) throws IOException {
    ImageName name = ImageName.parse(image);
    try (BlobClient client = server.connect(surroundings.environment())) {
      ProfileSession session = ProfileSession.of(client, image);
      Recorder recorder = new Recorder(surroundings, worker, server.tokenFile);
      return recorder.record(
          session, name, RunWords.of(words, surroundings.folder()), surroundings.out());
    }
  }

  @Override
  public int exitCode(FailureKind kind) {
    return RunCommand.codeOf(kind);
  }
}
