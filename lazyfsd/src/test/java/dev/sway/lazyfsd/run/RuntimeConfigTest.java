package dev.sway.lazyfsd.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.sway.lazyfsd.api.RunRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RuntimeConfigTest {
  private static final RunId ID = new RunId("0123456789ab");

  private static JsonNode config(long uid, Optional<RunRequest.Script> script) throws IOException {
    ContainerProcess process =
        new ContainerProcess(
            List.of("a", "b"),
            List.of("A=b"),
            "/work",
            new Accounts.Identity(uid, 2, List.of(2L, 3L), "/"),
            script);
    return JsonMapper.builder()
        .build()
        .readTree(RuntimeConfig.of(ID, new RunLayout(Path.of("/state")).of(ID), process, 20_000));
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(item -> texts.add(item.asText()));
    return texts;
  }

  private static JsonNode mount(JsonNode config, String destination) {
    for (JsonNode mount : config.path("mounts")) {
      if (mount.path("destination").asText().equals(destination)) {
        return mount;
      }
    }
    throw new AssertionError("nothing is mounted at " + destination);
  }

  @Test
  void processIsWhatWasAskedFor() throws IOException {
    JsonNode config = config(1, Optional.empty());
    JsonNode process = config.path("process");
    assertThat(texts(process.path("args"))).containsExactly("a", "b");
    assertThat(texts(process.path("env"))).containsExactly("A=b");
    assertThat(process.path("cwd").asText()).isEqualTo("/work");
    assertThat(process.path("user").toString())
        .contains("\"uid\":1", "\"gid\":2", "\"additionalGids\":[2,3]", "\"umask\":18");
    assertThat(process.path("terminal").asBoolean(true)).isFalse();
    assertThat(process.path("noNewPrivileges").asBoolean()).isTrue();
    assertThat(process.path("oomScoreAdj").asInt(-1)).isZero();
    assertThat(process.at("/rlimits/0").toString())
        .contains("\"type\":\"RLIMIT_NOFILE\"", "\"soft\":1024", "\"hard\":20000");
    assertThat(config.at("/root/path").asText()).isEqualTo("/state/runs/0123456789ab/rootfs");
    assertThat(config.path("hostname").asText()).isEqualTo("0123456789ab");
  }

  @Test
  void capabilitiesAreFewAndOnlyRootsAreEffective() throws IOException {
    JsonNode root = config(0, Optional.empty()).at("/process/capabilities");
    assertThat(texts(root.path("effective")))
        .contains("CAP_CHOWN", "CAP_SETUID")
        .doesNotContain(
            "CAP_SYS_ADMIN",
            "CAP_NET_RAW",
            "CAP_MKNOD",
            "CAP_SYS_PTRACE",
            "CAP_AUDIT_WRITE",
            "CAP_NET_ADMIN",
            "CAP_SYS_MODULE",
            "CAP_DAC_READ_SEARCH");
    JsonNode user = config(1000, Optional.empty()).at("/process/capabilities");
    assertThat(texts(user.path("effective"))).isEmpty();
    assertThat(texts(user.path("permitted"))).isEmpty();
    assertThat(user.has("ambient")).isFalse();
    assertThat(user.has("inheritable")).isFalse();
  }

  @Test
  void everyNamespaceIsItsOwn() throws IOException {
    JsonNode linux = config(0, Optional.empty()).path("linux");
    List<String> types = new ArrayList<>();
    linux
        .path("namespaces")
        .forEach(namespace -> {
          types.add(namespace.path("type").asText());
          assertThat(namespace.has("path")).isFalse();
        });
    assertThat(types).containsExactlyInAnyOrder("pid", "mount", "ipc", "uts", "network", "cgroup");
    assertThat(linux.path("cgroupsPath").asText()).isEqualTo("/sway-0123456789ab");
    assertThat(linux.at("/resources/pids/limit").asInt()).isEqualTo(4096);
    assertThat(linux.at("/resources/devices/0").toString()).contains("\"allow\":false");
  }

  @Test
  void kernelIsMaskedAndFiltered() throws IOException {
    JsonNode linux = config(0, Optional.empty()).path("linux");
    assertThat(texts(linux.path("maskedPaths")))
        .contains("/proc/kcore", "/proc/keys", "/sys/firmware");
    assertThat(texts(linux.path("readonlyPaths"))).contains("/proc/sys", "/proc/sysrq-trigger");
    JsonNode refused = linux.at("/seccomp/syscalls/0");
    assertThat(refused.path("action").asText()).isEqualTo("SCMP_ACT_ERRNO");
    assertThat(texts(refused.path("names")))
        .contains("mount", "bpf", "kexec_load", "open_by_handle_at", "setns", "unshare", "keyctl")
        .contains("socketcall");
    List<String> flags = new ArrayList<>();
    linux
        .at("/seccomp/syscalls")
        .forEach(rule -> rule.path("args").forEach(arg -> flags.add(arg.path("value").asText())));
    assertThat(flags).contains(Long.toString(0x1000_0000L), "38", "40").hasSize(9);
    assertThat(texts(mount(config(0, Optional.empty()), "/sys").path("options"))).contains("ro");
  }

  @Test
  void scriptIsBoundReadOnlyUnderItsOwnName() throws IOException {
    RunRequest.Script script = new RunRequest.Script("größe.py", new byte[1], List.of());
    JsonNode mount = mount(config(0, Optional.of(script)), "/run/sway/größe.py");
    assertThat(mount.path("source").asText()).isEqualTo("/state/runs/0123456789ab/script");
    assertThat(texts(mount.path("options")))
        .contains("bind", "ro", "nosuid", "nodev", "exec")
        .doesNotContain("rbind", "noexec");
    for (String file : new String[] {"/etc/hosts", "/etc/hostname"}) {
      assertThat(texts(mount(config(0, Optional.empty()), file).path("options")))
          .contains("ro", "noexec");
    }
  }
}
