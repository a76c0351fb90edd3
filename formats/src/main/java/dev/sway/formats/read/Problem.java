package dev.sway.formats.read;

import dev.sway.formats.id.Digest;

/// Something that is wrong with an image.
///
/// @param blob the manifest, index, pack or other blob that it was found in
/// @param what one line: which blob, where in it, what was expected and what is there
public record Problem(Digest blob, String what) {}
