package dev.sway.lazyfsd.rehearsal;

import dev.sway.blobd.cli.Program;
import dev.sway.blobd.client.BlobClient;
import dev.sway.blobd.embedded.EmbeddedBlobd;
import dev.sway.formats.id.Digest;
import dev.sway.formats.image.BuildOptions;
import dev.sway.formats.image.BuildProgress;
import dev.sway.formats.image.BuiltImage;
import dev.sway.formats.image.ImageBuilder;
import dev.sway.formats.source.ImageSource;
import dev.sway.formats.source.SourceReference;
import dev.sway.lazyfsd.linux.Folders;
import dev.sway.lazyfsd.source.SourceConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// An image that nobody needs, and a blobd within this process that has it.
///
/// Thread-safe once it is made; [#close] is idempotent and leaves the folder to the caller.
final class RehearsalImage implements AutoCloseable {
  private final EmbeddedBlobd blobd;
  private final BlobClient client;
  private final Digest manifest;

  private RehearsalImage(EmbeddedBlobd blobd, BlobClient client, Digest manifest) {
    this.blobd = blobd;
    this.client = client;
    this.manifest = manifest;
  }

  /// Makes both.
  ///
  /// @param folder empty; only this user's
  /// @param check is called now and then
  static RehearsalImage make(Program program, Path folder, UnwantedException.Check check)
      throws IOException {
    Path tree = Files.createDirectory(folder.resolve("tree"));
    RehearsalTree.write(tree, check);
    Path work = Files.createDirectory(folder.resolve("work"));
    BuiltImage built = build(tree, work, check);
    EmbeddedBlobd blobd =
        EmbeddedBlobd.start(program, Files.createDirectory(folder.resolve("blobd")));
    try {
      RehearsalImage image = publish(blobd, built, check);
      Folders.delete(tree);
      Folders.delete(work);
      return image;
    } catch (IOException | RuntimeException e) {
      try (blobd) {
        throw e;
      }
    }
  }

  private static RehearsalImage publish(
      EmbeddedBlobd blobd, BuiltImage built, UnwantedException.Check check) throws IOException {
    BlobClient client = new BlobClient(blobd.uri(), Optional.of(blobd.token()));
    try {
      for (Map.Entry<Digest, Path> blob : built.blobs().entrySet()) {
        check.run();
        client.upload(blob.getKey(), blob.getValue(), _ -> {});
      }
      Digest manifest = Digest.of(built.manifestBytes());
      client.upload(manifest, built.manifestBytes());
      return new RehearsalImage(blobd, client, manifest);
    } catch (IOException | RuntimeException e) {
      try (client) {
        throw e;
      }
    }
  }

  private static BuiltImage build(Path tree, Path work, UnwantedException.Check check)
      throws IOException {
    SourceReference reference =
        new SourceReference(SourceReference.Transport.ROOTFS, tree.toString(), Optional.empty());
    try (ImageSource source = reference.open(work, InputStream.nullInputStream())) {
      return new ImageBuilder(work, BuildOptions.plain(1), new Unseen(check)).build(source);
    }
  }

  /// Nobody watches how it goes on.
  private record Unseen(UnwantedException.Check check) implements BuildProgress {
    @Override
    public void phase(String name, long totalBytes) {
      check.run();
    }

    @Override
    public void advance(long bytes) {
      check.run();
    }

    @Override
    public void notice(String text) {
      // Of a tree that is always the same.
    }
  }

  /// The digest of its manifest.
  Digest manifest() {
    return manifest;
  }

  /// A client of its blobd; closed with this.
  BlobClient client() {
    return client;
  }

  /// Where its packs are.
  SourceConfig sources() {
    return SourceConfig.of(blobd.uri(), Optional.of(blobd.token()));
  }

  @Override
  public void close() throws IOException {
    try (blobd) {
      client.close();
    }
  }
}
