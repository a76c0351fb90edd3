package dev.sway.blobd.store;

import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.SwayException;
import dev.sway.formats.id.Digest;
import dev.sway.formats.trace.CommandKey;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;

/// Hot packs and their maps, beside the profiles that they are made of. They are no blobs of an
/// image: nothing that happens to them changes what an image has.
///
/// A profile has a map and the pack that it names, or neither; both go with the profile. A pack
/// comes before its map, and goes when another map has replaced that. One that waits for its map
/// may go where there are many.
///
/// Implementations are thread-safe; a map is the old or the new one as a whole at any time.
public interface HotStore extends ReadableBlobs {
  /// Opens the map of a profile; the caller closes it.
  Optional<OpenFile> find(Digest manifest, CommandKey key) throws IOException;

  /// How many bytes the hot packs of an image's profiles have, of those that have one.
  Map<CommandKey, Long> bytes(Digest manifest) throws IOException;

  /// Stores a hot pack as [BlobStore#put] does, of at most [HotMapFormat#MAX_PACK_BYTES]. Where an
  /// image has more of them than it may have, those go that have not been stored anew for longest.
  ///
  /// @return whether the profile did not have it
  /// @throws CorruptException where the content has another digest
  /// @throws SwayException of kind `incomplete` where there is no such profile, `changed` where the
  ///   pack was there, and is removed by now
  boolean putPack(Digest manifest, CommandKey key, Digest pack, InputStream content)
      throws IOException;

  /// Stores the map of a profile, and returns once that would survive a crash. The pack that the
  /// former one named goes.
  ///
  /// @return whether the profile had none
  /// @throws CorruptException where `bytes` are no map, or one of another image; nothing has
  ///   changed then, nor in the cases that follow
  /// @throws SwayException of kind `unsupported-version` where the map is of another version,
  ///   `incomplete` where there is no such profile, or it does not have the pack that the map names
  boolean putMap(Digest manifest, CommandKey key, byte[] bytes) throws IOException;
}
