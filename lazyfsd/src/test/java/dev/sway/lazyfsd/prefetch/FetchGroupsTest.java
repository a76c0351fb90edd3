package dev.sway.lazyfsd.prefetch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.id.ChunkId;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.ChunkPlace;
import dev.sway.formats.index.PackReference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FetchGroupsTest {
  private static final int KIB = 1 << 10;

  private static PackReference pack(String name) {
    return new PackReference(Digest.of(name.getBytes(StandardCharsets.UTF_8)), 1 << 30);
  }

  private static ChunkPlace place(PackReference pack, long offset, int stored) {
    byte[] name = (pack.digest() + "/" + offset).getBytes(StandardCharsets.UTF_8);
    return new ChunkPlace(
        new ChunkLocation(new ChunkId(Digest.of(name)), 0, offset, stored, stored), pack);
  }

  private static List<ChunkPlace> row(PackReference pack, int count, int stored) {
    List<ChunkPlace> row = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      row.add(place(pack, (long) i * stored, stored));
    }
    return row;
  }

  private static List<Integer> sizes(List<List<ChunkPlace>> groups) {
    return groups.stream()
        .map(group -> group.stream().mapToInt(place -> place.chunk().stored()).sum() / KIB)
        .toList();
  }

  @Test
  void neighboursComeInGroupsOfHalfAMegabyte() {
    List<ChunkPlace> wanted = row(pack("a"), 100, 16 * KIB);
    List<List<ChunkPlace>> groups = FetchGroups.of(wanted);
    assertThat(sizes(groups)).containsExactly(512, 512, 512, 64);
    assertThat(groups.stream().flatMap(List::stream)).containsExactlyElementsOf(wanted);
  }

  @Test
  void packsAreNotFetchedTogether() {
    List<ChunkPlace> wanted = row(pack("a"), 4, 16 * KIB);
    wanted.addAll(row(pack("b"), 4, 16 * KIB));
    assertThat(sizes(FetchGroups.of(wanted))).containsExactly(64, 64);
  }

  @Test
  void chunksThatAreLargerThanAGroupComeAlone() {
    assertThat(sizes(FetchGroups.of(row(pack("a"), 3, 1024 * KIB))))
        .containsExactly(1024, 1024, 1024);
  }

  @Test
  void whatIsWantedFirstComesFirstWhereverItIs() {
    PackReference pack = pack("a");
    List<ChunkPlace> row = row(pack, 64, 16 * KIB);
    ChunkPlace urgent = row.removeLast();
    row.addFirst(urgent);
    assertThat(FetchGroups.of(row).getFirst()).contains(urgent);
  }

  @Test
  void whatIsFarApartIsNotFetchedTogether() {
    PackReference pack = pack("a");
    ChunkPlace near = place(pack, 0, 4 * KIB);
    ChunkPlace far = place(pack, 100 * KIB, 4 * KIB);
    assertThat(FetchGroups.of(List.of(near, far))).containsExactly(List.of(near), List.of(far));
  }
}
