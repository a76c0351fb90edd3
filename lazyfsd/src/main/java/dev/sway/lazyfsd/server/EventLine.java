package dev.sway.lazyfsd.server;

import dev.sway.blobd.http.WireJson;
import dev.sway.lazyfsd.api.RunEvent;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/// An event as the line that a client gets.
final class EventLine {
  private static final byte[] END = {'"', '}', '\n'};

  private EventLine() {}

  /// JSON, and the end of the line.
  static byte[] of(RunEvent event) {
    if (event instanceof RunEvent.Output output) {
      return output(output);
    }
    byte[] json = WireJson.write(event);
    byte[] line = Arrays.copyOf(json, json.length + 1);
    line[json.length] = '\n';
    return line;
  }

  /// What [WireJson] makes of it. Nearly all that a worker sends is output, and the JDK's base64 is
  /// several times as fast as Jackson's.
  private static byte[] output(RunEvent.Output output) {
    byte[] begin =
        "{\"event\":\"output\",\"seq\":%d,\"stream\":%d,\"data\":\""
            .formatted(output.seq(), output.stream())
            .getBytes(StandardCharsets.US_ASCII);
    byte[] data = Base64.getEncoder().encode(output.data());
    return ByteBuffer.allocate(begin.length + data.length + END.length)
        .put(begin)
        .put(data)
        .put(END)
        .array();
  }
}
