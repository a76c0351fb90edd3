package dev.sway.testapps;

import dev.sway.formats.id.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Small trees and archives of images, made by the machine's own programs.
final class TestImages {
  /// As users make them: all attributes, numeric owners.
  private static final String TAR =
      "tar --xattrs --xattrs-include='*' --numeric-owner --format=pax ";

  private TestImages() {}

  /// A root file system with busybox, two users, and files to read: `/data/small` and `/data/a`,
  /// `/data/b`, 1 MiB of noise each.
  static Path busyboxTree(Path tree) throws IOException, InterruptedException {
    Files.createDirectories(tree);
    Shell.bash(
        tree,
        """
        mkdir -p bin etc tmp work data home/worker proc sys dev
        cp "$1" bin/busybox
        printf 'root:x:0:0:root:/root:/bin/sh\\nworker:x:1000:1000::/home/worker:/bin/sh\\n' >etc/passwd
        printf 'root:x:0:\\nstaff:x:50:worker\\nworker:x:1000:\\naudio:x:63:worker\\n' >etc/group
        echo 'a small file' >data/small
        : >data/empty
        chmod 1777 tmp
        chown 1000:1000 home/worker
        """,
        Requirements.busybox());
    // Not by a program each: there are hundreds, and most tests begin with such a tree.
    for (String name : Shell.bash(tree, "bin/busybox --list").out().lines().toList()) {
      if (!name.equals("busybox")) {
        Files.createSymbolicLink(tree.resolve("bin", name), Path.of("busybox"));
      }
    }
    noise(tree.resolve("data/a"), 1 << 20, 1);
    noise(tree.resolve("data/b"), 1 << 20, 2);
    return tree;
  }

  /// Writes a file of bytes that do not compress, the same for the same seed.
  static Path noise(Path file, int size, long seed) throws IOException {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return Files.write(file, bytes);
  }

  /// A tar of a tree.
  static Path tar(Path tree, Path file) throws IOException, InterruptedException {
    Shell.bash(tree, TAR + "--sort=name -cpf \"$1\" .", file);
    return file;
  }

  /// Unpacks a tar into a new folder, with everything in it as it was.
  static Path unpack(Path tar, Path tree) throws IOException, InterruptedException {
    Files.createDirectories(tree);
    Shell.bash(tree, TAR + "-xpf \"$1\"", tar);
    return tree;
  }

  /// What `docker save` writes, of layers that are tars.
  ///
  /// @param config the image's `config`, JSON
  static Path dockerArchive(Path file, String config, List<Path> layers)
      throws IOException, InterruptedException {
    Path parts = Files.createDirectories(file.resolveSibling(file.getFileName() + ".parts"));
    List<String> paths = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      paths.add("layer" + i + "/layer.tar");
      Files.createDirectories(parts.resolve("layer" + i));
      Files.copy(layers.get(i), parts.resolve(paths.get(i)));
    }
    Files.writeString(parts.resolve("config.json"), imageConfig(config, layers));
    Files.writeString(
        parts.resolve("manifest.json"),
        "[{\"Config\":\"config.json\",\"RepoTags\":[\"test:latest\"],\"Layers\":%s}]"
            .formatted(quoted(paths)));
    Shell.bash(parts, "tar -cf \"$1\" *", file);
    return file;
  }

  /// An OCI image layout of layers that are tars, which it stores compressed by `compressor`
  /// (`gzip` or `zstd`).
  static Path ociLayout(Path folder, String config, List<Path> layers, String compressor)
      throws IOException, InterruptedException {
    Path blobs = Files.createDirectories(folder.resolve("blobs/sha256"));
    List<String> descriptors = new ArrayList<>();
    for (Path layer : layers) {
      byte[] packed = Shell.bash(folder, compressor + " -c \"$1\"", layer).stdout();
      descriptors.add(blob(blobs, "application/vnd.oci.image.layer.v1.tar+" + compressor, packed));
    }
    String image =
        blob(
            blobs,
            "application/vnd.oci.image.config.v1+json",
            imageConfig(config, layers).getBytes(StandardCharsets.UTF_8));
    String manifest =
        """
        {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",
         "config":%s,"layers":[%s]}\
        """
            .formatted(image, String.join(",", descriptors));
    Files.writeString(
        folder.resolve("index.json"),
        "{\"schemaVersion\":2,\"manifests\":[%s]}"
            .formatted(
                blob(
                    blobs,
                    "application/vnd.oci.image.manifest.v1+json",
                    manifest.getBytes(StandardCharsets.UTF_8))));
    Files.writeString(folder.resolve("oci-layout"), "{\"imageLayoutVersion\":\"1.0.0\"}");
    return folder;
  }

  private static String imageConfig(String config, List<Path> layers) throws IOException {
    List<String> diffIds = new ArrayList<>();
    for (Path layer : layers) {
      diffIds.add("sha256:" + Digest.of(Files.readAllBytes(layer)).hex());
    }
    return """
    {"architecture":"amd64","os":"linux","config":%s,
     "rootfs":{"type":"layers","diff_ids":%s}}\
    """
        .formatted(config, quoted(diffIds));
  }

  private static String blob(Path blobs, String type, byte[] bytes) throws IOException {
    Digest digest = Digest.of(bytes);
    Files.write(blobs.resolve(digest.hex()), bytes);
    return "{\"mediaType\":\"%s\",\"digest\":\"sha256:%s\",\"size\":%d}"
        .formatted(type, digest.hex(), bytes.length);
  }

  private static String quoted(List<String> texts) {
    return texts.stream()
        .map(text -> "\"" + text + "\"")
        .collect(java.util.stream.Collectors.joining(",", "[", "]"));
  }
}
