package dev.sway.formats.manifest;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.sway.formats.id.Digest;
import java.util.List;
import java.util.stream.Stream;

/// Names everything that makes up one image by digest. The digest of its canonical bytes is the
/// identity of the image.
///
/// @param format always [ManifestFormat#NAME]
/// @param version the version of the manifest format
/// @param config what a container of this image runs, and how
/// @param index the tree: paths, attributes and where each file's bytes lie
/// @param packs the files' bytes, in the order by which the index counts packs
/// @param source what the image was made from
/// @param statistics sizes, for people
public record Manifest(
    String format,
    int version,
    RunConfig config,
    IndexBlob index,
    List<PackBlob> packs,
    Source source,
    Statistics statistics) {

  public Manifest {
    packs = List.copyOf(packs);
    ManifestFormat.require(
        format.equals(ManifestFormat.NAME), "format is not " + ManifestFormat.NAME);
    ManifestFormat.require(
        packs.size() <= ManifestFormat.MAX_PACKS, "more packs than " + ManifestFormat.MAX_PACKS);
  }

  /// A manifest of the version that this program writes.
  public Manifest(
      RunConfig config,
      IndexBlob index,
      List<PackBlob> packs,
      Source source,
      Statistics statistics) {
    this(ManifestFormat.NAME, ManifestFormat.VERSION, config, index, packs, source, statistics);
  }

  /// Every blob that must be there before this manifest may be published, the index first.
  @JsonIgnore
  public List<Digest> blobs() {
    return Stream.concat(Stream.of(index.digest()), packs.stream().map(PackBlob::digest)).toList();
  }

  /// The size of all packs in bytes: what an eager pull of the image would transfer beside the
  /// index.
  @JsonIgnore
  public long packBytes() {
    return packs.stream().mapToLong(PackBlob::size).sum();
  }

  /// The index: an LMDB file, compressed into one zstd frame for transport.
  ///
  /// @param digest of the compressed blob
  /// @param size of the compressed blob in bytes
  /// @param contentDigest of the LMDB file
  /// @param contentSize of the LMDB file in bytes, which bounds the decompression
  public record IndexBlob(Digest digest, long size, Digest contentDigest, long contentSize) {
    public IndexBlob {
      ManifestFormat.requireSize(size, ManifestFormat.MAX_INDEX_BYTES, "index size");
      ManifestFormat.requireSize(contentSize, ManifestFormat.MAX_INDEX_BYTES, "index content size");
    }
  }

  /// One pack.
  ///
  /// @param digest of the pack file
  /// @param size of the pack file in bytes
  /// @param chunks how many chunks it holds
  /// @param contentSize of its chunks, uncompressed, in bytes
  public record PackBlob(Digest digest, long size, int chunks, long contentSize) {
    public PackBlob {
      ManifestFormat.requireSize(size, ManifestFormat.MAX_PACK_BYTES, "pack size");
      ManifestFormat.requireSize(chunks, Integer.MAX_VALUE, "pack chunk count");
      ManifestFormat.requireSize(contentSize, Long.MAX_VALUE, "pack content size");
    }
  }

  /// What the image was made from.
  ///
  /// @param transport as in `--from`: `docker-archive`, `oci`, `oci-archive` or `tar`
  /// @param id the source's own identity: the digest of its image configuration, or of the tar's
  ///   bytes
  public record Source(String transport, Digest id) {
    public Source {
      ManifestFormat.requireText(transport);
    }
  }

  /// Sizes of the merged tree.
  ///
  /// @param entries directory entries, the root included, hard links counted each time
  /// @param files regular files, hard links counted once
  /// @param fileBytes the files' sizes in all
  public record Statistics(long entries, long files, long fileBytes) {
    public Statistics {
      ManifestFormat.requireSize(entries, Long.MAX_VALUE, "entry count");
      ManifestFormat.requireSize(files, Long.MAX_VALUE, "file count");
      ManifestFormat.requireSize(fileBytes, Long.MAX_VALUE, "file bytes");
    }
  }
}
