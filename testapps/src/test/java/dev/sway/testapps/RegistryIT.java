package dev.sway.testapps;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Images are pulled from a registry: Debian's own, on the loopback.
@Timeout(600)
final class RegistryIT {
  private static final String USER = "user:secret";

  /// bcrypt of the password, which is the only hash that the registry takes.
  private static final String HTPASSWD =
      "user:$2y$04$qdvNajG.5bZxaUogUdd8lOunuGdDtea3/huK71tGdGbNpAlRFQAhe\n";

  @TempDir private Path folder;

  /// Starts a registry and answers its address.
  private static String started(Child registry) throws InterruptedException {
    return registry.awaitOutput("listening on (127\\.0\\.0\\.1:[0-9]+)").group(1);
  }

  private Child registry(String auth) throws IOException {
    Path config =
        Files.writeString(
            folder.resolve("registry.yml"),
            """
            version: 0.1
            storage:
              filesystem:
                rootdirectory: %s
            http:
              addr: 127.0.0.1:0
            %s
            """
                .formatted(folder.resolve("registry"), auth));
    return Child.start(new ProcessBuilder("docker-registry", "serve", config.toString()));
  }

  private void push(String address, String credentials) throws IOException, InterruptedException {
    Path layer =
        TestImages.tar(TestImages.busyboxTree(folder.resolve("tree")), folder.resolve("layer.tar"));
    Path layout =
        TestImages.ociLayout(
            Files.createDirectory(folder.resolve("layout")),
            "{\"Env\":[\"FROM=registry\"],\"Cmd\":[\"sh\"]}",
            List.of(layer),
            "gzip");
    Shell.bash(
        folder,
        "skopeo --insecure-policy copy -q --dest-tls-verify=false $3 \"oci:$1\" \"docker://$2/team/app:1\"",
        layout,
        address,
        credentials);
  }

  private Sway blobServer() throws IOException, InterruptedException {
    Sway sway = new Sway(Files.createDirectory(folder.resolve("sway")));
    sway.startBlobd();
    return sway;
  }

  @Test
  void anImageIsPulledAndExported() throws IOException, InterruptedException {
    Requirements.registry();
    try (Child registry = registry("");
        Sway sway = blobServer()) {
      String address = started(registry);
      push(address, "");
      String reference = "docker://" + address + "/team/app:1";

      Finished export = sway.ctl("export", "--from", reference, "--json").expect(0);
      assertThat(export.out()).contains("\"image\":\"app:latest\"");
      assertThat(sway.ctl("export", "--from", reference).expect(0).out()).contains("unchanged");
      sway.ctl("export", "--from", reference, "--platform", "linux/amd64").expect(0);

      Finished foreign =
          sway.ctl("export", "--from", reference, "--platform", "linux/s390x").expect(14);
      assertThat(foreign.err()).contains("linux/s390x").contains("[linux/amd64]");
      Messages.oneLine(
          sway.ctl("export", "--from", reference + "2"),
          24,
          "swayctl",
          "skopeo cannot pull",
          "manifest unknown",
          "check its name");
    }
  }

  @Test
  void credentialsComeFromTheUsersFile() throws IOException, InterruptedException {
    Requirements.registry();
    Path users = Files.writeString(folder.resolve("htpasswd"), HTPASSWD);
    String auth = "auth:\n  htpasswd:\n    realm: test\n    path: " + users + "\n";
    try (Child registry = registry(auth);
        Sway sway = blobServer()) {
      String address = started(registry);
      push(address, "--dest-creds=" + USER);
      String reference = "docker://" + address + "/team/app:1";

      Finished refused = sway.ctl("export", "--from", reference).expect(17);
      assertThat(refused.err()).contains("REGISTRY_AUTH_FILE").doesNotContain("level=");

      exportAs(sway, USER, address).expect(0);
      assertThat(sway.ctl("images").expect(0).out()).contains("private:latest");
    }
  }

  @Test
  void tokensAreAskedForWithTheUsersCredentials() throws Exception {
    Requirements.registry();
    Map<String, String> users = Map.of(USER, "pull,push", "guest:secret", "");
    try (TokenServer tokens = new TokenServer(folder, users);
        Child registry = registry(tokens.registryAuth());
        Sway sway = blobServer()) {
      String address = started(registry);
      push(address, "--dest-creds=" + USER);
      int before = tokens.requests().size();

      exportAs(sway, USER, address).expect(0);
      assertThat(sway.ctl("images").expect(0).out()).contains("private:latest");
      assertThat(tokens.requests().subList(before, tokens.requests().size()))
          .isNotEmpty()
          .containsOnly("user repository:team/app:pull");

      String reference = "docker://" + address + "/team/app:1";
      String[] parts = {"skopeo cannot pull " + reference, "'skopeo login'", "REGISTRY_AUTH_FILE"};
      Messages.oneLine(sway.ctl("export", "--from", reference), 17, "swayctl", parts);
      Messages.oneLine(exportAs(sway, "user:wrong", address), 17, "swayctl", parts);
      // The guest gets a token, and with it two lines of the registry.
      assertThat(Messages.oneLine(exportAs(sway, "guest:secret", address), 17, "swayctl", parts))
          .contains("denied unauthorized: authentication required; log in");
      assertThat(tokens.requests())
          .contains("- repository:team/app:pull", "guest repository:team/app:pull");
    }
  }

  /// Exports the image of [#push] as `private`, with a file of credentials for the registry.
  private Finished exportAs(Sway sway, String credentials, String address)
      throws IOException, InterruptedException {
    String encoded =
        Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
    Path file =
        Files.writeString(
            folder.resolve("auth.json"),
            "{\"auths\":{\"%s\":{\"auth\":\"%s\"}}}".formatted(address, encoded));
    try (Child export =
        sway.start(
            "swayctl",
            List.of("export", "--from", "docker://" + address + "/team/app:1", "--name", "private"),
            Map.of("REGISTRY_AUTH_FILE", file.toString()))) {
      return export.await();
    }
  }

  @Test
  void whereSkopeoIsMissingTheMessageSaysWhatToInstall() throws IOException, InterruptedException {
    Requirements.registry();
    Path bin = Files.createDirectory(folder.resolve("bin"));
    Shell.bash(bin, "ln -s /bin/* /usr/bin/* . 2>/dev/null || true; rm skopeo");
    try (Sway sway = blobServer();
        Child export =
            sway.start(
                "swayctl",
                List.of("export", "--from", "docker://127.0.0.1:1/x"),
                Map.of("PATH", bin.toString()))) {
      assertThat(export.await().expect(13).err()).contains("apt install skopeo");
    }
  }
}
