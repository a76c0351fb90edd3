package dev.sway.swayctl.image;

import dev.sway.blobd.http.WireJson;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// One JSON object with a list in it, written while the list is made: `{"entries":[...],...}`, an
/// element in each line. Not thread-safe.
public final class JsonList {
  private final OutputStream out;
  private boolean empty = true;

  /// Begins the object with the list `name`.
  public JsonList(OutputStream out, String name) throws IOException {
    this.out = out;
    write("{\"" + name + "\":[");
  }

  /// Writes the next element.
  public void add(Object element) throws IOException {
    write(empty ? "\n" : ",\n");
    empty = false;
    out.write(WireJson.write(element));
  }

  /// Ends the list, and the object with these members.
  public void end(Map<String, ?> members) throws IOException {
    write(empty ? "]" : "\n]");
    for (Map.Entry<String, ?> member : members.entrySet()) {
      write(",\"" + member.getKey() + "\":");
      out.write(WireJson.write(member.getValue()));
    }
    write("}\n");
  }

  private void write(String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }
}
