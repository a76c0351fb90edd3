package dev.sway.blobd.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.FailureKind;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/// What every [BlobStore] must do.
abstract class BlobStoreContract {
  private static final long LIMIT = 10 << 20;

  abstract BlobStore store();

  /// Fails where anything but whole blobs is left in the store's medium.
  abstract void assertNothingHalfWritten() throws IOException;

  static byte[] content(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  private boolean put(byte[] content) throws IOException {
    return store().put(Digest.of(content), new ByteArrayInputStream(content), LIMIT);
  }

  private byte[] read(Digest digest, long offset, long length) throws IOException {
    try (InputStream in = store().read(digest, offset, length)) {
      return in.readAllBytes();
    }
  }

  @Test
  void whatIsPutCanBeReadWholeAndInParts() throws Exception {
    byte[] content = content(300_000);
    Digest digest = Digest.of(content);
    assertThat(put(content)).isTrue();
    assertThat(store().size(digest)).hasValue(300_000);
    assertThat(read(digest, 0, 300_000)).isEqualTo(content);
    assertThat(read(digest, 299_999, 1)).containsExactly(content[299_999]);
    store().settle(List.of(digest, Digest.of(content(1))));
    assertNothingHalfWritten();
  }

  @Test
  void theEmptyBlobIsABlob() throws Exception {
    assertThat(put(new byte[0])).isTrue();
    assertThat(store().size(Digest.of(new byte[0]))).hasValue(0);
  }

  @Test
  void puttingAgainChangesNothing() throws Exception {
    assertThat(put(content(1000))).isTrue();
    assertThat(put(content(1000))).isFalse();
    assertNothingHalfWritten();
  }

  @Test
  void whatIsNotThereIsNotFound() {
    Digest digest = Digest.of(content(7));
    assertThatThrownBy(() -> store().read(digest, 0, 1))
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.NOT_FOUND));
  }

  @Test
  void wrongDigestLeavesNothing() throws Exception {
    Digest digest = Digest.of(content(5));
    assertThatThrownBy(() -> store().put(digest, new ByteArrayInputStream(content(6)), LIMIT))
        .isInstanceOf(CorruptException.class)
        .hasMessageContaining(digest.toString());
    assertThat(store().size(digest)).isEmpty();
    assertNothingHalfWritten();
  }

  @Test
  void wrongContentForABlobThatIsThereIsRefusedAndHarmless() throws Exception {
    byte[] content = content(5000);
    Digest digest = Digest.of(content);
    put(content);
    assertThatThrownBy(() -> store().put(digest, new ByteArrayInputStream(content(6)), LIMIT))
        .isInstanceOf(CorruptException.class);
    assertThat(read(digest, 0, 5000)).isEqualTo(content);
  }

  @Test
  void tooLongContentLeavesNothing() throws Exception {
    byte[] content = content(1001);
    Digest digest = Digest.of(content);
    assertThatThrownBy(() -> store().put(digest, new ByteArrayInputStream(content), 1000))
        .isInstanceOfSatisfying(
            SwayException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.USAGE));
    assertThat(store().size(digest)).isEmpty();
    assertNothingHalfWritten();
  }

  @Test
  void contentThatBreaksOffLeavesNothing() throws Exception {
    byte[] content = content(500_000);
    Digest digest = Digest.of(content);
    InputStream broken =
        new InputStream() {
          private int position;

          @Override
          public int read() {
            throw new AssertionError("read in bulk");
          }

          @Override
          public int read(byte[] bytes, int offset, int length) {
            if (position > 400_000) {
              throw new IllegalStateException("gone");
            }
            System.arraycopy(content, position, bytes, offset, 1000);
            position += 1000;
            return 1000;
          }
        };
    assertThatThrownBy(() -> store().put(digest, broken, LIMIT)).hasMessage("gone");
    assertThat(store().size(digest)).isEmpty();
    assertNothingHalfWritten();
  }

  @Test
  void severalMayPutTheSameBlobAtOnce() throws Exception {
    byte[] content = content(1_000_000);
    int writers = 4;
    CyclicBarrier together = new CyclicBarrier(writers);
    try (ExecutorService threads = Executors.newFixedThreadPool(writers)) {
      List<Future<Boolean>> puts =
          threads.invokeAll(
              java.util.Collections.nCopies(
                  writers,
                  () -> {
                    together.await();
                    return put(content);
                  }));
      for (Future<Boolean> put : puts) {
        put.get();
      }
    }
    assertThat(read(Digest.of(content), 0, content.length)).isEqualTo(content);
    assertNothingHalfWritten();
  }
}
