package dev.sway.lazyfsd.image;

import dev.sway.blobd.http.WireJson;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.manifest.Manifest.IndexBlob;
import dev.sway.lazyfsd.linux.AtomicWrite;
import dev.sway.lazyfsd.linux.FileFacts;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;

/// Whether an index on this machine is the one that a manifest names. To hash a large one takes far
/// longer than to mount it, so it is done once, and noted beside the file with what identifies the
/// very bytes that were hashed: file system, inode number, size, time of the last change, and this
/// start of the machine. Where any of these is another, it is hashed again.
///
/// That leaves out what changes bytes without the kernel knowing: a disk that fails silently while
/// the machine runs.
final class VerifiedIndex {
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
  private static final int MAX_NOTE_BYTES = 4096;
  private static final int BUFFER = 1 << 16;

  private VerifiedIndex() {}

  /// The disk that indexes are on.
  @FunctionalInterface
  interface Disk {
    /// Waits until the content of `file` is on the disk.
    ///
    /// @throws IOException where the disk does not take it
    void force(Path file) throws IOException;
  }

  /// What is noted.
  ///
  /// @param digest of the index that was found in the file
  /// @param device see [FileFacts]
  /// @param inode likewise
  /// @param size likewise
  /// @param changedNanos likewise
  /// @param boot identifies this start of the machine
  private record Note(
      Digest digest, long device, long inode, long size, long changedNanos, String boot) {}

  private static Path note(Path index) {
    return index.resolveSibling(index.getFileName() + ".verified");
  }

  /// Whether `index` is what `blob` says; costs little where that was found before.
  ///
  /// @param disk waits until it has a file
  static boolean isIntact(Path index, IndexBlob blob, Disk disk) throws IOException {
    FileFacts facts;
    try {
      facts = FileFacts.of(index);
    } catch (NoSuchFileException e) {
      return false;
    }
    if (facts.size() != blob.contentSize()) {
      return false;
    }
    Note now = noteOf(facts, blob);
    if (isNoted(index, now)) {
      return true;
    }
    if (!digest(index).equals(blob.contentDigest())) {
      return false;
    }
    // What is changed while it is hashed has another time of change than is noted.
    note(index, now, disk);
    return true;
  }

  /// Notes that `index` was found to be what `blob` says, and not changed since; waits until it is
  /// on the disk.
  ///
  /// @param disk waits until it has a file
  /// @throws IOException where the disk does not take it, among others
  static void record(Path index, IndexBlob blob, Disk disk) throws IOException {
    note(index, noteOf(FileFacts.of(index), blob), disk);
  }

  /// Not before the disk has it: bytes that the kernel cannot write it may forget, and nothing of
  /// what is noted would change.
  private static void note(Path index, Note note, Disk disk) throws IOException {
    disk.force(index);
    AtomicWrite.replace(note(index), WireJson.write(note));
  }

  private static Note noteOf(FileFacts facts, IndexBlob blob) throws IOException {
    return new Note(
        blob.contentDigest(),
        facts.device(),
        facts.inode(),
        facts.size(),
        facts.changedNanos(),
        Files.readString(BOOT_ID, StandardCharsets.US_ASCII).strip());
  }

  private static boolean isNoted(Path index, Note now) throws IOException {
    try (InputStream in = Files.newInputStream(note(index))) {
      return now.equals(
          WireJson.read(in.readNBytes(MAX_NOTE_BYTES), Note.class, note(index).toString()));
    } catch (NoSuchFileException | SwayException e) {
      // None, or one that was torn: hashing tells.
      return false;
    }
  }

  private static Digest digest(Path file) throws IOException {
    MessageDigest sha256 = Digest.newSha256();
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[BUFFER];
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        Digest.update(sha256, buffer, 0, count);
      }
    }
    return Digest.finish(sha256);
  }
}
