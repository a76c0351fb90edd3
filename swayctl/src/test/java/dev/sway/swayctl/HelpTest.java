package dev.sway.swayctl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.swayctl.fixture.User;
import dev.sway.swayctl.fixture.User.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HelpTest {
  @TempDir Path root;

  /// The list has the first line of what a command says of itself.
  @ParameterizedTest
  @ValueSource(strings = {"", "image", "profile", "cache", "trace"})
  void whatAListSaysOfACommandIsAWholeSentence(String group) throws IOException {
    String[] arguments =
        Stream.of(group, "--help").filter(word -> !word.isEmpty()).toArray(String[]::new);
    Outcome help = new User(root).call(Swayctl::run, arguments);
    assertThat(help.code()).isZero();
    assertThat(listed(help.out())).hasSizeGreaterThan(2).allMatch(text -> text.endsWith("."));
  }

  /// What follows the heading of the commands, to the next empty line: a text for each.
  private static List<String> listed(String help) {
    List<String> texts = new ArrayList<>();
    List<String> lines =
        help.lines()
            .dropWhile(line -> !line.startsWith("Commands, each"))
            .skip(1)
            .takeWhile(line -> !line.isEmpty())
            .toList();
    for (String line : lines) {
      // A command's name is two columns from the edge.
      if (line.startsWith("   ")) {
        texts.addLast(texts.removeLast() + " " + line.strip());
      } else {
        texts.add(line.strip());
      }
    }
    return texts;
  }
}
