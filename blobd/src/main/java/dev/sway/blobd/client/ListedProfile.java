package dev.sway.blobd.client;

import dev.sway.formats.trace.CommandKey;
import java.time.Instant;
import java.util.OptionalLong;

/// One of an image's profiles, as a list of them tells.
///
/// @param key of its command
/// @param bytes its size
/// @param modified when it was last stored, by the server's clock
/// @param hotBytes the size of its hot pack, 0 where it has none; empty where the server is too old
///   to say
public record ListedProfile(CommandKey key, long bytes, Instant modified, OptionalLong hotBytes) {}
