package dev.sway.lazyfsd.guess;

import java.util.List;

/// A statement that imports modules (The Python Language Reference, 7.11).
///
/// @param level how many packages up the name begins: 0 for an absolute one, 1 for the package of
///   the importing module
/// @param name with dots; empty in `from . import x`
/// @param from the names that are taken out of it, which may be modules of the package
record PythonImport(int level, String name, List<String> from) {
  /// Of one module; more is none that anybody writes.
  static final int MOST = 2048;

  /// Packages within packages.
  static final int MOST_LEVELS = 64;

  PythonImport {
    from = List.copyOf(from);
  }
}
