package dev.sway.formats.tar;

import static dev.sway.formats.tar.TarReaderTest.headers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.BadArchiveException;
import dev.sway.formats.fixture.CommonsTar;
import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.fixture.RawTar;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostileTarTest {
  private static void assertRefused(RawTar tar, String reason) {
    assertThatThrownBy(() -> headers(tar.end()))
        .isInstanceOf(BadArchiveException.class)
        .hasMessageStartingWith("test.tar: ")
        .hasMessageContaining(reason);
  }

  @Test
  void anArchiveCutAtAnyByteIsRefused() throws IOException {
    byte[] tar =
        new RawTar()
            .pax("path", "a".repeat(300))
            .file("a", "x".repeat(700))
            .add(RawTar.header("././@LongLink", 'L'), RawTar.bytes("b".repeat(200) + "\0"))
            .file("b", "y".repeat(512))
            .file("c", "")
            .end();
    int end = tar.length - 2 * RawTar.BLOCK;
    assertThat(headers(tar)).hasSize(3);

    for (int length = 0; length < tar.length; length++) {
      byte[] cut = Arrays.copyOf(tar, length);
      if (length < end + RawTar.BLOCK) {
        assertThatThrownBy(() -> headers(cut))
            .as("cut to %d bytes", length)
            .isInstanceOf(BadArchiveException.class);
      } else {
        assertThat(headers(cut)).as("cut to %d bytes", length).hasSize(3);
      }
    }
  }

  @Test
  void anArchiveCutWithinContentIsRefusedWhenTheContentIsRead() throws IOException {
    byte[] tar = CommonsTar.pax().file("f", "x".repeat(5000)).end();
    TarReader reader =
        new TarReader(new ByteArrayInputStream(Arrays.copyOf(tar, 3000)), "test.tar");
    reader.next();
    byte[] buffer = new byte[8192];

    assertThatThrownBy(
            () -> {
              while (reader.read(buffer, 0, buffer.length) >= 0) {}
            })
        .isInstanceOf(BadArchiveException.class)
        .hasMessageContaining("truncated");
  }

  @Test
  void anyFlippedBitOfAHeaderIsRefused() throws IOException {
    byte[] tar = new RawTar().file("name", "content").end();
    for (int bit = 0; bit < 8 * RawTar.BLOCK; bit++) {
      byte[] flipped = tar.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      // Within its own field the same checksum can be written in other ways.
      if (bit / 8 < 148 || bit / 8 > 155) {
        assertThatThrownBy(() -> headers(flipped))
            .as("bit %d", bit)
            .isInstanceOf(BadArchiveException.class);
      }
    }
  }

  @Test
  void randomDamageGivesNoOtherException() {
    Randomized.forSeeds(
        3000,
        random -> {
          byte[] tar =
              new RawTar()
                  .pax("mtime", "1.5")
                  .file("a", "x".repeat(20))
                  .add(RawTar.header("l", '2').link("t"))
                  .end();
          int block = random.nextInt(4) * RawTar.BLOCK;
          for (int i = random.nextInt(8); i >= 0; i--) {
            tar[block + random.nextInt(RawTar.BLOCK)] = (byte) random.nextInt(256);
          }
          reseal(tar, block);
          try {
            headers(tar);
          } catch (BadArchiveException e) {
            assertThat(e.getMessage()).startsWith("test.tar: ");
          }
        });
  }

  private static void reseal(byte[] tar, int block) {
    Arrays.fill(tar, block + 148, block + 156, (byte) ' ');
    int sum = 0;
    for (int i = 0; i < RawTar.BLOCK; i++) {
      sum += tar[block + i] & 0xff;
    }
    byte[] field = RawTar.bytes("0".repeat(6 - Integer.toOctalString(sum).length()));
    System.arraycopy(
        RawTar.join(field, RawTar.bytes(Integer.toOctalString(sum) + "\0 ")),
        0,
        tar,
        block + 148,
        8);
  }

  @Test
  void whatIsNotATarIsCalledSo() {
    assertThatThrownBy(() -> headers(new byte[0])).hasMessageContaining("is not a tar archive");
    assertThatThrownBy(() -> headers(RawTar.bytes("#!/bin/sh\n")))
        .hasMessageContaining("is not a tar archive");
    assertThatThrownBy(() -> headers(RawTar.bytes("text ".repeat(1000))))
        .hasMessageContaining("is not a tar archive");
  }

  @Test
  void aDamagedHeaderInTheMiddleIsPlaced() {
    byte[] tar = new RawTar().file("a", "x").file("b", "y").end();
    tar[1024] = 'c';

    assertThatThrownBy(() -> headers(tar))
        .isInstanceOf(BadArchiveException.class)
        .hasMessageContaining("byte 1024")
        .hasMessageContaining("checksum");
  }

  @Test
  void negativeSizesAreRefused() {
    assertRefused(
        new RawTar().add(RawTar.header("f", '0').base256(124, 12, -512)), "negative size");
    assertRefused(new RawTar().pax("size", "-1").file("f", ""), "negative size");
    assertRefused(new RawTar().add(RawTar.header("f", 'x').base256(124, 12, -512)), "extension");
  }

  @Test
  void hugeSizesAreRefused() {
    assertRefused(
        new RawTar().add(RawTar.header("f", '0').base256(124, 12, Long.MAX_VALUE)), "a size of");
    assertRefused(new RawTar().pax("size", "9223372036854775807").file("f", ""), "a size of");
    assertRefused(new RawTar().pax("size", "9223372036854771712").file("f", ""), "truncated");
    assertRefused(new RawTar().pax("size", "9223372036854775808").file("f", ""), "byte 1024");
    assertRefused(
        new RawTar().add(RawTar.header("f", '0').put(124, "\u0080" + "\u00ff".repeat(11))),
        "size is not a number");
  }

  @ParameterizedTest
  @ValueSource(chars = {'x', 'g', 'L', 'K'})
  void hugeExtensionHeadersAreRefusedWithoutReadingThem(char type) {
    assertRefused(
        new RawTar().add(RawTar.header("f", type).size(TarFormat.MAX_EXTENSION + 1)),
        "extension header");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "5 a=b\n",
        "7 a=b\n",
        "99999999999999999999 a=b\n",
        "a=b\n",
        " a=b\n",
        "6 a=b",
        "6a=b\n\n",
        "5 ab\n",
        "2 \n",
        "1",
        "6 a=b\ntail",
      })
  void malformedPaxRecordsAreRefused(String records) {
    assertRefused(
        new RawTar().add(RawTar.header("p", 'x'), RawTar.bytes(records)).file("f", ""), "pax");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1e9", "abc", "0x10", "--1", "1.2.3", ".", "NaN", " 1"})
  void numbersThatAreNoneAreRefused(String number) {
    assertRefused(new RawTar().pax("mtime", number).file("f", ""), "is not a number");
    assertRefused(new RawTar().pax("uid", number).file("f", ""), "is not a number");
    assertRefused(new RawTar().pax("size", number).file("f", ""), "is not a number");
  }

  @Test
  void timesBeyondALongAreRefused() {
    assertRefused(new RawTar().pax("mtime", "9".repeat(30)).file("f", ""), "byte 1024");
  }

  @Test
  void fieldsThatAreNotNumbersAreRefused() {
    for (int offset : new int[] {100, 108, 116, 124, 136}) {
      assertRefused(
          new RawTar().add(RawTar.header("f", '0').put(offset, "xyz")), "is not a number");
    }
  }

  @Test
  void ownersAndDevicesOutOfRangeAreRefused() {
    assertRefused(new RawTar().pax("uid", "4294967296").file("f", ""), "uid");
    assertRefused(new RawTar().add(RawTar.header("f", '0').base256(116, 8, -2)), "gid");
    assertRefused(new RawTar().add(RawTar.header("f", '3').octal(329, 8, 07777777)), "device");
  }

  @Test
  void pathsBeyondReasonAreRefused() {
    assertRefused(
        new RawTar().pax("path", "a/".repeat(TarFormat.MAX_PATH / 2 + 1)).file("f", ""), "path");
  }

  @Test
  void anExtensionHeaderWithoutItsEntryIsRefused() {
    assertRefused(new RawTar().file("f", "").pax("path", "lost"), "describes no entry");
    assertRefused(
        new RawTar().add(RawTar.header("l", 'L'), RawTar.bytes("lost\0")), "describes no entry");
  }
}
