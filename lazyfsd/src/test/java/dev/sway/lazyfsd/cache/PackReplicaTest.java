package dev.sway.lazyfsd.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.id.ChunkId;
import dev.sway.formats.id.Digest;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.PackReference;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PackReplicaTest {
  private static final PackReference PACK = new PackReference(Digest.of(new byte[] {1}), 100_000);

  @TempDir Path folder;

  private PackReplica open() throws IOException {
    return PackReplica.open(folder, PACK);
  }

  private Path present() {
    return folder.resolve(PACK.digest().hex() + ".present");
  }

  private static ChunkLocation chunk(long offset) {
    return new ChunkLocation(new ChunkId(Digest.of(new byte[0])), 0, offset, 10, 10);
  }

  private static byte[] frame(int fill) {
    byte[] frame = new byte[10];
    Arrays.fill(frame, (byte) fill);
    return frame;
  }

  @Test
  void framesSurviveReopeningAndHolesAreMisses() throws IOException {
    try (PackReplica replica = open()) {
      replica.write(chunk(500), frame(1));
      replica.write(chunk(90_000), frame(2));
    }
    try (PackReplica replica = open()) {
      assertThat(replica.read(chunk(500))).isEqualTo(frame(1));
      assertThat(replica.read(chunk(90_000))).isEqualTo(frame(2));
      assertThat(replica.read(chunk(600))).isNull();
      replica.write(chunk(600), frame(3));
    }
    try (PackReplica replica = open()) {
      assertThat(replica.read(chunk(600))).isEqualTo(frame(3));
    }
    assertThat(Files.size(present())).isEqualTo(24);
  }

  @Test
  void tornLastEntryIsLeftOutAndOverwritten() throws IOException {
    try (PackReplica replica = open()) {
      replica.write(chunk(500), frame(1));
    }
    Files.write(present(), new byte[] {9, 9, 9}, StandardOpenOption.APPEND);
    try (PackReplica replica = open()) {
      assertThat(replica.read(chunk(500))).isEqualTo(frame(1));
      replica.write(chunk(700), frame(2));
    }
    assertThat(Files.size(present())).isEqualTo(16);
    try (PackReplica replica = open()) {
      assertThat(replica.read(chunk(700))).isEqualTo(frame(2));
    }
  }

  @Test
  void claimedButAbsentFrameBeyondTheEndIsAMiss() throws IOException {
    Files.write(
        present(), ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(40_000).array());
    try (PackReplica replica = open()) {
      assertThat(replica.read(chunk(40_000))).isNull();
      replica.write(chunk(40_000), frame(4));
      assertThat(replica.read(chunk(40_000))).isEqualTo(frame(4));
    }
  }

  @Test
  void claimedHoleReadsAsZerosForItsCallerToRefuse() throws IOException {
    try (PackReplica replica = open()) {
      replica.write(chunk(50_000), frame(1));
    }
    Files.write(
        present(),
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(100).array(),
        StandardOpenOption.APPEND);
    try (PackReplica replica = open()) {
      assertThat(replica.read(chunk(100))).isEqualTo(new byte[10]);
      replica.forget(chunk(100));
      assertThat(replica.read(chunk(100))).isNull();
    }
  }

  @Test
  void listLongerThanThePackIsBegunAnew() throws IOException {
    Files.write(present(), new byte[200_000]);
    try (PackReplica replica = open()) {
      assertThat(replica.read(chunk(0))).isNull();
      replica.write(chunk(8), frame(1));
    }
    assertThat(Files.size(present())).isEqualTo(8);
  }
}
