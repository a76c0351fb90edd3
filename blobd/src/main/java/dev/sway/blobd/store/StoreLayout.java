package dev.sway.blobd.store;

import dev.sway.formats.id.Digest;
import dev.sway.formats.id.ImageName;
import dev.sway.formats.trace.CommandKey;
import java.nio.file.Path;
import java.util.UUID;

/// Where things lie in a store's directory; no other class knows.
///
/// ```
/// lock                     held by the one process that uses the store
/// blobs/sha256/ab/abcd...  one file for each blob: its bytes; the folder is the digest's first byte
/// names/NAME.json          one file for each name; in NAME, `/` is written `+` and `:` is written `@`
/// profiles/HEX/KEY         one file for each profile; HEX is its manifest's digest, KEY its command's
/// hot/HEX/KEY              one file for each map of a hot pack; HEX and KEY are its profile's
/// hot/HEX/KEY-DIGEST       one file for each hot pack; DIGEST is its digest's 64 digits
/// tmp/UUID                 what is being written; emptied at start
/// ```
///
/// Neither `+` nor `@` occurs in an image's name, so that no two names share a file, and the file's
/// name is no longer than the image's.
///
/// @param root the store's directory
record StoreLayout(Path root) {
  private static final String NAME_SUFFIX = ".json";

  Path blobs() {
    return root.resolve("blobs", "sha256");
  }

  Path blob(Digest digest) {
    String hex = digest.hex();
    return blobs().resolve(hex.substring(0, 2), hex);
  }

  Path names() {
    return root.resolve("names");
  }

  Path name(ImageName name) {
    return names().resolve(name.toString().replace('/', '+').replace(':', '@') + NAME_SUFFIX);
  }

  boolean isName(Path file) {
    return file.getFileName().toString().endsWith(NAME_SUFFIX);
  }

  Path profiles() {
    return root.resolve("profiles");
  }

  Path profiles(Digest manifest) {
    return profiles().resolve(manifest.hex());
  }

  Path profile(Digest manifest, CommandKey key) {
    return profiles(manifest).resolve(key.hex());
  }

  Path hot() {
    return root.resolve("hot");
  }

  Path hot(Digest manifest) {
    return hot().resolve(manifest.hex());
  }

  Path hotMap(Digest manifest, CommandKey key) {
    return hot(manifest).resolve(key.hex());
  }

  Path hotPack(Digest manifest, CommandKey key, Digest pack) {
    return hot(manifest).resolve(key.hex() + "-" + pack.hex());
  }

  Path temporary() {
    return root.resolve("tmp");
  }

  Path newTemporary() {
    return temporary().resolve(UUID.randomUUID().toString());
  }
}
