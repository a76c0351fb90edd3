# Sourced by swayctl/bin/swayctl, blobd/bin/blobd and lazyfsd/bin/lazyfsd: finds a JDK 25 and runs a module's jar.
# shellcheck shell=bash

# Prints the home of a JDK of version 25 or later: JAVA_HOME if it is one, else the usual places.
sway_java_home() {
  local home version
  for home in "${JAVA_HOME:-}" /usr/lib/jvm/*25* /usr/lib/jvm/default-java /opt/java/* /opt/jdk* "${HOME:-/root}"/.sdkman/candidates/java/*; do
    [ -n "$home" ] && [ -x "$home/bin/java" ] && [ -r "$home/release" ] || continue
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release")
    if [ "${version:-0}" -ge 25 ]; then
      printf '%s\n' "$home"
      return 0
    fi
  done
  return 1
}

# Flags of a program that depend on how it is called; its launcher may add some.
sway_flags=()

# sway_exec MODULE MAIN_CLASS [ARGS...]: replaces this shell by the module's program.
sway_exec() {
  local module=$1 main=$2 home root jar
  shift 2
  root=$(cd -P "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
  if ! home=$(sway_java_home); then
    echo "$module: no JDK 25 found in JAVA_HOME or /usr/lib/jvm; install one (for instance Temurin 25, package temurin-25-jdk) or set JAVA_HOME" >&2
    exit 1
  fi
  jar=$root/$module/target/$module.jar
  if [ ! -r "$jar" ]; then
    echo "$module: $jar is missing; build it with 'JAVA_HOME=$home mvn -f $root/pom.xml package -DskipTests'" >&2
    exit 1
  fi
  # Names and arguments are UTF-8 whatever the caller's locale; the C locale would lose every other byte.
  case "${LC_ALL:-${LC_CTYPE:-${LANG:-}}}" in
    *[Uu][Tt][Ff]-8 | *[Uu][Tt][Ff]8) ;;
    *) export LC_ALL=C.UTF-8 ;;
  esac
  # Ahead-of-time classes and profiles, where .launch/train has made them for this very jar: a JVM ignores any others.
  local aot=$root/$module/target/$module.aot own=$root/.launch/$module.options
  local flags=("-Dsway.program=$module" "-Dsway.root=$root")
  [ ! -r "$own" ] || flags+=("@$own")
  flags+=("${sway_flags[@]}")
  if [ -n "${SWAY_AOT_OUTPUT-}" ]; then
    flags+=("-XX:AOTCacheOutput=$SWAY_AOT_OUTPUT")
  elif [ "$aot" -nt "$jar" ]; then
    flags+=("-XX:AOTCache=$aot")
  fi
  # Further flags in words, each of which overrides what is above.
  local more=()
  read -ra more <<<"${SWAY_JVM_OPTIONS-}"
  flags+=("${more[@]}")
  exec "$home/bin/java" "@$root/.launch/jvm.options" "${flags[@]}" -cp "$jar" "$main" "$@"
}
