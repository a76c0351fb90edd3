package dev.sway.swayctl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.swayctl.fixture.TestBlobd;
import dev.sway.swayctl.fixture.User;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class SignalTest {
  private static final int TERMINATED = 128 + 15;

  /// A builder whose step goes on when the builder itself is ended.
  private static final String BUILDER =
      """
      case $1 in
        build) /bin/sleep 1000 & echo "step $!"; wait ;;
      esac
      """;

  @Test
  void terminatedExportLeavesNoFileAndNoProcess(@TempDir Path root) throws Exception {
    User user = new User(root);
    user.write("Dockerfile", "FROM scratch\n".getBytes(UTF_8));
    user.install("buildah", BUILDER);
    try (TestBlobd blobd = TestBlobd.open(root)) {
      Process swayctl = start(user.server(blobd.uri()));
      try (BufferedReader err = swayctl.errorReader(UTF_8)) {
        String step = err.readLine();
        assertThat(step).startsWith("step ");
        ProcessHandle sleeping =
            ProcessHandle.of(Long.parseLong(step.substring("step ".length()))).orElseThrow();
        assertThat(user.leftovers()).as("the folder and its lock").hasSize(2);
        // Process.destroy would close the streams too.
        swayctl.toHandle().destroy();
        assertThat(err.readAllAsString()).isEmpty();
        assertThat(swayctl.waitFor()).isEqualTo(TERMINATED);
        sleeping.onExit().join();
      }
      assertThat(blobd.files()).isEmpty();
    }
    assertThat(user.leftovers()).isEmpty();
    assertThat(Files.exists(user.home.resolve(".local"))).isFalse();
  }

  private static Process start(User user) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "-XX:+UseSerialGC",
                "dev.sway.swayctl.Swayctl",
                "export",
                user.folder.toString()));
    builder.environment().clear();
    builder.environment().putAll(user.environment);
    return builder.start();
  }
}
