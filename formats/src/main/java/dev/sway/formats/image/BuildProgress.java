package dev.sway.formats.image;

/// Is told how a build goes on. Calls come from one thread at a time.
public interface BuildProgress {
  /// A phase begins.
  ///
  /// @param name for people, such as `reading`
  /// @param totalBytes how many bytes [#advance] will count in it
  void phase(String name, long totalBytes);

  /// So many more bytes are done.
  void advance(long bytes);

  /// Something of the source is left out or changed; one line.
  void notice(String text);
}
