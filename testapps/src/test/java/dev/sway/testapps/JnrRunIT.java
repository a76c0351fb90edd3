package dev.sway.testapps;

/// The same through libfuse.
final class JnrRunIT extends RunIT {
  @Override
  String transport() {
    return "jnr";
  }
}
