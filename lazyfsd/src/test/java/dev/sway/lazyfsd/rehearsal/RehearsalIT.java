package dev.sway.lazyfsd.rehearsal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.blobd.cli.Program;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.fixture.Needs;
import dev.sway.lazyfsd.fixture.Transports;
import dev.sway.lazyfsd.fuse.AccessSink;
import dev.sway.lazyfsd.fuse.FuseMount;
import dev.sway.lazyfsd.fuse.FuseTransport;
import dev.sway.lazyfsd.holder.HolderClient;
import dev.sway.lazyfsd.holder.InProcessHolder;
import dev.sway.lazyfsd.linux.MountInfo;
import dev.sway.lazyfsd.mount.KeptMounts;
import dev.sway.lazyfsd.run.RunLayout;
import dev.sway.lazyfsd.view.ImageView;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What is rehearsed, and what is left of it. Needs root and FUSE.
@Timeout(60)
final class RehearsalIT {
  private static final Duration SOON = Duration.ofMillis(1);

  @TempDir Path folder;
  private final InProcessHolder launcher = new InProcessHolder();
  private final AtomicBoolean quiet = new AtomicBoolean(true);
  private final AtomicInteger mounted = new AtomicInteger();
  private final AtomicBoolean reading = new AtomicBoolean();
  private final CountDownLatch gate = new CountDownLatch(1);

  /// Which of the mounts is not to answer reads.
  private int blocked;

  private RunLayout layout;
  private HolderClient holder;

  @BeforeAll
  static void needs() {
    Needs.rootAndFuse();
  }

  @BeforeEach
  void worker() throws IOException {
    Path state = Files.createDirectory(folder.toRealPath().resolve("state"));
    layout = new RunLayout(state);
    Files.createDirectory(state.resolve("runs"));
    Files.createDirectory(layout.mounts());
    holder = HolderClient.open(state, launcher);
  }

  @AfterEach
  void end() throws IOException {
    holder.end();
    launcher.close();
  }

  /// Counts mounts.
  private FuseTransport counting(FuseTransport transport) {
    return new FuseTransport() {
      @Override
      public String name() {
        return transport.name();
      }

      @Override
      public FuseMount mount(ImageView view, AccessSink accesses, Path point, String source)
          throws SwayException {
        boolean last = mounted.incrementAndGet() == blocked;
        return transport.mount(last ? blocking(view) : view, accesses, point, source);
      }
    };
  }

  /// Reads wait for the gate.
  private ImageView blocking(ImageView view) {
    return (ImageView)
        Proxy.newProxyInstance(
            ImageView.class.getClassLoader(),
            new Class<?>[] {ImageView.class},
            (_, method, arguments) -> {
              if (method.getName().equals("read")) {
                reading.set(true);
                gate.await();
              }
              try {
                return method.invoke(view, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private Rehearsal rehearse(FuseTransport transport) {
    return rehearse(transport, quiet::get);
  }

  private Rehearsal rehearse(FuseTransport transport, BooleanSupplier mayGoOn) {
    PrintStream err = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
    return Rehearsal.start(
        new Program("test", err, err, false),
        layout,
        counting(transport),
        new KeptMounts(holder),
        mayGoOn,
        SOON);
  }

  private static void await(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      assertThat(Thread.currentThread().isInterrupted()).as("given up").isFalse();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }

  private void assertNothingIsLeft() throws IOException {
    assertThat(layout.rehearsal()).doesNotExist();
    assertThat(MountInfo.below(layout.state())).isEmpty();
    assertThat(holder.names()).isEmpty();
    for (Path empty : List.of(layout.mounts(), layout.state().resolve("runs"))) {
      try (Stream<Path> files = Files.list(empty)) {
        assertThat(files).as(empty.toString()).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void startsAreRehearsedAndNothingIsLeft(Transports transport) throws Exception {
    try (Rehearsal rehearsal = rehearse(transport.load())) {
      await(() -> rehearsal.progress() != Rehearsal.Progress.PENDING);
      assertThat(rehearsal.progress()).isEqualTo(Rehearsal.Progress.DONE);
      await(() -> !Files.exists(layout.rehearsal()));
      assertNothingIsLeft();
    }
    assertThat(mounted).hasValue(Rehearsal.STARTS);
  }

  @Test
  void runsEndWhatIsRehearsedAndItGoesOnAfterThem() throws Exception {
    // The first one has no profile. In later ones all may be there before it is read.
    blocked = 1;
    try (Rehearsal rehearsal = rehearse(Transports.KERNEL.load())) {
      await(reading::get);
      quiet.set(false);
      // Its reader is ended, and does not wait for an answer.
      await(() -> readers() == 0);
      gate.countDown();
      await(() -> !Files.exists(layout.rehearsal()));
      assertNothingIsLeft();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(300));
      assertThat(mounted).as("mounts while something runs").hasValue(blocked);
      assertThat(rehearsal.progress()).isEqualTo(Rehearsal.Progress.PENDING);
      quiet.set(true);
      await(() -> rehearsal.progress() != Rehearsal.Progress.PENDING);
      assertThat(rehearsal.progress()).isEqualTo(Rehearsal.Progress.DONE);
      // The one that was given up is done again.
      assertThat(mounted).hasValue(Rehearsal.STARTS + 1);
    }
    assertNothingIsLeft();
  }

  /// Processes of this one that read a mount, and are not about to end.
  private static long readers() {
    return ProcessHandle.current()
        .children()
        .filter(child -> child.info().command().orElse("").endsWith("grep"))
        .count();
  }

  @Test
  void whatIsBuiltIsGivenUpToo() throws Exception {
    Path tree = layout.rehearsal().resolve("tree");
    BooleanSupplier untilItIsBuilt =
        () -> {
          if (Files.exists(tree)) {
            quiet.set(false);
          }
          return quiet.get();
        };
    try (Rehearsal rehearsal = rehearse(Transports.KERNEL.load(), untilItIsBuilt)) {
      await(() -> !quiet.get());
      await(() -> !Files.exists(layout.rehearsal()));
      assertThat(mounted).hasValue(0);
      assertThat(rehearsal.progress()).isEqualTo(Rehearsal.Progress.PENDING);
    }
    assertNothingIsLeft();
  }

  @Test
  void imageIsGivenUpWhereverItIs() throws Exception {
    PrintStream err = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
    Program program = new Program("test", err, err, false);
    AtomicInteger calls = new AtomicInteger();
    Path whole = Files.createDirectory(folder.resolve("whole"));
    RehearsalImage.make(program, whole, calls::incrementAndGet).close();
    int all = calls.get();
    assertThat(all).isGreaterThan(RehearsalTree.FILES);
    // The last ones, behind the files of the tree: while it is built and uploaded.
    for (int last = all; last >= RehearsalTree.FILES; last -= 1 + (all - last)) {
      int end = last;
      Path part = Files.createDirectory(folder.resolve("part" + last));
      calls.set(0);
      assertThatThrownBy(() ->
              RehearsalImage.make(
                      program,
                      part,
                      () -> {
                        if (calls.incrementAndGet() >= end) {
                          throw new UnwantedException();
                        }
                      })
                  .close())
          .as("at call %d of %d", last, all)
          .isInstanceOf(UnwantedException.class);
    }
  }

  @Test
  void firstStartLeavesAProfileAndAHotPackForTheOthers() throws Exception {
    PrintStream err = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
    Path work = Files.createDirectory(folder.resolve("work"));
    try (RehearsalImage image =
        RehearsalImage.make(new Program("test", err, err, false), work, () -> {})) {
      RehearsedStart start =
          new RehearsedStart(
              layout,
              Transports.KERNEL.load(),
              new KeptMounts(holder),
              image,
              folder.resolve("start"),
              () -> {});
      start.play();
      assertThat(image.client().profiles().find(image.manifest(), RehearsedStart.COMMAND))
          .hasValueSatisfying(
              found -> assertThat(found.profile().paths()).hasSizeGreaterThan(RehearsalTree.FILES));
      assertThat(image.client().profiles().hot(image.manifest(), RehearsedStart.COMMAND))
          .hasValueSatisfying(map -> assertThat(map.content().segments()).hasSizeGreaterThan(10));
      start.play();
    }
  }

  @Test
  void folderThatIsThereIsLeftAlone() throws Exception {
    Path file = Files.createDirectory(layout.rehearsal()).resolve("file");
    Files.createFile(file);
    try (Rehearsal rehearsal = rehearse(Transports.KERNEL.load())) {
      await(() -> rehearsal.progress() != Rehearsal.Progress.PENDING);
      assertThat(rehearsal.progress()).isEqualTo(Rehearsal.Progress.FAILED);
    }
    assertThat(file).exists();
    assertThat(mounted).hasValue(0);
  }

  @Test
  void whoClosesItIsSureThatNothingIsLeft() throws Exception {
    Rehearsal rehearsal = rehearse(Transports.KERNEL.load());
    await(() -> mounted.get() >= 2);
    rehearsal.close();
    assertNothingIsLeft();
    int before = mounted.get();
    rehearsal.close();
    assertThat(before).isLessThan(Rehearsal.STARTS);
    assertThat(mounted).hasValue(before);
    assertThat(rehearsal.progress()).isEqualTo(Rehearsal.Progress.PENDING);
  }

  @Test
  void busyWorkersRehearseNothing() throws Exception {
    quiet.set(false);
    try (Rehearsal rehearsal = rehearse(Transports.KERNEL.load())) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(300));
      assertThat(layout.rehearsal()).doesNotExist();
      assertThat(rehearsal.progress()).isEqualTo(Rehearsal.Progress.PENDING);
    }
    assertThat(mounted).hasValue(0);
  }

  @Test
  void whatFailsIsGivenUp() throws Exception {
    FuseTransport refusing =
        new FuseTransport() {
          @Override
          public String name() {
            return "refusing";
          }

          @Override
          public FuseMount mount(ImageView view, AccessSink accesses, Path point, String source)
              throws SwayException {
            throw new SwayException(FailureKind.MOUNT, "refused");
          }
        };
    try (Rehearsal rehearsal = rehearse(refusing)) {
      await(() -> rehearsal.progress() != Rehearsal.Progress.PENDING);
      assertThat(rehearsal.progress()).isEqualTo(Rehearsal.Progress.FAILED);
    }
    assertThat(mounted).hasValue(1);
    assertNothingIsLeft();
  }
}
