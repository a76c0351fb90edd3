package dev.sway.lazyfsd.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.RunRequest;
import dev.sway.lazyfsd.fixture.FixedView;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.view.ImagePaths;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExecutableTest {
  @TempDir Path folder;

  private static ContainerProcess process(String command) {
    return process(command, Optional.empty());
  }

  /// A script that the run brings.
  private static ContainerProcess script(String content) {
    return process(
        "/run/sway/x",
        Optional.of(
            new RunRequest.Script("x", content.getBytes(StandardCharsets.UTF_8), List.of())));
  }

  private static ContainerProcess process(String command, Optional<RunRequest.Script> script) {
    return new ContainerProcess(
        List.of(command),
        List.of("A=b", "PATH=/none::/bin:/usr/bin"),
        "/work",
        new Accounts.Identity(0, 0, List.of(), "/root"),
        script);
  }

  private static void assertRefused(
      ContainerProcess process, ImagePaths image, FailureKind kind, String message) {
    assertThatThrownBy(() -> Executable.require(process, image))
        .as(process.args().getFirst())
        .hasMessageContaining(message)
        .isInstanceOfSatisfying(SwayException.class, e -> assertThat(e.kind()).isEqualTo(kind));
  }

  /// Where programs of this machine have their dynamic loader, whichever of them it is.
  private static final List<String> LOADERS =
      List.of("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1");

  private TestImage image() throws IOException {
    byte[] own = Files.readAllBytes(Path.of("/proc/self/exe"));
    TestImage image = withoutInterpreters().file("/usr/bin/sh", own).file("/work/local-sh", own);
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
        .file("/usr/bin/beside", "#!local-sh\n")
        .file("/usr/bin/second", "#!/bin/script\n")
        .file("/usr/bin/of-text", "#!/bin/text\n")
        .file("/usr/bin/of-none", "#!/bin/of-nowhere\n")
        .file("/usr/bin/of-nowhere", "#!/bin/nowhere\n")
        .file("/usr/bin/endless", "#!/bin/endless\n")
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
              "second",
              "beside",
              "missing",
              "/missing",
              "/usr")) {
        Executable.require(process(command), paths);
      }
      for (String content : List.of("#!/bin/sh\n", "#!local-sh\n", "#!/bin/second -x")) {
        Executable.require(script(content), paths);
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
          List.of("foreign", "empty", "nothing", "/bin/text", "text", "./local", "/run/sway/x")) {
        assertRefused(process(command), paths, FailureKind.NOT_EXECUTABLE, command);
      }
      assertRefused(
          process("of-text"),
          paths,
          FailureKind.NOT_EXECUTABLE,
          "'/bin/text', to which the '#!' line of 'of-text' leads, cannot be executed");
      assertRefused(
          script("#!/bin/text"),
          paths,
          FailureKind.NOT_EXECUTABLE,
          "'/bin/text', to which the '#!' line of 'x' leads, cannot be executed");
    }
  }

  @Test
  void linesAreFollowedAsFarAsTheKernelFollowsThem() throws IOException {
    TestImage image = image();
    for (int i = 1; i <= 6; i++) {
      image.file("/usr/bin/level" + i, "#!/bin/" + (i == 1 ? "sh" : "level" + (i - 1)) + "\n");
    }
    try (FixedView view = new FixedView(image, folder)) {
      ImagePaths paths = new ImagePaths(view.view());
      Executable.require(process("level5"), paths);
      FailureKind kind = FailureKind.NOT_EXECUTABLE;
      assertRefused(script("#!/usr/bin\n"), paths, kind, "'/usr/bin', which the '#!' line of 'x'");
      assertRefused(process("endless"), paths, kind, "'endless' cannot be executed");
      assertRefused(process("level6"), paths, kind, "more than 5 others");
    }
  }

  @Test
  void whatAProgramOrScriptNamesMustBeInTheImage() throws IOException {
    try (FixedView view = new FixedView(withoutInterpreters(), folder)) {
      ImagePaths paths = new ImagePaths(view.view());
      FailureKind kind = FailureKind.COMMAND_NOT_FOUND;
      for (String command : List.of("own", "/bin/own", "cut")) {
        assertRefused(process(command), paths, kind, "dynamic loader that '" + command + "'");
      }
      assertRefused(
          process("script"), paths, kind, "'/bin/sh', which the '#!' line of 'script' names");
      assertRefused(
          process("second"), paths, kind, "'/bin/sh', which the '#!' line of '/bin/script' names");
      assertRefused(
          process("of-none"), paths, kind, "which the '#!' line of '/bin/of-nowhere' names");
      assertRefused(process("relative"), paths, kind, "the working directory");
      assertRefused(script("#!/bin/none\n"), paths, kind, "'#!' line of 'x' names");
      assertRefused(script("#!/bin/own\r\nx\r\n"), paths, kind, "Windows");
      assertRefused(
          script("#!/bin/own\n"), paths, kind, "dynamic loader that '/bin/own', to which");
    }
  }
}
