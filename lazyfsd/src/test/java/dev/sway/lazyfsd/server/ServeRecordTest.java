package dev.sway.lazyfsd.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServeRecordTest {
  @TempDir Path folder;

  private void refused(FailureKind kind) {
    assertThatThrownBy(() -> ServeRecord.read(folder))
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).as(e.getMessage()).isEqualTo(kind));
  }

  @Test
  void whatIsWrittenIsReadAgainAndIsItsUsersAlone() throws IOException {
    new ServeRecord(List.of("--old", "x")).write(folder);
    ServeRecord record = new ServeRecord(List.of("--state", "/a b", "--mirror", "\"\u00e9\n"));
    record.write(folder);
    assertThat(ServeRecord.read(folder)).isEqualTo(record);
    try (var files = Files.list(folder)) {
      assertThat(files)
          .allSatisfy(file ->
              assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                  .isEqualTo("rw-------"))
          .hasSize(1);
    }
  }

  @Test
  void partOfAKilledWriterIsInNobodysWay() throws IOException {
    Files.writeString(folder.resolve("serve.json.part"), "{");
    new ServeRecord(List.of()).write(folder);
    assertThat(ServeRecord.read(folder).arguments()).isEmpty();
  }

  @Test
  void missingOrStrangeFileIsSaidSo() throws IOException {
    refused(FailureKind.NOT_FOUND);
    for (String text : List.of("", "{", "[]", "{\"arguments\":1}", "{}", "null")) {
      Files.writeString(folder.resolve("serve.json"), text);
      refused(FailureKind.CORRUPT);
    }
  }
}
