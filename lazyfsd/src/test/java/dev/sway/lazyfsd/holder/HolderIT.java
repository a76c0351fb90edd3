package dev.sway.lazyfsd.holder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.lazyfsd.linux.Descriptors;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The holder as a process of its own.
@Timeout(120)
class HolderIT {
  /// Some 48 MiB, and what the long class path of a test costs.
  private static final int MAX_RSS_KIB = 60 << 10;

  @TempDir Path folder;

  private static int descriptorOf(Path file) throws IOException {
    Path real = file.toRealPath();
    try (var all = Files.list(Path.of("/proc/self/fd"))) {
      return all.filter(
              link -> {
                try {
                  return Files.readSymbolicLink(link).equals(real);
                } catch (IOException e) {
                  return false;
                }
              })
          .mapToInt(link -> Integer.parseInt(link.getFileName().toString()))
          .findFirst()
          .orElseThrow();
    }
  }

  private static long field(long pid, String file, String name) throws IOException {
    return Files.readAllLines(Path.of("/proc", pid + "", file)).stream()
        .filter(line -> line.startsWith(name + ":"))
        .map(line -> line.replaceAll("[^0-9]", ""))
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void holderIsSmallOfItsOwnSessionAndGoesOnWithoutItsWorker() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "content");
    long pid;
    try (HolderClient client = HolderClient.open(folder, HolderProcess.ofThisProgram());
        FileChannel _ = FileChannel.open(file, StandardOpenOption.READ)) {
      pid = client.pid();
      client.hold("one", descriptorOf(file), new byte[0]);
    }
    String[] stat =
        Files.readString(Path.of("/proc", pid + "", "stat"), StandardCharsets.US_ASCII)
            .replaceFirst(".*\\) ", "")
            .split(" ", -1);
    assertThat(stat[3]).as("session").isEqualTo(pid + "");
    try (HolderClient client = HolderClient.open(folder, HolderProcess.ofThisProgram())) {
      assertThat(client.pid()).isEqualTo(pid);
      int fd = client.take("one");
      assertThat(Path.of("/proc/self/fd/" + fd)).hasContent("content");
      assertThat(field(pid, "status", "VmRSS")).isLessThan(MAX_RSS_KIB);
      client.end();
      Descriptors.close(fd);
    }
    assertThat(ProcessHandle.of(pid)).isEmpty();
  }

  @Test
  void killedHolderIsReplaced() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "content");
    try (HolderClient client = HolderClient.open(folder, HolderProcess.ofThisProgram());
        FileChannel _ = FileChannel.open(file, StandardOpenOption.READ)) {
      client.hold("one", descriptorOf(file), new byte[0]);
      ProcessHandle killed = ProcessHandle.of(client.pid()).orElseThrow();
      killed.destroyForcibly();
      killed.onExit().get(20, TimeUnit.SECONDS);
      assertThat(client.names()).containsExactly("one");
      assertThat(client.pid()).isNotEqualTo(killed.pid());
      client.end();
    }
  }

  @Test
  void tokensAndOtherVariablesDoNotReachTheHolder() throws Exception {
    try (HolderClient client = HolderClient.open(folder, HolderProcess.ofThisProgram())) {
      String environment =
          Files.readString(
              Path.of("/proc", client.pid() + "", "environ"), StandardCharsets.ISO_8859_1);
      assertThat(Arrays.stream(environment.split("\0", -1)))
          .allMatch(variable -> variable.matches("(PATH=.*|LC_ALL=.*|)"));
      client.end();
    }
  }
}
