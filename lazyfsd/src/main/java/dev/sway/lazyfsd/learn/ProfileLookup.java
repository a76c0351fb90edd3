package dev.sway.lazyfsd.learn;

import dev.sway.formats.id.Digest;
import dev.sway.formats.trace.CommandKey;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// A profile that is looked for while its image is mounted. Thread-safe.
public final class ProfileLookup {
  private final CommandKey command;
  private final FutureTask<Optional<Profiles.Found>> task;

  private ProfileLookup(CommandKey command, FutureTask<Optional<Profiles.Found>> task) {
    this.command = command;
    this.task = task;
  }

  static ProfileLookup begin(Profiles profiles, Digest manifest, CommandKey command) {
    FutureTask<Optional<Profiles.Found>> task =
        new FutureTask<>(() -> profiles.find(manifest, command));
    Thread.ofVirtual().name("profile-lookup").start(task);
    return new ProfileLookup(command, task);
  }

  /// What was found; waits for it. To be called for the command that is looked for.
  ///
  /// @throws IOException of [Profiles#find]
  Optional<Profiles.Found> await(CommandKey of) throws IOException {
    if (!of.equals(command)) {
      throw new IllegalArgumentException("looked for " + command + ", not for " + of);
    }
    try {
      return task.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IllegalStateException("a profile could not be looked for", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (InterruptedIOException)
          new InterruptedIOException("interrupted while waiting for a profile").initCause(e);
    }
  }
}
