package dev.sway.lazyfsd.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.fixture.FixedView;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.view.ImagePaths;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExecutableTest {
  @TempDir Path folder;

  private static ContainerProcess process(String command) {
    return new ContainerProcess(
        List.of(command),
        List.of("A=b", "PATH=/none::/bin:/usr/bin"),
        "/work",
        new Accounts.Identity(0, 0, List.of(), "/root"),
        Optional.empty());
  }

  /// Where programs of this machine have their dynamic loader, whichever of them it is.
  private static final List<String> LOADERS =
      List.of("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1");

  private TestImage image() throws IOException {
    TestImage image = withoutInterpreters().file("/usr/bin/sh", "");
    LOADERS.forEach(loader -> image.file(loader, ""));
    return image;
  }

  private TestImage withoutInterpreters() throws IOException {
    byte[] own = Files.readAllBytes(Path.of("/proc/self/exe"));
    byte[] foreign = own.clone();
    foreign[18] = 21; // EM_PPC64
    return new TestImage(folder)
        .file("/usr/bin/own", own)
        .file("/usr/bin/foreign", foreign)
        .file("/usr/bin/empty", "")
        .file("/usr/bin/text", "echo a text that is long enough\n")
        .file("/usr/bin/script", "#!/bin/sh -e\n")
        .file("/usr/bin/cut", java.util.Arrays.copyOf(own, 3000))
        .file("/usr/bin/nothing", "#! \n/bin/sh and what else there is")
        .file("/usr/bin/relative", "#!sh\n and more of it")
        .symlink("/bin", "usr/bin")
        .file("/work/local", "text")
        .file("/run/sway/x", "whatever the image has where scripts are bound");
  }

  @Test
  void programsAndScriptsOfThisMachineAreExecutable() throws IOException {
    try (FixedView view = new FixedView(image(), folder)) {
      ImagePaths paths = new ImagePaths(view.view());
      for (String command :
          List.of(
              "own",
              "/bin/own",
              "../bin/script",
              "script",
              "relative",
              "missing",
              "/missing",
              "/usr",
              "/run/sway/x")) {
        Executable.require(process(command), paths);
      }
      assertThat(paths.find("/bin/own")).isPresent();
    }
  }

  @Test
  void anythingElseIsRefusedByName() throws IOException {
    assumeTrue(
        !Files.exists(Path.of("/proc/sys/fs/binfmt_misc/status")),
        "this machine is taught more formats");
    try (FixedView view = new FixedView(image(), folder)) {
      ImagePaths paths = new ImagePaths(view.view());
      for (String command :
          List.of("foreign", "empty", "nothing", "/bin/text", "text", "./local")) {
        assertThatThrownBy(() -> Executable.require(process(command), paths))
            .as(command)
            .hasMessageContaining(command)
            .isInstanceOfSatisfying(
                SwayException.class,
                e -> assertThat(e.kind()).isEqualTo(FailureKind.NOT_EXECUTABLE));
      }
    }
  }

  @Test
  void whatAProgramOrScriptNamesMustBeInTheImage() throws IOException {
    try (FixedView view = new FixedView(withoutInterpreters(), folder)) {
      ImagePaths paths = new ImagePaths(view.view());
      for (String command : List.of("own", "/bin/own", "cut")) {
        assertThatThrownBy(() -> Executable.require(process(command), paths))
            .hasMessageContaining("dynamic loader that '" + command + "'")
            .isInstanceOfSatisfying(
                SwayException.class,
                e -> assertThat(e.kind()).isEqualTo(FailureKind.COMMAND_NOT_FOUND));
      }
      assertThatThrownBy(() -> Executable.require(process("script"), paths))
          .hasMessageContaining("'/bin/sh', which the '#!' line of 'script' names")
          .isInstanceOfSatisfying(
              SwayException.class,
              e -> assertThat(e.kind()).isEqualTo(FailureKind.COMMAND_NOT_FOUND));
    }
  }
}
