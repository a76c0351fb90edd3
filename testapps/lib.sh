# Sourced by the scripts of this folder: places, messages, cleaning up, daemons, runs.
#
# What a script starts it registers with `on_exit`; that happens in reverse order however the script ends.
# Everything runs under `set -euo pipefail`, set here.
# shellcheck shell=bash

set -euo pipefail
export LC_ALL=C.UTF-8

# Some of these are for those who source this file.
# shellcheck disable=SC2034
{
  sway_root=$(cd -P "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
  testapps=$sway_root/testapps
  sway_cache=$(realpath -m "${SWAY_CACHE:-/var/cache/sway}")
  swayctl=$sway_root/swayctl/bin/swayctl
  scipy_tar=$sway_cache/scipy-rootfs.tar
  program=${0##*/}
}

# buildah's other isolations want a container network, and cgroups that not every machine gives.
export BUILDAH_ISOLATION=chroot

# shellcheck source=../.launch/launch.sh
. "$sway_root/.launch/launch.sh"

say() { printf '%s: %s\n' "$program" "$*" >&2; }

fail() {
  say "$*"
  exit 1
}

need_root() { [ "$(id -u)" -eq 0 ] || fail "needs root: it installs packages and mounts file systems; run it with sudo"; }

# --- how a script ends ---

cleanups=()
attended_pid=

# on_exit COMMAND-LINE: is run when the script ends, last registered first.
on_exit() { cleanups+=("$1"); }

run_cleanups() {
  local status=$? i
  trap '' HUP INT TERM
  trap - EXIT
  set +e
  end_child "$attended_pid" 20
  for ((i = ${#cleanups[@]} - 1; i >= 0; i--)); do
    eval "${cleanups[i]}"
  done
  exit "$status"
}

trap run_cleanups EXIT
# A second signal must not end the cleaning up that the first one started.
trap 'trap "" HUP INT TERM; exit 129' HUP
trap 'trap "" HUP INT TERM; exit 130' INT
trap 'trap "" HUP INT TERM; exit 143' TERM

# end_child PID SECONDS: asks a child of this shell to end, kills it if it has not within SECONDS, and waits for it.
end_child() {
  local watchdog
  [ -n "$1" ] && kill -TERM "$1" 2>/dev/null || return 0
  # A read that nothing answers is a timer without a process of its own, which would outlive the subshell.
  (read -r -t "$2" <> <(:) || kill -KILL "$1") 2>/dev/null &
  watchdog=$!
  wait "$1" 2>/dev/null || true
  kill -KILL "$watchdog" 2>/dev/null || true
  wait "$watchdog" 2>/dev/null || true
}

# attended COMMAND...: runs it such that a signal to this script ends it at once instead of waiting for it. A shell's
# background commands ignore Ctrl-C, and so would all that they start: a program is given it back.
attended() {
  local status=0 reset=(env --default-signal=INT --default-signal=QUIT)
  [ "$(type -t "$1")" = file ] || reset=()
  "${reset[@]}" "$@" <&0 &
  attended_pid=$!
  wait "$attended_pid" || status=$?
  attended_pid=
  return "$status"
}

# --- packages and JDK ---

# need_packages PACKAGE...: installs those Debian packages that are not there.
need_packages() {
  local package missing=()
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing ${missing[*]}"
  local apt=(apt-get -q -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
  attended "${apt[@]}" update >&2
  attended env DEBIAN_FRONTEND=noninteractive "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >&2
}

# use_jdk: leaves a JDK 25's home in JAVA_HOME, or ends the script with a line on what to install.
use_jdk() {
  JAVA_HOME=$(sway_java_home) || fail "no JDK 25 found in JAVA_HOME or /usr/lib/jvm; install one (for instance Temurin 25, package temurin-25-jdk) or set JAVA_HOME"
  export JAVA_HOME
}

# building COMMAND...: runs what writes to target folders. Root's files go back to whom the checkout belongs.
building() {
  local status=0 target owner
  owner=$(stat -c %u:%g "$sway_root")
  attended "$@" || status=$?
  if [ "$owner" != 0:0 ]; then
    for target in "$sway_root"/target "$sway_root"/*/target; do
      [ ! -d "$target" ] || chown -R "$owner" "$target"
    done
  fi
  return "$status"
}

# sway_mvn ARGS...: Maven on this repository.
sway_mvn() { building mvn -B -ntp -Dstyle.color=never -f "$sway_root/pom.xml" "$@"; }

# --- a session: a temporary folder, a blobd and a lazyfsd ---

work=
declare -A daemon_pid=() daemon_drain=()

# open_session: makes $work, which goes away with the script, and everything still mounted below it first. What the
# user has configured for swayctl neither matters nor changes.
open_session() {
  work=$(mktemp -d "${TMPDIR:-/tmp}/sway-$program.XXXXXX")
  on_exit close_session
  unset FILESERVER_URL SWAY_USERNAME SWAY_TOKEN
  export XDG_CONFIG_HOME=$work/config XDG_STATE_HOME=$work/remembered
}

# mounts_below FOLDER: the mount points below it, deepest first.
mounts_below() {
  findmnt -rno TARGET | while read -r target; do
    printf -v target %b "$target"
    case $target in "$1"/*) printf '%s\n' "$target" ;; esac
  done | sort -r
}

close_session() {
  local target
  while read -r target; do
    say "unmounting $target, which was left behind"
    umount -l "$target"
  done < <(mounts_below "$work")
  rm -rf --one-file-system "$work"
}

# start_daemon NAME COMMAND...: starts it, waits for a line "...: serving ... on http://127.0.0.1:PORT" or, of a registry,
# "listening on 127.0.0.1:PORT", and leaves the address in $url. Its output goes to $work/NAME.log.
start_daemon() {
  local name=$1 fifo=$work/$1.out log=$work/$1.log fd line
  shift
  rm -f "$fifo"
  mkfifo "$fifo"
  # A session of its own: Ctrl-C reaches this script only, which then ends the daemons in order.
  setsid env --default-signal=INT,QUIT "$@" </dev/null >"$fifo" 2>&1 &
  daemon_pid[$name]=$!
  on_exit "stop_daemon $name"
  exec {fd}<"$fifo"
  url=
  while [ -z "$url" ] && read -r -t 60 -u "$fd" line; do
    printf '%s\n' "$line" >>"$log"
    if [[ $line =~ (^[a-z]+:\ serving\ .*\ on\ http://|\"listening\ on\ )(127\.0\.0\.1:[0-9]+) ]]; then
      url=http://${BASH_REMATCH[2]}
    fi
  done
  if [ -z "$url" ]; then
    tail -n 20 "$log" >&2
    fail "$name did not become ready"
  fi
  cat <&"$fd" >>"$log" &
  daemon_drain[$name]=$!
  exec {fd}<&-
}

# stop_daemon NAME: ends it if it runs.
stop_daemon() {
  end_child "${daemon_pid[$1]-}" 30
  end_child "${daemon_drain[$1]-}" 5
  unset "daemon_pid[$1]" "daemon_drain[$1]"
}

# start_blobd STORE and start_lazyfsd STATE: on free ports of the loopback, for every swayctl after it.
start_blobd() {
  start_daemon blobd "$sway_root/blobd/bin/blobd" serve --store "$1" --listen 127.0.0.1:0
  export SERVER_URL=$url
}

start_lazyfsd() {
  start_daemon lazyfsd "$sway_root/lazyfsd/bin/lazyfsd" serve --blobd "$SERVER_URL" --state "$1" --listen 127.0.0.1:0
  export WORKER_URL=$url
}

# rehearsed: waits until the worker at $WORKER_URL has rehearsed its starts, as one that has been there for a while has.
rehearsed() {
  local try
  for ((try = 0; try < 600; try++)); do
    case $(curl -fsS "$WORKER_URL/v1/status" | jq -r .rehearsal) in
      done) return 0 ;;
      pending) sleep 0.1 ;;
      *) fail "the worker could not rehearse; see its log" ;;
    esac
  done
  fail "the worker has not rehearsed within a minute"
}

# --- figures: one file of numbers each, in $work ---

# record FIGURE NUMBER: ends the script where that is none; a table with a hole, or one that leaves a round out, is no result.
record() {
  [[ $2 =~ ^[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?$ ]] || fail "no number for $1: '$2'"
  printf '%s\n' "$2" >>"$work/figure.$1"
}

# statistic FIGURE: "median min max count"
statistic() {
  sort -g "$work/figure.$1" |
    awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2, v[1], v[NR], NR }'
}

median() { statistic "$1" | cut -d ' ' -f 1; }

# timed FIGURE COMMAND...: records how long it took; ends the script if it fails.
timed() {
  local figure=$1 started=$EPOCHREALTIME
  shift
  attended "$@" >"$work/stdout" 2>"$work/stderr" || {
    cat "$work/stdout" "$work/stderr" >&2
    fail "failed: $*"
  }
  record "$figure" "$(awk -v from="$started" -v to="$EPOCHREALTIME" 'BEGIN { print to - from }')"
}

# seconds NUMBER: with three decimals where they matter.
seconds() { awk -v n="$1" 'BEGIN { printf n < 10 ? "%.3f" : "%.1f", n }'; }

# ratio PART WHOLE
ratio() { awk -v part="$1" -v whole="$2" 'BEGIN { printf "%.2f", part / whole }'; }

# run_figure FILE JQ-PATH: one value of the object that `swayctl run --json` leaves as the last line of stderr.
run_figure() { tail -n 1 "$1" | jq -r ".run.$2"; }

# megabytes BYTES
megabytes() { awk -v n="$1" 'BEGIN { if (n < 1e5) printf "%.1f kB", n / 1e3; else printf "%.1f MB", n / 1e6 }'; }

# percent PART WHOLE
percent() { awk -v part="$1" -v whole="$2" 'BEGIN { printf "%.1f %%", whole ? 100 * part / whole : 0 }'; }

# seconds_since EPOCHREALTIME
seconds_since() { awk -v from="$1" -v to="$EPOCHREALTIME" 'BEGIN { printf "%.2f", to - from }'; }

# made_by COMMAND: the line above a table that says where its figures come from.
made_by() {
  # shellcheck disable=SC2016 # the backquotes are Markdown's
  printf 'Made by `%s` on %s: Linux %s, %s CPUs (%s), %s of memory, commit %s.\n\n' "$1" "$(date -u +%F)" "$(uname -r)" \
    "$(nproc)" "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)" \
    "$(awk '/^MemTotal/ { printf "%.0f GB", $2 / 1e6 }' /proc/meminfo)" \
    "$(git -c "safe.directory=$sway_root" -C "$sway_root" describe --always --dirty 2>/dev/null || echo unknown)"
}

# --- the plain baseline: the same script under runc on the unpacked tree ---

# Some of these are for those who source this file.
# shellcheck disable=SC2034
{
  tree=$sway_cache/scipy-tree
  plain=
}

# unpack_tree: once for each tar.
unpack_tree() {
  [ ! "$tree.unpacked" -nt "$scipy_tar" ] || return 0
  say "unpacking $scipy_tar to $tree"
  rm -rf --one-file-system "$tree"
  mkdir -p "$tree"
  attended tar -C "$tree" --numeric-owner --xattrs --xattrs-include='*' -xpf "$scipy_tar"
  touch "$tree.unpacked"
}

# plain_bundle IMAGE SCRIPT: the bundle and the mount options of a real run of this script, for plain_run.
plain_bundle() {
  local image=$1 script=$2 name=${2##*/} held line run
  plain=$work/plain
  mkdir "$work/held" "$plain" "$plain/rootfs" "$plain/scratch"
  on_exit "runc --root '$work/runc' delete --force sway-bench-plain 2>/dev/null"
  # A script of the same name, which still runs while its bundle is read.
  printf '%s\n' '#!/usr/bin/env python3' 'import time' 'print("running", flush=True)' 'time.sleep(5)' >"$work/held/$name"
  exec {held}< <(exec "$swayctl" run --image "$image" "$work/held/$name")
  line=
  read -r line <&"$held" || true
  [ "$line" = running ] || fail "no run whose configuration could be taken"
  run=$(find "$work/state/runs" -mindepth 1 -maxdepth 1 -type d)
  find "$run" -mindepth 1 -maxdepth 1 ! -name rootfs ! -name scratch -exec cp -a -t "$plain" {} +
  jq --arg run "$run" --arg plain "$plain" --arg script "$script" --arg bound "/run/sway/$name" '
    walk(if type == "string" and startswith($run) then $plain + ltrimstr($run) else . end)
    | .mounts |= map(if .destination == $bound then .source = $script else . end)
    | .linux.cgroupsPath = "/sway-bench-plain"' "$run/config.json" >"$plain/config.json.new"
  mv "$plain/config.json.new" "$plain/config.json"
  scratch_options=$(findmnt -no OPTIONS "$run/scratch")
  overlay_options=$(findmnt -no OPTIONS "$run/rootfs" | sed "s#lowerdir=[^,]*#lowerdir=LOWER#; s#$run/#$plain/#g")
  cat <&"$held" >/dev/null
  exec {held}<&-
}

# plain_run LOWER: that run, with the folder LOWER below its overlay.
plain_run() {
  mount -t tmpfs -o "$scratch_options" sway-run "$plain/scratch" &&
    mkdir "$plain/scratch/upper" "$plain/scratch/work" &&
    chmod 0755 "$plain/scratch/upper" &&
    mount -t overlay -o "${overlay_options/LOWER/$1}" sway-run "$plain/rootfs" &&
    runc --root "$work/runc" run --bundle "$plain" sway-bench-plain </dev/null &&
    umount "$plain/rootfs" &&
    umount "$plain/scratch"
}
