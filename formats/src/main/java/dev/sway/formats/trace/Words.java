package dev.sway.formats.trace;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/// How constants are written: in lower case, their words joined by hyphens.
final class Words {
  private Words() {}

  /// The word for `constant`.
  static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// `constants` by their words, in order.
  static <E extends Enum<E>> Map<String, E> all(E[] constants) {
    return Arrays.stream(constants)
        .collect(Collectors.toMap(Words::of, Function.identity(), (a, _) -> a, LinkedHashMap::new));
  }
}
