package dev.sway.lazyfsd.mount;

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
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The mounts whose descriptors a worker's holder has, so that the next worker can go on serving
/// them.
///
/// A descriptor is held as `mount/KEY/NUMBER`, where KEY is the text of a [MountKey], with how many
/// its mount has in all, in decimal: a worker that was killed between two of them has left a mount
/// that is none. Thread-safe.
public final class KeptMounts {
  private static final System.Logger LOG = System.getLogger(KeptMounts.class.getName());
  private static final Pattern NAME =
      Pattern.compile(HolderClient.FUSE_NAME + "([0-9a-f-]{64,77})/([0-9]{1,3})");
  private static final int MOST = 100;

  private final HolderClient holder;

  /// @param holder stays the caller's to close
  public KeptMounts(HolderClient holder) {
    this.holder = holder;
  }

  /// Whether this process may ask the mounts for more than it must: where it is killed meanwhile,
  /// the holder answers.
  boolean mayBeAsked() throws IOException {
    return holder.endsWorkers();
  }

  private static String name(MountKey key, int number) {
    return HolderClient.FUSE_NAME + key + "/" + number;
  }

  /// Leaves the descriptors of a mount with the holder, if it can be gone on with.
  void keep(MountKey key, FuseMount mount) throws IOException {
    List<Integer> descriptors = mount.descriptors();
    byte[] count = Integer.toString(descriptors.size()).getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i < descriptors.size(); i++) {
      holder.hold(name(key, i), descriptors.get(i), count);
    }
  }

  /// The holder need not keep this mount any more.
  public void forget(MountKey key) throws IOException {
    for (String name : holder.names()) {
      Matcher parts = NAME.matcher(name);
      if (parts.matches() && parts.group(1).equals(key.toString())) {
        holder.drop(name);
      }
    }
  }

  /// The mounts that an earlier worker has left complete. What it has left of others is dropped,
  /// which ends them.
  public List<MountKey> left() throws IOException {
    Map<MountKey, Integer> counts = new HashMap<>();
    Map<MountKey, Integer> wanted = new HashMap<>();
    for (Held held : holder.held()) {
      Matcher parts = NAME.matcher(held.name());
      Optional<MountKey> key = parts.matches() ? MountKey.parse(parts.group(1)) : Optional.empty();
      if (key.isPresent()) {
        counts.merge(key.get(), 1, Integer::sum);
        wanted.put(key.get(), count(held.payload()));
      }
    }
    List<MountKey> complete = new ArrayList<>();
    for (Map.Entry<MountKey, Integer> found : counts.entrySet()) {
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
  List<Integer> take(MountKey key) throws IOException {
    List<Integer> descriptors = new ArrayList<>();
    boolean complete = false;
    try {
      List<String> names = holder.names();
      for (int i = 0; i < MOST && names.contains(name(key, i)); i++) {
        descriptors.add(holder.take(name(key, i)));
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
