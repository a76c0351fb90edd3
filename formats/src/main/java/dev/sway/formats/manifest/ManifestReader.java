package dev.sway.formats.manifest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.sway.formats.failure.CorruptException;
import dev.sway.formats.failure.UnsupportedVersionException;
import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.util.Arrays;

/// Reads manifests as [ManifestFormat] says, and refuses whatever differs from it by one byte.
public final class ManifestReader {
  private ManifestReader() {}

  /// Reads a manifest that must have the digest `expected`.
  ///
  /// @throws CorruptException where the bytes do not match the digest or the format
  /// @throws UnsupportedVersionException where the version is too old or too new
  public static Manifest read(byte[] bytes, Digest expected)
      throws CorruptException, UnsupportedVersionException {
    Digest actual = Digest.of(bytes);
    if (!actual.equals(expected)) {
      throw new CorruptException(
          "manifest " + expected,
          "has the digest "
              + actual
              + " ("
              + bytes.length
              + " bytes); truncated or replaced on its way?");
    }
    return read(bytes, expected.toString());
  }

  /// Reads a manifest; `what` names it in errors.
  ///
  /// @throws CorruptException where the bytes do not match the format
  /// @throws UnsupportedVersionException where the version is too old or too new
  public static Manifest read(byte[] bytes, String what)
      throws CorruptException, UnsupportedVersionException {
    String name = "manifest " + what;
    if (bytes.length > ManifestFormat.MAX_BYTES) {
      throw new CorruptException(
          name, "has " + bytes.length + " bytes, more than " + ManifestFormat.MAX_BYTES);
    }
    Manifest manifest;
    try {
      JsonNode root = ManifestFormat.JSON.readTree(bytes);
      if (!root.path("format").asText().equals(ManifestFormat.NAME)
          || !root.path("version").isIntegralNumber()) {
        throw new CorruptException(name, "is not a " + ManifestFormat.NAME);
      }
      UnsupportedVersionException.check(
          name,
          root.path("version").asLong(),
          ManifestFormat.OLDEST_VERSION,
          ManifestFormat.VERSION);
      manifest = ManifestFormat.JSON.treeToValue(root, Manifest.class);
    } catch (JsonProcessingException e) {
      throw new CorruptException(name, e.getOriginalMessage(), e);
    } catch (CorruptException | UnsupportedVersionException e) {
      throw e;
    } catch (IOException e) {
      throw new CorruptException(name, "is not JSON", e);
    }
    if (!Arrays.equals(ManifestWriter.write(manifest), bytes)) {
      throw new CorruptException(name, "is not in canonical form (members sorted, no white space)");
    }
    return manifest;
  }
}
