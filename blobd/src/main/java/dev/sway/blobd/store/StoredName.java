package dev.sway.blobd.store;

import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import java.time.Instant;

/// One name in a store.
///
/// @param name of the image
/// @param manifest what it points at
/// @param modified when it was last pointed there, to the millisecond
public record StoredName(ImageName name, Digest manifest, Instant modified) {}
