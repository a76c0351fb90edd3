package dev.sway.formats.id;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/// A SHA-256 digest: the identity of a blob. Written `sha256:` and 64 lower-case hexadecimal
/// digits, as OCI does.
public final class Digest implements Comparable<Digest> {
  /// Length of a digest in bytes.
  public static final int BYTES = 32;

  private static final int SLICE = 1 << 14;

  private static final String PREFIX = "sha256:";
  private static final HexFormat HEX = HexFormat.of();

  private final byte[] bytes;

  private Digest(byte[] bytes) {
    this.bytes = bytes;
  }

  /// The digest of `content`.
  public static Digest of(byte[] content) {
    MessageDigest sha256 = newSha256();
    update(sha256, content, 0, content.length);
    return finish(sha256);
  }

  /// The digest with these 32 bytes, which are copied.
  public static Digest ofBytes(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException("a SHA-256 digest has 32 bytes, not " + bytes.length);
    }
    return new Digest(bytes.clone());
  }

  /// The digest in the next 32 bytes of `buffer`, whose position moves past them.
  public static Digest read(ByteBuffer buffer) {
    byte[] bytes = new byte[BYTES];
    buffer.get(bytes);
    return new Digest(bytes);
  }

  /// The digest that `sha256`, which is reset by this, has come to.
  public static Digest finish(MessageDigest sha256) {
    return new Digest(sha256.digest());
  }

  /// The digest written as `text`, or empty where `text` is anything but `sha256:` and 64
  /// lower-case hexadecimal digits.
  public static Optional<Digest> parse(String text) {
    if (text.length() != PREFIX.length() + 2 * BYTES || !text.startsWith(PREFIX)) {
      return Optional.empty();
    }
    String hex = text.substring(PREFIX.length());
    if (!hex.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
      return Optional.empty();
    }
    return Optional.of(new Digest(HEX.parseHex(hex)));
  }

  @JsonCreator
  static Digest ofJson(String text) {
    return parse(text)
        .orElseThrow(() ->
            new IllegalArgumentException(
                "not a digest: " + text.substring(0, Math.min(80, text.length()))));
  }

  /// A new SHA-256 computation; every Java platform has it.
  public static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform implements SHA-256", e);
    }
  }

  /// The 64 hexadecimal digits, without the prefix.
  public String hex() {
    return HEX.formatHex(bytes);
  }

  /// A copy of the 32 bytes.
  public byte[] bytes() {
    return bytes.clone();
  }

  /// Puts the 32 bytes into `buffer`.
  public void write(ByteBuffer buffer) {
    buffer.put(bytes);
  }

  @Override
  public int compareTo(Digest other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Digest digest && Arrays.equals(bytes, digest.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @JsonValue
  @Override
  public String toString() {
    return PREFIX + hex();
  }

  /// Hashes `bytes[offset..offset+length)`, in slices: the JVM uses the processor's instructions
  /// for SHA-256 once the hash was called some thousands of times, whatever the length of each. A
  /// process that hashes a gigabyte in large pieces ends before that, after twice the time.
  public static void update(MessageDigest sha256, byte[] bytes, int offset, int length) {
    for (int done = 0; done < length; done += SLICE) {
      sha256.update(bytes, offset + done, Math.min(SLICE, length - done));
    }
  }
}
