# Sourced by bench-start: what others do with an image that is not there. They pull all of it and unpack it, then run.
#
# The registry is Debian's, on the loopback; the image is the SciPy tar as one layer, compressed by gzip -6. Podman has
# folders, locks and cgroups of its own, of which nothing stays.
# shellcheck shell=bash

scipy_gzip=$sway_cache/scipy-rootfs.tar.gz
registry=
podman=()
podman_lacks=
podman_cgroup=sway-bench-podman
podman_script=/run/sway/script
podman_run=()

# gzip_tar: once for each tar.
gzip_tar() {
  [ ! "$scipy_gzip" -nt "$scipy_tar" ] || return 0
  say "compressing $scipy_tar"
  on_exit "rm -f '$scipy_gzip.part'"
  attended gzip -6 -c "$scipy_tar" >"$scipy_gzip.part"
  mv "$scipy_gzip.part" "$scipy_gzip"
}

# push NAME TAR
push() {
  timed push skopeo copy -q --insecure-policy --dest-tls-verify=false "tarball:$2" "docker://${registry#http://}/$1:1"
}

# open_registry: starts one that has the image, leaves its address in $registry, and prepares Podman.
open_registry() {
  need_packages umoci podman
  gzip_tar
  printf '%s\n' 'version: 0.1' 'storage:' '  filesystem:' "    rootdirectory: $work/registry" \
    'http:' '  addr: 127.0.0.1:0' >"$work/registry.yml"
  start_daemon registry docker-registry serve "$work/registry.yml"
  registry=$url
  say "filling the registry"
  push hello "$work/hello.tar"
  push scipy "$scipy_gzip"
  prepare_podman
}

# prepare_podman: leaves in $podman the command and its options with the storage driver that works here, or else in
# $podman_lacks why there is none.
prepare_podman() {
  local driver
  printf '%s\n' '[engine]' 'cgroup_manager = "cgroupfs"' 'events_logger = "none"' 'lock_type = "file"' \
    'runtime = "runc"' >"$work/podman.conf"
  # Without these limits it would raise them, which not every machine allows. A signal ends podman itself, and end_podman
  # the container, whose first process ignores most signals.
  podman_run=(run --rm --quiet --tls-verify=false --network none --ulimit nofile=1024:1024 --ulimit nproc=4096:4096
    --sig-proxy=false --cgroups no-conmon --cgroup-parent "$podman_cgroup" --conmon-pidfile "$work/conmon.pid"
    --volume "$script:$podman_script:ro")
  on_exit end_podman
  for driver in overlay vfs; do
    podman=(env "CONTAINERS_CONF=$work/podman.conf" "TMPDIR=$work/podman" podman --storage-driver "$driver"
      --root "$work/podman/root" --runroot "$work/podman/run" --tmpdir "$work/podman/tmp")
    podman_lacks=
    forget_podman
    attended "${podman[@]}" "${podman_run[@]}" "${registry#http://}/hello:1" /usr/sbin/ldconfig -V \
      >"$work/stdout" 2>"$work/stderr" || podman_lacks=$(tail -n 1 "$work/stderr" | tr '|' ' ')
    [ -n "$podman_lacks" ] || return 0
    say "podman does not run with the storage driver $driver: $podman_lacks"
  done
}

# forget_podman: what it has stored, once nothing uses that.
forget_podman() {
  local pid tries target
  if read -r pid 2>/dev/null <"$work/conmon.pid"; then
    # The process that watched the container cleans up after it. While it is a zombie it has no program any more.
    for ((tries = 0; tries < 100; tries++)); do
      [[ $(readlink "/proc/$pid/exe") == */conmon ]] || break
      sleep 0.1
    done
  fi
  while read -r target; do
    umount "$target"
  done < <(mounts_below "$work/podman")
  rm -rf --one-file-system "$work/podman" "$work/conmon.pid"
  mkdir "$work/podman"
}

end_podman() {
  "${podman[@]}" rm --all --force --time 0 >/dev/null
  forget_podman
  find /sys/fs/cgroup -depth -type d -path "*/$podman_cgroup*" -exec rmdir {} +
}

# registry_in_memory: its disk is no part of what is measured.
registry_in_memory() { find "$work/registry" -type f -exec cat {} + >/dev/null; }

# pull_and_start FIGURE HOST:PORT: runs the script on the image of the registry there, in both ways, from nothing.
pull_and_start() {
  local started
  registry_in_memory
  sync
  started=$EPOCHREALTIME
  timed "$1.skopeo" skopeo copy -q --insecure-policy --src-tls-verify=false "docker://$2/scipy:1" "oci:$work/layout:scipy"
  timed "$1.umoci" umoci raw unpack --image "$work/layout:scipy" "$work/unpacked"
  timed "$1.runc" plain_run "$work/unpacked"
  record "$1.apart" "$(seconds_since "$started")"
  rm -rf --one-file-system "$work/layout" "$work/unpacked"
  [ -z "$podman_lacks" ] || return 0
  forget_podman
  sync
  timed "$1.podman" "${podman[@]}" "${podman_run[@]}" "$2/scipy:1" python3 "$podman_script"
  forget_podman
}

# --- the table, which testapps/chart draws ---

# shellcheck disable=SC2034 # for those who source this file
pulls_heading='network'

# pulls_table NETWORK...: medians; what is compared is the wall time of a user's commands.
pulls_table() {
  local name at podman_cell
  printf '| %s | skopeo, umoci, runc | podman | sway, first ever | sway, with profile | sway, warm | unpacked before, cold |\n' \
    "$pulls_heading"
  printf '|---|---|---|---|---|---|---|\n'
  for name in "$@"; do
    at=${name/\//-}
    podman_cell="not measured: $podman_lacks"
    [ -n "$podman_lacks" ] || podman_cell=$(seconds "$(median "$at.podman")")
    printf '| %s | %s (%s + %s + %s) | %s | %s | %s | %s | %s |\n' "$(network_title "$name")" \
      "$(seconds "$(median "$at.apart")")" "$(seconds "$(median "$at.skopeo")")" "$(seconds "$(median "$at.umoci")")" \
      "$(seconds "$(median "$at.runc")")" "$podman_cell" \
      "$(seconds "$(median "$at.first.wall")")" "$(seconds "$(median "$at.overlap.wall")")" \
      "$(seconds "$(median "$at.warm.wall")")" "$(seconds "$(median "$at.unpacked")")"
  done
}

# network_title NAME: in words.
network_title() {
  case $1 in
    */*) echo "${1%/*} ms, ${1#*/} Mbit/s" ;;
    *) echo "$1" ;;
  esac
}
