package dev.sway.lazyfsd.fuse;

import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.fixture.FixedView;
import dev.sway.lazyfsd.fixture.HookedView;
import dev.sway.lazyfsd.fixture.Needs;
import dev.sway.lazyfsd.fixture.TestImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What every transport shows of an image, and how it behaves: real mounts in this process. The
/// tests are in the contracts; docs/design/0011-fidelity.md says what they cover. Needs root.
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class FuseConformance
    implements AttributeContract,
        DirectoryContract,
        ReadContract,
        ReadOnlyContract,
        PrivilegeContract,
        FailureContract,
        LifetimeContract {
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private FuseTransport transport;
  private Path folder;
  private Specimen specimen;
  private FixedView specimenView;
  private FuseMount shared;
  private int lasting;

  abstract FuseTransport load() throws SwayException;

  @BeforeAll
  void mountSpecimen(@TempDir Path temporary) throws IOException {
    Needs.rootAndFuse();
    // Other users are to reach the mounts.
    folder = Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwxr-xr-x"));
    transport = load();
    specimen = new Specimen(folder);
    specimenView = closed(new FixedView(specimen.image, folder));
    shared = mount(specimenView(), "shared");
    lasting = open.size();
  }

  /// Closes what one test opened; what came before the first stays until the end.
  @AfterEach
  void closeWhatTheTestOpened() throws Exception {
    closeUntil(lasting);
  }

  @AfterAll
  void closeAll() throws Exception {
    closeUntil(0);
  }

  private void closeUntil(int left) throws Exception {
    while (open.size() > left) {
      open.pop().close();
    }
  }

  private <T extends AutoCloseable> T closed(T resource) {
    open.push(resource);
    return resource;
  }

  @Override
  public FuseTransport transport() {
    return transport;
  }

  @Override
  public Specimen specimen() {
    return specimen;
  }

  @Override
  public Path root() {
    return shared.point();
  }

  @Override
  public Path folder() {
    return folder;
  }

  @Override
  public <T extends AutoCloseable> T closedAfterTheTest(T resource) {
    return closed(resource);
  }

  @Override
  public HookedView specimenView() {
    return new HookedView(specimenView.view());
  }

  @Override
  public HookedView view(TestImage image) throws IOException {
    return new HookedView(closed(new FixedView(image, folder)).view());
  }

  @Override
  public FuseMount mount(HookedView view, String name) throws IOException {
    Path point = Files.createDirectories(folder.resolve(name));
    FuseMount mount = closed(transport.mount(view, point, "sway:" + name));
    // First of all: a test that fails must not leave readers that wait for ever.
    closed((AutoCloseable) view::openGate);
    return mount;
  }

  /// Makes the kernel forget what nobody uses: names, attributes and pages of all mounts.
  static void dropCaches() throws IOException {
    Files.writeString(Path.of("/proc/sys/vm/drop_caches"), "3", StandardOpenOption.WRITE);
  }
}
