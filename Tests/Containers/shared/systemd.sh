# A container in which systemd runs, as on a host: its name is `host`.

start_host() { # IMAGE OPTION…: of `docker run`
  # SYS_PTRACE: to see its own children under ProtectProc=invisible, as it can on a host. AppArmor,
  # where the engine's host has it, would refuse the mounts of the units' sandbox.
  docker run -d --name "$host" --cap-add SYS_ADMIN --cap-add SYS_PTRACE \
    --security-opt seccomp=unconfined --security-opt apparmor=unconfined --cgroupns private \
    --tmpfs /run --tmpfs /run/lock -e container=docker "${@:2}" "$1" >/dev/null
}
in_host() { docker exec "$host" "$@"; }
has_booted() { in_host systemctl is-system-running 2>/dev/null | grep -qx running; }
await_booted() { # or not: not every engine lets systemd run; that of GitHub's runners must
  for _ in {1..100}; do
    has_booted && return
    sleep 0.1
  done
  [[ -z ${GITHUB_ACTIONS-} ]] || fail "systemd does not start in $host"
  return 1
}
get() { # PORT PATH: the whole response
  in_host bash -c 'exec 3<>"/dev/tcp/127.0.0.1/$1"
    printf "GET $2 HTTP/1.0\r\n\r\n" >&3
    cat <&3' bash "$1" "$2" | tr -d '\r'
}
# The machine ID in the metrics of a port.
machine_of_metrics() { get "$1" /metrics | sed -nE 's/^idgen_info\{.*machine_id="([0-9]+)".*/\1/p'; }
