package dev.sway.blobd.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.blobd.http.ByteRange.Part;
import dev.sway.blobd.http.ByteRange.Unsatisfiable;
import dev.sway.blobd.http.ByteRange.Whole;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ByteRangeTest {
  private static ByteRange of100(String header) {
    return ByteRange.parse(Optional.of(header), 100);
  }

  @Test
  void noHeaderAsksForTheWhole() {
    assertThat(ByteRange.parse(Optional.empty(), 100)).isEqualTo(new Whole());
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=0-0, 0, 0",
    "bytes=0-99, 0, 99",
    "bytes=5-9, 5, 9",
    "bytes=99-, 99, 99",
    "bytes=0-, 0, 99",
    "bytes=90-1000, 90, 99",
    "bytes=90-99999999999999999999999999, 90, 99",
    "bytes=-1, 99, 99",
    "bytes=-100, 0, 99",
    "bytes=-9223372036854775808, 0, 99",
    "bytes=000000000000000000000005-0000000000000000000000000009, 5, 9",
    "BYTES=5-9, 5, 9",
    "bytes= 5-9 , 5, 9",
  })
  void partsAreExact(String header, long first, long last) {
    assertThat(of100(header)).isEqualTo(new Part(first, last));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bytes=100-",
        "bytes=100-200",
        "bytes=9223372036854775807-",
        "bytes=99999999999999999999-99999999999999999999",
        "bytes=-0",
        "bytes=0-1,5-9",
        "bytes=0-1, -5",
      })
  void whatDoesNotExistAndSeveralAtOnceAreUnsatisfiable(String header) {
    assertThat(of100(header)).isEqualTo(new Unsatisfiable());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=9-5",
        "bytes=99999999999999999999-5",
        "bytes=1.5-9",
        "bytes=+5-9",
        "lines=0-9",
        "bytes 0-9",
        "bytes=0-9x",
      })
  void malformedAndForeignHeadersAreIgnored(String header) {
    assertThat(of100(header)).isEqualTo(new Whole());
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=0-", "bytes=0-0", "bytes=-1"})
  void anEmptyBodyHasNoRange(String header) {
    assertThat(ByteRange.parse(Optional.of(header), 0)).isEqualTo(new Unsatisfiable());
  }
}
