package dev.sway.blobd.store;

import dev.sway.formats.trace.CommandKey;
import java.time.Instant;

/// One profile in a store.
///
/// @param key of its command
/// @param bytes its size
/// @param modified when it was last stored
public record StoredProfile(CommandKey key, long bytes, Instant modified) {}
