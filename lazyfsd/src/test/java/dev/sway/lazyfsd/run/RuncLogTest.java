package dev.sway.lazyfsd.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.fixture.SmallDisk;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The messages are runc 1.1.5's own.
class RuncLogTest {
  private static final String FAILED = "runc run failed: unable to start container process: ";

  @TempDir Path folder;

  private SwayException failure(String log) throws IOException {
    return RuncLog.failure(Files.writeString(folder.resolve("log"), log), "word", 1);
  }

  private SwayException message(String message) throws IOException {
    return failure(
        "{\"level\":\"error\",\"msg\":\"%s\",\"time\":\"2026-11-22T11:50:52Z\"}\n"
            .formatted((FAILED + message).replace("\"", "\\\"")));
  }

  @Test
  void commandThatIsNotThereIs127() throws IOException {
    for (String message :
        new String[] {
          "exec: \"nosuch\": executable file not found in $PATH",
          "exec: \"/no/such\": stat /no/such: no such file or directory",
          "exec: \"/etc/passwd/x\": stat /etc/passwd/x: not a directory"
        }) {
      SwayException failure = message(message);
      assertThat(failure.kind()).as(message).isEqualTo(FailureKind.COMMAND_NOT_FOUND);
      assertThat(failure).hasMessageContaining("'word'");
    }
  }

  @Test
  void commandThatIsNoProgramIs126() throws IOException {
    for (String message :
        new String[] {
          "exec: \"/noexec\": permission denied", "exec: \"/etc\": permission denied"
        }) {
      assertThat(message(message).kind()).as(message).isEqualTo(FailureKind.NOT_EXECUTABLE);
    }
  }

  @Test
  void anythingElseIsRuncsOwnMessage() throws IOException {
    SwayException failure =
        message("error during container init: mkdir /etc/passwd: not a directory");
    assertThat(failure.kind()).isEqualTo(FailureKind.RUN);
    assertThat(failure).hasMessageContaining("mkdir /etc/passwd");
  }

  @Test
  void lastErrorCountsAndWarningsDoNot() throws IOException {
    assertThat(
            failure(
                """
                {"level":"error","msg":"first"}
                {"level":"error","msg":"second"}
                {"level":"warning","msg":"third"}
                """))
        .hasMessage("second");
  }

  @Test
  void logThatIsTornMissingOrEmptyStillMakesAFailure() throws IOException {
    assertThat(failure("{\"level\":\"error\",\"msg\":\"first\"}\n{\"level\":\"er"))
        .hasMessage("first");
    assertThat(failure("")).hasMessageContaining("ended with 1 before");
    assertThat(failure("not json").kind()).isEqualTo(FailureKind.RUN);
    assertThat(RuncLog.failure(folder.resolve("none"), "word", 137))
        .hasMessageContaining("runc's log cannot be read");
  }

  @Test
  void diskThatIsFullIsSaidToBe() throws Exception {
    try (SmallDisk disk = SmallDisk.mount(folder.resolve("disk"), "64k");
        OutputStream filler = Files.newOutputStream(disk.resolve("filler"))) {
      Path log = disk.resolve("log");
      Files.writeString(
          log, "{\"level\":\"error\",\"msg\":\"write state.json: no space left on device\"}\n");
      Path empty = Files.createFile(disk.resolve("empty"));
      assertThatThrownBy(() -> filler.write(new byte[64 << 10])).hasMessageContaining("No space");
      assertThat(RuncLog.failure(empty, "word", 1).kind()).isEqualTo(FailureKind.STORAGE);
      SwayException failure = RuncLog.failure(log, "word", 1);
      assertThat(failure.kind()).isEqualTo(FailureKind.STORAGE);
      assertThat(failure)
          .hasMessageContaining(disk.path().toString())
          .hasMessageContaining("write state.json")
          .hasMessageContaining("make room");
    }
  }

  @Test
  void tooManyOfSomethingElseIsNoFullDisk() throws IOException {
    SwayException failure = message("mkdir /sys/fs/cgroup/x: no space left on device");
    assertThat(failure.kind()).isEqualTo(FailureKind.RUN);
    assertThat(failure).hasMessageContaining("cgroup");
  }
}
