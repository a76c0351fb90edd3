package dev.sway.lazyfsd.client;

import dev.sway.formats.failure.SwayException;
import dev.sway.lazyfsd.api.LazyfsdApi;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads events, one JSON document a line, none longer than [LazyfsdApi#MAX_EVENT_BYTES].
///
/// An event is returned as soon as its line is complete, without waiting for a buffer to fill. Not
/// thread-safe; the stream stays the caller's to close.
final class EventReader<E> {
  private static final int BUFFER_BYTES = 64 << 10;

  private final InputStream in;
  private final Parsing<E> parsing;
  private final String from;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private int position;
  private int limit;

  /// Makes an event of a line.
  @FunctionalInterface
  interface Parsing<E> {
    E parse(byte[] line) throws SwayException;
  }

  /// @param from who sends the events, for messages
  EventReader(InputStream in, Parsing<E> parsing, String from) {
    this.in = in;
    this.parsing = parsing;
    this.from = from;
  }

  /// The next event; empty where the stream ends, even if it ends within a line.
  ///
  /// @throws SwayException of kind `worker-unreachable` where the line is not an event
  Optional<E> next() throws IOException {
    line.reset();
    while (true) {
      if (position == limit) {
        limit = Math.max(0, in.read(buffer));
        position = 0;
        if (limit == 0) {
          return Optional.empty();
        }
      }
      int end = position;
      while (end < limit && buffer[end] != '\n') {
        end++;
      }
      line.write(buffer, position, end - position);
      if (line.size() > LazyfsdApi.MAX_EVENT_BYTES) {
        throw strange("an event of more than %d bytes".formatted(LazyfsdApi.MAX_EVENT_BYTES), null);
      }
      position = end;
      if (end < limit) {
        position++;
        return Optional.of(event(line.toByteArray()));
      }
    }
  }

  private E event(byte[] line) throws SwayException {
    try {
      return parsing.parse(line);
    } catch (SwayException e) {
      throw strange(e.getMessage(), e);
    }
  }

  private SwayException strange(String what, @Nullable SwayException cause) {
    return new StrangeEventException(
        "%s sent something else than expected; is it one of this version? %s".formatted(from, what),
        cause);
  }
}
