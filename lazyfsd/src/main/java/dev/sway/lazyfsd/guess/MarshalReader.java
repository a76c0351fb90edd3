package dev.sway.lazyfsd.guess;

import dev.sway.formats.failure.CorruptException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Reads what CPython's `marshal` has written (version 4; `Python/marshal.c`), as far as it says
/// what modules import: of each object that is text, an integer, a sequence or code; all else is
/// the empty text. Little-endian. Belongs to one thread, and is used once.
///
/// What is read is bounded by the bytes there are, and by [#MOST_DEPTH].
final class MarshalReader {
  /// CPython itself takes 2000 levels; code has two for each function within another.
  static final int MOST_DEPTH = 100;

  private static final int REFERENCED = 0x80;
  private static final int WORD = 4;

  private final ByteBuffer in;
  private final boolean fused;
  private final List<Object> referenced = new ArrayList<>();

  /// A code object.
  ///
  /// @param code its instructions
  /// @param constants that these load
  /// @param names that these name
  record Code(byte[] code, List<Object> constants, List<Object> names) {}

  /// @param fused whether code is laid out as since 3.11, where all kinds of local variables are in
  ///   one list
  MarshalReader(byte[] bytes, int offset, boolean fused) {
    in = ByteBuffer.wrap(bytes, offset, bytes.length - offset).order(ByteOrder.LITTLE_ENDIAN);
    this.fused = fused;
  }

  /// The code object that comes first.
  ///
  /// @throws CorruptException where there is none, or not what should be
  Code code() throws CorruptException {
    try {
      if (object(0) instanceof Code code) {
        return code;
      }
    } catch (BufferUnderflowException e) {
      throw new CorruptException("module", "ends early");
    }
    throw new CorruptException("module", "does not begin with code");
  }

  private Object object(int depth) throws CorruptException {
    if (depth > MOST_DEPTH) {
      throw new CorruptException("module", "is nested too deeply");
    }
    int type = Byte.toUnsignedInt(in.get());
    if ((type & REFERENCED) == 0) {
      return object((char) type, depth);
    }
    // Its number is given before those of what it holds.
    int number = referenced.size();
    referenced.add("");
    Object object = object((char) (type & ~REFERENCED), depth);
    referenced.set(number, object);
    return object;
  }

  private Object object(char type, int depth) throws CorruptException {
    return switch (type) {
      case '0', 'N', 'F', 'T', 'S', '.' -> "";
      case 'i' -> in.getInt();
      case 'I', 'g' -> skipped(8);
      case 'y' -> skipped(16);
      case 'f' -> skipped(Byte.toUnsignedInt(in.get()));
      case 'x' -> {
        var _ = skipped(Byte.toUnsignedInt(in.get()));
        yield skipped(Byte.toUnsignedInt(in.get()));
      }
      case 'l' -> skipped(2 * Math.abs((long) in.getInt()));
      case 's' -> bytes(in.getInt());
      case 't', 'u' -> new String(bytes(in.getInt()), StandardCharsets.UTF_8);
      case 'a', 'A' -> new String(bytes(in.getInt()), StandardCharsets.US_ASCII);
      case 'z', 'Z' -> new String(bytes(Byte.toUnsignedInt(in.get())), StandardCharsets.US_ASCII);
      case '(', '[', '<', '>' -> list(in.getInt(), depth);
      case ')' -> list(Byte.toUnsignedInt(in.get()), depth);
      case '{' -> dictionary(depth);
      case 'r' -> reference(in.getInt());
      case 'c' -> code(depth);
      default -> throw new CorruptException("module", "has an object of type " + (int) type);
    };
  }

  private Object skipped(long count) throws CorruptException {
    require(count);
    in.position(in.position() + (int) count);
    return "";
  }

  private byte[] bytes(int count) throws CorruptException {
    require(count);
    byte[] bytes = new byte[count];
    in.get(bytes);
    return bytes;
  }

  /// Every element has a byte at least.
  private List<Object> list(int count, int depth) throws CorruptException {
    require(count);
    List<Object> list = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      list.add(object(depth + 1));
    }
    return list;
  }

  private Object dictionary(int depth) throws CorruptException {
    require(1);
    while (in.get(in.position()) != '0') {
      var _ = object(depth + 1);
      var _ = object(depth + 1);
      require(1);
    }
    return skipped(1);
  }

  private Object reference(int number) throws CorruptException {
    if (number < 0 || number >= referenced.size()) {
      throw new CorruptException("module", "refers to what it does not have");
    }
    return referenced.get(number);
  }

  private Code code(int depth) throws CorruptException {
    // How many arguments of which kind, local variables before 3.11, stack, flags.
    var _ = skipped((fused ? 5L : 6L) * WORD);
    Object code = object(depth + 1);
    Object constants = object(depth + 1);
    Object names = object(depth + 1);
    // Variables and their kinds, file, names; before 3.11 three lists of variables and one name.
    for (int i = 0; i < 5; i++) {
      var _ = object(depth + 1);
    }
    var _ = skipped(WORD);
    // Lines, and since 3.11 exceptions.
    for (int i = 0; i < (fused ? 2 : 1); i++) {
      var _ = object(depth + 1);
    }
    return new Code(
        code instanceof byte[] instructions ? instructions : new byte[0],
        all(constants),
        all(names));
  }

  private static List<Object> all(Object list) {
    return list instanceof List<?> elements ? new ArrayList<>(elements) : List.of();
  }

  private void require(long count) throws CorruptException {
    if (count < 0 || count > in.remaining()) {
      throw new CorruptException("module", "ends early");
    }
  }
}
