package dev.sway.lazyfsd.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.manifest.RunConfig;
import dev.sway.lazyfsd.api.RunRequest;
import dev.sway.lazyfsd.fixture.FixedView;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.view.ImagePaths;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContainerProcessTest {
  private static final RunId ID = new RunId("0123456789ab");
  private static final RunConfig CONFIG =
      new RunConfig(
          "amd64",
          "linux",
          "app",
          "/work",
          List.of("PATH=/opt/bin", "A=image"),
          List.of("entry"),
          List.of("cmd", "x"),
          Map.of(),
          "");

  @TempDir Path folder;

  private ContainerProcess of(
      RunConfig config, RunRequest.Work what, List<String> env, String workingDir, String user)
      throws IOException {
    TestImage image =
        new TestImage(folder)
            .file("/etc/passwd", "root:x:0:0::/root:/bin/sh\napp:x:5:6::/home/app:/bin/sh\n");
    try (FixedView view = new FixedView(image, folder)) {
      return ContainerProcess.of(
          config,
          new RunRequest("i", what, env, workingDir, user),
          Accounts.of(new ImagePaths(view.view())),
          ID);
    }
  }

  private static RunRequest.Work command(String... args) {
    return new RunRequest.Command(List.of(args));
  }

  @Test
  void imageConfigurationIsHonoured() throws IOException {
    ContainerProcess process = of(CONFIG, command(), List.of(), "", "");
    assertThat(process.args()).containsExactly("entry", "cmd", "x");
    assertThat(process.cwd()).isEqualTo("/work");
    assertThat(process.identity().uid()).isEqualTo(5);
    assertThat(process.env())
        .containsExactlyInAnyOrder(
            "PATH=/opt/bin", "A=image", "HOSTNAME=0123456789ab", "HOME=/home/app");
    assertThat(process.script()).isEmpty();
  }

  @Test
  void requestGoesBeforeTheImage() throws IOException {
    ContainerProcess process =
        of(CONFIG, command("mine"), List.of("A=request", "B=x=y", "HOME=/h"), "/w", "0:0");
    assertThat(process.args()).containsExactly("entry", "mine");
    assertThat(process.cwd()).isEqualTo("/w");
    assertThat(process.identity().uid()).isZero();
    assertThat(process.env())
        .contains("A=request", "B=x=y", "HOME=/h")
        .doesNotContain("A=image", "HOME=/root");
  }

  @Test
  void scriptLeavesTheEntrypointOut() throws IOException {
    ContainerProcess process =
        of(CONFIG, new RunRequest.Script("a.py", new byte[0], List.of("x")), List.of(), "", "");
    assertThat(process.args()).containsExactly("python3", "/run/sway/a.py", "x");
    assertThat(process.script()).isPresent();
  }

  @Test
  void plainImageRunsInTheRootAsRootButNeedsACommand() throws IOException {
    ContainerProcess process = of(RunConfig.EMPTY, command("ls"), List.of(), "", "");
    assertThat(process.args()).containsExactly("ls");
    assertThat(process.cwd()).isEqualTo("/");
    assertThat(process.identity().home()).isEqualTo("/root");
    for (RunRequest.Work none : List.of(command(), command(""))) {
      assertThatThrownBy(() -> of(RunConfig.EMPTY, none, List.of(), "", ""))
          .isInstanceOfSatisfying(
              SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.USAGE));
    }
  }
}
