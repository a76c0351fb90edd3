package dev.sway.swayctl;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.blobd.http.WireJson;
import dev.sway.swayctl.export.ExportResult;
import dev.sway.swayctl.fixture.Tars;
import dev.sway.swayctl.fixture.TestBlobd;
import dev.sway.swayctl.fixture.User;
import dev.sway.swayctl.fixture.User.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UnchangedExportTest {
  private static final byte[] ONE = Tars.of(Map.of("file", "one\n".getBytes(UTF_8)));
  private static final byte[] TWO = Tars.of(Map.of("file", "two\n".getBytes(UTF_8)));

  @TempDir Path root;
  private User user;

  @BeforeEach
  void user() throws IOException {
    user = new User(root);
  }

  @Test
  void archiveOfAKnownImageIsNotReadAgain() throws IOException {
    user.write("app.tar", Tars.dockerArchive(ONE));
    try (TestBlobd blobd = TestBlobd.open(root)) {
      ExportResult first = export(blobd, "docker-archive:app.tar");
      assertThat(first.unchanged()).isFalse();
      // The same image in another file, under another name.
      Files.move(user.folder.resolve("app.tar"), user.folder.resolve("copy.tar"));
      ExportResult second = export(blobd, "docker-archive:copy.tar");
      assertThat(second.unchanged()).isTrue();
      assertThat(second.image()).isEqualTo("copy:latest");
      assertThat(second.manifest()).isEqualTo(first.manifest());
      assertThat(second.entries()).isEqualTo(first.entries());
      assertThat(second.uploadedBytes()).isZero();
      assertThat(second.seconds().build()).isZero();
      assertThat(blobd.files()).anyMatch(file -> file.contains("copy"));
      Outcome people =
          user.call(Swayctl::run, "export", "--from", "docker-archive:copy.tar", "--name", "x");
      assertThat(people.out())
          .matches("exported x:latest sha256:.*, unchanged, 0 B uploaded, .* s\n");
      assertThat(people.err()).isEmpty();
    }
    assertThat(user.leftovers()).isEmpty();
  }

  @Test
  void anotherImageInTheSameFileIsBuilt() throws IOException {
    user.write("app.tar", Tars.dockerArchive(ONE));
    try (TestBlobd blobd = TestBlobd.open(root)) {
      ExportResult first = export(blobd, "docker-archive:app.tar");
      user.write("app.tar", Tars.dockerArchive(TWO));
      ExportResult second = export(blobd, "docker-archive:app.tar");
      assertThat(second.unchanged()).isFalse();
      assertThat(second.manifest()).isNotEqualTo(first.manifest());
    }
  }

  @Test
  void rootFileSystemIsKnownOnceItsFileHasSettled() throws Exception {
    Path tar = user.write("app.tar", ONE);
    try (TestBlobd blobd = TestBlobd.open(root)) {
      // A file that was written too short a time ago may change once more at the same time.
      awaitAge(tar, Duration.ofMillis(2_100));
      ExportResult first = export(blobd, "tar:app.tar");
      assertThat(first.unchanged()).isFalse();
      ExportResult known = export(blobd, "tar:app.tar");
      assertThat(known.unchanged()).isTrue();
      assertThat(known.manifest()).isEqualTo(first.manifest());
      var times = Files.getLastModifiedTime(tar);
      user.write("app.tar", TWO);
      Files.setLastModifiedTime(tar, times);
      ExportResult changed = export(blobd, "tar:app.tar");
      assertThat(changed.unchanged()).isFalse();
      assertThat(changed.manifest()).isNotEqualTo(first.manifest());
    }
  }

  @Test
  void imageOfWhichTheServerLostAPartIsBuiltAndComplete() throws IOException {
    user.write("app.tar", Tars.dockerArchive(ONE));
    try (TestBlobd blobd = TestBlobd.open(root)) {
      export(blobd, "docker-archive:app.tar");
      List<String> all = blobd.files();
      for (String blob : all.stream().filter(file -> file.startsWith("blobs/")).toList()) {
        Files.delete(root.resolve("store").resolve(blob));
        ExportResult second = export(blobd, "docker-archive:app.tar");
        assertThat(second.unchanged()).isFalse();
        assertThat(second.uploadedBlobs()).isOne();
        assertThat(blobd.files()).containsExactlyInAnyOrderElementsOf(all);
      }
    }
  }

  @Test
  void damagedRecordCountsAsNoneAndIsReplaced() throws IOException {
    user.write("app.tar", Tars.dockerArchive(ONE));
    try (TestBlobd blobd = TestBlobd.open(root)) {
      export(blobd, "docker-archive:app.tar");
      Path record = records().getFirst();
      String good = Files.readString(record);
      for (String bad :
          new String[] {
            "",
            "{}",
            good.substring(0, good.length() / 2),
            good.replace("entries\\\":", "entries\\\":1"),
            good.replace("\"key\":\"", "\"key\":\"x"),
            good.replace("{\"key\"", "{\"more\":1,\"key\""),
          }) {
        Files.writeString(record, bad);
        assertThat(export(blobd, "docker-archive:app.tar").unchanged()).as(bad).isFalse();
        assertThat(record).hasContent(good);
      }
      assertThat(export(blobd, "docker-archive:app.tar").unchanged()).isTrue();
    }
  }

  @Test
  void stateThatCannotBeWrittenIsANotice() throws IOException {
    user.write("app.tar", Tars.dockerArchive(ONE));
    Files.writeString(user.home.resolve(".local"), "a file");
    try (TestBlobd blobd = TestBlobd.open(root)) {
      Outcome outcome = call(blobd, "docker-archive:app.tar");
      assertThat(outcome.code()).isZero();
      assertThat(outcome.err()).contains("the next export will read all of it again");
    }
  }

  @Test
  void standardInputIsReadEachTime() throws IOException {
    user.input = Tars.dockerArchive(ONE);
    try (TestBlobd blobd = TestBlobd.open(root)) {
      for (int i = 0; i < 2; i++) {
        Outcome outcome = call(blobd, "docker-archive:-", "--name", "app");
        assertThat(result(outcome).unchanged()).isFalse();
      }
    }
    assertThat(records()).isEmpty();
  }

  @Test
  void exportsAtOnceDoNotDisturbEachOther() throws Exception {
    user.write("app.tar", Tars.dockerArchive(ONE));
    try (TestBlobd blobd = TestBlobd.open(root);
        ExecutorService threads = Executors.newFixedThreadPool(2)) {
      user.server(blobd.uri());
      List<Future<ExportResult>> exports =
          Stream.of("a", "b")
              .map(name ->
                  threads.submit(() ->
                      result(
                          user.call(
                              Swayctl::run,
                              "export",
                              "--json",
                              "--name",
                              name,
                              "--from",
                              "docker-archive:app.tar"))))
              .toList();
      assertThat(exports.getFirst().get().manifest()).isEqualTo(exports.getLast().get().manifest());
      assertThat(export(blobd, "docker-archive:app.tar").unchanged()).isTrue();
    }
    assertThat(records()).hasSize(1);
  }

  private List<Path> records() throws IOException {
    Path folder = user.home.resolve(".local/state/sway/builds");
    if (!Files.exists(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  private ExportResult export(TestBlobd blobd, String from) throws IOException {
    return result(call(blobd, from));
  }

  private Outcome call(TestBlobd blobd, String from, String... more) throws IOException {
    List<String> all =
        Stream.concat(Stream.of("export", "--json", "--from", from), Stream.of(more)).toList();
    return user.server(blobd.uri()).call(Swayctl::run, all.toArray(String[]::new));
  }

  private static ExportResult result(Outcome outcome) throws IOException {
    assertThat(outcome.code()).as(outcome.err()).isZero();
    return WireJson.read(outcome.out().getBytes(UTF_8), ExportResult.class, "stdout");
  }

  /// Waits until the file's last change is so long ago.
  private static void awaitAge(Path file, Duration age) throws IOException {
    Instant old = ((FileTime) Files.getAttribute(file, "unix:ctime")).toInstant().plus(age);
    while (Instant.now().isBefore(old)) {
      LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
    }
  }
}
