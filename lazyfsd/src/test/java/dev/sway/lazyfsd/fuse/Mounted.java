package dev.sway.lazyfsd.fuse;

import dev.sway.lazyfsd.fixture.HookedView;
import dev.sway.lazyfsd.fixture.TestImage;
import java.io.IOException;
import java.nio.file.Path;

/// What the contracts work with.
interface Mounted {
  FuseTransport transport();

  /// The image that is mounted at [#root] while all tests run.
  Specimen specimen();

  Path root();

  /// The view of that image, for a further mount, of which the kernel knows nothing yet.
  HookedView specimenView();

  /// For whatever a test makes; other users may enter it.
  Path folder();

  /// The view of an image of the test's own.
  HookedView view(TestImage image) throws IOException;

  /// Mounts a view below [#folder] until the test ends.
  FuseMount mount(HookedView view, String name) throws IOException;

  /// Closes `resource` when the test ends, before what was opened earlier.
  <T extends AutoCloseable> T closedAfterTheTest(T resource);
}
