package dev.sway.lazyfsd.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.RunRequest.Script;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class InterpreterTest {
  private static Script script(String name, String content, String... args) {
    return new Script(name, bytes(content), List.of(args));
  }

  private static byte[] bytes(String content) {
    return content.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void firstLineGoesBeforeTheEnding() throws SwayException {
    assertThat(Interpreter.command(script("a.py", "#!/bin/sh\n", "x", "-y")))
        .containsExactly("/run/sway/a.py", "x", "-y");
  }

  @Test
  void endingNamesTheInterpreter() throws SwayException {
    assertThat(Interpreter.command(script("a.b.py", "print(1)", "x")))
        .containsExactly("python3", "/run/sway/a.b.py", "x");
    assertThat(Interpreter.command(script("a.sh", ""))).containsExactly("sh", "/run/sway/a.sh");
  }

  @Test
  void neitherIsNotExecutable() {
    for (Script script :
        List.of(script("app", "x"), script("py", "x"), script("a.xyz", ""), script("a.", "#"))) {
      assertThatThrownBy(() -> Interpreter.command(script))
          .as(script.name())
          .isInstanceOfSatisfying(
              SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.NOT_EXECUTABLE));
    }
  }

  @Test
  void firstLineIsReadAsTheKernelReadsIt() {
    assertThat(words("#!/bin/sh\necho")).containsExactly("/bin/sh");
    assertThat(words("#! \t/bin/env \t python3 -u \nx")).containsExactly("/bin/env", "python3 -u");
    assertThat(words("#!/bin/sh\0no more")).containsExactly("/bin/sh");
    assertThat(words("#!/bin/sh\r\n")).containsExactly("/bin/sh\r");
    assertThat(words("#!/bin/sh")).containsExactly("/bin/sh");
    for (String none : List.of("", "#!", "#!\n/bin/sh", "#!  \n", "# !/bin/sh", "x#!/bin/sh")) {
      assertThat(words(none)).as(none).isEmpty();
    }
    String most = "/" + "a".repeat(253);
    assertThat(words("#!" + most.substring(1) + "\n")).containsExactly(most.substring(1));
    assertThat(words("#!" + most + "\n")).as("its end is not seen").isEmpty();
    assertThat(words("#!/bin/sh " + "a".repeat(300)))
        .as("an argument is cut off")
        .containsExactly("/bin/sh", "a".repeat(246));
  }

  private static List<String> words(String content) {
    return Interpreter.words(bytes(content));
  }
}
