package dev.sway.lazyfsd.peer;

import dev.sway.blobd.cli.Program;
import dev.sway.blobd.http.ListenAddress;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.lazyfsd.cache.FrameReference;
import dev.sway.lazyfsd.cache.PackCache;
import dev.sway.lazyfsd.fixture.FakeSource;
import dev.sway.lazyfsd.fixture.Randomized;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.source.FetchCounters;
import dev.sway.lazyfsd.source.Urgency;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// A cache of one image's pack, whose source is at hand, and a server that gives others what it
/// has.
final class TestPeer implements AutoCloseable {
  private final TestImage.Built image;
  private final FakeSource source;
  private final PackCache cache;
  private PeerServer server;

  /// @param packs folder of the cache
  TestPeer(TestImage.Built image, Path packs) throws IOException {
    this.image = image;
    source = new FakeSource(image.pack());
    cache = new PackCache(packs, source);
    server = serve(cache, PeerServer.PATIENCE);
  }

  /// An image of `count` files of random bytes, a frame each: the first one of `length` bytes, and
  /// each next one a byte longer.
  static TestImage image(Path folder, int count, int length) throws IOException {
    TestImage made = new TestImage(folder);
    for (int file = 0; file < count; file++) {
      made.file("/f" + file, Randomized.bytes(new Random(file), length + file));
    }
    return made;
  }

  /// Serves what `cache` has, on a free port of the loopback.
  static PeerServer serve(PackCache cache, PeerServer.Patience patience) throws IOException {
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    return PeerServer.start(
        new Program("lazyfsd", err, err, false),
        ListenAddress.parse("--peer-listen", "127.0.0.1:0"),
        cache,
        patience);
  }

  TestImage.Built image() {
    return image;
  }

  FakeSource source() {
    return source;
  }

  PackCache cache() {
    return cache;
  }

  PeerServer server() {
    return server;
  }

  URI uri() {
    return server.uri();
  }

  /// Serves anew, elsewhere.
  void restart(PeerServer.Patience patience) throws IOException {
    server.close();
    server = serve(cache, patience);
  }

  ChunkLocation chunk(int frame) {
    return image.chunks().get(frame);
  }

  /// These frames of the image's pack.
  List<FrameReference> frames(int... numbers) {
    return Arrays.stream(numbers)
        .mapToObj(number -> new FrameReference(chunk(number), image.reference()))
        .toList();
  }

  /// Has the cache fetch these frames, and its source forget that it was asked for them.
  void keep(int... frames) throws IOException {
    read(cache, new FetchCounters(), frames(frames));
    source.requests.clear();
  }

  /// Has `cache` fetch and verify frames, each with a request of its own.
  static void read(PackCache cache, FetchCounters counters, List<FrameReference> frames)
      throws IOException {
    for (FrameReference frame : frames) {
      cache.prefetch(List.of(frame), Urgency.READ_AHEAD, counters);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    cache.close();
  }
}
