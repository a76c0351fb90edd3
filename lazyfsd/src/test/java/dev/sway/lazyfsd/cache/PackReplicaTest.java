package dev.sway.lazyfsd.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.lazyfsd.linux.NativeFile;
import dev.sway.lazyfsd.source.Urgency;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A replica beside others, as other processes have them.
class PackReplicaTest {
  @TempDir Path path;
  private final TestPack pack = new TestPack(new Random(4), 4, 1000, 0);
  private CacheFolder folder;
  private PackReplica replica;

  @BeforeEach
  void open() throws IOException {
    folder = CacheFolder.open(path);
    replica = another();
  }

  @AfterEach
  void close() throws IOException {
    replica.close();
    folder.close();
  }

  private PackReplica another() throws IOException {
    return PackReplica.open(folder, pack.reference.digest());
  }

  private void keep(PackReplica where, int frame) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(pack.chunk(frame).stored());
      bytes.copyFrom(
          MemorySegment.ofArray(pack.bytes).asSlice(pack.chunk(frame).offset(), bytes.byteSize()));
      assertThat(where.keep(pack.chunk(frame), bytes, Urgency.BACKGROUND, 1)).isTrue();
    }
  }

  /// What somebody who changes the log, and does not get on, has locked.
  private NativeFile changing() throws IOException {
    NativeFile log = NativeFile.open(folder.log(pack.reference.digest()));
    assertThat(log.tryLock(0, PresenceLog.RECORD)).isTrue();
    return log;
  }

  @Test
  void bringingItToTheDiskWaitsForItsTurn() throws Exception {
    keep(replica, 0);
    CompletableFuture<Boolean> forced;
    try (NativeFile _ = changing()) {
      forced =
          CompletableFuture.supplyAsync(() -> {
            try {
              replica.force(Duration.ofMinutes(1));
              return true;
            } catch (IOException e) {
              return false;
            }
          });
      assertThatThrownBy(() -> forced.get(400, TimeUnit.MILLISECONDS))
          .isInstanceOf(TimeoutException.class);
    }
    assertThat(forced.get()).isTrue();
  }

  @Test
  void whatDoesNotGetToTheDiskIsSaid() throws IOException {
    keep(replica, 0);
    try (NativeFile _ = changing()) {
      assertThatThrownBy(() -> replica.force(Duration.ofMillis(1)))
          .hasMessageContaining("another process");
    }
  }

  @Test
  void frameThatAnotherHasPutBackIsNotSaidToBeGone() throws IOException {
    keep(replica, 0);
    KeptFrame damaged = Objects.requireNonNull(replica.find(pack.chunk(0)));
    try (PackReplica other = another()) {
      other.forget(Objects.requireNonNull(other.find(pack.chunk(0))));
      keep(other, 0);
      replica.forget(damaged);
      assertThat(replica.find(pack.chunk(0))).isNotNull().isNotSameAs(damaged);
      assertThat(other.find(pack.chunk(0))).isNotNull();
    }
    try (PackReplica next = another()) {
      assertThat(next.find(pack.chunk(0))).isNotNull();
    }
  }
}
