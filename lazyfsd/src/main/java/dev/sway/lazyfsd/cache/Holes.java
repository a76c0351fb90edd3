package dev.sway.lazyfsd.cache;

import dev.sway.formats.manifest.ManifestFormat;
import dev.sway.lazyfsd.linux.NativeFile;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import org.jspecify.annotations.Nullable;

/// The holes between a replica's frames. Each is punched also where the disk has a bad place in
/// another. For one thread, which holds the replica's locks whenever it punches.
final class Holes {
  /// How many gaps are punched before others get their turn.
  private static final int GAPS = 32;

  private final NativeFile data;
  private final NavigableMap<Long, KeptFrame> frames;
  private @Nullable IOException failure;

  /// @param data the replica's file
  /// @param frames that are there, by offset
  Holes(NativeFile data, NavigableMap<Long, KeptFrame> frames) {
    this.data = data;
    this.frames = frames;
  }

  /// Gives the disk back what `gone`, by offset, and the room around them take.
  void punchAround(List<KeptFrame> gone) {
    long done = 0;
    for (KeptFrame frame : gone) {
      if (frame.offset() >= done) {
        done = punchAround(frame.offset());
      }
    }
  }

  /// Punches from the end of the frame before `offset` to the next frame's beginning, so that no
  /// block is left that two frames shared, nor what a crash has left unsaid. Answers where it ends.
  private long punchAround(long offset) {
    Map.Entry<Long, KeptFrame> before = frames.lowerEntry(offset);
    Map.Entry<Long, KeptFrame> after = frames.higherEntry(offset);
    long from = before == null ? 0 : before.getValue().end();
    long to = after == null ? ManifestFormat.MAX_PACK_BYTES : after.getKey();
    punch(from, to);
    return to;
  }

  /// Gives the disk back what some gaps between frames take, from `offset` on; answers where the
  /// next may begin, which is [ManifestFormat#MAX_PACK_BYTES] after the last.
  long punchGaps(long offset) {
    Map.Entry<Long, KeptFrame> across = frames.lowerEntry(offset);
    long end = across == null ? offset : Math.max(offset, across.getValue().end());
    int gaps = 0;
    for (KeptFrame frame : frames.tailMap(offset, true).values()) {
      if (gaps == GAPS) {
        return end;
      }
      if (frame.offset() > end) {
        punch(end, frame.offset());
        gaps++;
      }
      end = Math.max(end, frame.end());
    }
    punch(end, ManifestFormat.MAX_PACK_BYTES);
    return ManifestFormat.MAX_PACK_BYTES;
  }

  private void punch(long from, long to) {
    try {
      data.punch(from, to - from);
    } catch (IOException e) {
      failure = e;
    }
  }

  /// To be called after the last.
  ///
  /// @throws IOException where one could not be punched
  void finish() throws IOException {
    if (failure != null) {
      throw failure;
    }
  }
}
