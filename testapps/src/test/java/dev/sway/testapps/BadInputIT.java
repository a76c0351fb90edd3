package dev.sway.testapps;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Whatever is wrong is said in one line on stderr, has its documented exit code, and leaves
/// nothing half-written. `docs/exit-codes.md` lists the codes.
@Timeout(900)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class BadInputIT {
  private static final String TOKEN = "a-token-of-this-test";

  private Sway sway;
  private Path image;

  @BeforeAll
  void start(@TempDir Path folder) throws IOException, InterruptedException {
    Requirements.runs();
    sway = Sway.started(folder);
    Path tree = TestImages.busyboxTree(sway.images().resolve("tree"));
    image = TestImages.tar(tree, sway.images().resolve("app.tar"));
    sway.export("tar:" + image, "app");
  }

  @AfterEach
  void nothingIsHalfWritten() throws IOException, InterruptedException {
    if (sway == null) {
      return;
    }
    sway.assertNoRuns();
    assertThat(sway.ctl("images").expect(0).out().lines().map(line -> line.replaceFirst(" .*", "")))
        .containsExactly("NAME", "app:latest");
    try (Stream<Path> left = Files.list(sway.store().resolve("tmp"))) {
      assertThat(left).isEmpty();
    }
    try (Stream<Path> left = Files.list(sway.folder().resolve("tmp"))) {
      assertThat(left.filter(file -> !file.getFileName().toString().startsWith("hsperf")))
          .isEmpty();
    }
  }

  @AfterAll
  void stop() throws IOException {
    if (sway != null) {
      sway.close();
    }
  }

  @Test
  void unknownImageOrTag() throws Exception {
    for (String name : List.of("nosuch", "app:nosuch")) {
      Messages.oneLine(sway.run(name, "true"), 125, "swayctl", name);
      Messages.oneLine(mount(name, "point-" + name.length()), 10, "lazyfsd", name);
    }
    Messages.oneLine(sway.run("Not A Name", "true"), 125, "swayctl", "Not A Name");
  }

  @Test
  void scriptThatIsNotThere() throws Exception {
    Messages.oneLine(
        sway.ctl("run", "--image", "app", "nosuch.py"),
        125,
        "swayctl",
        "nosuch.py",
        "no such file");
    Messages.oneLine(sway.ctl("run", "--image", "app", "/tmp"), 125, "swayctl", "/tmp", "folder");
    Messages.oneLine(sway.ctl("run", "--image", "app"), 125, "swayctl", "SCRIPT");
  }

  @Test
  void folderWithoutDockerfile() throws Exception {
    Path empty = Files.createDirectories(sway.folder().resolve("home/empty"));
    Messages.oneLine(sway.ctl("export", empty), 12, "swayctl", empty.toString(), "Dockerfile");
    Messages.oneLine(sway.ctl("export", "nosuchfolder"), 12, "swayctl", "nosuchfolder");
  }

  @Test
  void archiveThatIsMissingTruncatedOrNone() throws Exception {
    Path folder = sway.images();
    Messages.oneLine(export("tar:" + folder.resolve("nosuch.tar")), 24, "swayctl", "nosuch.tar");
    Path text = Files.writeString(folder.resolve("text.tar"), "not an archive\n".repeat(200));
    Path empty = Files.write(folder.resolve("empty.tar"), new byte[0]);
    Path archive = TestImages.dockerArchive(folder.resolve("docker.tar"), "{}", List.of(image));
    Shell.bash(
        folder,
        """
        for size in 100 3000 100000 1500000; do head -c $size docker.tar >docker-$size.tar; done
        for size in 700 100000 1500000; do head -c $size app.tar >app-$size.tar; done
        gzip app.tar -c >whole.tar.gz; head -c 200000 whole.tar.gz >short.tar.gz
        gzip -c docker.tar >docker.tar.gz; printf XXXXX | dd of=docker.tar.gz bs=1 seek=50000 conv=notrunc status=none
        """);
    for (String bad :
        List.of(
            "tar:" + text,
            "tar:" + empty,
            "docker-archive:" + text,
            "docker-archive:" + empty,
            "docker-archive:" + image,
            "oci-archive:" + archive,
            "oci:" + folder.resolve("tree"),
            "tar:" + folder.resolve("short.tar.gz"),
            "docker-archive:" + folder.resolve("docker.tar.gz"))) {
      Messages.oneLine(export(bad), 14, "swayctl", bad.substring(bad.indexOf(':') + 1));
    }
    for (int size : List.of(100, 3000, 100_000, 1_500_000)) {
      String cut = folder.resolve("docker-" + size + ".tar").toString();
      Messages.oneLine(export("docker-archive:" + cut), 14, "swayctl", cut);
    }
    for (int size : List.of(700, 100_000, 1_500_000)) {
      String cut = folder.resolve("app-" + size + ".tar").toString();
      Messages.oneLine(export("tar:" + cut), 14, "swayctl", cut, "truncated");
    }
    Messages.oneLine(export("strange:" + image), 2, "swayctl", "strange");
  }

  @Test
  void archiveWhosePathsLeadAstray() throws Exception {
    Path folder = Files.createDirectories(sway.images().resolve("hostile"));
    Shell.bash(
        folder,
        """
        echo x >file; ln -s b a; ln -s a b; ln -s .. up
        tar -P --transform 's,^file,../outside,' -cf dotdot.tar file
        tar -P --transform 's,^file,dir/../../outside,' -cf inner.tar file
        tar -P -cf absolute.tar "$PWD/file"
        tar -cf loop.tar a b; tar --transform 's,^file,a/file,' -rf loop.tar file
        ln file hard; tar -P --transform 'flags=hrS;s,^file,/etc/shadow,' -cf hard.tar file hard
        tar --transform 's,^file,up/up/up/inside,' -cf up.tar up file
        """);
    for (String bad : List.of("dotdot", "inner", "absolute", "loop", "hard")) {
      String tar = folder.resolve(bad + ".tar").toString();
      Messages.oneLine(export("tar:" + tar), 14, "swayctl", tar, "refused");
    }
  }

  @Test
  void layerThatDoesNotMatchItsDigest() throws Exception {
    Path archive = sway.images().resolve("mismatch.tar");
    TestImages.dockerArchive(archive, "{}", List.of(image));
    Shell.bash(
        sway.images(),
        """
        cd mismatch.tar.parts
        sed -i 's/"sha256:..../"sha256:0000/' config.json && rm ../mismatch.tar && tar -cf ../mismatch.tar *
        """);
    Messages.oneLine(
        export("docker-archive:" + archive), 14, "swayctl", archive.toString(), "digest");
    Path layout =
        TestImages.ociLayout(
            Files.createDirectories(sway.images().resolve("oci")), "{}", List.of(image), "gzip");
    Shell.bash(
        layout,
        """
        blob=$(find blobs -type f -size +100k)
        printf XX | dd of="$blob" bs=1 seek=300000 conv=notrunc status=none
        """);
    Messages.oneLine(export("oci:" + layout), 14, "swayctl", layout.toString());
  }

  @Test
  void nobodyAnswers() throws Exception {
    String nobody = "http://127.0.0.1:9";
    Messages.oneLine(
        sway.ctl("export", "--server", nobody, "--from", "tar:" + image, "--name", "x"),
        15,
        "swayctl",
        "blobd",
        nobody);
    Messages.oneLine(sway.ctl("images", "--server", nobody), 15, "swayctl", "blobd", nobody);
    Messages.oneLine(
        sway.ctl("run", "--worker", nobody, "--image", "app", "--", "true"),
        125,
        "swayctl",
        "lazyfsd",
        nobody);
    Messages.oneLine(
        lazyfsd("mount", "--blobd", nobody, "--state", "../cold", "app", point("none").toString()),
        15,
        "lazyfsd",
        "blobd",
        nobody);
    Messages.oneLine(sway.ctl("images", "--server", "ftp://x"), 2, "swayctl", "ftp://x");
    Messages.oneLine(sway.ctl("images", "--server", "http://192.0.2.1:1"), 2, "swayctl", "https");
  }

  @Test
  void coldRunWithoutBlobd(@TempDir Path folder) throws Exception {
    try (Sway other = Sway.started(folder)) {
      other.export("tar:" + image, "app");
      other.blobd().kill();
      Messages.oneLine(other.run("app", "true"), 125, "swayctl", "blobd", other.blobdUrl());
      other.assertNoRuns();
      other.startBlobd();
      other.run("app", "true").expect(0);
    }
  }

  @Test
  void tokenThatIsMissingOrWrong(@TempDir Path folder) throws Exception {
    try (Sway other = new Sway(folder)) {
      Path tokens = Files.writeString(folder.resolve("tokens"), "me " + TOKEN + "\n");
      Files.setPosixFilePermissions(tokens, PosixFilePermissions.fromString("rw-------"));
      other.startBlobd("--tokens", tokens.toString());
      other.startWorker("--tokens", tokens.toString());
      List<String> export = List.of("export", "--from", "tar:" + image, "--name", "app");
      List<String> run = List.of("run", "--image", "app", "--", "true");
      Map<String, String> wrong = Map.of("SWAY_TOKEN", "another-token-that-is-wrong");
      Messages.oneLine(other.start("swayctl", export, Map.of()).await(), 17, "swayctl", "token");
      Messages.oneLine(other.start("swayctl", export, wrong).await(), 17, "swayctl", "token");
      Map<String, String> right = Map.of("SWAY_TOKEN", TOKEN);
      other.start("swayctl", export, right).await().expect(0);
      Messages.oneLine(other.start("swayctl", run, Map.of()).await(), 125, "swayctl", "token");
      Messages.oneLine(other.start("swayctl", run, wrong).await(), 125, "swayctl", "token");
      other.start("swayctl", run, right).await().expect(0);
      Files.setPosixFilePermissions(tokens, PosixFilePermissions.fromString("rw-r--r--"));
      Finished open =
          other
              .start(
                  "blobd",
                  List.of(
                      "serve",
                      "--store",
                      "../store2",
                      "--listen",
                      "127.0.0.1:0",
                      "--tokens",
                      tokens.toString()),
                  Map.of())
              .await();
      Messages.oneLine(open, open.exitCode(), "blobd", tokens.toString());
      assertThat(open.exitCode()).isNotZero();
    }
  }

  @Test
  void machineWithoutRunc() throws Exception {
    Path path = Files.createDirectories(sway.folder().resolve("path"));
    Shell.bash(
        path,
        """
        for program in bash env readlink dirname sed; do
          printf '#!%s\nexec "%s" "$@"\n' /bin/bash "$(command -v $program)" >$program; chmod +x $program
        done
        """);
    Child child =
        sway.start(
            "lazyfsd",
            List.of(
                "serve",
                "--blobd",
                sway.blobdUrl(),
                "--state",
                "../fresh",
                "--listen",
                "127.0.0.1:0"),
            Map.of("PATH", path.toString()));
    Messages.oneLine(child.await(), 19, "lazyfsd", "runc", "install");
  }

  @Test
  void stateAndAddressThatAreInUse() throws Exception {
    String state = sway.state().toString();
    Messages.oneLine(serve(state, "127.0.0.1:0"), 23, "lazyfsd", state, "in use");
    Messages.oneLine(
        lazyfsd(
            "mount", "--blobd", sway.blobdUrl(), "--state", state, "app", point("used").toString()),
        23,
        "lazyfsd",
        state,
        "in use");
    Messages.oneLine(
        sway.start(
                "blobd",
                List.of("serve", "--store", sway.store().toString(), "--listen", "127.0.0.1:0"),
                Map.of())
            .await(),
        23,
        "blobd",
        sway.store().toString(),
        "in use");
    String taken = sway.workerUrl().substring("http://".length());
    Messages.oneLine(serve("../second", taken), 23, "lazyfsd", taken, "in use");
    // The first one goes on all the same.
    sway.run("app", "true").expect(0);
  }

  @Test
  void addressThatIsOpenToOthers() throws Exception {
    Messages.oneLine(serve("../third", "0.0.0.0:0"), 2, "lazyfsd", "0.0.0.0", "loopback");
    Messages.oneLine(
        lazyfsd(
            "serve",
            "--blobd",
            sway.blobdUrl(),
            "--state",
            "../third",
            "--peer-listen",
            "0.0.0.0:0"),
        2,
        "lazyfsd",
        "0.0.0.0",
        "loopback");
    Messages.oneLine(
        sway.start(
                "blobd",
                List.of("serve", "--store", "../third-store", "--listen", "0.0.0.0:0"),
                Map.of())
            .await(),
        2,
        "blobd",
        "0.0.0.0",
        "loopback");
    Messages.oneLine(serve("../third", "127.0.0.1:99999"), 2, "lazyfsd", "99999");
  }

  @Test
  void folderThatCannotBeMountedOn() throws Exception {
    Path used = point("full");
    Files.writeString(used.resolve("file"), "x");
    Messages.oneLine(mount("app", "full"), 21, "lazyfsd", used.toString(), "empty");
    Messages.oneLine(
        lazyfsd("mount", "--blobd", sway.blobdUrl(), "--state", "../m", "app", "/no/such/folder"),
        21,
        "lazyfsd",
        "/no/such/folder");
    Messages.oneLine(serve("../with,comma", "127.0.0.1:0"), 2, "lazyfsd", "with,comma");
  }

  @Test
  void commandLineThatMakesNoSense() throws Exception {
    Messages.oneLine(sway.ctl("run", "--no-such-option"), 125, "swayctl", "--no-such-option");
    Messages.oneLine(sway.ctl("exprot"), 2, "swayctl", "exprot");
    Messages.oneLine(lazyfsd("serve"), 2, "lazyfsd", "--blobd");
    Messages.oneLine(
        lazyfsd(
            "mount", "--blobd", "nonsense", "--state", "../m", "app", point("unused").toString()),
        2,
        "lazyfsd",
        "nonsense");
  }

  private Finished export(String from) throws IOException, InterruptedException {
    return sway.ctl("export", "--from", from, "--name", "bad");
  }

  private Path point(String name) throws IOException {
    return Files.createDirectories(sway.folder().resolve("points").resolve(name));
  }

  private Finished mount(String name, String point) throws IOException, InterruptedException {
    return lazyfsd(
        "mount", "--blobd", sway.blobdUrl(), "--state", "../m", name, point(point).toString());
  }

  private Finished serve(String state, String listen) throws IOException, InterruptedException {
    return lazyfsd("serve", "--blobd", sway.blobdUrl(), "--state", state, "--listen", listen);
  }

  private Finished lazyfsd(String... arguments) throws IOException, InterruptedException {
    return sway.start("lazyfsd", List.of(arguments), Map.of()).await();
  }
}
