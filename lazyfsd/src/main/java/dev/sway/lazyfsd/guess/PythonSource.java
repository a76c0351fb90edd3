package dev.sway.lazyfsd.guess;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a Python source file imports when it is run or imported itself: the import statements that
/// are in no function, as far as each is on a line of its own. Of a list in parentheses the part on
/// the first line counts; of `from` a package the package is what matters most.
final class PythonSource {
  private static final Pattern IMPORT = Pattern.compile("import\\s++([^#;]++)");
  private static final Pattern FROM =
      Pattern.compile("from\\s++(\\.*+)([\\w.]*+)\\s*+import\\b\\s*+\\(?+([^#;)]*+)");
  private static final Pattern FUNCTION = Pattern.compile("(async\\s++)?def\\s");

  /// What is longer is no import statement that anybody writes.
  private static final int LONGEST_LINE = 2000;

  private PythonSource() {}

  /// The imports of `source`, in their order.
  static List<PythonImport> imports(String source) {
    List<PythonImport> imports = new ArrayList<>();
    int function = -1;
    for (String line : (Iterable<String>) source.lines()::iterator) {
      String statement = line.length() > LONGEST_LINE ? "" : line.strip();
      if (statement.isEmpty() || imports.size() >= PythonImport.MOST) {
        continue;
      }
      int indent = line.indexOf(statement.charAt(0));
      if (function >= 0 && (indent > function || ")]}#".indexOf(statement.charAt(0)) >= 0)) {
        continue;
      }
      function = FUNCTION.matcher(statement).lookingAt() ? indent : -1;
      Matcher from = FROM.matcher(statement);
      Matcher plain = IMPORT.matcher(statement);
      if (from.lookingAt()) {
        imports.add(new PythonImport(from.group(1).length(), from.group(2), words(from.group(3))));
      } else if (plain.lookingAt()) {
        for (String name : words(plain.group(1))) {
          imports.add(new PythonImport(0, name, List.of()));
        }
      }
    }
    return imports;
  }

  /// The names of a list with commas, without what they are called then.
  private static List<String> words(String list) {
    return Arrays.stream(list.split(",", -1))
        .map(item -> item.strip().split("\\s", 2)[0])
        .filter(name -> name.matches("[\\w.]+"))
        .toList();
  }
}
