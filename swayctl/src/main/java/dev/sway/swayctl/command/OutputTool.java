package dev.sway.swayctl.command;

import dev.sway.blobd.cli.Program;
import dev.sway.swayctl.run.BrokenPipeException;
import dev.sway.swayctl.run.ContainerStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Mixin;

/// What commands have in common whose output may be long, and may be closed by who reads it.
abstract class OutputTool implements Callable<Integer> {
  private static final int BUFFER = 1 << 16;

  final Surroundings surroundings;

  @Mixin HelpOption help = new HelpOption();

  OutputTool(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  /// Does what the command is for, and answers its exit code.
  abstract int work(BufferedOutputStream out) throws IOException;

  @Override
  public Integer call() throws IOException {
    BufferedOutputStream out =
        new BufferedOutputStream(ContainerStream.output(surroundings.out()), BUFFER);
    try {
      try {
        return work(out);
      } finally {
        // Also where the work failed: what it printed before is right.
        out.flush();
      }
    } catch (BrokenPipeException e) {
      // Nobody is left to tell.
      return Program.BROKEN_PIPE;
    }
  }
}
