package dev.sway.formats.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.id.ByteName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EntryPathTest {
  private static EntryPath parse(String path) {
    return EntryPath.parse(ByteName.of(path));
  }

  @ParameterizedTest
  @CsvSource({
    "a,/a",
    "./a/b,/a/b",
    "a//b/,/a/b",
    "a/./b/.,/a/b",
    "...,/...",
    "..a/b..,/..a/b..",
    ".,/",
    "./,/",
  })
  void pathsAreNormalised(String written, String meant) {
    assertThat(parse(written)).hasToString(meant);
  }

  @Test
  void theRootHasNoComponents() {
    assertThat(parse("").isRoot()).isTrue();
    assertThat(parse("./").isRoot()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"..", "../a", "a/..", "a/../b", "a/b/.."})
  void pathsWithDotDotAreRefused(String path) {
    assertThatThrownBy(() -> parse(path))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'..'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/a", "//a", "/../a"})
  void absolutePathsAreRefused(String path) {
    assertThatThrownBy(() -> parse(path))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("absolute");
  }

  @Test
  void namesHaveAtMost255Bytes() {
    assertThat(parse("a/" + "n".repeat(255)).name().length()).isEqualTo(255);
    assertThatThrownBy(() -> parse("a/" + "n".repeat(256)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("255");
  }

  @Test
  void nestingHasALimit() {
    assertThat(parse("d/".repeat(EntryPath.MAX_DEPTH)).components()).hasSize(EntryPath.MAX_DEPTH);
    assertThatThrownBy(() -> parse("d/".repeat(EntryPath.MAX_DEPTH + 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("4096");
  }

  @Test
  void namesWithANulAreRefused() {
    assertThatThrownBy(() -> parse("a\0b"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("NUL");
  }
}
