package dev.sway.lazyfsd.run;

import dev.sway.blobd.http.WireJson;
import dev.sway.lazyfsd.api.LazyfsdApi;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The `config.json` of a run's bundle (OCI runtime specification 1.0).
///
/// A run has namespaces of its own for processes, mounts, IPC, host name, network (loopback only)
/// and cgroups; docker's capabilities without raw sockets, device nodes and audit; no new
/// privileges; a seccomp filter; docker's masked paths.
final class RuntimeConfig {
  private static final int MAX_PROCESSES = 4096;

  /// What most programs are made for, and what they may raise it to: select(2) knows no more than
  /// the one, and what closes "all" descriptors takes long for much more than the other.
  private static final long OPEN_FILES = 1024;

  private static final long MAX_OPEN_FILES = 65_536;

  private static final List<String> CAPABILITIES =
      List.of(
          "CAP_CHOWN",
          "CAP_DAC_OVERRIDE",
          "CAP_FOWNER",
          "CAP_FSETID",
          "CAP_KILL",
          "CAP_NET_BIND_SERVICE",
          "CAP_SETFCAP",
          "CAP_SETGID",
          "CAP_SETPCAP",
          "CAP_SETUID",
          "CAP_SYS_CHROOT");

  private static final List<String> MASKED =
      List.of(
          "/proc/acpi",
          "/proc/asound",
          "/proc/interrupts",
          "/proc/kcore",
          "/proc/keys",
          "/proc/latency_stats",
          "/proc/sched_debug",
          "/proc/scsi",
          "/proc/timer_list",
          "/proc/timer_stats",
          "/sys/devices/virtual/powercap",
          "/sys/firmware");

  private static final List<String> READ_ONLY =
      List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

  private RuntimeConfig() {}

  /// The bytes of `config.json`.
  ///
  /// @param openFiles the worker's own limit, which it may not be able to exceed
  static byte[] of(RunId id, RunLayout.Run layout, ContainerProcess process, long openFiles) {
    return WireJson.write(
        Map.of(
            "ociVersion", "1.0.2",
            "hostname", id.text(),
            "root", Map.of("path", layout.rootfs().toString(), "readonly", false),
            "process", process(process, openFiles),
            "mounts", mounts(layout, process),
            "linux", linux(id)));
  }

  private static Map<String, Object> process(ContainerProcess process, long openFiles) {
    // A user other than root has no capabilities of its own; without new privileges it gains none
    // either.
    List<String> effective = process.identity().uid() == 0 ? CAPABILITIES : List.of();
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("terminal", false);
    json.put("args", process.args());
    json.put("env", process.env());
    json.put("cwd", process.cwd());
    json.put(
        "user",
        Map.of(
            "uid",
            process.identity().uid(),
            "gid",
            process.identity().gid(),
            "additionalGids",
            process.identity().groups(),
            "umask",
            022));
    json.put(
        "capabilities",
        Map.of("bounding", CAPABILITIES, "effective", effective, "permitted", effective));
    json.put("noNewPrivileges", true);
    // The daemon's own are not for what it runs.
    json.put("oomScoreAdj", 0);
    json.put(
        "rlimits",
        List.of(
            Map.of(
                "type",
                "RLIMIT_NOFILE",
                "soft",
                Math.min(OPEN_FILES, openFiles),
                "hard",
                Math.min(MAX_OPEN_FILES, openFiles))));
    return json;
  }

  private static List<Map<String, Object>> mounts(RunLayout.Run layout, ContainerProcess process) {
    List<Map<String, Object>> mounts = new ArrayList<>();
    mounts.add(mount("/proc", "proc", "proc", "nosuid", "noexec", "nodev"));
    mounts.add(mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"));
    mounts.add(
        mount(
            "/dev/pts",
            "devpts",
            "devpts",
            "nosuid",
            "noexec",
            "newinstance",
            "ptmxmode=0666",
            "mode=0620",
            "gid=5"));
    mounts.add(
        mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=65536k"));
    mounts.add(mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"));
    mounts.add(mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro"));
    mounts.add(bind("/etc/hosts", layout.hosts().toString(), "noexec"));
    mounts.add(bind("/etc/hostname", layout.hostname().toString(), "noexec"));
    process
        .script()
        .ifPresent(script ->
            mounts.add(
                bind(
                    LazyfsdApi.SCRIPT_FOLDER + "/" + script.name(),
                    layout.script().toString(),
                    "exec")));
    return mounts;
  }

  private static Map<String, Object> bind(String destination, String source, String execution) {
    return mount(destination, "bind", source, "bind", "ro", "nosuid", "nodev", execution);
  }

  private static Map<String, Object> mount(
      String destination, String type, String source, String... options) {
    return Map.of(
        "destination", destination, "type", type, "source", source, "options", List.of(options));
  }

  private static Map<String, Object> linux(RunId id) {
    List<Map<String, String>> namespaces = new ArrayList<>();
    for (String type : List.of("pid", "mount", "ipc", "uts", "network", "cgroup")) {
      namespaces.add(Map.of("type", type));
    }
    return Map.of(
        "cgroupsPath",
        id.cgroup(),
        "namespaces",
        namespaces,
        "resources",
        Map.of(
            "devices",
            List.of(Map.of("allow", false, "access", "rwm")),
            "pids",
            Map.of("limit", MAX_PROCESSES)),
        "seccomp",
        Seccomp.profile(),
        "maskedPaths",
        MASKED,
        "readonlyPaths",
        READ_ONLY);
  }
}
