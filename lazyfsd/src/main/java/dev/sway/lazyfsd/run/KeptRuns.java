package dev.sway.lazyfsd.run;

import dev.sway.blobd.http.WireJson;
import dev.sway.formats.id.Digest;
import dev.sway.lazyfsd.holder.HolderClient;
import dev.sway.lazyfsd.holder.RunHolder;
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

  /// The ids of those on these images.
  public Set<String> on(Set<Digest> images) {
    return facts.stream()
        .filter(run -> images.contains(run.digest()))
        .map(RunFacts::id)
        .collect(Collectors.toSet());
  }
}
