package dev.sway.formats.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.UnsupportedVersionException;
import dev.sway.formats.fixture.Bounded;
import dev.sway.formats.fixture.Layers;
import dev.sway.formats.fixture.Mutator;
import dev.sway.formats.fixture.Randomized;
import dev.sway.formats.fixture.RawTar;
import dev.sway.formats.id.ByteName;
import dev.sway.formats.id.ChunkId;
import dev.sway.formats.id.Digest;
import dev.sway.formats.tree.Tree;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.SeekOp;
import org.lmdbjava.Txn;

/// LMDB files whose structure is sound and whose records are not, as somebody could publish them:
/// every question that a reader has is answered, or refused as corrupt.
class IndexFuzzTest {
  private static final long MAX_ALLOCATION = 16 << 20;
  private static final List<String> DATABASES =
      List.of(
          IndexFormat.META,
          IndexFormat.DIRENT,
          IndexFormat.INODE,
          IndexFormat.XATTR,
          IndexFormat.EXTENT,
          IndexFormat.CHUNK,
          IndexFormat.PACK,
          IndexFormat.BLOCK);
  private static final int MAX_KEY = 511;

  @TempDir private Path folder;

  private record Entry(String database, byte[] key, byte[] value) {}

  private Path index() throws IOException {
    Path path = folder.resolve("index");
    try (Layers layers = new Layers(folder)) {
      Tree tree =
          layers.merge(
              new RawTar()
                  .pax("SCHILY.xattr.user.name", "value")
                  .file("d/file", "x")
                  .add(RawTar.header("d/link", '2').link("target"))
                  .file("other", "y")
                  .end());
      ChunkLocation chunk = new ChunkLocation(new ChunkId(Digest.of(new byte[1])), 0, 0, 100, 1000);
      new IndexWriter()
          .write(
              new IndexContent(
                  tree,
                  Map.of(
                      Layers.at(tree, "d/file").number(),
                      List.of(new Extent(0, 0, 0, 10), new Extent(10, 0, 10, 90))),
                  List.of(chunk, chunk),
                  List.of(new PackReference(Digest.of(new byte[0]), 12_345)),
                  List.of(Digest.of(new byte[2]), Digest.of(new byte[3])),
                  0),
              path);
    }
    return path;
  }

  private static Env<ByteBuffer> env(Path path, EnvFlags... more) {
    EnvFlags[] flags = new EnvFlags[more.length + 2];
    flags[0] = EnvFlags.MDB_NOSUBDIR;
    flags[1] = EnvFlags.MDB_NOLOCK;
    System.arraycopy(more, 0, flags, 2, more.length);
    return LmdbLibrary.env()
        .setMapSize(1 << 20)
        .setMaxDbs(DATABASES.size())
        .open(path.toFile(), flags);
  }

  private static List<Entry> entries(Path path) {
    List<Entry> entries = new ArrayList<>();
    try (Env<ByteBuffer> env = env(path, EnvFlags.MDB_RDONLY_ENV)) {
      for (String name : DATABASES) {
        Dbi<ByteBuffer> database = env.openDbi(name.getBytes(StandardCharsets.US_ASCII));
        try (Txn<ByteBuffer> txn = env.txnRead();
            Cursor<ByteBuffer> cursor = database.openCursor(txn)) {
          for (boolean found = cursor.seek(SeekOp.MDB_FIRST);
              found;
              found = cursor.seek(SeekOp.MDB_NEXT)) {
            entries.add(new Entry(name, bytes(cursor.key()), bytes(cursor.val())));
          }
        }
      }
    }
    return entries;
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  private static void write(Path path, List<Entry> entries) throws IOException {
    Files.deleteIfExists(path);
    try (Env<ByteBuffer> env = env(path, EnvFlags.MDB_NOSYNC);
        Txn<ByteBuffer> txn = env.txnWrite()) {
      for (String name : DATABASES) {
        env.openDbi(
            txn, name.getBytes(StandardCharsets.US_ASCII), null, false, DbiFlags.MDB_CREATE);
      }
      for (Entry entry : entries) {
        env.openDbi(txn, entry.database().getBytes(StandardCharsets.US_ASCII), null, false)
            .put(txn, direct(entry.key()), direct(entry.value()));
      }
      txn.commit();
    }
  }

  private static ByteBuffer direct(byte[] bytes) {
    return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
  }

  /// The entries, some of them with another key or value, missing or twice.
  private static List<Entry> damaged(List<Entry> entries, Random random) {
    List<Entry> damaged = new ArrayList<>();
    for (Entry entry : entries) {
      byte[] key = entry.key();
      byte[] value = entry.value();
      switch (random.nextInt(12)) {
        case 0, 1, 2 -> value = new Mutator(random, List.of(value, new byte[1])).next();
        case 3 -> key = new Mutator(random, List.of(key)).next();
        case 4 -> value = entries.get(random.nextInt(entries.size())).value();
        case 5 -> key = entries.get(random.nextInt(entries.size())).key();
        default -> {}
      }
      if (key.length > 0 && key.length <= MAX_KEY) {
        damaged.add(new Entry(entry.database(), key, value));
      }
    }
    return damaged;
  }

  @Test
  void damagedRecordsAreReadOrRefused() throws IOException {
    List<Entry> entries = entries(index());
    Path path = folder.resolve("damaged");
    int[] answers = {0, 0};
    try (Bounded bounded = new Bounded(MAX_ALLOCATION)) {
      Randomized.forSeeds(
          Mutator.RUNS,
          random -> {
            write(path, damaged(entries, random));
            try {
              bounded.run(() -> {
                ask(path, random, answers);
                return true;
              });
            } catch (CorruptException | UnsupportedVersionException e) {
              assertThat(e.getMessage()).contains("damaged").doesNotContain("\n");
            }
          });
    }
    assertThat(answers[0]).as("answers").isPositive();
    assertThat(answers[1]).as("refusals").isPositive();
  }

  private interface Question {
    void ask() throws IOException;
  }

  private static void ask(Path path, Random random, int[] answers) throws IOException {
    try (IndexReader reader = IndexReader.open(path)) {
      reader.read(session -> {
        for (int number = 0; number < 8; number++) {
          long inode = random.nextInt(10) == 0 ? random.nextLong() : number;
          int ordinal = number - 1;
          answer(answers, () -> session.inode(inode));
          answer(answers, () -> session.linkTarget(inode));
          answer(answers, () -> session.lookup(inode, ByteName.of("d")));
          answer(answers, () -> session.entries(inode, (_, _, _) -> true));
          answer(answers, () -> session.entriesPlus(inode, ordinal + 1, (_, _, _) -> true));
          answer(
              answers,
              () -> {
                for (ByteName name : session.xattrNames(inode)) {
                  session.xattr(inode, name);
                }
              });
          answer(answers, () -> extents(session.extents(inode, 0, Long.MAX_VALUE)));
          answer(
              answers,
              () -> extents(session.extents(inode, random.nextLong() >>> 1, random.nextLong())));
          answer(answers, () -> session.chunk(ordinal));
          answer(answers, () -> session.pack(ordinal));
          answer(answers, () -> session.blockRoot(ordinal));
        }
        return session.hasXattrs();
      });
    }
  }

  private static void extents(List<Extent> extents) {
    assertThat(extents)
        .allMatch(
            extent -> extent.fileOffset() >= 0 && extent.chunkOffset() >= 0 && extent.length() > 0);
  }

  private static void answer(int[] answers, Question question) throws IOException {
    try {
      question.ask();
      answers[0]++;
    } catch (CorruptException e) {
      answers[1]++;
    }
  }
}
