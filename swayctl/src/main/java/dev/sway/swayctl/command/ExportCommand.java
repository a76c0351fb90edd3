package dev.sway.swayctl.command;

import dev.sway.blobd.client.BlobClient;
import dev.sway.formats.chunk.ChunkEncoder;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.ImageName;
import dev.sway.formats.source.Platform;
import dev.sway.lazyfsd.api.RunRequest;
import dev.sway.swayctl.config.UserFolders;
import dev.sway.swayctl.export.CleanUp;
import dev.sway.swayctl.export.ExportRequest;
import dev.sway.swayctl.export.ExportResult;
import dev.sway.swayctl.export.ExportedFolders;
import dev.sway.swayctl.export.ImageExport;
import dev.sway.swayctl.export.ProgressLines;
import dev.sway.swayctl.export.RememberedBuilds;
import dev.sway.swayctl.export.ScratchFolders;
import dev.sway.swayctl.profile.ProfileSession;
import dev.sway.swayctl.run.RunWords;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `swayctl export`.
@Command(
    name = "export",
    sortOptions = false,
    description = {
      "Puts an image on the blob server, from which workers run it.",
      "",
      "The image is built from the Dockerfile in DIR by docker, buildah or podman, or read from "
          + "an archive with --from. Only what the server lacks is uploaded, and an archive that "
          + "was exported before is not read again; of a changed one, only what changed is "
          + "compressed. 'swayctl run' in DIR then uses the image "
          + "without being told its name.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swayctl export                        the Dockerfile in this folder",
      "  swayctl export app --name team/app:1  the Dockerfile in the folder app",
      "  swayctl export --from docker-archive:app.tar",
      "  docker save app | swayctl export --from docker-archive:- --name app",
      "  swayctl export --record app.py        and what app.py asks for is fetched ahead from now on"
    })
public final class ExportCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "DIR",
      description = {
        "The folder with the Dockerfile. Default: this folder.",
        "With --from, the folder whose scripts are to run on the image."
      })
  @Nullable Path folder;

  @Option(
      names = "--name",
      paramLabel = "NAME[:TAG]",
      description = "The image's name. Default: that of the folder or file.")
  @Nullable String name;

  @Option(
      names = "--from",
      paramLabel = "TRANSPORT:REF",
      description = {
        "Read an image that is built already:",
        "docker-archive:FILE  what 'docker save' writes",
        "oci:DIR[:TAG]        an OCI image layout",
        "oci-archive:FILE     the same as a tar",
        "tar:FILE             a root file system",
        "rootfs:DIR           the same, unpacked",
        "docker://NAME[:TAG]  an image in a registry, pulled by skopeo",
        "- as FILE is the standard input."
      })
  @Nullable String from;

  @Option(
      names = "--platform",
      paramLabel = "OS/ARCH[/VARIANT]",
      description = {
        "Which image of a multi-platform one, such as linux/arm64.",
        "For oci:, oci-archive: and docker://. Default: this machine's."
      })
  @Nullable String platform;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "How many threads compress. Default: one for each CPU.")
  int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--level",
      paramLabel = "N",
      description =
          "How hard zstd tries, 1 to 19: more is smaller and slower. Default: ${DEFAULT-VALUE}.")
  int level = ChunkEncoder.DEFAULT_LEVEL;

  @Option(
      names = "--share-with",
      paramLabel = "NAME[:TAG]",
      description = {
        "Share packs with this image too; can be given more than once.",
        "Packs are always shared with earlier images of the same name."
      })
  List<String> shareWith = List.of();

  @Option(
      names = "--anew",
      description = "Read, compress and upload everything, and share packs with no other image.")
  boolean anew;

  @Option(
      names = "--no-profiles",
      description =
          "Do not carry over the profiles of the version before: the image that has the name now, or, of a new tag, that another tag was given last.")
  boolean noProfiles;

  @Option(
      names = "--dry-run",
      description = {
        "Upload nothing; show what would be uploaded, what is shared with",
        "which image, and the largest new files."
      })
  boolean dryRun;

  @Option(
      names = "--record",
      paramLabel = "RUN",
      description = {
        "Then run this once on a worker, so that the image has a profile for its first run elsewhere.",
        "What you would write behind 'swayctl run': 'SCRIPT [ARGS...]', with SCRIPT in DIR, or "
            + "'-- CMD [ARGS...]'. May be given again."
      })
  List<String> record = List.of();

  @Option(names = "--json", description = "Print the result as one JSON object.")
  boolean json;

  @Mixin ServerOptions server = new ServerOptions();
  @Mixin WorkerAddress worker = new WorkerAddress();
  @Mixin HelpOption help = new HelpOption();

  /// The command, for the user in `surroundings`.
  public ExportCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() throws IOException {
    if (threads < 1) {
      throw new SwayException(FailureKind.USAGE, "--threads: " + threads + " is less than 1");
    }
    if (level < ChunkEncoder.MIN_LEVEL || level > ChunkEncoder.MAX_LEVEL) {
      throw new SwayException(
          FailureKind.USAGE,
          "--level: %d is outside %d..%d"
              .formatted(level, ChunkEncoder.MIN_LEVEL, ChunkEncoder.MAX_LEVEL));
    }
    List<ImageName> shared = new ArrayList<>();
    for (String other : shareWith) {
      shared.add(ImageName.parse(other));
    }
    Path directory = surroundings.resolve(Optional.ofNullable(folder).orElse(Path.of("")));
    if (dryRun && !record.isEmpty()) {
      throw new SwayException(
          FailureKind.USAGE, "--record runs on an image that --dry-run does not export");
    }
    List<RunRequest.Work> recorded = new ArrayList<>();
    for (String run : record) {
      recorded.add(RunWords.of(RunWords.split(run), directory));
    }
    ImageName image;
    ExportResult result;
    try (ProgressLines progress =
            new ProgressLines(
                surroundings.program().err(), surroundings.terminal(), System::nanoTime);
        CleanUp cleanUp = CleanUp.armed(progress::notice)) {
      cleanUp.defer(progress::close);
      ExportOrigin chosen =
          new ExportOrigin.Choice(surroundings, progress, cleanUp)
              .of(
                  Optional.ofNullable(from),
                  platform == null ? Optional.empty() : Optional.of(Platform.parse(platform)),
                  directory);
      image = name != null ? ImageName.parse(name) : chosen.name();
      try (BlobClient client = server.connect(surroundings.environment())) {
        UserFolders folders = UserFolders.of(surroundings.environment());
        Path scratch = new ScratchFolders(folders.temporary(), progress::notice).create(cleanUp);
        RememberedBuilds builds = new RememberedBuilds(folders.state());
        ExportRequest request =
            new ExportRequest(image, threads, level, anew, shared, !noProfiles, dryRun);
        result =
            new ImageExport(client, builds, progress).export(chosen.origin(), request, scratch);
        if (!dryRun && (from == null || folder != null)) {
          remember(new ExportedFolders(folders.state()), directory, image, progress);
        }
      }
    }
    surroundings
        .program()
        .out()
        .println(json ? ExportSummary.json(result) : ExportSummary.text(result));
    surroundings.program().out().flush();
    return recorded.isEmpty() ? 0 : record(image, recorded);
  }

  /// Runs each, for its profile. The image is exported whatever becomes of that.
  ///
  /// @return the exit code of the first that failed, else 0
  private int record(ImageName image, List<RunRequest.Work> runs) throws IOException {
    Recorder recorder = new Recorder(surroundings, worker, server.tokenFile);
    int exitCode = 0;
    try (BlobClient client = server.connect(surroundings.environment())) {
      ProfileSession session = ProfileSession.of(client, image.toString());
      for (RunRequest.Work run : runs) {
        // The standard output is for what was exported.
        int ended = recorder.record(session, image, run, surroundings.err());
        if (ended != 0) {
          surroundings
              .program()
              .err()
              .printf("swayctl: what was to be recorded on %s ended with %d%n", image, ended);
        }
        exitCode = exitCode == 0 ? ended : exitCode;
      }
    }
    return exitCode;
  }

  /// A folder that cannot be remembered costs the user a `--image`, not the export.
  private static void remember(
      ExportedFolders exported, Path directory, ImageName image, ProgressLines progress) {
    try {
      exported.remember(directory, image);
    } catch (IOException e) {
      progress.notice(
          "the image is exported, but 'swayctl run' in %s needs --image %s: %s"
              .formatted(directory, image, e.getMessage()));
    }
  }
}
