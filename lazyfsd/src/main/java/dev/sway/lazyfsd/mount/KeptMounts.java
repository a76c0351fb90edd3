package dev.sway.lazyfsd.mount;

import dev.sway.formats.id.Digest;
import dev.sway.lazyfsd.fuse.FuseMount;
import dev.sway.lazyfsd.holder.HolderClient;
import dev.sway.lazyfsd.holder.HolderClient.Held;
import dev.sway.lazyfsd.linux.Descriptors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The mounts whose descriptors a worker's holder has, so that the next worker can go on serving
/// them.
///
/// A descriptor is held as `mount/DIGEST/NUMBER` with how many its mount has in all, in decimal: a
/// worker that was killed between two of them has left a mount that is none. Thread-safe.
public final class KeptMounts {
  private static final System.Logger LOG = System.getLogger(KeptMounts.class.getName());
  private static final Pattern NAME = Pattern.compile("mount/([0-9a-f]{64})/([0-9]{1,3})");
  private static final int MOST = 100;

  private final HolderClient holder;

  /// @param holder stays the caller's to close
  public KeptMounts(HolderClient holder) {
    this.holder = holder;
  }

  private static String name(Digest digest, int number) {
    return "mount/" + digest.hex() + "/" + number;
  }

  /// Leaves the descriptors of the mount of an image with the holder, if it can be gone on with.
  void keep(Digest digest, FuseMount mount) throws IOException {
    List<Integer> descriptors = mount.descriptors();
    byte[] count = Integer.toString(descriptors.size()).getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < descriptors.size(); i++) {
      holder.hold(name(digest, i), descriptors.get(i), count);
    }
  }

  /// The holder need not keep this mount any more.
  public void forget(Digest digest) throws IOException {
    for (String name : holder.names()) {
      Matcher parts = NAME.matcher(name);
      if (parts.matches() && parts.group(1).equals(digest.hex())) {
        holder.drop(name);
      }
    }
  }

  /// The images whose mounts an earlier worker has left complete. What it has left of others is
  /// dropped, which ends them.
  public List<Digest> left() throws IOException {
    Map<Digest, Integer> counts = new HashMap<>();
    Map<Digest, Integer> wanted = new HashMap<>();
    for (Held held : holder.held()) {
      Matcher parts = NAME.matcher(held.name());
      if (parts.matches()) {
        Digest digest = Digest.parse("sha256:" + parts.group(1)).orElseThrow();
        counts.merge(digest, 1, Integer::sum);
        wanted.put(digest, count(held.payload()));
      }
    }
    List<Digest> complete = new ArrayList<>();
    for (Map.Entry<Digest, Integer> found : counts.entrySet()) {
      if (found.getValue().equals(wanted.get(found.getKey()))) {
        complete.add(found.getKey());
      } else {
        LOG.log(
            System.Logger.Level.WARNING,
            "the mount of {0} was not left complete: dropped",
            found.getKey());
        forget(found.getKey());
      }
    }
    return complete;
  }

  private static int count(byte[] payload) {
    String text = new String(payload, StandardCharsets.US_ASCII);
    return text.matches("[0-9]{1,3}") ? Integer.parseInt(text) : -1;
  }

  /// Takes over the descriptors of a mount that [#left] has named; they are the caller's to close.
  List<Integer> take(Digest digest) throws IOException {
    List<Integer> descriptors = new ArrayList<>();
    boolean complete = false;
    try {
      List<String> names = holder.names();
      for (int i = 0; i < MOST && names.contains(name(digest, i)); i++) {
        descriptors.add(holder.take(name(digest, i)));
      }
      complete = true;
      return descriptors;
    } finally {
      if (!complete) {
        descriptors.forEach(Descriptors::close);
      }
    }
  }
}
