package dev.sway.lazyfsd.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.id.Digest;
import dev.sway.formats.index.ChunkLocation;
import dev.sway.formats.index.PackReference;
import dev.sway.lazyfsd.cache.CachedPack;
import dev.sway.lazyfsd.cache.PackCache;
import dev.sway.lazyfsd.fixture.Randomized;
import dev.sway.lazyfsd.fixture.TestImage;
import dev.sway.lazyfsd.source.FetchCounters;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class PeerServerTest {
  /// The last one is larger than what sockets hold of an answer that nobody reads.
  private static final int LARGE = 8;

  @TempDir Path folder;
  private final HttpClient http = HttpClient.newHttpClient();
  private TestPeer peer;

  @BeforeEach
  void start() throws IOException {
    TestImage.Built image =
        TestPeer.image(folder, LARGE, 40_000)
            .file("/large", Randomized.bytes(new Random(LARGE), 4 << 20))
            .build();
    peer = new TestPeer(image, packs());
  }

  @AfterEach
  void stop() throws IOException {
    http.shutdownNow();
    peer.close();
  }

  private Path packs() {
    return folder.resolve("packs");
  }

  private ChunkLocation chunk(int frame) {
    return peer.chunk(frame);
  }

  private PackReference pack() {
    return peer.image().reference();
  }

  private long end(int frame) {
    return chunk(frame).offset() + chunk(frame).stored();
  }

  private String range(int first, int last) {
    return chunk(first).offset() + "-" + (end(last) - 1);
  }

  private HttpRequest.Builder request(Object blob) {
    return HttpRequest.newBuilder(peer.uri().resolve("/v1/blobs/" + blob));
  }

  private HttpResponse<byte[]> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  private HttpResponse<byte[]> get(String range) throws IOException, InterruptedException {
    return send(request(pack().digest()).header("Range", "bytes=" + range));
  }

  private void served(String range, long from, long to) throws IOException, InterruptedException {
    HttpResponse<byte[]> answer = get(range);
    assertThat(answer.statusCode()).as(range).isEqualTo(206);
    assertThat(answer.headers().firstValue("Content-Range"))
        .contains("bytes %d-%d/*".formatted(from, to - 1));
    assertThat(answer.headers().firstValue("Cache-Control")).contains("no-store");
    assertThat(answer.body())
        .isEqualTo(Arrays.copyOfRange(peer.image().pack(), (int) from, (int) to));
  }

  private static void refused(HttpResponse<byte[]> answer, int status) {
    String body = new String(answer.body(), StandardCharsets.UTF_8);
    assertThat(answer.statusCode()).as(body).isEqualTo(status);
    assertThat(body).startsWith("{\"error\":{\"kind\":\"");
  }

  @Test
  void rangesOfFramesThatAreHereAndAbutAreServed() throws Exception {
    peer.keep(0, 1, 2, 4);
    served(range(1, 1), chunk(1).offset(), end(1));
    served(range(0, 2), 0, end(2));
    served("5-" + (end(1) + 7), 5, end(1) + 8);
    served(range(4, 4), chunk(4).offset(), end(4));
    assertThat(peer.source().requests).isEmpty();
  }

  @Test
  void rangesWithGapsBetweenThemComeInOnePiece() throws Exception {
    peer.keep(0, 1, 2, 4);
    HttpResponse<byte[]> answer = get(range(0, 1) + "," + range(4, 4));
    assertThat(answer.statusCode()).isEqualTo(206);
    assertThat(answer.headers().firstValue("Content-Range"))
        .contains("bytes 0-%d/*".formatted(end(4) - 1));
    assertThat(answer.body()).hasSize((int) end(4));
    assertThat(Arrays.copyOf(answer.body(), (int) end(1)))
        .isEqualTo(Arrays.copyOf(peer.image().pack(), (int) end(1)));
    assertThat(Arrays.copyOfRange(answer.body(), (int) chunk(4).offset(), (int) end(4)))
        .isEqualTo(Arrays.copyOfRange(peer.image().pack(), (int) chunk(4).offset(), (int) end(4)));
    refused(get(range(0, 1) + "," + range(3, 3)), 416);
  }

  @Test
  void whatIsNotHereIsSaidSoAndNotFetched() throws Exception {
    peer.keep(0, 1, 4);
    for (String range : List.of(range(2, 2), range(1, 2), range(0, 4), range(3, 4))) {
      refused(get(range), 416);
    }
    refused(get((end(4) - 1) + "-" + end(4)), 416);
    refused(get("999999999999999990-999999999999999999"), 416);
    Digest other = Digest.of(new byte[] {1});
    refused(send(request(other).header("Range", "bytes=0-1")), 404);
    assertThat(peer.source().requests).isEmpty();
    try (Stream<Path> files = Files.list(packs())) {
      assertThat(files.filter(file -> file.toString().contains(other.hex()))).isEmpty();
    }
  }

  @Test
  void whatAnotherProcessHasFetchedOrEvictedIsKnown() throws Exception {
    peer.keep(0);
    refused(get(range(1, 1)), 416);
    try (PackCache other = new PackCache(packs(), peer.source())) {
      TestPeer.read(other, new FetchCounters(), peer.frames(1));
    }
    served(range(0, 1), 0, end(1));
    try (PackCache other = new PackCache(packs(), peer.source())) {
      other.evict(Set.of(pack().digest()));
    }
    refused(get(range(0, 1)), 404);
  }

  @Test
  void evictionBetweenTheLookAndTheReadGivesZeros() throws Exception {
    peer.keep(0);
    CachedPack pack = peer.cache().cached(pack().digest()).orElseThrow();
    assertThat(pack.has(0, 1000)).isTrue();
    peer.cache().evictAll();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(1000);
      assertThat(pack.read(0, bytes)).isTrue();
      assertThat(bytes.toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
    }
    assertThat(pack.has(0, 1000)).isFalse();
  }

  @Test
  void replicaThatIsShorterThanItsLogEndsTheConnection() throws Exception {
    peer.keep(0, 1);
    Path data = packs().resolve(pack().digest().hex() + ".pack");
    Files.write(data, Arrays.copyOf(peer.image().pack(), 100));
    assertThatThrownBy(() -> get(range(0, 1))).isInstanceOf(IOException.class);
    peer.keep(2);
    served(range(2, 2), chunk(2).offset(), end(2));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bytes=5-",
        "bytes=-5",
        "bytes=5-3",
        "bytes=",
        "bytes=0-5,3-8",
        "bytes=6-8,0-5",
        "bytes=0-5,",
        "bytes=0-4210753",
        "bytes=0-1,4210753-4210754",
        "bytes=0-9999999999999999999",
        "bytes=a-b",
        "chunks=0-5",
        "x"
      })
  void rangeThatIsNotUnderstoodOrTooLongIsRefused(String range) throws Exception {
    peer.keep(0);
    refused(send(request(pack().digest()).header("Range", range)), 400);
  }

  @Test
  void requestThatIsNoneIsRefused() throws Exception {
    peer.keep(0);
    Digest pack = pack().digest();
    refused(send(request(pack)), 400);
    String many =
        IntStream.range(0, 65).mapToObj(i -> 2 * i + "-" + 2 * i).collect(Collectors.joining(","));
    refused(get(many), 400);
    for (String blob : List.of("x", "sha256:12", pack.hex())) {
      refused(send(request(blob).header("Range", "bytes=0-5")), 400);
    }
    for (String method : List.of("PUT", "POST", "DELETE")) {
      refused(send(request(pack).method(method, HttpRequest.BodyPublishers.noBody())), 404);
      refused(send(request(pack).method(method, HttpRequest.BodyPublishers.ofString("body"))), 413);
    }
    refused(send(request(pack).header("Origin", "https://page.example")), 403);
    for (String path :
        List.of(
            "/", "/v1/blobs", "/v1/blobs/..%2f..%2fusers", "/v1/status", "/v1/runs", "/v1/cache")) {
      refused(send(HttpRequest.newBuilder(peer.uri().resolve(path))), 404);
    }
  }

  @Test
  void headSaysWhetherARangeIsHere() throws Exception {
    peer.keep(0);
    HttpRequest.Builder head = request(pack().digest()).HEAD();
    HttpResponse<byte[]> here = send(head.header("Range", "bytes=" + range(0, 0)));
    assertThat(here.statusCode()).isEqualTo(206);
    assertThat(here.headers().firstValue("Content-Length"))
        .contains(Integer.toString(chunk(0).stored()));
    assertThat(here.body()).isEmpty();
    assertThat(send(head.setHeader("Range", "bytes=" + range(1, 1))).statusCode()).isEqualTo(416);
  }

  /// A connection on which `request` was sent.
  private Socket connection(String request) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(4 << 10);
    socket.connect(new InetSocketAddress(peer.uri().getHost(), peer.uri().getPort()));
    socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
    return socket;
  }

  private String requestOf(int frame) {
    return "GET /v1/blobs/%s HTTP/1.1\r\nHost: x\r\nRange: bytes=%s\r\n\r\n"
        .formatted(pack().digest(), range(frame, frame));
  }

  /// Asks for the large frame, and reads only the first byte of the answer.
  private Socket stalled() throws IOException {
    Socket socket = connection(requestOf(LARGE));
    assertThat(socket.getInputStream().read()).isEqualTo('H');
    return socket;
  }

  private static long drain(Socket socket) {
    long count = 0;
    try (socket;
        InputStream in = socket.getInputStream()) {
      byte[] buffer = new byte[64 << 10];
      for (int more = in.read(buffer); more >= 0; more = in.read(buffer)) {
        count += more;
      }
    } catch (IOException e) {
      // A reset is an end too.
      return count;
    }
    return count;
  }

  @Test
  void connectionsWithoutRequestsAreClosedAndOthersAreNot() throws Exception {
    peer.keep(0, LARGE);
    peer.restart(new PeerServer.Patience(PeerServer.PATIENCE.answer(), Duration.ofMillis(400)));
    Socket slow = stalled();
    for (String request : List.of("", "GET /v1", requestOf(0))) {
      try (Socket silent = connection(request)) {
        silent.setSoTimeout(20_000);
        InputStream in = silent.getInputStream();
        in.transferTo(OutputStream.nullOutputStream());
      }
    }
    assertThat(drain(slow)).isGreaterThan(chunk(LARGE).stored());
  }

  @Test
  void readersThatDoNotReadAreBoundedAndBrokenOff() throws Exception {
    peer.keep(0, LARGE);
    peer.restart(new PeerServer.Patience(Duration.ofSeconds(8), PeerServer.PATIENCE.idle()));
    List<Socket> sockets = new ArrayList<>();
    for (int i = 0; i < PeerRoutes.MAX_ANSWERS; i++) {
      sockets.add(stalled());
    }
    refused(get(range(0, 0)), 503);
    long began = System.nanoTime();
    while (get(range(0, 0)).statusCode() == 503) {
      assertThat(System.nanoTime() - began).isLessThan(Duration.ofSeconds(30).toNanos());
    }
    // Once one place is free, all of them are soon.
    for (Socket socket : sockets) {
      assertThat(drain(socket)).isLessThan(chunk(LARGE).stored());
    }
    served(range(LARGE, LARGE), chunk(LARGE).offset(), end(LARGE));
  }

  @Test
  void readersThatDoNotReadDoNotDelayTheEnd() throws Exception {
    peer.keep(LARGE);
    List<Socket> sockets = List.of(stalled(), stalled(), stalled());
    long began = System.nanoTime();
    peer.server().close();
    assertThat(System.nanoTime() - began).isLessThan(Duration.ofSeconds(5).toNanos());
    for (Socket socket : sockets) {
      assertThat(drain(socket)).isLessThan(chunk(LARGE).stored());
    }
  }

  @Test
  void readersSeeRightBytesOrHolesWhileFramesComeAndGo() throws Exception {
    peer.keep(0, 1, 2, 3);
    try (ExecutorService readers =
        Executors.newFixedThreadPool(4, Thread.ofPlatform().name("reader-", 0).factory())) {
      List<Future<?>> results = new ArrayList<>();
      for (int reader = 0; reader < 4; reader++) {
        int frame = reader;
        results.add(
            readers.submit(() -> {
              for (int i = 0; i < 100; i++) {
                compare(get(range(frame, frame)), frame);
              }
              return null;
            }));
      }
      while (!results.stream().allMatch(Future::isDone)) {
        peer.cache().evictAll();
        peer.keep(0, 1, 2, 3);
      }
      for (Future<?> result : results) {
        result.get();
      }
    }
    served(range(0, 3), 0, end(3));
  }

  private void compare(HttpResponse<byte[]> answer, int frame) {
    assertThat(answer.statusCode()).isIn(206, 404, 416);
    if (answer.statusCode() == 206) {
      byte[] body = answer.body();
      assertThat(body).hasSize(chunk(frame).stored());
      for (int i = 0; i < body.length; i++) {
        byte right = peer.image().pack()[(int) chunk(frame).offset() + i];
        if (body[i] != right && body[i] != 0) {
          throw new AssertionError("frame %d: byte %d is another".formatted(frame, i));
        }
      }
    }
  }

  /// What comes until the peer ends the connection.
  private String answers(String request) throws IOException {
    try (Socket socket = connection(request)) {
      socket.setSoTimeout(20_000);
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  @Test
  void connectionEndsWhereTheClientSaysSo() throws Exception {
    peer.keep(0);
    assertThat(answers("GET /v1/nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 404 ")
        .contains("Connection: close");
    assertThat(answers(requestOf(0).replace("Host: x", "Host: x\r\nConnection: close")))
        .startsWith("HTTP/1.1 206 ")
        .contains("Connection: close");
  }

  @Test
  void bodyIsRefusedAndIsNoRequest() throws Exception {
    peer.keep(0);
    String inside = requestOf(0);
    String last = "GET /v1/nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    assertThat(
            answers(
                "GET /v1/nothing HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s%s"
                    .formatted(inside.length(), inside, last)))
        .startsWith("HTTP/1.1 413 ")
        .contains("HTTP/1.1 404 ")
        .doesNotContain("HTTP/1.1 206 ");
  }
}
