package dev.sway.lazyfsd;

import dev.sway.blobd.cli.Program;
import dev.sway.blobd.cli.ProgramLog;
import dev.sway.blobd.cli.StateLock;
import dev.sway.blobd.cli.Termination;
import dev.sway.blobd.client.BlobClient;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.image.ImageNames;
import dev.sway.lazyfsd.mount.ImageMounter;
import dev.sway.lazyfsd.mount.MountKey;
import dev.sway.lazyfsd.mount.MountedImage;
import dev.sway.lazyfsd.run.RunLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `lazyfsd mount`: mounts one image, and runs nothing.
@Command(
    name = "mount",
    description =
        "Mounts one image read-only, prints 'mounted' when it is ready, and unmounts it on SIGTERM"
            + " or Ctrl-C.",
    mixinStandardHelpOptions = true)
final class MountCommand implements Callable<Integer> {
  @Mixin private final BlobdOptions options = new BlobdOptions();

  @Mixin private final CacheOptions cache = new CacheOptions();

  @Mixin private final TransportOption transport = new TransportOption();

  @Parameters(
      index = "0",
      paramLabel = "IMAGE",
      description = "NAME[:TAG] of the image, or the sha256:... of its manifest.")
  private @Nullable String image;

  @Parameters(index = "1", paramLabel = "MOUNTPOINT", description = "An empty folder.")
  private @Nullable Path mountPoint;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (image == null || mountPoint == null) {
      throw new SwayException(FailureKind.USAGE, "IMAGE or MOUNTPOINT is missing");
    }
    Program program = Program.named("lazyfsd");
    ProgramLog.install(program);
    Path point = emptyFolder(mountPoint);
    try (StateLock _ = StateLock.acquire(options.state());
        BlobClient client = options.client();
        ImageMounter mounter =
            new ImageMounter(
                options.state(),
                cache.config(options.state()),
                client,
                options.sources(),
                transport.choose(new RunLayout(options.state()).mounts().resolve("probe")),
                Optional.empty())) {
      ImageNames names = new ImageNames(options.state().resolve("names"), client);
      MountedImage mounted = mounter.mount(MountKey.shared(names.resolve(image)), point);
      try (Termination termination = Termination.closing(program, mounted)) {
        System.out.println("mounted");
        termination.await();
      } finally {
        mounted.close();
      }
    }
    return 0;
  }

  private static Path emptyFolder(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      throw new SwayException(FailureKind.MOUNT, path + " is not a folder; create it first");
    }
    try (Stream<Path> entries = Files.list(path)) {
      if (entries.findAny().isPresent()) {
        throw new SwayException(
            FailureKind.MOUNT, path + " is not empty; mount at an empty folder");
      }
    }
    return path.toRealPath();
  }
}
