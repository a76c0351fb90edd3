package dev.sway.blobd.client;

import dev.sway.formats.trace.CommandKey;
import java.time.Instant;

/// One of an image's profiles, as a list of them tells.
///
/// @param key of its command
/// @param bytes its size
/// @param modified when it was last stored, by the server's clock
public record ListedProfile(CommandKey key, long bytes, Instant modified) {}
