package dev.sway.lazyfsd.hot;

import dev.sway.formats.chunk.BlockTree;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.hot.HotMap;
import dev.sway.formats.hot.HotPiece;
import dev.sway.formats.hot.HotSegment;
import dev.sway.formats.index.IndexSession;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/// Which bytes of which chunks a hot pack has, and where: found by bisection, without objects of
/// their own. Immutable.
final class HotRuns {
  /// Chunk and first byte of each run, ascending: the chunk in the upper half.
  private final long[] keys;

  /// One more than each run's last byte.
  private final int[] ends;

  private final int[] segments;
  private final int[] offsets;

  private HotRuns(List<Run> runs) {
    keys = runs.stream().mapToLong(Run::key).toArray();
    ends = runs.stream().mapToInt(Run::end).toArray();
    segments = runs.stream().mapToInt(Run::segment).toArray();
    offsets = runs.stream().mapToInt(Run::offset).toArray();
  }

  private record Run(long key, int end, int segment, int offset) {}

  /// The runs of `map`.
  ///
  /// @throws CorruptException where the image has no such chunks or blocks
  static HotRuns of(HotMap map, IndexSession session) throws CorruptException {
    String name = "the map of the hot pack " + map.pack().digest();
    for (int pack = 0; pack < session.packs(); pack++) {
      if (session.pack(pack).digest().equals(map.pack().digest())) {
        // What is wrong with it would be held against the image's own chunks.
        throw new CorruptException(name, "is said to be a pack of the image");
      }
    }
    List<Run> runs = new ArrayList<>();
    for (int segment = 0; segment < map.segments().size(); segment++) {
      HotSegment held = map.segments().get(segment);
      int offset = 0;
      for (HotPiece piece : held.pieces()) {
        if (piece.chunk() >= session.chunks()) {
          throw new CorruptException(
              name, "names chunk %d, which is none".formatted(piece.chunk()));
        }
        int length = session.chunk(piece.chunk()).length();
        if (piece.end() > BlockTree.blocks(length)) {
          throw new CorruptException(
              name, "names blocks of chunk %d that it does not have".formatted(piece.chunk()));
        }
        int from = piece.first() * BlockTree.BLOCK;
        int bytes = piece.bytes(length);
        runs.add(new Run(key(piece.chunk(), from), from + bytes, segment, offset));
        offset += bytes;
      }
      if (offset != held.location().length()) {
        throw new CorruptException(
            name,
            "has %d bytes in segment %d, its pieces are %d"
                .formatted(held.location().length(), segment, offset));
      }
    }
    runs.sort(Comparator.comparingLong(Run::key));
    return new HotRuns(runs);
  }

  private static long key(int chunk, int from) {
    return (long) chunk << Integer.SIZE | from;
  }

  /// Where bytes `from` to `to` of a chunk are, in their order; nothing where not all of them are.
  List<HotSpan> find(int chunk, int from, int to) {
    List<HotSpan> spans = new ArrayList<>(1);
    int at = from;
    int run = floor(key(chunk, from));
    while (at < to) {
      if (run < 0
          || run == keys.length
          || keys[run] >> Integer.SIZE != chunk
          || (int) keys[run] > at
          || ends[run] <= at) {
        return List.of();
      }
      int length = Math.min(ends[run], to) - at;
      spans.add(new HotSpan(segments[run], offsets[run] + at - (int) keys[run], length));
      at += length;
      run++;
    }
    return spans;
  }

  /// The last run that does not begin behind `key`, or -1.
  private int floor(long key) {
    int found = Arrays.binarySearch(keys, key);
    return found >= 0 ? found : -found - 2;
  }
}
