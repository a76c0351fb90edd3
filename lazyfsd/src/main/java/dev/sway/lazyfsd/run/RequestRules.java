package dev.sway.lazyfsd.run;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.LazyfsdApi;
import dev.sway.lazyfsd.api.PrefetchPolicy;
import dev.sway.lazyfsd.api.RunRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/// What a request may hold, checked before anything is done for it: all of it comes from outside,
/// and ends up in system calls.
final class RequestRules {
  /// A file name has at most 255 bytes; some are left for what others put before or behind it.
  private static final int MAX_NAME_BYTES = 200;

  /// Linux takes words of up to 32 pages, their NUL included (`MAX_ARG_STRLEN`, execve(2)).
  private static final int MAX_WORD_BYTES = (128 << 10) - 1;

  /// Linux takes a quarter of the stack's limit in all, 2 MiB by default; the image's own
  /// environment needs some of it.
  private static final long MAX_WORDS_BYTES = 3L << 19;

  /// Each word's NUL and pointer.
  private static final int WORD_OVERHEAD = 1 + Long.BYTES;

  private static final int SHOWN = 80;

  private RequestRules() {}

  /// @throws SwayException of kind `usage` for a request that no image could fulfil
  static void check(RunRequest request) throws SwayException {
    PrefetchPolicy.of(request.prefetch());
    text("the user", request.user());
    text("the working directory", request.workingDir());
    if (!request.workingDir().isEmpty() && !request.workingDir().startsWith("/")) {
      throw usage(
          "the working directory '%s' is not absolute".formatted(shown(request.workingDir())));
    }
    for (String variable : request.env()) {
      text("the environment variable", variable);
      if (variable.indexOf('=') < 1) {
        throw usage(
            "'%s' is not an environment variable; use NAME=VALUE".formatted(shown(variable)));
      }
    }
    List<String> args =
        switch (request.what()) {
          case RunRequest.Command command -> command.args();
          case RunRequest.Script script -> {
            check(script);
            yield script.args();
          }
        };
    for (String argument : args) {
      text("the argument", argument);
    }
    sizes(Stream.concat(args.stream(), request.env().stream()).toList());
  }

  private static void check(RunRequest.Script script) throws SwayException {
    String name = script.name();
    text("the script's name", name);
    if (name.isEmpty()
        || name.equals(".")
        || name.equals("..")
        || name.contains("/")
        || name.chars().anyMatch(Character::isISOControl)
        || bytes(name) > MAX_NAME_BYTES) {
      throw usage(
          "'%s' cannot be a script's name; give a plain file name of at most %d bytes"
              .formatted(shown(name), MAX_NAME_BYTES));
    }
    if (script.content().length > LazyfsdApi.MAX_SCRIPT_BYTES) {
      throw usage(
          "the script has %d bytes; a script has at most %d, put data into the image"
              .formatted(script.content().length, LazyfsdApi.MAX_SCRIPT_BYTES));
    }
  }

  /// JSON can carry what neither a path nor an argument can: NUL, and halves of characters.
  private static void text(String what, String text) throws SwayException {
    if (text.indexOf('\0') >= 0) {
      throw usage("%s '%s' has a NUL character".formatted(what, shown(text)));
    }
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw usage("%s '%s' is not valid Unicode".formatted(what, shown(text)));
    }
  }

  private static void sizes(List<String> words) throws SwayException {
    long total = 0;
    for (String word : words) {
      int bytes = bytes(word);
      if (bytes > MAX_WORD_BYTES) {
        throw usage(
            "'%s...' has %d bytes; Linux takes at most %d in one argument or environment variable"
                .formatted(shown(word), bytes, MAX_WORD_BYTES));
      }
      total += bytes + WORD_OVERHEAD;
    }
    if (total > MAX_WORDS_BYTES) {
      throw usage(
          "arguments and environment take %d bytes, more than %d; pass them in a file"
              .formatted(total, MAX_WORDS_BYTES));
    }
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  /// The beginning of `text`, fit for a terminal.
  private static String shown(String text) {
    StringBuilder shown = new StringBuilder();
    text.chars()
        .limit(SHOWN)
        .forEach(c ->
            shown.append(
                Character.isISOControl(c) || Character.isSurrogate((char) c) ? '?' : (char) c));
    return shown.toString();
  }

  private static SwayException usage(String message) {
    return new SwayException(FailureKind.USAGE, message);
  }
}
