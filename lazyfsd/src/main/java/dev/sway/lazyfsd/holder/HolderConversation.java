package dev.sway.lazyfsd.holder;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;

/// The holder's part of one connection, as [HolderProtocol] says. Belongs to one thread.
final class HolderConversation {
  private final HolderConnection worker;
  private final HeldDescriptors descriptors;
  private final HeldRuns runs;
  private final Supplier<OptionalLong> workers;
  private final Runnable silent;

  /// @param workers has the process id of the worker that uses the state folder, if that is known
  /// @param silent is called once, and only where nothing will be received on the connection any
  ///   more, so that it does not show by itself whether the worker lives
  HolderConversation(
      HolderConnection worker,
      HeldDescriptors descriptors,
      HeldRuns runs,
      Supplier<OptionalLong> workers,
      Runnable silent) {
    this.worker = worker;
    this.descriptors = descriptors;
    this.runs = runs;
    this.workers = workers;
    this.silent = silent;
  }

  /// A worker wants the holder to end.
  static final class EndException extends IOException {
    EndException() {
      super("the holder is to end");
    }
  }

  /// Answers requests until the worker closes the connection.
  ///
  /// @throws EndException where the worker wants the holder to end; it has been answered
  void serve() throws IOException {
    Optional<Frame> first = worker.receive();
    if (first.isEmpty()) {
      return;
    }
    greet(first.get());
    Optional<Frame> next = worker.receive();
    while (next.isPresent() && answer(next.get())) {
      next = worker.receive();
    }
  }

  private void greet(Frame hello) throws IOException {
    if (hello.code() != HolderProtocol.HELLO) {
      throw new IOException("no greeting but a " + hello);
    }
    hello.number(1, Long.MAX_VALUE);
    hello.end();
    worker.send(
        Frame.write(HolderProtocol.OK)
            .number(HolderProtocol.VERSION)
            .number(ProcessHandle.current().pid())
            .number(HolderProtocol.ENDS_WORKERS));
  }

  /// Answers a request; false where nothing more is to be received.
  private boolean answer(Frame request) throws IOException {
    switch (request.code()) {
      case HolderProtocol.START -> {
        return start(request);
      }
      case HolderProtocol.ATTACH -> {
        return attach(request);
      }
      case HolderProtocol.WATCH -> {
        watch(request);
        return false;
      }
      case HolderProtocol.HOLD -> hold(request);
      case HolderProtocol.DROP -> {
        String name = name(request);
        request.end();
        descriptors.drop(name);
        ok();
      }
      case HolderProtocol.ACKNOWLEDGE -> {
        String run = name(request);
        long number = request.number(0, Long.MAX_VALUE);
        request.end();
        okUnless(() -> runs.find(run).spool().acknowledge(number));
      }
      case HolderProtocol.POSITION -> {
        String run = name(request);
        request.end();
        okUnless(() -> {
          RunSpool.Position at = runs.find(run).spool().position();
          worker.send(Frame.write(HolderProtocol.AT).number(at.acknowledged()).number(at.last()));
        });
      }
      case HolderProtocol.KILL -> {
        String run = name(request);
        request.end();
        okUnless(() -> runs.find(run).kill());
      }
      case HolderProtocol.FORGET -> {
        String run = name(request);
        request.end();
        runs.forget(run);
        ok();
      }
      case HolderProtocol.LEAVE -> {
        request.end();
        leave();
      }
      case HolderProtocol.RUNS -> {
        request.end();
        for (HeldRun run : runs.list()) {
          worker.send(Frame.write(HolderProtocol.RUN).text(run.id()).bytes(run.payload()));
        }
        ok();
      }
      case HolderProtocol.LIST -> {
        request.end();
        for (HeldDescriptors.Held held : descriptors.list()) {
          worker.send(
              Frame.write(HolderProtocol.ENTRY)
                  .text(held.name())
                  .number(held.fd())
                  .bytes(held.payload()));
        }
        ok();
      }
      case HolderProtocol.END -> {
        request.end();
        ok();
        throw new EndException();
      }
      default -> throw new IOException("no request but a " + request);
    }
    return true;
  }

  private static String name(Frame request) throws IOException {
    return request.text(HolderProtocol.MAX_NAME_BYTES);
  }

  private void hold(Frame request) throws IOException {
    String name = name(request);
    long pid = request.number(1, Integer.MAX_VALUE);
    int fd = (int) request.number(0, Integer.MAX_VALUE);
    byte[] payload = request.bytes(HolderProtocol.MAX_PAYLOAD_BYTES);
    request.end();
    okUnless(() -> descriptors.hold(name, pid, fd, payload));
  }

  private boolean start(Frame request) throws IOException {
    String id = name(request);
    byte[] payload = request.bytes(HolderProtocol.MAX_PAYLOAD_BYTES);
    List<String> words = words(request);
    List<String> environment = words(request);
    request.end();
    if (words.isEmpty() || !environment.stream().allMatch(variable -> variable.contains("="))) {
      throw new IOException("no command, or a variable without a value");
    }
    HeldRun run;
    try {
      run = runs.start(id, payload, words, environment);
    } catch (IOException e) {
      refuse(e);
      return true;
    }
    return stream(run, 0);
  }

  private static List<String> words(Frame request) throws IOException {
    int count = (int) request.number(0, HolderProtocol.MAX_WORDS);
    List<String> words = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      words.add(request.text(HolderProtocol.MAX_WORD_BYTES));
    }
    return words;
  }

  private boolean attach(Frame request) throws IOException {
    String id = name(request);
    long after = request.number(0, Long.MAX_VALUE);
    request.end();
    HeldRun run;
    try {
      run = runs.find(id);
    } catch (IOException e) {
      refuse(e);
      return true;
    }
    return stream(run, after);
  }

  private boolean stream(HeldRun run, long after) throws IOException {
    RunSpool spool = run.spool();
    int ticket;
    try {
      ticket = spool.attach(after);
    } catch (IOException e) {
      refuse(e);
      return true;
    }
    silent.run();
    ok();
    try {
      RunSpool.Piece piece = spool.next(ticket);
      while (piece.stream() != 0) {
        worker.send(
            Frame.write(HolderProtocol.OUTPUT)
                .number(piece.number())
                .number(piece.stream())
                .bytes(piece.bytes()));
        piece = spool.next(ticket);
      }
      worker.send(Frame.write(HolderProtocol.LAST).number(piece.number()).number(spool.exitCode()));
    } catch (IOException e) {
      // The worker is gone, or reads on another connection, or has forgotten the run.
      return false;
    }
    return false;
  }

  private void watch(Frame request) throws IOException {
    request.end();
    HeldRuns.Watch watch = runs.watch(workers.get());
    silent.run();
    try {
      ok();
      while (true) {
        Optional<HeldRun> exited = watch.next();
        worker.send(
            exited.isEmpty()
                ? Frame.write(HolderProtocol.LEAVE)
                : Frame.write(HolderProtocol.EXITED)
                    .text(exited.get().id())
                    .number(Objects.requireNonNull(exited.get().exitCode(), "it has exited")));
      }
    } catch (IOException e) {
      // The worker is gone, or watches on another connection.
      return;
    } finally {
      watch.close();
    }
  }

  private void leave() throws IOException {
    OptionalLong told;
    try {
      told = runs.leave();
    } catch (IOException e) {
      refuse(e);
      return;
    }
    Frame.Writer ok = Frame.write(HolderProtocol.OK);
    worker.send(told.isPresent() ? ok.number(told.getAsLong()) : ok);
  }

  /// What a request has done, which may fail without harm to others.
  @FunctionalInterface
  private interface Action {
    void run() throws IOException;
  }

  private void okUnless(Action action) throws IOException {
    try {
      action.run();
    } catch (IOException e) {
      refuse(e);
      return;
    }
    ok();
  }

  private void ok() throws IOException {
    worker.send(Frame.write(HolderProtocol.OK));
  }

  private void refuse(IOException why) throws IOException {
    worker.send(Frame.write(HolderProtocol.REFUSED).text(String.valueOf(why.getMessage())));
  }
}
