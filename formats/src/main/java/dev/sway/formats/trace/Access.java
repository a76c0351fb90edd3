package dev.sway.formats.trace;

/// One request that the kernel could not answer by itself.
///
/// @param micros after the run's start at which it came; negative for what came before
/// @param operation what was asked
/// @param inode it was about; 0 for a lookup that found nothing
/// @param path absolute, of the inode or of the name that was looked up, as [TracePath] writes it
/// @param offset in the file, of a read; else 0
/// @param length of a read in bytes; else 0
/// @param process the thread that asked, as the worker's machine numbers it; 0 where the kernel
///   asked for itself
/// @param program what that thread is called, at most 15 characters; empty where it is unknown
/// @param waitMicros until it was answered
/// @param from where the answer came from
/// @param failed whether the answer was an error
public record Access(
    long micros,
    Operation operation,
    long inode,
    String path,
    long offset,
    int length,
    int process,
    String program,
    long waitMicros,
    ServedFrom from,
    boolean failed) {}
