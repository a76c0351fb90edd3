package dev.sway.swayctl.command;

import dev.sway.blobd.cli.ExitCodes;
import dev.sway.blobd.cli.Failures;
import dev.sway.blobd.cli.Program;
import dev.sway.blobd.http.ApiError;
import dev.sway.blobd.http.WireJson;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import dev.sway.lazyfsd.api.PrefetchPolicy;
import dev.sway.lazyfsd.api.RunRequest;
import dev.sway.lazyfsd.api.RunResult;
import dev.sway.lazyfsd.client.RunClient;
import dev.sway.lazyfsd.client.TraceClient;
import dev.sway.swayctl.config.UserFolders;
import dev.sway.swayctl.export.ExportedFolders;
import dev.sway.swayctl.run.BrokenPipeException;
import dev.sway.swayctl.run.ContainerStream;
import dev.sway.swayctl.run.Recording;
import dev.sway.swayctl.run.RunEnvironment;
import dev.sway.swayctl.run.RunGuard;
import dev.sway.swayctl.run.RunWords;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `swayctl run`, with docker's exit codes: the container's own, 125 where sway fails before the
/// container starts, 126 and 127 where its command cannot be executed or found.
@Command(
    name = "run",
    sortOptions = false,
    customSynopsis = {
      "swayctl run [OPTIONS] [--image NAME[:TAG]] SCRIPT [ARGS...]",
      "       swayctl run [OPTIONS] [--image NAME[:TAG]] -- CMD [ARGS...]"
    },
    description = {
      "Runs a script of yours, or a command of the image, in a container on a worker.",
      "",
      "The script stays where it is; the container sees it read-only. What the run writes is gone "
          + "when it ends. Everything after SCRIPT or -- belongs to the script or command. A run "
          + "has no standard input.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swayctl run app.py --size 10       the image exported from app.py's folder",
      "  swayctl run --image app:1 app.py   another image",
      "  swayctl run --image app -- ls -l / a command of the image",
      "  swayctl run --image app --         what the image runs by itself",
      "",
      "The exit code is the container's; 125 if sway fails, 126 or 127 if the command cannot be "
          + "executed or found."
    })
public final class RunCommand implements Callable<Integer>, ExitCodes {
  private static final int BEFORE_START = 125;

  private final Surroundings surroundings;

  @Parameters(arity = "0..*", hidden = true)
  List<String> words = new ArrayList<>();

  /// Those that `--prefetch` takes; `--record` is the other one.
  private static final Set<String> POLICIES =
      Stream.of(PrefetchPolicy.OFF, PrefetchPolicy.OVERLAP, PrefetchPolicy.WAIT)
          .map(PrefetchPolicy::toString)
          .collect(Collectors.toUnmodifiableSet());

  @Option(
      names = "--image",
      paramLabel = "NAME[:TAG]",
      description = {
        "The image, or the sha256:... of its manifest.",
        "Default: the one exported from the script's or this folder."
      })
  @Nullable String image;

  @Option(
      names = {"-e", "--env"},
      paramLabel = "NAME[=VALUE]",
      description = "Set a variable; without a value, to yours. May be given again.")
  List<String> env = new ArrayList<>();

  @Option(
      names = "--env-file",
      paramLabel = "FILE",
      description = "Set the variables in FILE, one NAME[=VALUE] in each line.")
  List<Path> envFiles = new ArrayList<>();

  @Option(
      names = {"-w", "--workdir"},
      paramLabel = "DIR",
      description = "The working directory in the container. Default: the image's.")
  String workingDir = "";

  @Option(
      names = {"-u", "--user"},
      paramLabel = "USER[:GROUP]",
      description = "Who runs it, by name or number. Default: the image's user.")
  String user = "";

  @Option(
      names = "--prefetch",
      paramLabel = "POLICY",
      description = {
        "What is done with what earlier runs of this have touched: off (nothing), overlap (fetch it"
            + " while the run starts), wait (and start once it is there).",
        "Default: overlap."
      })
  String prefetch = "";

  @Option(
      names = "--record",
      description = {
        "Record all that the run asks for: it has a mount of the image for itself, of which the "
            + "kernel knows nothing yet, and nothing is prefetched.",
        "For 'swayctl explain', 'swayctl trace' and profiles."
      })
  boolean record;

  @Option(
      names = "--json",
      description = "Leave one JSON object with times and sizes as the last line of stderr.")
  boolean json;

  @Mixin WorkerOptions worker = new WorkerOptions();
  @Mixin HelpOption help = new HelpOption();

  @Spec @Nullable CommandSpec spec;

  /// The command, for the user in `surroundings`.
  public RunCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  /// What `--json` prints of a run that ended by itself.
  record Report(RunResult run) {}

  @Override
  public Integer call() throws IOException {
    ContainerStream out = ContainerStream.output(surroundings.out());
    ContainerStream err = ContainerStream.error(surroundings.err());
    try {
      RunRequest request = request();
      RunResult result;
      try (RunClient client = worker.connect(surroundings.environment());
          RunGuard guard = RunGuard.armed(client)) {
        result =
            client.run(
                request, new RunClient.Sink(out, err, line -> notice(line, err), guard::started));
      }
      if (record) {
        notice(recorded(result.id()), err);
      }
      if (json) {
        printJson(new Report(result), err);
      }
      return result.exitCode();
    } catch (BrokenPipeException e) {
      // Nobody is left to tell.
      return Program.BROKEN_PIPE;
    } catch (IOException | RuntimeException e) {
      err.endLine();
      if (!json) {
        throw e;
      }
      SwayException failure = Failures.of(e);
      printJson(ApiError.of(failure.kind(), failure.getMessage()), err);
      return exitCode(failure.kind());
    }
  }

  /// What the user is told of a run that was to be recorded. It ended as it ended.
  private String recorded(String run) {
    try (TraceClient traces = worker.traces(surroundings.environment())) {
      int requests = Recording.trace(traces, run).accesses().size();
      return "recorded run %s, %d requests; 'swayctl trace show %s' lists them"
          .formatted(run, requests, run);
    } catch (IOException e) {
      return "not recorded: " + Failures.of(e).getMessage();
    }
  }

  private void notice(String line, ContainerStream err) {
    try {
      err.endLine();
    } catch (IOException e) {
      // The line itself is for whoever still reads.
      return;
    }
    surroundings.program().err().println(surroundings.program().name() + ": " + line);
  }

  private RunRequest request() throws IOException {
    if (!workingDir.isEmpty() && !workingDir.startsWith("/")) {
      throw usage("--workdir: '%s' is not absolute; start it with /".formatted(workingDir));
    }
    if (user.startsWith("-")) {
      throw usage("--user: '%s' is no user; use USER[:GROUP]".formatted(user));
    }
    RunEnvironment environment = new RunEnvironment(surroundings.environment());
    for (Path file : envFiles) {
      environment.addFile(surroundings.resolve(file));
    }
    for (String variable : env) {
      environment.add(variable);
    }
    if (record && !prefetch.isEmpty()) {
      throw usage("--record prefetches nothing; leave --prefetch out");
    }
    if (!prefetch.isEmpty() && !POLICIES.contains(prefetch)) {
      throw usage("--prefetch: there is no '%s'; use off, overlap or wait".formatted(prefetch));
    }
    String named = image == null ? null : checked(image);
    List<Path> folders = new ArrayList<>();
    List<String> all = new ArrayList<>(words);
    if (isCommand()) {
      all.addFirst("--");
    } else if (!words.isEmpty()) {
      Path script = surroundings.folder().resolve(words.getFirst());
      folders.add(Objects.requireNonNull(script.getParent(), "a file has a folder"));
    }
    RunRequest.Work what = RunWords.of(all, surroundings.folder());
    folders.add(surroundings.folder());
    return new RunRequest(
        named != null ? named : exportedFrom(folders).toString(),
        what,
        environment.variables(),
        workingDir,
        user,
        record ? PrefetchPolicy.RECORD.toString() : prefetch);
  }

  /// A name with its tag, or a digest.
  private static String checked(String image) throws SwayException {
    return Digest.parse(image).isPresent() ? image : ImageName.parse(image).toString();
  }

  /// Whether `--` stands before the words. Everything from the first word on is taken as it is, so
  /// the words are the end of the command line.
  private boolean isCommand() {
    List<String> line =
        Objects.requireNonNull(spec, "set by picocli")
            .commandLine()
            .getParseResult()
            .originalArgs();
    int before = line.size() - words.size() - 1;
    return before >= 0 && line.get(before).equals("--");
  }

  private ImageName exportedFrom(List<Path> folders) throws IOException {
    ExportedFolders exported =
        new ExportedFolders(UserFolders.of(surroundings.environment()).state());
    for (Path folder : folders) {
      Optional<ImageName> found = exported.imageOf(folder);
      if (found.isPresent()) {
        return found.get();
      }
    }
    throw new SwayException(
        FailureKind.UNKNOWN_IMAGE,
        "no image was exported from %s; run 'swayctl export' there, or give --image NAME"
            .formatted(folders.getFirst().normalize()));
  }

  private static SwayException usage(String message) {
    return new SwayException(FailureKind.USAGE, message);
  }

  private static void printJson(Object value, ContainerStream err) throws IOException {
    err.endLine();
    err.write(WireJson.write(value));
    err.write('\n');
  }

  @Override
  public int exitCode(FailureKind kind) {
    return codeOf(kind);
  }

  /// The exit code of a command that passes a container's on, where sway fails.
  static int codeOf(FailureKind kind) {
    return switch (kind) {
      case NOT_EXECUTABLE, COMMAND_NOT_FOUND -> kind.exitCode();
      default -> BEFORE_START;
    };
  }
}
