# What the parts of scripts/test-installed have in common.

package() { echo "idgen_$1_$architecture.deb"; } # VERSION
copy_packages() { # of both versions, to /root of the host
  local number
  for number in "$version" "$next"; do
    docker cp -q "$(packages_of "$number")/$(package "$number")" "$host:/root/" || return
  done
}
says() { # COMMAND…: shows a command in the host, and what it prints
  echo "\$ $*"
  in_host "$@" 2>&1 | sed 's/^/  /'
}
in_short() { # COMMAND…: shows a command in the host, and the main lines of what apt-get prints
  echo "\$ $*"
  in_host env DEBIAN_FRONTEND=noninteractive "$@" >"$work/log" 2>&1 ||
    fail "$*: $(cat "$work/log")"
  grep -E '^(Unpacking|Setting up|Removing|Purging|dpkg: warning|.*(error|failed))' "$work/log" |
    sed 's/^/  /' || true
}
install_version() { # VERSION
  in_short apt-get install -y --allow-downgrades "/root/$(package "$1")"
}
installed_version() { in_host dpkg-query -W -f '${Version}' idgen; }
serving_version() { # PORT: of the port for operators
  get "$1" /metrics | sed -nE 's/^idgen_info\{version="([^"]+)".*/\1/p'
}
# A host of a Debian release, with both packages in /root. Its status is whether systemd runs there;
# if anything else fails, so does the test.
start_debian() { # SUITE PACKAGE…
  docker build -q -t "$project:$1" - >/dev/null <<IMAGE || fail "the image of $1 is not built"
FROM debian:$1-slim
RUN apt-get update \\
 && apt-get install -y --no-install-recommends systemd dbus ${@:2} \\
 && rm -rf /var/lib/apt/lists/* /etc/dpkg/dpkg.cfg.d/docker
CMD ["/lib/systemd/systemd"]
IMAGE
  host=$project-$1
  # In memory, because a start waits for a second at most for a disk that others keep busy: then it
  # responds with 503, as it should.
  start_host "$project:$1" --tmpfs /var/lib/private:rw,mode=0700 || fail "$host does not start"
  copy_packages || fail "the packages are not in $host"
  await_booted
}
address() { docker inspect -f '{{.NetworkSettings.IPAddress}}' "$host"; }
