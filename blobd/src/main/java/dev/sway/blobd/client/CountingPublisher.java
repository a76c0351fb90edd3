package dev.sway.blobd.client;

import java.net.http.HttpRequest.BodyPublisher;
import java.nio.ByteBuffer;
import java.util.concurrent.Flow.Subscriber;
import java.util.concurrent.Flow.Subscription;
import java.util.function.LongConsumer;

/// A request's body that reports what is taken from it: the bytes since the last report, negative
/// where the request is sent again from the start, so that the sum is always what counts.
final class CountingPublisher implements BodyPublisher {
  private final BodyPublisher body;
  private final LongConsumer progress;
  private volatile Counter last;

  CountingPublisher(BodyPublisher body, LongConsumer progress) {
    this.body = body;
    this.progress = progress;
    last = new Counter(progress);
  }

  @Override
  public long contentLength() {
    return body.contentLength();
  }

  @Override
  public void subscribe(Subscriber<? super ByteBuffer> subscriber) {
    last.takeBack();
    Counter counter = new Counter(progress);
    last = counter;
    body.subscribe(
        new Subscriber<>() {
          @Override
          public void onSubscribe(Subscription subscription) {
            subscriber.onSubscribe(subscription);
          }

          @Override
          public void onNext(ByteBuffer bytes) {
            counter.add(bytes.remaining());
            subscriber.onNext(bytes);
          }

          @Override
          public void onError(Throwable thrown) {
            subscriber.onError(thrown);
          }

          @Override
          public void onComplete() {
            subscriber.onComplete();
          }
        });
  }

  /// What one attempt has reported. A publisher calls its subscriber from one thread at a time.
  private static final class Counter {
    private final LongConsumer progress;
    private volatile long sent;

    Counter(LongConsumer progress) {
      this.progress = progress;
    }

    void add(int bytes) {
      long before = sent;
      sent = before + bytes;
      progress.accept(bytes);
    }

    void takeBack() {
      long bytes = sent;
      if (bytes != 0) {
        sent = 0;
        progress.accept(-bytes);
      }
    }
  }
}
