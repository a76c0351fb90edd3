package dev.sway.lazyfsd;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(name = "serve", description = "x")
final class ServeCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    return 1;
  }
}
