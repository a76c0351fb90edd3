package dev.sway.formats.source;

import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.layer.Layer;
import dev.sway.formats.layer.LayerEntry;
import dev.sway.formats.layer.LayerReader;
import dev.sway.formats.layer.LayerSource;
import dev.sway.formats.manifest.RunConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// A root file system that lies unpacked in a folder of this machine, without any configuration.
/// Its files are read where they are; what is mounted in it is left out.
final class RootfsSource implements ImageSource {
  private final FolderTree tree;

  private RootfsSource(FolderTree tree) {
    this.tree = tree;
  }

  static RootfsSource open(Path folder) throws SwayException {
    return new RootfsSource(FolderTree.open(folder));
  }

  @Override
  public String transport() {
    return SourceReference.Transport.ROOTFS.word();
  }

  @Override
  public RunConfig config() {
    return RunConfig.EMPTY;
  }

  @Override
  public List<LayerSource> layers() {
    return List.of(new Listing(tree));
  }

  private record Listing(FolderTree tree) implements LayerSource {
    @Override
    public String name() {
      return tree.folder().toString();
    }

    @Override
    public long size() {
      return 0;
    }

    @Override
    public Layer read(LayerReader reader) throws IOException {
      List<LayerEntry> entries = new FolderWalk(tree, reader::notice).walk();
      return new Layer(entries, CompletableFuture.completedFuture(FolderListing.digest(entries)));
    }
  }

  /// Nothing identifies a folder but reading all of it.
  @Override
  public Optional<Digest> id() {
    return Optional.empty();
  }

  @Override
  public void close() {
    tree.close();
  }
}
