package dev.sway.formats.id;

/// What content is known by, wherever it comes from: equal ones belong to equal content, as far as
/// SHA-256 has no collisions. Ids of different classes are never equal, so that nobody can have the
/// one kind pass for the other. Immutable.
public interface ContentId {}
