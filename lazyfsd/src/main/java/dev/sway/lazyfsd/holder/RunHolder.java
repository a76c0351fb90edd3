package dev.sway.lazyfsd.holder;

import dev.sway.formats.failure.SwayException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A worker's runs in its holder. Thread-safe; the holder's client stays the caller's to close.
///
/// Every method throws a [SwayException] where the holder refuses, and another [IOException] where
/// it is gone and no new one can be started.
///
/// @param client of the holder
public record RunHolder(HolderClient client) {
  /// A run that the holder keeps.
  ///
  /// @param payload what was left with it
  public record Kept(String id, byte[] payload) {}

  /// How far a run's output is.
  ///
  /// @param acknowledged the number of the last that is forgotten
  /// @param last the number of the last that there is
  public record Position(long acknowledged, long last) {}

  /// Starts a process in front of a container. The caller closes what is returned; the run goes on.
  ///
  /// @param id of the run, new
  /// @param payload at most 64 KiB that the next worker wants to know of it
  /// @param words of the command
  /// @param environment `NAME=VALUE` each, all that it has
  /// @throws SwayException where it cannot be executed
  public RunOutputStream start(
      String id, byte[] payload, List<String> words, List<String> environment) throws IOException {
    Frame.Writer request = Frame.write(HolderProtocol.START).text(id).bytes(payload);
    for (List<String> texts : List.of(words, environment)) {
      request.number(texts.size());
      texts.forEach(request::text);
    }
    return stream(request);
  }

  /// What a run wrote and writes behind output `after`. What is up to there is acknowledged;
  /// whoever is attached already gets nothing more.
  public RunOutputStream attach(String id, long after) throws IOException {
    return stream(Frame.write(HolderProtocol.ATTACH).text(id).number(after));
  }

  /// Output up to `number` is not needed any more.
  public void acknowledge(String id, long number) throws IOException {
    client.tell(Frame.write(HolderProtocol.ACKNOWLEDGE).text(id).number(number));
  }

  /// How far the run's output is; empty where there is no such run.
  public Optional<Position> position(String id) throws IOException {
    List<Frame> found;
    try {
      found = client.ask(Frame.write(HolderProtocol.POSITION).text(id));
    } catch (SwayException e) {
      return Optional.empty();
    }
    if (found.size() != 1) {
      throw new IOException("the holder answers with " + found.size() + " positions");
    }
    Frame at = found.getFirst();
    Position position = new Position(at.number(0, Long.MAX_VALUE), at.number(0, Long.MAX_VALUE));
    at.end();
    return Optional.of(position);
  }

  /// Kills the process; what it wrote stays.
  public void kill(String id) throws IOException {
    client.tell(Frame.write(HolderProtocol.KILL).text(id));
  }

  /// Kills the process and forgets the run, if there is one.
  public void forget(String id) throws IOException {
    client.tell(Frame.write(HolderProtocol.FORGET).text(id));
  }

  /// Those there are, in the order in which they were started.
  public List<Kept> list() throws IOException {
    List<Kept> kept = new ArrayList<>();
    for (Frame run : client.ask(Frame.write(HolderProtocol.RUNS))) {
      kept.add(
          new Kept(
              run.text(HolderProtocol.MAX_NAME_BYTES),
              run.bytes(HolderProtocol.MAX_PAYLOAD_BYTES)));
      run.end();
    }
    return kept;
  }

  private RunOutputStream stream(Frame.Writer request) throws IOException {
    HolderLink link = client.connect();
    try {
      link.exchange(request);
      return new RunOutputStream(link);
    } catch (IOException | RuntimeException e) {
      try (link) {
        throw e;
      }
    }
  }
}
