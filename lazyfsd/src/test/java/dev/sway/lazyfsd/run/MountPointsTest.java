package dev.sway.lazyfsd.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.fixture.FixedView;
import dev.sway.lazyfsd.fixture.TestImage;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MountPointsTest {
  @TempDir Path folder;

  private TestImage image() throws IOException {
    return new TestImage(folder);
  }

  private void check(TestImage image) throws IOException {
    try (FixedView view = new FixedView(image, folder)) {
      MountPoints.check(view.view());
    }
  }

  private void refused(TestImage image, String path) {
    assertThatThrownBy(() -> check(image))
        .hasMessageContaining("the image's " + path + " is not")
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.RUN));
  }

  @Test
  void emptyAndOrdinaryImagesAreFit() throws IOException {
    check(image());
    check(
        image()
            .directory("/dev")
            .directory("/proc")
            .directory("/sys")
            .file("/etc/hosts", "x")
            .directory("/run"));
    check(image().symlink("/etc", "/usr/etc").directory("/usr/etc").symlink("/run", "nowhere"));
    check(image().symlink("/etc/hosts", "/nowhere").symlink("/etc/hostname", "../x").fifo("/x"));
  }

  @Test
  void foldersThatRuncWritesIntoMustNotBeLinks() throws IOException {
    refused(image().symlink("/dev", "/etc"), "/dev");
    refused(image().symlink("/dev", "usr/dev").directory("/usr/dev"), "/dev");
    refused(image().symlink("/proc", "/"), "/proc");
    refused(image().symlink("/sys", "nowhere"), "/sys");
    refused(image().file("/dev", "x"), "/dev");
    refused(image().fifo("/proc"), "/proc");
  }

  @Test
  void filesAndFoldersInOneAnothersPlaceAreRefused() throws IOException {
    refused(image().file("/etc", "x"), "/etc");
    refused(image().file("/run", "x"), "/run");
    refused(image().symlink("/run", "f").file("/f", "x"), "/run");
    refused(image().directory("/etc/hosts"), "/etc/hosts");
    refused(image().symlink("/etc/hostname", "/dir").directory("/dir"), "/etc/hostname");
  }
}
