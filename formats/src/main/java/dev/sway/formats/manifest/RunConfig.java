package dev.sway.formats.manifest;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// What a container of an image runs, and how: the part of the OCI image configuration that matters
/// at run time.
///
/// @param architecture as Go names it, such as `amd64`; empty where the source does not say
/// @param os as Go names it, such as `linux`
/// @param user `USER[:GROUP]`, names or numbers, resolved inside the image; empty for root
/// @param workingDir the absolute working directory; empty for `/`
/// @param env `NAME=VALUE` each
/// @param entrypoint the command's first words
/// @param cmd the words after them, replaced by those given to a run
/// @param labels free annotations
/// @param stopSignal the signal that asks the container to end; empty for SIGTERM
public record RunConfig(
    String architecture,
    String os,
    String user,
    String workingDir,
    List<String> env,
    List<String> entrypoint,
    List<String> cmd,
    Map<String, String> labels,
    String stopSignal) {

  /// The configuration of a source that has none, such as a plain tar.
  public static final RunConfig EMPTY =
      new RunConfig("", "linux", "", "", List.of(), List.of(), List.of(), Map.of(), "");

  public RunConfig {
    env = List.copyOf(env);
    entrypoint = List.copyOf(entrypoint);
    cmd = List.copyOf(cmd);
    labels = java.util.Collections.unmodifiableSortedMap(new TreeMap<>(labels));
    ManifestFormat.require(
        workingDir.isEmpty() || workingDir.startsWith("/"),
        "working directory is not absolute: " + workingDir);
    ManifestFormat.require(
        env.stream().noneMatch(variable -> variable.indexOf('=') < 1),
        "an environment entry is not NAME=VALUE");
    ManifestFormat.require(
        Stream.of(env, entrypoint, cmd, List.of(user, workingDir))
            .flatMap(List::stream)
            .noneMatch(s -> s.indexOf('\0') >= 0),
        "a NUL character in the run configuration");
    Stream.of(env, entrypoint, cmd, labels.keySet(), labels.values())
        .flatMap(Collection::stream)
        .forEach(ManifestFormat::requireText);
    Stream.of(architecture, os, user, workingDir, stopSignal).forEach(ManifestFormat::requireText);
  }
}
