package dev.sway.lazyfsd.guess;

import dev.sway.formats.failure.CorruptException;
import java.nio.BufferUnderflowException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a compiled Python module (`.pyc`) imports when it is imported itself: its `IMPORT_NAME`
/// instructions that are in no function. Of CPython 3.8 to 3.13; files of others import nothing to
/// this class.
final class PythonBytecode {
  /// Before the code object: the magic number, flags, and two words that say what it was made of.
  static final int HEADER_BYTES = 16;

  /// `\r\n`, behind the number of the version.
  private static final int MAGIC_END = 0x0a0d;

  private static final int FIRST_OF_3_8 = 3400;
  private static final int FIRST_OF_3_11 = 3450;
  private static final int FIRST_OF_3_13 = 3550;
  private static final int LAST_OF_3_13 = 3571;

  /// The numbers of instructions, which have changed once in these versions (`Lib/opcode.py`).
  private record Instructions(int loadConstant, int importName, int extendedArgument) {
    static final Instructions OLD = new Instructions(100, 108, 144);
    static final Instructions NEW = new Instructions(83, 75, 71);
  }

  private PythonBytecode() {}

  /// Whether `head`, the first bytes of a file, is of a compiled module.
  static boolean isModule(byte[] head) {
    return head.length > HEADER_BYTES && word(head, 2) == MAGIC_END;
  }

  private static int word(byte[] bytes, int at) {
    return Byte.toUnsignedInt(bytes[at]) | Byte.toUnsignedInt(bytes[at + 1]) << 8;
  }

  /// The imports of a compiled module, in their order; none where it is of another version.
  ///
  /// @param file all of it
  /// @throws CorruptException where it is no compiled module
  static List<PythonImport> imports(byte[] file) throws CorruptException {
    if (!isModule(file)) {
      throw new CorruptException("module", "does not begin as a compiled module");
    }
    int version = word(file, 0);
    if (version < FIRST_OF_3_8 || version > LAST_OF_3_13) {
      return List.of();
    }
    MarshalReader reader = new MarshalReader(file, HEADER_BYTES, version >= FIRST_OF_3_11);
    try {
      return imports(reader, version >= FIRST_OF_3_13 ? Instructions.NEW : Instructions.OLD);
    } catch (BufferUnderflowException e) {
      throw new CorruptException("module", "ends early");
    }
  }

  private static List<PythonImport> imports(MarshalReader reader, Instructions numbers)
      throws CorruptException {
    MarshalReader.Code module = reader.code();
    List<PythonImport> imports = new ArrayList<>();
    int extended = 0;
    int beforeLast = -1;
    int last = -1;
    byte[] code = reader.bytes(module.code());
    for (int at = 0; at + 1 < code.length && imports.size() < PythonImport.MOST; at += 2) {
      int argument = extended << 8 | Byte.toUnsignedInt(code[at + 1]);
      extended = 0;
      int instruction = Byte.toUnsignedInt(code[at]);
      if (instruction == numbers.extendedArgument()) {
        extended = argument;
      } else if (instruction == numbers.loadConstant()) {
        beforeLast = last;
        last = place(module.constants(), argument);
      } else if (instruction == numbers.importName() && place(module.names(), argument) >= 0) {
        Optional<String> name = reader.text(place(module.names(), argument));
        if (name.isPresent()) {
          imports.add(
              new PythonImport(
                  beforeLast < 0 ? 0 : Math.max(0, reader.integer(beforeLast).orElse(0)),
                  name.get(),
                  last < 0 ? List.of() : reader.texts(last)));
        }
      }
    }
    return imports;
  }

  private static int place(List<Integer> places, int index) {
    return index >= 0 && index < places.size() ? places.get(index) : -1;
  }
}
