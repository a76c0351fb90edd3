package dev.sway.testapps;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What a run is to the one who runs it, on one worker that stays up.
@Timeout(900)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RunIT {
  private static final int NOISE_BYTES = 10_000_000;
  private static final String CONFIG =
      """
      {"Env":["PATH=/bin","GREETING=hello"],"WorkingDir":"/work","User":"worker",
       "Cmd":["/bin/sh","-c","echo by default"]}\
      """;

  /// What a container of this image shows as mounted: nothing of the host but three files.
  private static final Set<String> MOUNT_POINTS =
      Set.of("/", "/proc", "/dev", "/dev/pts", "/dev/shm", "/dev/mqueue", "/sys");

  private Sway sway;
  private byte[] noise;

  /// What the worker mounts with.
  String transport() {
    return "kernel";
  }

  @BeforeAll
  void start(@TempDir Path folder) throws IOException, InterruptedException {
    Requirements.runs();
    sway = new Sway(folder).compiledAsInstalled().startBoth("--transport", transport());
    Path tree = TestImages.busyboxTree(sway.images().resolve("tree"));
    noise = Files.readAllBytes(TestImages.noise(tree.resolve("data/noise"), NOISE_BYTES, 3));
    Path layer = TestImages.tar(tree, sway.images().resolve("layer.tar"));
    Path archive =
        TestImages.dockerArchive(sway.images().resolve("app.tar"), CONFIG, List.of(layer));
    sway.export("docker-archive:" + archive, "app");
    Files.writeString(tree.resolve("data/small"), "another image\n");
    sway.export("tar:" + TestImages.tar(tree, sway.images().resolve("other.tar")), "other");
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    if (sway != null) {
      sway.assertNoRuns();
    }
  }

  @AfterAll
  void stop() throws IOException {
    if (sway != null) {
      sway.close();
    }
  }

  @Test
  void outputsStayApartAndInOrder() throws Exception {
    Finished run =
        sway.sh("app", "for i in 1 2 3; do echo out $i; echo err $i >&2; done; printf end")
            .expect(0);
    assertThat(run.out()).isEqualTo("out 1\nout 2\nout 3\nend");
    assertThat(run.err()).isEqualTo("err 1\nerr 2\nerr 3\n");
  }

  @Test
  void outputComesAsItIsWritten() throws Exception {
    try (Child run =
        sway.startSh("app", "trap 'exit 3' USR1; printf first; while :; do usleep 20000; done")) {
      run.awaitOutput("first");
      sway.signalContainer("USR1");
      assertThat(run.await().expect(3).out()).isEqualTo("first");
    }
  }

  @Test
  void exitCodeIsTheContainers() throws Exception {
    sway.sh("app", "exit 0").expect(0);
    assertThat(sway.sh("app", "exit 7").expect(7).err()).isEmpty();
    sway.sh("app", "exit 255").expect(255);
  }

  @Test
  void containerEndedByASignalExitsWith128AndItsNumber() throws Exception {
    try (Child run = sway.startSh("app", "echo ready; while :; do usleep 20000; done")) {
      run.awaitOutput("ready");
      sway.signalContainer("KILL");
      run.await().expect(137);
    }
    sway.sh("app", "sh -c 'kill -TERM $$'; exit $?").expect(143);
  }

  @Test
  void commandThatIsMissingOrNoProgramIsSaidInOneLine() throws Exception {
    for (String missing : List.of("nosuchcommand", "/bin/nosuchcommand")) {
      Messages.oneLine(sway.run("app", missing), 127, "swayctl", missing, "image");
    }
    Messages.oneLine(sway.run("app", "/data/small"), 126, "swayctl", "/data/small");
    Messages.oneLine(sway.run("app", "/data"), 126, "swayctl", "/data");
  }

  @Test
  void withoutACommandTheImagesOwnRuns() throws Exception {
    assertThat(sway.run("app").expect(0).out()).isEqualTo("by default\n");
  }

  @Test
  void argumentsEnvironmentAndFolderArriveUnchanged() throws Exception {
    Finished run =
        sway.ctl(
                "run",
                "-e",
                "EXTRA=a b=c",
                "-e",
                "GREETING=replaced",
                "--image",
                "app",
                "--",
                "sh",
                "-c",
                "pwd; echo \"$GREETING/$EXTRA/$HOME\"; for a; do echo \"<$a>\"; done",
                "sh",
                "",
                "two  words",
                "-e",
                "--",
                "'$x'\n\\")
            .expect(0);
    assertThat(run.out())
        .isEqualTo(
            "/work\nreplaced/a b=c//home/worker\n<>\n<two  words>\n<-e>\n<-->\n<'$x'\n\\>\n");
    assertThat(sway.ctl("run", "-w", "/data", "--image", "app", "--", "pwd").expect(0).out())
        .isEqualTo("/data\n");
  }

  @Test
  void userIsFoundInTheImagesOwnPasswd() throws Exception {
    assertThat(sway.run("app", "id").expect(0).out())
        .isEqualTo("uid=1000(worker) gid=1000(worker) groups=50(staff),63(audio),1000(worker)\n");
    assertThat(sway.ctl("run", "-u", "7:staff", "--image", "app", "--", "id").expect(0).out())
        .contains("uid=7 gid=50(staff)");
    Messages.oneLine(
        sway.ctl("run", "-u", "nobodyhere", "--image", "app", "--", "id"),
        125,
        "swayctl",
        "nobodyhere",
        "/etc/passwd");
  }

  @Test
  void scriptIsBoundReadOnlyAndGetsItsArguments() throws Exception {
    Path script =
        Files.writeString(
            sway.folder().resolve("home/show.sh"),
            """
            echo "$0 $*"
            cat "$0" | wc -l
            echo more 2>/dev/null >>"$0" && echo writable
            rm -f "$0" 2>/dev/null && echo removable
            id -u
            """);
    Finished run = sway.ctl("run", "--image", "app", script, "a", "--b").expect(0);
    assertThat(run.out()).isEqualTo("/run/sway/show.sh a --b\n5\n1000\n");
    Finished root = sway.ctl("run", "-u", "0", "--image", "app", script).expect(0);
    assertThat(root.out()).isEqualTo("/run/sway/show.sh \n5\n0\n");
    assertThat(script).content().contains("removable").doesNotContain("more\n\n");
  }

  @Test
  void interpreterIsTheScriptsOwnOrThatOfItsEnding() throws Exception {
    Path home = sway.folder().resolve("home");
    Path own = Files.writeString(home.resolve("own"), "#!/bin/tail -n1\nthe second line\n");
    assertThat(sway.ctl("run", "--image", "app", own).expect(0).out())
        .isEqualTo("the second line\n");
    Path unknown = Files.writeString(home.resolve("data.txt"), "no program\n");
    Messages.oneLine(sway.ctl("run", "--image", "app", unknown), 126, "swayctl", "data.txt", "#!");
    Path missing = Files.writeString(home.resolve("app.py"), "print()\n");
    Messages.oneLine(sway.ctl("run", "--image", "app", missing), 127, "swayctl", "python3");
    Path strange = Files.writeString(home.resolve("strange"), "#!/nosuch/interpreter\n");
    Finished run = sway.ctl("run", "--image", "app", strange);
    assertThat(run.exitCode()).as(run.toString()).isIn(126, 127);
    Messages.oneLine(run, run.exitCode(), "swayctl", "strange");
  }

  @Test
  void whatARunWritesIsGoneWithIt() throws Exception {
    String listing =
        "find / -xdev ! -path '/proc*' ! -path '/sys*' ! -path '/dev*' ! -path /etc/hostname -exec"
            + " stat -c '%n %f %s %u %g' {} + | sort; find /data /bin /work -exec stat -c '%n %Y'"
            + " {} +; cat /etc/passwd /data/small";
    String before = sway.sh("app", listing).expect(0).out();
    sway.sh(
            "app",
            """
            set -e
            echo changed >/etc/passwd; rm -rf /data/a /home; echo x >>/data/small
            echo y >/tmp/new; mkdir -p /a/b/c; mv /data/b /a/b/c/moved; ln /data/small /hard
            chmod 700 /work; chown 5:5 /bin; rm /bin/zcat; ln -s nowhere /bin/zcat; touch -d @1 /etc
            mknod /tmp/pipe p; rm -rf /data; mkdir /data; echo z >/data/small
            [ "$(cat /data/small)" = z ] && [ ! -e /data/a ] && [ -f /a/b/c/moved ]
            """)
        .expect(0);
    assertThat(sway.sh("app", listing).expect(0).out()).isEqualTo(before);
  }

  @Test
  void runHasNoPrivilegesItDoesNotNeed() throws Exception {
    String status =
        "grep -E '^(CapInh|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs|Seccomp):' /proc/self/status";
    // CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE SYS_CHROOT
    // SETFCAP
    String few = "00000000800405fb";
    String none = "0000000000000000";
    assertThat(sway.sh("app", status).expect(0).out().replace("\t", ""))
        .isEqualTo(capabilities(few, few, few, none));
    assertThat(sway.run("app", "sh", "-c", status).expect(0).out().replace("\t", ""))
        .isEqualTo(capabilities(none, none, few, none));
  }

  private static String capabilities(
      String permitted, String effective, String bounding, String ambient) {
    return "CapInh:0000000000000000\nCapPrm:%s\nCapEff:%s\nCapBnd:%s\nCapAmb:%s\nNoNewPrivs:1\nSeccomp:2\n"
        .formatted(permitted, effective, bounding, ambient);
  }

  @Test
  void rootInARunCannotReachTheHost() throws Exception {
    Finished run =
        sway.sh(
            "app",
            """
            try() { if "$@" >/dev/null 2>&1; then echo "allowed: $*"; fi; }
            try mount -t tmpfs none /tmp
            try umount /proc
            try mknod /tmp/null c 1 3
            try unshare -m true
            try sh -c 'echo 1 >/proc/sys/vm/drop_caches'
            try sh -c 'echo x >/proc/sysrq-trigger'
            try sh -c 'echo x >/sys/kernel/uevent_seqnum'
            try dmesg
            try hostname other
            date -s 2001-01-01 >/dev/null 2>&1; [ $(date +%Y) != 2001 ] || echo allowed: date
            try sh -c 'echo x >/etc/hosts'
            cat /proc/kcore | wc -c
            ls -d /proc/[0-9]* | wc -l
            ls /sys/class/net | tr '\\n' ' '
            echo
            awk '{print $2}' /proc/mounts
            """);
    List<String> lines = run.expect(0).out().lines().toList();
    assertThat(lines).noneMatch(line -> line.startsWith("allowed"));
    assertThat(lines.getFirst()).as("bytes of kernel memory").isEqualTo("0");
    assertThat(Integer.parseInt(lines.get(1))).as("processes seen").isLessThanOrEqualTo(4);
    assertThat(lines.get(2).strip()).as("network").isEqualTo("lo");
    Set<String> mounts = new TreeSet<>(lines.subList(3, lines.size()));
    mounts.removeIf(point ->
        MOUNT_POINTS.contains(point)
            || point.startsWith("/proc/")
            || point.startsWith("/sys/")
            || point.startsWith("/etc/host"));
    assertThat(mounts).as("further mounts").isEmpty();
  }

  @Test
  void largeAndBinaryOutputArrivesUnchanged() throws Exception {
    Finished run =
        sway.run("app", "sh", "-c", "cat /data/noise & cat /data/noise >&2; wait").expect(0);
    assertThat(Digest.of(run.stdout())).isEqualTo(Digest.of(noise));
    assertThat(Digest.of(run.stderr())).isEqualTo(Digest.of(noise));
  }

  @Test
  void standardInputIsAtItsEnd() throws Exception {
    assertThat(sway.run("app", "sh", "-c", "wc -c; echo done").expect(0).out())
        .isEqualTo("0\ndone\n");
  }

  @Test
  void killedClientEndsItsContainer() throws Exception {
    try (Child run = sway.startSh("app", "echo ready; while :; do usleep 20000; done")) {
      run.awaitOutput("ready");
      run.kill();
    }
    sway.awaitNoRuns();
  }

  @Test
  void interruptedClientEndsItsContainer() throws Exception {
    try (Child run = sway.startSh("app", "echo ready; while :; do usleep 20000; done")) {
      run.awaitOutput("ready");
      Shell.bash(sway.folder(), "kill -INT \"$1\"", run.pid());
      assertThat(run.await().exitCode()).isIn(130, 125);
    }
    sway.awaitNoRuns();
  }

  @Test
  void readerThatHasEnoughEndsTheContainer() throws Exception {
    Finished pipe = sway.pipedTo("head -1", "run", "--image", "app", "--", "yes").expect(0);
    assertThat(pipe.out()).isEqualTo("y\n");
    assertThat(pipe.err()).isEqualTo("141\n");
    sway.awaitNoRuns();
    assertThat(sway.worker().err()).doesNotContain("internal fault");
  }

  @Test
  void runsAtTheSameTimeDoNotSeeEachOther() throws Exception {
    List<Child> runs = new ArrayList<>();
    String script =
        "echo $1 >/tmp/mine; trap 'cat /tmp/mine; ls /tmp; cat /data/small; exit 0' USR1;"
            + " echo ready; while :; do usleep 20000; done";
    for (String image : List.of("app", "app", "app", "other", "app")) {
      String id = "run" + runs.size();
      runs.add(
          sway.startCtl(
              "run", "-u", "0", "--image", image, "--", "/bin/sh", "-c", script, "sh", id));
    }
    for (Child run : runs) {
      run.awaitOutput("ready");
    }
    Shell.bash(
        sway.folder(), "for pid in state/runs/*/pid; do kill -s USR1 \"$(cat \"$pid\")\"; done");
    for (int i = 0; i < runs.size(); i++) {
      assertThat(runs.get(i).await().expect(0).out())
          .isEqualTo(
              "ready\nrun%d\nmine\n%s\n".formatted(i, i == 3 ? "another image" : "a small file"));
    }
  }

  @Test
  void sameBytesComeFromTheImageAsWentIn() throws Exception {
    String sum = sway.sh("app", "sha256sum /data/noise").expect(0).out();
    assertThat(sum).startsWith(Digest.of(noise).hex());
    String part =
        new String(Arrays.copyOfRange(noise, 5_000_000, 5_000_100), StandardCharsets.ISO_8859_1);
    Finished run = sway.sh("app", "dd if=/data/noise bs=100 skip=50000 count=1 2>/dev/null");
    assertThat(new String(run.expect(0).stdout(), StandardCharsets.ISO_8859_1)).isEqualTo(part);
  }
}
