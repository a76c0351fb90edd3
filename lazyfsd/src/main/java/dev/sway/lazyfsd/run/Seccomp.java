package dev.sway.lazyfsd.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The system calls that a run is refused: those that docker's default profile refuses a container
/// without capabilities, because they reach the kernel's own affairs (modules, keys, clocks,
/// mounts, namespaces, tracing of the kernel) or have a history of holes.
final class Seccomp {
  /// Socket families that no namespace confines: the kernel's cryptography, and the way from a
  /// virtual machine to its host (`AF_ALG`, `AF_VSOCK`).
  private static final List<Integer> FAMILIES = List.of(38, 40);

  private static final int EPERM = 1;
  private static final int ENOSYS = 38;

  private static final List<String> REFUSED =
      List.of(
          "acct",
          "add_key",
          "adjtimex",
          "bpf",
          "clock_adjtime",
          "clock_settime",
          "create_module",
          "delete_module",
          "fanotify_init",
          "finit_module",
          "fsconfig",
          "fsmount",
          "fsopen",
          "fspick",
          "get_kernel_syms",
          "init_module",
          "io_uring_enter",
          "io_uring_register",
          "io_uring_setup",
          "ioperm",
          "iopl",
          "kexec_file_load",
          "kexec_load",
          "keyctl",
          "lookup_dcookie",
          "mount",
          "mount_setattr",
          "move_mount",
          "nfsservctl",
          "open_by_handle_at",
          "open_tree",
          "perf_event_open",
          "pivot_root",
          "query_module",
          "quotactl",
          "quotactl_fd",
          "reboot",
          "request_key",
          "setns",
          "settimeofday",
          // The old way to all socket calls, whose arguments a filter cannot see.
          "socketcall",
          "stime",
          "swapoff",
          "swapon",
          "syslog",
          "sysfs",
          "_sysctl",
          "umount",
          "umount2",
          "unshare",
          "uselib",
          "userfaultfd",
          "ustat",
          "vhangup",
          "vm86",
          "vm86old");

  /// `CLONE_NEW*`: new namespaces, each a bit of clone(2)'s flags.
  private static final List<Long> NAMESPACE_FLAGS =
      List.of(
          0x0002_0000L,
          0x0200_0000L,
          0x0400_0000L,
          0x0800_0000L,
          0x1000_0000L,
          0x2000_0000L,
          0x4000_0000L);

  private Seccomp() {}

  /// The `linux.seccomp` part of a runtime configuration (OCI runtime specification 1.0,
  /// "Seccomp").
  static Map<String, Object> profile() {
    List<Map<String, Object>> rules = new ArrayList<>();
    rules.add(Map.of("names", REFUSED, "action", "SCMP_ACT_ERRNO", "errnoRet", EPERM));
    // clone3 hides its flags from filters; refused as if the kernel had none, so that C libraries
    // fall back to clone.
    rules.add(Map.of("names", List.of("clone3"), "action", "SCMP_ACT_ERRNO", "errnoRet", ENOSYS));
    for (long flag : NAMESPACE_FLAGS) {
      rules.add(
          refuse(
              "clone",
              Map.of("index", 0, "value", flag, "valueTwo", flag, "op", "SCMP_CMP_MASKED_EQ")));
    }
    for (int family : FAMILIES) {
      rules.add(refuse("socket", Map.of("index", 0, "value", family, "op", "SCMP_CMP_EQ")));
    }
    boolean arm = System.getProperty("os.arch").equals("aarch64");
    List<String> architectures =
        arm
            ? List.of("SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM")
            : List.of("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32");
    return Map.of(
        "defaultAction", "SCMP_ACT_ALLOW", "architectures", architectures, "syscalls", rules);
  }

  private static Map<String, Object> refuse(String call, Map<String, Object> argument) {
    return Map.of(
        "names",
        List.of(call),
        "action",
        "SCMP_ACT_ERRNO",
        "errnoRet",
        EPERM,
        "args",
        List.of(argument));
  }
}
