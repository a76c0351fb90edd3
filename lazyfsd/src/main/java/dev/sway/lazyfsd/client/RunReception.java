package dev.sway.lazyfsd.client;

import dev.sway.blobd.http.HttpAnswer;
import dev.sway.blobd.http.HttpCaller;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.LazyfsdApi;
import dev.sway.lazyfsd.api.RunEvent;
import dev.sway.lazyfsd.api.RunResult;
import java.io.IOException;
import java.io.OutputStream;
import java.net.http.HttpRequest;
import java.util.Optional;

/// One run's events, from one connection after another, each taken once. Belongs to one thread.
final class RunReception implements AutoCloseable {
  private final HttpCaller caller;
  private final RunClient.Sink sink;
  private final Acknowledger acknowledger;
  private Optional<String> id = Optional.empty();
  private Optional<RunResult> result = Optional.empty();
  private Optional<IOException> broken = Optional.empty();
  private boolean over;
  private long last;
  private long untold;

  RunReception(HttpCaller caller, RunClient.Sink sink) {
    this.caller = caller;
    this.sink = sink;
    this.acknowledger = new Acknowledger(caller);
  }

  /// How the run ended, once that is known.
  Optional<RunResult> result() {
    return result;
  }

  /// The number of the last event taken.
  long last() {
    return last;
  }

  /// Whether the run has ended, in whatever way.
  boolean isOver() {
    return over;
  }

  /// Why the last connection ended before the run did.
  Optional<IOException> broken() {
    return broken;
  }

  /// Says what happens beside the run.
  void notice(String line) {
    sink.notices().accept(line);
  }

  /// Asks for the events that follow those taken.
  HttpRequest request() {
    return caller
        .request(LazyfsdApi.events(id.orElseThrow(), last))
        .header("Accept", LazyfsdApi.EVENTS_MEDIA_TYPE)
        .build();
  }

  /// Takes events until the run or the connection ends.
  ///
  /// @throws SwayException where the run failed, or where the connection broke before it had an id
  /// @throws IOException of the sink, unchanged
  void take(HttpAnswer answer) throws IOException {
    try {
      EventReader<RunEvent> events =
          new EventReader<>(answer.body(), RunEventParser::parse, answer.from());
      Optional<RunEvent> next = events.next();
      while (next.isPresent() && result.isEmpty()) {
        take(next.get());
        next = result.isEmpty() ? events.next() : Optional.empty();
      }
      if (result.isEmpty()) {
        connectionEnded(
            new SwayException(
                FailureKind.WORKER_UNREACHABLE,
                "%s: the worker ended the connection before the run did; look at its log, then run again"
                    .formatted(answer.from())));
      }
    } catch (SinkException e) {
      throw e.failure();
    } catch (IOException e) {
      connectionEnded(e);
    }
  }

  /// The connection has ended, or could not be had, before the run was over.
  ///
  /// @throws IOException that, where it makes no sense to try again
  void connectionEnded(IOException why) throws IOException {
    // A stream that says something strange does not get better by asking again.
    if (over || id.isEmpty() || why instanceof StrangeEventException) {
      throw why;
    }
    broken = Optional.of(why);
  }

  /// No switch over types: the JVM makes a class for it when it first comes by, which takes a
  /// client that has just started 15 ms of processor time.
  private void take(RunEvent event) throws IOException {
    if (event instanceof RunEvent.Started started) {
      if (fresh(started.seq())) {
        id = Optional.of(started.id());
        sink.id().accept(started.id());
      }
    } else if (event instanceof RunEvent.Output output) {
      if (fresh(output.seq())) {
        write(output);
      }
    } else if (event instanceof RunEvent.Exited exited) {
      over = true;
      result = Optional.of(exited.result());
    } else if (event instanceof RunEvent.Failed failed) {
      over = true;
      throw new SwayException(
          FailureKind.ofWord(failed.kind()).orElse(FailureKind.INTERNAL), failed.message());
    } else if (!(event instanceof RunEvent.Alive)) {
      throw new IllegalStateException("not known here: " + event);
    }
  }

  /// Whether an event was not taken yet; it is then the next one.
  private boolean fresh(long seq) throws IOException {
    if (seq > last + 1) {
      throw new StrangeEventException(
          "%s left out the events %d to %d; run again".formatted(caller, last + 1, seq - 1));
    }
    boolean fresh = seq == last + 1;
    last = Math.max(last, seq);
    return fresh;
  }

  private void write(RunEvent.Output output) throws IOException {
    OutputStream to = output.stream() == 2 ? sink.stderr() : sink.stdout();
    try {
      to.write(output.data());
      to.flush();
    } catch (IOException e) {
      throw new SinkException(e);
    }
    untold += output.data().length;
    if (untold >= LazyfsdApi.ACKNOWLEDGE_BYTES && id.isPresent()) {
      untold = 0;
      acknowledger.acknowledge(id.get(), output.seq());
    }
  }

  /// Ends the run, where it has not ended: whoever wanted it does so no longer.
  @Override
  public void close() {
    acknowledger.close();
    if (!over && id.isPresent() && broken.isEmpty()) {
      try (HttpAnswer _ = caller.send(caller.request(LazyfsdApi.run(id.get())).DELETE().build())) {
        return;
      } catch (IOException e) {
        // The worker ends it by itself, after a while.
        return;
      }
    }
  }
}
