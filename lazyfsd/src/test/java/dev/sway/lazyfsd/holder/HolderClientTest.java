package dev.sway.lazyfsd.holder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.linux.Descriptors;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class HolderClientTest {
  private static final byte[] PAYLOAD = {7, 8, 9};

  @TempDir Path folder;
  private final InProcessHolder launcher = new InProcessHolder();
  private Path file;

  @BeforeEach
  void create() throws IOException {
    file = Files.writeString(folder.resolve("file"), "content");
  }

  @AfterEach
  void close() throws IOException {
    launcher.close();
    assertThat(openFiles(file)).as("leaked descriptors").isEmpty();
  }

  /// The descriptors of this process, which is the holder's too, that refer to `file`.
  private static List<Integer> openFiles(Path file) throws IOException {
    Path real = file.toRealPath();
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      return all.filter(
              link -> {
                try {
                  return Files.readSymbolicLink(link).equals(real);
                } catch (IOException e) {
                  // Closed meanwhile, as the one that lists is.
                  return false;
                }
              })
          .map(link -> Integer.parseInt(link.getFileName().toString()))
          .toList();
    }
  }

  private HolderClient open() throws IOException {
    return HolderClient.open(folder, launcher);
  }

  /// Leaves the file with the holder, and closes it here.
  private void leave(HolderClient client, String name) throws IOException {
    List<Integer> before = openFiles(file);
    try (FileChannel _ = FileChannel.open(file, StandardOpenOption.READ)) {
      int fd = openFiles(file).stream().filter(one -> !before.contains(one)).findFirst().get();
      client.hold(name, fd, PAYLOAD);
    }
  }

  @Test
  void whatOneWorkerLeavesTheNextTakes() throws IOException {
    try (HolderClient first = open()) {
      leave(first, "mount");
    }
    try (HolderClient second = open()) {
      assertThat(launcher.count()).isEqualTo(1);
      assertThat(second.names()).containsExactly("mount");
      assertThat(second.held().getFirst().payload()).isEqualTo(PAYLOAD);
      int fd = second.take("mount");
      assertThat(Path.of("/proc/self/fd/" + fd)).hasContent("content");
      second.drop("mount");
      assertThat(second.names()).isEmpty();
      assertThat(Path.of("/proc/self/fd/" + fd)).hasContent("content");
      Descriptors.close(fd);
    }
  }

  @Test
  void sameNameIsKeptOnce() throws IOException {
    try (HolderClient client = open()) {
      leave(client, "one");
      leave(client, "one");
      leave(client, "another");
      assertThat(client.names()).containsExactly("another", "one");
      assertThat(openFiles(file)).hasSize(2);
      client.drop("none");
    }
  }

  @Test
  void descriptorThatIsNoneIsRefusedAndChangesNothing() throws IOException {
    try (HolderClient client = open()) {
      leave(client, "one");
      assertThatThrownBy(() -> client.hold("one", 1_000_000, PAYLOAD))
          .hasMessageContaining("bad file descriptor");
      assertThat(client.names()).containsExactly("one");
      assertThatThrownBy(() -> client.take("two"))
          .isInstanceOfSatisfying(
              SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.NOT_FOUND));
    }
  }

  @Test
  void holderThatIsGoneIsReplacedAndGetsEverythingAgain() throws IOException {
    try (HolderClient client = open();
        FileChannel _ = FileChannel.open(file, StandardOpenOption.READ)) {
      client.hold("mount", openFiles(file).getFirst(), PAYLOAD);
      launcher.close();
      assertThat(openFiles(file)).hasSize(1);
      assertThat(client.names()).containsExactly("mount");
      assertThat(openFiles(file)).hasSize(2);
      assertThat(launcher.count()).isEqualTo(2);
    }
  }

  @Test
  void threadThatIsInterruptedGetsItsAnswerAndKeepsTheConnection() throws Exception {
    Files.createDirectory(HolderProtocol.folder(folder));
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        ExecutorService threads =
            Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
      server.bind(UnixDomainSocketAddress.of(HolderProtocol.socket(folder)));
      Future<?> holder =
          threads.submit(() -> {
            // Nobody is served after the first one.
            try (server;
                HolderConnection worker = new HolderConnection(server.accept())) {
              assertThat(worker.receive()).isPresent();
              worker.send(Frame.write(HolderProtocol.OK).number(HolderProtocol.VERSION).number(1));
              for (int answered = 0; answered < 2; answered++) {
                assertThat(worker.receive()).isPresent();
                asked.countDown();
                interrupted.await();
                worker.send(Frame.write(HolderProtocol.OK));
              }
            }
            return null;
          });
      try (HolderClient client = open()) {
        AtomicReference<Thread> asking = new AtomicReference<>();
        Future<Boolean> kept =
            threads.submit(() -> {
              asking.set(Thread.currentThread());
              assertThat(client.names()).isEmpty();
              return Thread.interrupted();
            });
        asked.await();
        asking.get().interrupt();
        interrupted.countDown();
        assertThat(kept.get()).as("it is still interrupted").isTrue();
        Thread.currentThread().interrupt();
        assertThat(client.names()).isEmpty();
        assertThat(Thread.interrupted()).isTrue();
      }
      holder.get();
    }
    assertThat(launcher.count()).as("holders started").isZero();
  }

  @Test
  void holderEndsWithAllItHoldsWhenItIsTold() throws Exception {
    HolderClient client = open();
    leave(client, "one");
    client.end();
    launcher.close();
    assertThat(openFiles(file)).isEmpty();
    assertThatThrownBy(client::names).hasMessageContaining("closed");
    client.close();
  }

  @Test
  void holderThatNobodyNeedsEndsByItself() throws Exception {
    Duration moment = Duration.ofMillis(50);
    Duration never = Duration.ofHours(1);
    try (Holder holder = Holder.open(folder, line -> {})) {
      try (HolderClient _ = open()) {
        leaveAndForget();
      }
      // Somebody's descriptor is held, so it stays until that patience is at its end too.
      long start = System.nanoTime();
      holder.await(moment, moment.multipliedBy(6));
      assertThat(System.nanoTime() - start).isGreaterThan(moment.multipliedBy(4).toNanos());
      try (HolderClient client = open()) {
        client.drop("one");
      }
      holder.await(moment, never);
    }
  }

  /// Where its name cannot be removed, that shows what it does first.
  @Test
  void socketIsTakenAwayBeforeAnythingIsClosed() throws IOException {
    Path socket = HolderProtocol.socket(folder);
    Path moved = socket.resolveSibling("moved");
    try (Holder holder = Holder.open(folder, line -> {})) {
      Files.move(socket, moved);
      Path inside = Files.createFile(Files.createDirectory(socket).resolve("inside"));
      assertThatThrownBy(holder::close).isInstanceOf(DirectoryNotEmptyException.class);
      try (HolderConnection connection =
          new HolderConnection(SocketChannel.open(UnixDomainSocketAddress.of(moved)))) {
        connection.send(Frame.write(HolderProtocol.HELLO).number(HolderProtocol.VERSION));
        assertThat(connection.receive()).as("it still serves").isPresent();
      }
      Files.delete(inside);
    }
    assertThat(socket).doesNotExist();
  }

  private void leaveAndForget() throws IOException {
    try (HolderClient client = open()) {
      leave(client, "one");
    }
  }

  @Test
  void strangersAreBrokenOffAndOthersServed() throws IOException {
    try (HolderClient client = open()) {
      leave(client, "one");
      byte[][] strange = {
        {0, 0, 0, 0},
        {0, 0x10, 0, 0, 1},
        {-1, -1, -1, -1},
        {0, 0, 0, 1, HolderProtocol.END},
        {0, 0, 0, 9, HolderProtocol.HELLO, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 99},
      };
      for (byte[] bytes : strange) {
        try (SocketChannel stranger =
            SocketChannel.open(UnixDomainSocketAddress.of(HolderProtocol.socket(folder)))) {
          stranger.write(ByteBuffer.wrap(bytes));
          assertThat(answerUntilTheEnd(stranger)).isLessThan(100);
        }
      }
      assertThat(client.names()).containsExactly("one");
    }
    assertThat(launcher.log()).hasSize(5).allMatch(line -> line.contains("broken off"));
  }

  private static int answerUntilTheEnd(SocketChannel stranger) {
    ByteBuffer answer = ByteBuffer.allocate(1000);
    try {
      while (stranger.read(answer) >= 0) {
        assertThat(answer.hasRemaining()).isTrue();
      }
    } catch (IOException e) {
      // Broken off with something unread.
      return answer.position();
    }
    return answer.position();
  }

  @Test
  void folderWhoseSocketWouldHaveNoAddressIsRefused() throws IOException {
    Path deep = Files.createDirectories(folder.resolve("x".repeat(100)));
    assertThatThrownBy(() -> HolderClient.open(deep, launcher))
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.USAGE));
  }
}
