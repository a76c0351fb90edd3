package dev.sway.blobd;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A blobd in a JVM of its own, which ends with this object at the latest.
final class BlobdProcess implements AutoCloseable {
  private final Process process;
  private final String ready;

  private BlobdProcess(Process process, String ready) {
    this.process = process;
    this.ready = ready;
  }

  static BlobdProcess start(Path store) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
            .filter(argument -> argument.startsWith("--enable") || argument.startsWith("--sun"))
            .toList());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Blobd.class.getName()));
    command.addAll(List.of("serve", "--store", store.toString(), "--listen", "127.0.0.1:0"));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    BufferedReader out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String ready = out.readLine();
    if (ready == null) {
      process.destroyForcibly();
      throw new IOException("blobd ended before it was ready");
    }
    return new BlobdProcess(process, ready);
  }

  String ready() {
    return ready;
  }

  URI uri() {
    return URI.create(ready.replaceFirst(".* on (http://[^ ]+).*", "$1"));
  }

  /// SIGTERM; returns the exit code.
  int terminate() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      throw new AssertionError("blobd does not end");
    }
    return process.exitValue();
  }

  /// SIGKILL; returns when the process is gone.
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
