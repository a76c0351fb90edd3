package dev.sway.lazyfsd.holder;

import java.io.IOException;
import java.util.Optional;

/// The holder's part of one connection, as [HolderProtocol] says. Belongs to one thread.
final class HolderConversation {
  private final HolderConnection worker;
  private final HeldDescriptors descriptors;

  HolderConversation(HolderConnection worker, HeldDescriptors descriptors) {
    this.worker = worker;
    this.descriptors = descriptors;
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
    for (Optional<Frame> next = worker.receive(); next.isPresent(); next = worker.receive()) {
      answer(next.get());
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
            .number(ProcessHandle.current().pid()));
  }

  private void answer(Frame request) throws IOException {
    switch (request.code()) {
      case HolderProtocol.HOLD -> hold(request);
      case HolderProtocol.DROP -> {
        String name = name(request);
        request.end();
        descriptors.drop(name);
        worker.send(Frame.write(HolderProtocol.OK));
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
        worker.send(Frame.write(HolderProtocol.OK));
      }
      case HolderProtocol.END -> {
        request.end();
        worker.send(Frame.write(HolderProtocol.OK));
        throw new EndException();
      }
      default -> throw new IOException("no request but a " + request);
    }
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
    try {
      descriptors.hold(name, pid, fd, payload);
    } catch (IOException e) {
      worker.send(Frame.write(HolderProtocol.REFUSED).text(String.valueOf(e.getMessage())));
      return;
    }
    worker.send(Frame.write(HolderProtocol.OK));
  }
}
