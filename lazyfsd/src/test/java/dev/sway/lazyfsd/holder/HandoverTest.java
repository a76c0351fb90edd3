package dev.sway.lazyfsd.holder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class HandoverTest {
  @TempDir Path folder;

  private static void refused(FailureKind kind, String says, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind))
        .hasMessageContaining(says);
  }

  @Test
  void workerThatWatchesIsToldToLeaveEachTime() throws Exception {
    try (InProcessHolder holder = new InProcessHolder();
        HolderClient client = HolderClient.open(folder, holder)) {
      CountDownLatch told = new CountDownLatch(2);
      try (HolderWatch _ = HolderWatch.start(client, new Leaving(told))) {
        Handover.check(folder);
        Handover.request(folder);
        Handover.request(folder);
        assertThat(told.await(30, TimeUnit.SECONDS)).isTrue();
      }
    }
  }

  @Test
  void requestsThatCameBeforeTheWorkerHeardOfOneAreToldOneByOne() throws IOException {
    try (HeldRuns runs = new HeldRuns()) {
      HeldRuns.Watch watch = runs.watch(OptionalLong.of(17));
      assertThat(runs.leave()).hasValue(17);
      assertThat(runs.leave()).hasValue(17);
      assertThat(watch.next()).isEmpty();
      assertThat(watch.next()).isEmpty();
    }
  }

  /// Counts how often it is to leave.
  private record Leaving(CountDownLatch told) implements HolderWatch.Listener {
    @Override
    public void exited(String id, int exitCode) {
      throw new AssertionError(id);
    }

    @Override
    public void lost() {
      throw new AssertionError("the holder is gone");
    }

    @Override
    public void leave() {
      told.countDown();
    }
  }

  @Test
  void withoutAHolderOrAWorkerNobodyIsToldAnything() throws IOException {
    refused(FailureKind.NOT_FOUND, "no lazyfsd serves", () -> Handover.check(folder));
    refused(FailureKind.NOT_FOUND, "is no folder", () -> Handover.check(folder.resolve("none")));
    try (InProcessHolder holder = new InProcessHolder();
        HolderClient _ = HolderClient.open(folder, holder)) {
      Handover.check(folder);
      refused(FailureKind.NOT_FOUND, "no lazyfsd serves", () -> Handover.request(folder));
    }
  }

  @Test
  void holderOfAnotherVersionIsLeftAlone() throws Exception {
    Files.createDirectory(HolderProtocol.folder(folder));
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(HolderProtocol.socket(folder)));
      Thread other =
          Thread.ofPlatform()
              .name("other-holder")
              .start(() -> {
                try (HolderConnection worker = new HolderConnection(server.accept())) {
                  assertThat(worker.receive()).isPresent();
                  worker.send(Frame.write(HolderProtocol.OK).number(1).number(1));
                  assertThat(worker.receive()).isEmpty();
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      refused(FailureKind.UNSUPPORTED_VERSION, "speaks version 1", () -> Handover.request(folder));
      other.join();
    }
  }
}
