package dev.sway.lazyfsd.run;

import dev.sway.blobd.http.WireJson;
import dev.sway.lazyfsd.holder.HolderClient;
import dev.sway.lazyfsd.holder.RunHolder;
import dev.sway.lazyfsd.mount.MountKey;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// The runs that an earlier worker has left with the holder.
///
/// @param facts of each
public record KeptRuns(List<RunFacts> facts) {
  public KeptRuns {
    facts = List.copyOf(facts);
  }

  /// Asks the holder.
  public static KeptRuns of(HolderClient holder) throws IOException {
    List<RunFacts> facts = new ArrayList<>();
    for (RunHolder.Kept kept : new RunHolder(holder).list()) {
      facts.add(WireJson.read(kept.payload(), RunFacts.class, "what is kept of a run"));
    }
    return new KeptRuns(facts);
  }

  /// Whether the run with this id is one of them.
  public boolean has(String id) {
    return facts.stream().anyMatch(run -> run.id().equals(id));
  }

  /// The ids of those on these mounts.
  public Set<String> on(Set<MountKey> mounts) {
    return facts.stream()
        .filter(run ->
            mounts.contains(MountKey.own(run.digest(), run.id()))
                || mounts.contains(MountKey.shared(run.digest())))
        .map(RunFacts::id)
        .collect(Collectors.toSet());
  }
}
