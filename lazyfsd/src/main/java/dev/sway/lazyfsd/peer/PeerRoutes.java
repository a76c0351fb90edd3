package dev.sway.lazyfsd.peer;

import dev.sway.blobd.cli.Program;
import dev.sway.blobd.http.ApiError;
import dev.sway.blobd.http.WireJson;
import dev.sway.formats.chunk.ChunkFormat;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.lazyfsd.cache.CachedPack;
import dev.sway.lazyfsd.cache.PackCache;
import dev.sway.lazyfsd.source.http.RangeHeader;
import dev.sway.lazyfsd.source.http.Span;
import io.helidon.http.HeaderNames;
import io.helidon.http.HttpException;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.Semaphore;

/// `/v1/blobs/DIGEST`: ranges of packs that are in the cache.
final class PeerRoutes implements HttpService {
  /// The longest range: the largest frame, which is a little more than the 4 MiB that workers ask
  /// for at most where they want several.
  static final int MAX_RANGE = ChunkFormat.MAX_STORED;

  /// How many answers are given at a time, each with [#PIECE] bytes of memory twice. Who asks for
  /// one more is told so and has others to ask.
  static final int MAX_ANSWERS = 32;

  private static final int PIECE = 128 << 10;

  private final Program program;
  private final PackCache cache;
  private final AnswerTimer timer;
  private final Semaphore answers = new Semaphore(MAX_ANSWERS);

  PeerRoutes(Program program, PackCache cache, AnswerTimer timer) {
    this.program = program;
    this.cache = cache;
    this.timer = timer;
  }

  @Override
  public void routing(HttpRules rules) {
    rules.get("/{digest}", this::read).head("/{digest}", this::read);
  }

  private void read(ServerRequest request, ServerResponse response) throws IOException {
    if (!answers.tryAcquire()) {
      throw new HttpException(
          MAX_ANSWERS + " answers are under way; ask another source",
          Status.SERVICE_UNAVAILABLE_503,
          true);
    }
    try (AnswerTimer.Answer _ = timer.begin()) {
      answer(request, response);
    } finally {
      answers.release();
    }
  }

  private void answer(ServerRequest request, ServerResponse response) throws IOException {
    Digest digest = digest(request);
    String header = String.join(",", request.headers().all(HeaderNames.RANGE, List::of));
    List<Span> spans = RangeHeader.parse(header, MAX_RANGE);
    CachedPack pack = cache.cached(digest).orElseThrow(() -> nothingOf(digest));
    for (Span span : spans) {
      if (!pack.has(span.offset(), span.length())) {
        refuse(response, pack, digest);
        return;
      }
    }
    long first = spans.getFirst().offset();
    int length = (int) (spans.getLast().end() - first);
    response
        .status(Status.PARTIAL_CONTENT_206)
        .header(HeaderNames.CONTENT_TYPE, "application/octet-stream")
        // The size of the pack is in indexes, not in the cache.
        .header(HeaderNames.CONTENT_RANGE, "bytes %d-%d/*".formatted(first, first + length - 1))
        .header(HeaderNames.CONTENT_LENGTH, Integer.toString(length))
        // It may be wrong, or have holes between what was asked for: no proxy is to keep it.
        .header(HeaderNames.CACHE_CONTROL, "no-store");
    if (request.prologue().method().equals(Method.HEAD)) {
      response.send();
    } else {
      send(response, pack, first, length);
    }
  }

  private void send(ServerResponse response, CachedPack pack, long first, int length)
      throws IOException {
    try (Arena arena = Arena.ofConfined();
        OutputStream out = response.outputStream()) {
      MemorySegment piece = arena.allocate(Math.min(PIECE, length));
      byte[] bytes = new byte[(int) piece.byteSize()];
      for (int done = 0; done < length; ) {
        int count = Math.min(bytes.length, length - done);
        MemorySegment part = piece.asSlice(0, count);
        read(pack, first + done, part);
        MemorySegment.copy(part, 0, MemorySegment.ofArray(bytes), 0, count);
        out.write(bytes, 0, count);
        done += count;
      }
    }
  }

  /// Where the cache fails now, the head is out already, and all that can be done is to end the
  /// connection before the promised length is reached.
  private void read(CachedPack pack, long offset, MemorySegment target) {
    try {
      if (pack.read(offset, target)) {
        return;
      }
    } catch (IOException e) {
      program.report(e);
      throw new CloseConnectionException("the cache failed in the middle of an answer", e);
    }
    throw new CloseConnectionException("the cache has lost what it had");
  }

  /// Tells who asks whether other ranges are worth a request.
  private static void refuse(ServerResponse response, CachedPack pack, Digest digest)
      throws SwayException {
    if (pack.isEmpty()) {
      throw nothingOf(digest);
    }
    response
        .status(Status.REQUESTED_RANGE_NOT_SATISFIABLE_416)
        .header(HeaderNames.CONTENT_TYPE, "application/json")
        .send(
            WireJson.write(
                ApiError.of(
                    FailureKind.NOT_FOUND, "not all of that range of " + digest + " is here")));
  }

  private static SwayException nothingOf(Digest digest) {
    return new SwayException(FailureKind.NOT_FOUND, "there is nothing of pack " + digest + " here");
  }

  private static Digest digest(ServerRequest request) throws SwayException {
    return Digest.parse(request.path().pathParameters().get("digest"))
        .orElseThrow(() ->
            new SwayException(
                FailureKind.USAGE,
                "that is no digest; use sha256: and 64 lower-case hexadecimal digits"));
  }
}
