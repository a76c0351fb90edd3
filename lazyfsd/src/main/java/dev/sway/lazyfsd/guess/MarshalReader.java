package dev.sway.lazyfsd.guess;

import dev.sway.formats.failure.CorruptException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// Reads what CPython's `marshal` has written (version 4; `Python/marshal.c`), as far as it says
/// what a module imports. Little-endian. Belongs to one thread.
///
/// It goes over everything once, because where an object begins depends on those before it, and any
/// may be referred to by those after it. Nothing but places is remembered: of the hundreds of
/// objects in a module a few are looked at. What is read is bounded by the bytes there are, and by
/// [#MOST_DEPTH].
final class MarshalReader {
  /// CPython itself takes 2000 levels; code has two for each function within another.
  static final int MOST_DEPTH = 100;

  /// Of a tuple; one import statement rarely has more.
  private static final int MOST_TEXTS = 256;

  /// Of all tuples that are asked for.
  private static final int MOST_TEXTS_IN_ALL = 8192;

  /// Of constants or names of a module; the largest have some thousands.
  private static final int MOST_ELEMENTS = 1 << 16;

  /// A module's name with those of its packages is no longer.
  private static final int LONGEST_TEXT = 1024;

  private static final int REFERENCED = 0x80;
  private static final int WORD = 4;

  private final byte[] bytes;
  private final ByteBuffer in;
  private final boolean fused;

  /// Where the objects are that may be referred to, by their numbers.
  private int[] referenced = new int[256];

  private int references;

  /// How many texts of tuples were told.
  private int told;

  /// A code object.
  ///
  /// @param code where its instructions are
  /// @param constants where its constants are
  /// @param names where the names are that its instructions name
  record Code(int code, List<Integer> constants, List<Integer> names) {}

  /// @param fused whether code is laid out as since 3.11, where all kinds of local variables are in
  ///   one list
  MarshalReader(byte[] bytes, int offset, boolean fused) {
    this.bytes = bytes;
    in = ByteBuffer.wrap(bytes, offset, bytes.length - offset).order(ByteOrder.LITTLE_ENDIAN);
    this.fused = fused;
  }

  /// The code object that comes first; to be called once.
  ///
  /// @throws CorruptException where there is none, or not what should be
  Code code() throws CorruptException {
    try {
      int type = Byte.toUnsignedInt(in.get());
      if ((type & REFERENCED) != 0) {
        reference(in.position() - 1);
      }
      if ((type & ~REFERENCED) != 'c') {
        throw new CorruptException("module", "does not begin with code");
      }
      skipArguments();
      int code = in.position();
      skip(1);
      List<Integer> constants = elements();
      List<Integer> names = elements();
      skipRest(0);
      return new Code(code, constants, names);
    } catch (BufferUnderflowException e) {
      throw new CorruptException("module", "ends early");
    }
  }

  /// Goes over a tuple; answers where its elements are.
  private List<Integer> elements() throws CorruptException {
    int at = in.position();
    int type = Byte.toUnsignedInt(in.get());
    if ((type & ~REFERENCED) == 'r') {
      int place = place(in.getInt());
      int next = in.position();
      List<Integer> elements = elementsAt(place);
      in.position(next);
      return elements;
    }
    if ((type & REFERENCED) != 0) {
      reference(at);
    }
    int count = (type & ~REFERENCED) == ')' ? Byte.toUnsignedInt(in.get()) : -1;
    if ((type & ~REFERENCED) == '(') {
      count = in.getInt();
    }
    require(count);
    if (count > MOST_ELEMENTS) {
      throw new CorruptException("module", "has %d constants or names".formatted(count));
    }
    List<Integer> elements = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      elements.add(in.position());
      skip(1);
    }
    return elements;
  }

  /// The elements of a tuple that has been gone over before: those within it have their numbers.
  private List<Integer> elementsAt(int place) throws CorruptException {
    int type = bytes[place] & ~REFERENCED & 0xff;
    if (type != '(' && type != ')') {
      return List.of();
    }
    int known = references;
    in.position(place);
    List<Integer> elements = elements();
    references = known;
    return elements;
  }

  private void reference(int at) {
    if (references == referenced.length) {
      referenced = Arrays.copyOf(referenced, 2 * references);
    }
    referenced[references++] = at;
  }

  private int place(int number) throws CorruptException {
    if (number < 0 || number >= references) {
      throw new CorruptException("module", "refers to what it does not have");
    }
    return referenced[number];
  }

  /// Goes over one object.
  private void skip(int depth) throws CorruptException {
    if (depth > MOST_DEPTH) {
      throw new CorruptException("module", "is nested too deeply");
    }
    int type = Byte.toUnsignedInt(in.get());
    if ((type & REFERENCED) != 0) {
      // Its number is given before those of what it holds.
      reference(in.position() - 1);
    }
    switch (type & ~REFERENCED) {
      case '0', 'N', 'F', 'T', 'S', '.' -> {}
      case 'i', 'r' -> pass(WORD);
      case 'I', 'g' -> pass(2 * WORD);
      case 'y' -> pass(4 * WORD);
      case 'f', 'z', 'Z' -> pass(Byte.toUnsignedInt(in.get()));
      case 'x' -> {
        pass(Byte.toUnsignedInt(in.get()));
        pass(Byte.toUnsignedInt(in.get()));
      }
      case 'l' -> pass(2 * Math.abs((long) in.getInt()));
      case 's', 't', 'u', 'a', 'A' -> pass(in.getInt());
      case '(', '[', '<', '>' -> skipAll(in.getInt(), depth);
      case ')' -> skipAll(Byte.toUnsignedInt(in.get()), depth);
      case '{' -> skipDictionary(depth);
      case 'c' -> {
        skipArguments();
        // Instructions, constants, names.
        skipAll(3, depth);
        skipRest(depth);
      }
      default ->
          throw new CorruptException("module", "has an object of type " + (type & ~REFERENCED));
    }
  }

  private void pass(long count) throws CorruptException {
    require(count);
    in.position(in.position() + (int) count);
  }

  /// Every object has a byte at least.
  private void skipAll(int count, int depth) throws CorruptException {
    require(count);
    for (int i = 0; i < count; i++) {
      skip(depth + 1);
    }
  }

  private void skipDictionary(int depth) throws CorruptException {
    require(1);
    while (in.get(in.position()) != '0') {
      skip(depth + 1);
      skip(depth + 1);
      require(1);
    }
    pass(1);
  }

  /// How many arguments of which kind, local variables before 3.11, stack, flags.
  private void skipArguments() throws CorruptException {
    pass((fused ? 5L : 6L) * WORD);
  }

  /// Variables and their kinds, file, names, before 3.11 three lists of variables and one name; the
  /// first line; lines, and since 3.11 exceptions.
  private void skipRest(int depth) throws CorruptException {
    skipAll(5, depth);
    pass(WORD);
    skipAll(fused ? 2 : 1, depth);
  }

  private void require(long count) throws CorruptException {
    if (count < 0 || count > in.remaining()) {
      throw new CorruptException("module", "ends early");
    }
  }

  /// The text at `place`; empty where something else is, and in place of one that is no name.
  Optional<String> text(int place) throws CorruptException {
    return switch (enter(place)) {
      case 't', 'u', 's', 'a', 'A' -> Optional.of(string(in.getInt()));
      case 'z', 'Z' -> Optional.of(string(Byte.toUnsignedInt(in.get())));
      default -> Optional.empty();
    };
  }

  /// The small integer at `place`; empty where something else is.
  OptionalInt integer(int place) throws CorruptException {
    return enter(place) == 'i' ? OptionalInt.of(in.getInt()) : OptionalInt.empty();
  }

  /// The texts that the tuple at `place` begins with; none where something else is.
  List<String> texts(int place) throws CorruptException {
    int type = enter(place);
    int count = 0;
    if (type == ')') {
      count = Byte.toUnsignedInt(in.get());
    } else if (type == '(') {
      count = in.getInt();
    }
    List<String> texts = new ArrayList<>();
    int at = in.position();
    while (texts.size() < Math.min(count, MOST_TEXTS) && told++ < MOST_TEXTS_IN_ALL) {
      Optional<String> text = text(at);
      if (text.isEmpty()) {
        break;
      }
      texts.add(text.get());
      in.position(at);
      // Over it, without giving numbers once more.
      int known = references;
      skip(1);
      references = known;
      at = in.position();
    }
    return texts;
  }

  /// The bytes at `place`; none where something else is.
  byte[] bytes(int place) throws CorruptException {
    if (enter(place) != 's') {
      return new byte[0];
    }
    int length = in.getInt();
    require(length);
    return Arrays.copyOfRange(bytes, in.position(), in.position() + length);
  }

  /// Goes behind the type of the object at `place`, or of the one that it refers to; answers it.
  private int enter(int place) throws CorruptException {
    in.position(place);
    int type = in.get() & ~REFERENCED & 0xff;
    if (type != 'r') {
      return type;
    }
    in.position(place(in.getInt()));
    return in.get() & ~REFERENCED & 0xff;
  }

  private String string(int length) throws CorruptException {
    require(length);
    return length > LONGEST_TEXT
        ? ""
        : new String(bytes, in.position(), length, StandardCharsets.UTF_8);
  }
}
