package dev.sway.blobd.client;

import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import java.time.Instant;

/// What an image's name points at.
///
/// @param name of the image
/// @param manifest the digest of its manifest, which is the image's identity
/// @param modified when the name was last pointed somewhere, by the server's clock
public record ResolvedName(ImageName name, Digest manifest, Instant modified) {}
