package dev.sway.formats.tar;

import java.util.OptionalLong;

/// Numbers in a tar header.
final class TarNumber {
  private TarNumber() {}

  /// The number in the field at `offset`, or empty where the field is not a number or does not fit
  /// 63 bits. An empty field is 0.
  static OptionalLong parse(byte[] block, int offset, int length) {
    return (block[offset] & 0x80) != 0
        ? parseBase256(block, offset, length)
        : parseOctal(block, offset, length);
  }

  private static OptionalLong parseBase256(byte[] block, int offset, int length) {
    // The first byte's top bit is the marker, the next one the sign.
    long value = (byte) (block[offset] << 1) >> 1;
    for (int i = 1; i < length; i++) {
      if (value > (Long.MAX_VALUE >> 8) || value < (Long.MIN_VALUE >> 8)) {
        return OptionalLong.empty();
      }
      value = (value << 8) | (block[offset + i] & 0xff);
    }
    return OptionalLong.of(value);
  }

  private static OptionalLong parseOctal(byte[] block, int offset, int length) {
    int i = offset;
    int end = offset + length;
    while (i < end && block[i] == ' ') {
      i++;
    }
    long value = 0;
    for (; i < end && block[i] != 0 && block[i] != ' '; i++) {
      int digit = block[i] - '0';
      if (digit < 0 || digit > 7) {
        return OptionalLong.empty();
      }
      value = (value << 3) | digit;
    }
    return OptionalLong.of(value);
  }
}
