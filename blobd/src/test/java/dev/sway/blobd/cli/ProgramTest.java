package dev.sway.blobd.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

final class ProgramTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private Program program(boolean debug) {
    return new Program(
        "prog",
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        debug);
  }

  private int failing(Exception thrown) {
    return program(false).run(new Fails(thrown));
  }

  private String printed() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Command(mixinStandardHelpOptions = true)
  static class Fails implements Callable<Integer> {
    private final Exception thrown;

    @Option(names = "--count")
    int count;

    @Parameters(arity = "0..*")
    String[] words = {};

    Fails(Exception thrown) {
      this.thrown = thrown;
    }

    @Override
    public Integer call() throws Exception {
      if (words.length > 0) {
        return words[0].equals("@file") ? 0 : 99;
      }
      throw thrown;
    }
  }

  @Command
  static final class LikeDocker extends Fails implements ExitCodes {
    LikeDocker() {
      super(new SwayException(FailureKind.UNKNOWN_IMAGE, "no image"));
    }

    @Override
    public int exitCode(FailureKind kind) {
      return 125;
    }
  }

  @Test
  void aFailureIsOneLineAndItsKindsExitCode() {
    assertThat(failing(new SwayException(FailureKind.UNKNOWN_IMAGE, "no image\n  'x'")))
        .isEqualTo(10);
    assertThat(printed()).isEqualTo("prog: no image 'x'\n");
  }

  @Test
  void aRefusingFileSystemIsAStorageFailureThatNamesTheFile() {
    assertThat(failing(new AccessDeniedException("/a/b"))).isEqualTo(20);
    assertThat(failing(new UncheckedIOException(new NoSuchFileException("/c")))).isEqualTo(20);
    assertThat(failing(new IOException("No space left on device"))).isEqualTo(20);
    assertThat(printed())
        .isEqualTo(
            """
            prog: /a/b: permission denied; check its owner and mode
            prog: /c: no such file or directory
            prog: the disk fails: No space left on device
            """);
  }

  @Test
  void aFaultOfOursIsOneLineTooUnlessDebugging() {
    assertThat(failing(new IllegalStateException("oops"))).isEqualTo(1);
    assertThat(printed())
        .isEqualTo(
            "prog: internal fault: IllegalStateException: oops; set SWAY_DEBUG=1 to see where\n");
    assertThat(program(true).run(new Fails(new IllegalStateException("oops")))).isEqualTo(1);
    assertThat(printed()).contains("at dev.sway.blobd.cli.ProgramTest");
  }

  @Test
  void aWrongCommandLineIsOneLineWithAHint() {
    assertThat(program(false).run(new Fails(new IOException()), "--counts")).isEqualTo(2);
    assertThat(program(false).run(new Fails(new IOException()), "--count=x")).isEqualTo(2);
    assertThat(printed().lines())
        .hasSize(2)
        .allSatisfy(line -> assertThat(line).startsWith("prog: ").endsWith("try 'prog --help'"))
        .first()
        .asString()
        .contains("there is no option '--counts'; did you mean '--count'?");
  }

  @Command(subcommands = CommandLine.HelpCommand.class)
  static final class Commands {}

  @Command
  static final class NoArguments {}

  @Test
  void whatIsNoCommandAndWhatIsTooMuchAreNamed() {
    assertThat(program(false).run(new Commands(), "frob", "x")).isEqualTo(2);
    assertThat(program(false).run(new NoArguments(), "one", "two")).isEqualTo(2);
    assertThat(printed())
        .isEqualTo(
            """
            prog: there is no command 'frob'; try 'prog --help'
            prog: 'one' is one argument too many; try 'prog --help'
            """);
  }

  @Test
  void argumentsThatStartWithAnAtSignAreJustArguments() {
    assertThat(program(false).run(new Fails(new IOException()), "@file")).isZero();
  }

  @Test
  void aCommandMayKeepExitCodesOfItsOwn() {
    assertThat(program(false).run(new LikeDocker())).isEqualTo(125);
    assertThat(program(false).run(new LikeDocker(), "--nope")).isEqualTo(125);
  }

  @Test
  void versionAndHelpGoToStandardOutput() {
    assertThat(program(false).run(new Fails(new IOException()), "--version")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("prog development\n");
    assertThat(printed()).isEmpty();
  }

  @Command
  private static final class Prints implements Callable<Integer> {
    private final PrintStream to;

    Prints(PrintStream to) {
      this.to = to;
    }

    @Override
    public Integer call() {
      to.println("a result");
      return 0;
    }
  }

  private int printing(String why) {
    UserOutput full =
        UserOutput.of(
            new OutputStream() {
              @Override
              public void write(int value) throws IOException {
                throw new IOException(why);
              }
            },
            StandardCharsets.UTF_8);
    return new Program("prog", full, new PrintStream(err, true, StandardCharsets.UTF_8), false)
        .run(new Prints(full));
  }

  @Test
  void resultsThatDoNotArriveAreAFailure() {
    assertThat(printing("No space left on device")).isEqualTo(20);
    assertThat(printed())
        .isEqualTo(
            "prog: the standard output cannot be written: No space left on device; send it somewhere else\n");
    err.reset();
    assertThat(printing("Broken pipe")).isEqualTo(141);
    assertThat(printed()).isEmpty();
    UserOutput fine = UserOutput.of(out, StandardCharsets.UTF_8);
    assertThat(program(false).run(new Prints(fine))).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("a result\n");
  }

  @Test
  void whatATerminalWouldObeyIsNotPrinted() {
    assertThat(failing(new SwayException(FailureKind.USAGE, "no 'a\u001b[31m\u0000\u0007\u007fb'")))
        .isEqualTo(2);
    assertThat(printed()).isEqualTo("prog: no 'a?[31m???b'\n");
  }
}
