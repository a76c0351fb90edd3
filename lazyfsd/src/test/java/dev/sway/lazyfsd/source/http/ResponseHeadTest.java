package dev.sway.lazyfsd.source.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.id.Digest;
import dev.sway.lazyfsd.fixture.Randomized;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseHeadTest {
  private static final String GOOD =
      "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 10-14/1000\r\ncontent-length:5\r\n\r\n";
  private static final BlobRange WANTED = new BlobRange(Digest.of(new byte[] {1}), 1000, 10, 5);

  private static ByteBuffer bytes(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static ResponseHead parse(String text) throws RangeFailure {
    return Objects.requireNonNull(ResponseHead.parse(bytes(text)));
  }

  @Test
  void headIsReadUpToTheBody() throws RangeFailure {
    ByteBuffer bytes = bytes(GOOD + "hello");
    ResponseHead head = Objects.requireNonNull(ResponseHead.parse(bytes));
    assertThat(head).isEqualTo(new ResponseHead(206, 5, "bytes 10-14/1000", false, true));
    assertThat(bytes.remaining()).isEqualTo(5);
    head.expect(WANTED);
  }

  @Test
  void headThatIsNotCompleteIsNone() throws RangeFailure {
    for (int length = 0; length < GOOD.length(); length++) {
      ByteBuffer bytes = bytes(GOOD.substring(0, length));
      assertThat(ResponseHead.parse(bytes)).as("%s bytes", length).isNull();
      assertThat(bytes.position()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/2 206\r\n\r\n",
        "HTTP/1.1 20\r\n\r\n",
        "HTTP/1.1206 x\r\n\r\n",
        "HTTP/1.1 2x6 x\r\n\r\n",
        "ICY 200 OK\r\n\r\n",
        "HTTP/1.1 206 x\r\nno colon\r\n\r\n",
        "HTTP/1.1 206 x\r\nA: b\r\n folded: c\r\n\r\n",
        "HTTP/1.1 206 x\r\n: b\r\n\r\n",
        "HTTP/1.1 206 x\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 206 x\r\nContent-Length: 5, 5\r\n\r\n",
        "HTTP/1.1 206 x\r\nContent-Length:\r\n\r\n",
        "HTTP/1.1 206 x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 206 x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n"
      })
  void whatIsNoHeadIsAFaultOfTheServer(String text) {
    assertThatThrownBy(() -> parse(text))
        .isInstanceOfSatisfying(
            RangeFailure.class, e -> assertThat(e.blame()).isEqualTo(Blame.CONNECTION));
  }

  @Test
  void anyBytesAreAHeadOrNoneOrAFailure() {
    Randomized.forSeeds(
        2000,
        random -> {
          byte[] bytes = (GOOD + "hello").getBytes(StandardCharsets.ISO_8859_1);
          for (int changes = random.nextInt(8); changes >= 0; changes--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
          }
          try {
            ResponseHead head = ResponseHead.parse(ByteBuffer.wrap(bytes));
            assertThat(head == null || head.status() <= 999).isTrue();
          } catch (RangeFailure e) {
            assertThat(e.blame()).isEqualTo(Blame.CONNECTION);
          }
        });
  }

  @ParameterizedTest
  @CsvSource({
    "HTTP/1.0 206 x, false",
    "HTTP/1.1 206 x, true",
  })
  void oldServersEndTheConnection(String line, boolean reusable) throws RangeFailure {
    assertThat(parse(line + "\r\n\r\n").reusable()).isEqualTo(reusable);
  }

  @Test
  void connectionThatIsToBeClosedIsNotUsedAgain() throws RangeFailure {
    assertThat(parse("HTTP/1.1 206 x\r\nConnection: Close\r\n\r\n").reusable()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "200, BLOB",
    "302, BLOB",
    "403, BLOB",
    "404, ABSENT",
    "410, ABSENT",
    "416, ABSENT_RANGE",
    "401, TOKEN",
    "429, CONNECTION",
    "500, CONNECTION",
    "503, CONNECTION",
    "103, CONNECTION",
  })
  void statusSaysWhatIsWrong(int status, Blame blame) {
    assertThatThrownBy(() -> parse("HTTP/1.1 " + status + " x\r\n\r\n").expect(WANTED))
        .isInstanceOfSatisfying(RangeFailure.class, e -> assertThat(e.blame()).isEqualTo(blame))
        .hasMessageContaining(Integer.toString(status));
  }

  @ParameterizedTest
  @CsvSource({
    "bytes 10-14/1000, 5, '', ",
    "bytes 10-14/*, 5, '', ",
    "bytes 10-14/1001, 5, '', BLOB",
    "bytes 10-15/1000, 6, '', RANGE",
    "bytes 1-14/1000, 5, '', RANGE",
    "bytes */1000, 5, '', RANGE",
    "'', 5, '', RANGE",
    "bytes 10-14/1000, 4, '', RANGE",
    "bytes 10-14/1000, 6, '', RANGE",
    "bytes 10-14/1000, 5, 'Transfer-Encoding: chunked\r\n', RANGE",
  })
  void bodyMustBeExactlyTheRange(String range, int length, String more, @Nullable Blame blame)
      throws RangeFailure {
    ResponseHead head =
        parse(
            "HTTP/1.1 206 x\r\nContent-Range: %s\r\nContent-Length: %d\r\n%s\r\n"
                .formatted(range, length, more));
    if (blame == null) {
      head.expect(WANTED);
    } else {
      assertThatThrownBy(() -> head.expect(WANTED))
          .isInstanceOfSatisfying(RangeFailure.class, e -> assertThat(e.blame()).isEqualTo(blame));
    }
  }

  @Test
  void whatAServerSaysIsPrintedWithoutControlCharacters() throws RangeFailure {
    ResponseHead head = parse("HTTP/1.1 206 x\r\nContent-Range: \u001b[31mred\u0007\r\n\r\n");
    assertThatThrownBy(() -> head.expect(WANTED)).hasMessageContaining("'?[31mred?'");
  }
}
