package dev.sway.lazyfsd.guess;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Where a program or shared library has what is mapped and what its dynamic loader is told, by its
/// program headers (elf(5); System V ABI, chapter 5). Of 64-bit little-endian files, which are
/// those of x86-64, 64-bit ARM and RISC-V; others are none to this class.
///
/// Nothing of a file is believed beyond that: what lies outside of it is for who reads it to find.
///
/// @param entry virtual address of the first instruction; 0 where there is none
/// @param loads what is mapped, in the order of the file's headers
/// @param dynamic the loader's table; empty in a static program
/// @param interpreter the path of the loader, with a zero byte behind; empty in a library
public record ElfHeader(
    long entry, List<Load> loads, Optional<FileRange> dynamic, Optional<FileRange> interpreter) {
  private static final int FILE_HEADER = 64;
  private static final int PROGRAM_HEADER = 56;
  private static final int MAGIC = 0x464c457f;
  private static final byte CLASS_64 = 2;
  private static final byte LITTLE_ENDIAN = 1;
  private static final int PT_LOAD = 1;
  private static final int PT_DYNAMIC = 2;
  private static final int PT_INTERP = 3;
  private static final int PF_W = 2;

  private static final ValueLayout.OfShort U16 =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt U32 =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong U64 =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// A part of the file that is mapped.
  ///
  /// @param range in the file
  /// @param address where it is mapped, before the file as a whole is moved
  /// @param writable whether it is data
  public record Load(FileRange range, long address, boolean writable) {}

  public ElfHeader {
    loads = List.copyOf(loads);
  }

  /// Reads the header of a file; empty where it is no such file, or not as it should be.
  ///
  /// @param head its first bytes
  public static Optional<ElfHeader> parse(MemorySegment head) {
    if (head.byteSize() < FILE_HEADER
        || head.get(U32, 0) != MAGIC
        || head.get(ValueLayout.JAVA_BYTE, 4) != CLASS_64
        || head.get(ValueLayout.JAVA_BYTE, 5) != LITTLE_ENDIAN) {
      return Optional.empty();
    }
    long table = head.get(U64, 32);
    int size = Short.toUnsignedInt(head.get(U16, 54));
    int count = Short.toUnsignedInt(head.get(U16, 56));
    if (size != PROGRAM_HEADER
        || table < FILE_HEADER
        || table > head.byteSize() - (long) count * size) {
      return Optional.empty();
    }
    List<Load> loads = new ArrayList<>();
    Optional<FileRange> dynamic = Optional.empty();
    Optional<FileRange> interpreter = Optional.empty();
    for (int i = 0; i < count; i++) {
      MemorySegment header = head.asSlice(table + (long) i * size, size);
      Optional<FileRange> range = FileRange.of(header.get(U64, 8), header.get(U64, 32));
      if (range.isEmpty()) {
        continue;
      }
      switch (header.get(U32, 0)) {
        case PT_LOAD ->
            loads.add(new Load(range.get(), header.get(U64, 16), (header.get(U32, 4) & PF_W) != 0));
        case PT_DYNAMIC -> dynamic = range;
        case PT_INTERP -> interpreter = range;
        default -> {}
      }
    }
    return Optional.of(new ElfHeader(head.get(U64, 24), loads, dynamic, interpreter));
  }

  /// Where in the file `length` bytes from a virtual address on are; empty where they are not in
  /// it.
  Optional<FileRange> at(long address, long length) {
    for (Load load : loads) {
      long inside = address - load.address();
      if (inside >= 0 && inside < load.range().length()) {
        return FileRange.of(
            load.range().offset() + inside, Math.min(length, load.range().length() - inside));
      }
    }
    return Optional.empty();
  }
}
