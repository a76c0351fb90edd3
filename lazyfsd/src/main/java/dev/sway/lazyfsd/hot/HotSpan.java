package dev.sway.lazyfsd.hot;

/// Bytes of a segment of a hot pack.
///
/// @param segment its number in the hot pack
/// @param offset in the segment's content
/// @param length in bytes, at least 1
public record HotSpan(int segment, int offset, int length) {}
