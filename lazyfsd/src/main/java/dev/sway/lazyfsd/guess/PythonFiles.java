package dev.sway.lazyfsd.guess;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/// What a Python program reads after a module or script: the modules that it imports, those that
/// these import, and so on, each as it is compiled, else its source. Thread-safe.
final class PythonFiles {
  /// What the interpreter imports by itself, before it runs anything (`Lib/site.py`).
  private static final List<PythonImport> FIRST =
      List.of(
          new PythonImport(0, "encodings", List.of("aliases", "utf_8")),
          new PythonImport(0, "site", List.of()),
          new PythonImport(0, "sitecustomize", List.of()),
          new PythonImport(0, "usercustomize", List.of()));

  private final Guesses guesses;
  private final PythonModules modules;

  PythonFiles(Guesses guesses, PythonModules modules) {
    this.guesses = guesses;
    this.modules = modules;
  }

  /// A program is about to be run, which may be the interpreter.
  ///
  /// @param path of the program
  /// @param real the same without symbolic links
  /// @param script that it is given, if that is known
  void program(String path, String real, Optional<byte[]> script) throws IOException {
    if (modules.interpreter(path, real)) {
      begin("", FIRST);
      if (script.isPresent()) {
        byte[] text = script.get();
        int length = (int) Math.min(text.length, Guesses.MOST_BYTES);
        begin("", PythonSource.imports(new String(text, 0, length, StandardCharsets.UTF_8)));
      }
    }
  }

  /// A file that is no program is read.
  ///
  /// @param head its first bytes
  void guess(long inode, byte[] head) throws IOException {
    boolean compiled = PythonBytecode.isModule(head);
    String path = guesses.path(inode);
    if (!compiled && !path.endsWith(".py")) {
      return;
    }
    String folder = modules.seen(path);
    byte[] file =
        guesses.read(inode, new FileRange(0, Guesses.MOST_BYTES)).toArray(ValueLayout.JAVA_BYTE);
    begin(
        folder,
        compiled
            ? PythonBytecode.imports(file)
            : PythonSource.imports(new String(file, StandardCharsets.UTF_8)));
  }

  private void begin(String folder, List<PythonImport> imports) throws IOException {
    for (PythonImport each : imports) {
      guesses.requireWanted();
      for (long module : modules.files(folder, each)) {
        guesses.begin(module);
      }
    }
  }
}
