package dev.sway.lazyfsd.guess;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a file tells its dynamic loader (`.dynamic`; System V ABI, chapter 5, and elf(5)).
///
/// @param needed where in the string table the names of the libraries are that it needs
/// @param searched where in the string table the folders are, joined by colons, in which these are
///   looked for first (`DT_RUNPATH`, else `DT_RPATH`)
/// @param strings the string table
/// @param tables those that the loader works through from front to back, and those in which it
///   looks names up
record ElfDynamic(
    List<Long> needed,
    Optional<Long> searched,
    Optional<FileRange> strings,
    List<FileRange> tables) {
  /// More is none that a linker makes.
  static final int MOST_BYTES = 64 << 10;

  /// Of one file; the largest programs need some two hundred.
  private static final int MOST_NEEDED = 512;

  private static final int ENTRY = 16;
  private static final long DT_NULL = 0;
  private static final long DT_NEEDED = 1;
  private static final long DT_PLTRELSZ = 2;
  private static final long DT_STRTAB = 5;
  private static final long DT_SYMTAB = 6;
  private static final long DT_RELA = 7;
  private static final long DT_RELASZ = 8;
  private static final long DT_STRSZ = 10;
  private static final long DT_RPATH = 15;
  private static final long DT_JMPREL = 23;
  private static final long DT_RUNPATH = 29;
  private static final long DT_RELRSZ = 35;
  private static final long DT_RELR = 36;
  private static final long DT_GNU_HASH = 0x6ffffef5L;

  private static final ValueLayout.OfLong WORD =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  ElfDynamic {
    needed = List.copyOf(needed);
    tables = List.copyOf(tables);
  }

  /// Reads the table.
  ///
  /// @param table its bytes
  /// @param header of the same file
  static ElfDynamic parse(MemorySegment table, ElfHeader header) {
    List<Long> needed = new ArrayList<>();
    Map<Long, Long> values = new HashMap<>();
    for (long at = 0; at + ENTRY <= table.byteSize(); at += ENTRY) {
      long tag = table.get(WORD, at);
      long value = table.get(WORD, at + 8);
      if (tag == DT_NULL) {
        break;
      }
      if (tag != DT_NEEDED) {
        values.put(tag, value);
      } else if (needed.size() < MOST_NEEDED) {
        needed.add(value);
      }
    }
    List<FileRange> tables = new ArrayList<>();
    add(values, DT_RELA, DT_RELASZ, header, tables);
    add(values, DT_JMPREL, DT_PLTRELSZ, header, tables);
    add(values, DT_RELR, DT_RELRSZ, header, tables);
    Optional<FileRange> strings = range(values, DT_STRTAB, DT_STRSZ, header);
    for (long looked : new long[] {DT_GNU_HASH, DT_SYMTAB}) {
      // How long it is only its content tells.
      Optional.ofNullable(values.get(looked))
          .flatMap(address -> header.at(address, 1))
          .ifPresent(tables::add);
    }
    strings.ifPresent(tables::add);
    return new ElfDynamic(
        needed,
        Optional.ofNullable(values.getOrDefault(DT_RUNPATH, values.get(DT_RPATH))),
        strings,
        tables);
  }

  private static void add(
      Map<Long, Long> values, long address, long size, ElfHeader header, List<FileRange> to) {
    range(values, address, size, header).ifPresent(to::add);
  }

  private static Optional<FileRange> range(
      Map<Long, Long> values, long address, long size, ElfHeader header) {
    Long at = values.get(address);
    Long length = values.get(size);
    return at == null || length == null || length <= 0 ? Optional.empty() : header.at(at, length);
  }
}
