package dev.sway.swayctl.command;

import dev.sway.blobd.client.Images;
import dev.sway.blobd.client.LocalImages;
import dev.sway.blobd.client.ResolvedName;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.read.ImageVerifier;
import dev.sway.formats.read.Problem;
import dev.sway.swayctl.export.ByteSize;
import dev.sway.swayctl.export.CleanUp;
import dev.sway.swayctl.image.ImageSession;
import dev.sway.swayctl.image.JsonList;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `swayctl image verify`.
@Command(
    name = "verify",
    sortOptions = false,
    description = {
      "Checks every digest, offset and reference of images, and says what is wrong.",
      "",
      "Manifest, index and packs are read completely: each chunk must decompress to its digest, "
          + "each file lie in its chunks, each name lead to an inode. A line for each problem, "
          + "a summary at the end; the exit code is 0 where nothing is wrong, else 18.",
      ""
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  swayctl image verify app",
      "  swayctl image verify --all",
      "  swayctl image verify --all --store /var/lib/sway/store"
    })
final class ImageVerifyCommand extends ImageTool {
  @Parameters(arity = "0..*", paramLabel = "IMAGE", description = "NAME[:TAG] or sha256:...")
  List<String> wanted = new ArrayList<>();

  @Option(
      names = "--all",
      description = "Every name; with --store every blob, too, also those that no name needs.")
  boolean all;

  @Option(
      names = "--store",
      paramLabel = "DIR",
      description = "Read the directory of a store on this machine instead of a server's answers.")
  @Nullable Path store;

  @Option(names = "--json", description = "Print one JSON object: {\"problems\":[...],...}.")
  boolean json;

  ImageVerifyCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  int work(BufferedOutputStream out) throws IOException {
    if (wanted.isEmpty() != all) {
      throw new SwayException(
          FailureKind.USAGE, "what to verify: give IMAGEs, or --all; one of them");
    }
    return super.work(out);
  }

  @Override
  int work(ImageSession session, CleanUp cleanUp) throws IOException {
    if (store == null) {
      return verify(session, session.images(), null);
    }
    LocalImages local = new LocalImages(surroundings.resolve(store));
    return verify(session, local, local);
  }

  private int verify(ImageSession session, Images images, @Nullable LocalImages local)
      throws IOException {
    JsonList list = json ? new JsonList(session.out(), "problems") : null;
    ImageVerifier verifier =
        new ImageVerifier(
            images,
            session.scratch(),
            Runtime.getRuntime().availableProcessors(),
            problem -> print(session, list, problem));
    try {
      ImageSession reader = new ImageSession(images, session.scratch(), session.out());
      for (String image : wanted) {
        verifier.verifyImage(reader.digest(image));
      }
      if (all) {
        for (ResolvedName name : images.names()) {
          verifier.verifyImage(name.manifest());
        }
      }
      if (all && local != null) {
        local.blobs(verifier::verifyBlob);
      }
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    ImageVerifier.Totals totals = verifier.totals();
    if (list != null) {
      list.end(Map.of("checked", totals));
    } else {
      session.line(
          "%d images, %d inodes, %d packs, %d chunks, %s of content: %s"
              .formatted(
                  totals.images(),
                  totals.inodes(),
                  totals.packs(),
                  totals.chunks(),
                  ByteSize.text(totals.bytes()),
                  totals.problems() == 0
                      ? "nothing wrong"
                      : totals.problems() == 1 ? "1 problem" : totals.problems() + " problems"));
    }
    return totals.problems() == 0 ? 0 : FailureKind.CORRUPT.exitCode();
  }

  private static void print(ImageSession session, @Nullable JsonList list, Problem problem) {
    try {
      if (list != null) {
        list.add(problem);
      } else {
        session.line(problem.what());
        session.out().flush();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
