# The Debian package from its installation until nothing of it is left, where systemd runs.

# All files but those that apt, dpkg and the journal write anyway, where links lead, and the users.
contents() {
  in_host sh -c 'find / /var/lib/private -xdev \( -path /proc -o -path /sys -o -path /run -o -path /tmp \
      -o -path /var/log -o -path /var/cache -o -path /var/lib/apt -o -path /var/lib/dpkg \) -prune \
      -o -printf "%M %u %p %l\n" | sort
    getent passwd
    getent group'
}
unit_is() { # UNIT ACTIVE ENABLED
  equal "$1 is" "$(in_host systemctl is-active "$1") $(in_host systemctl is-enabled "$1" 2>&1)" "$2 $3"
}
settings() { in_host cksum /etc/default/idgen; }
last_id() { sort -n "$work/ids" | tail -n 1; }

live_through() { # SUITE
  local before after url conffile id
  step "Debian package on $1: installed, and nothing is started"
  start_debian "$1" || {
    echo 'systemd does not start in a container here.'
    return
  }
  before=$(contents)
  install_version "$version"
  unit_is idgen.service inactive disabled
  unit_is idgen.socket inactive disabled
  equal 'manual pages' "$(in_host sh -c 'ls /usr/share/man/man1/idgen*.1.gz | wc -l')" 8

  step "Debian package on $1: without MACHINE_ID, then with it"
  ! in_host systemctl start idgen 2>/dev/null || fail 'it starts without MACHINE_ID'
  in_host journalctl -q -o cat -u idgen -g MACHINE_ID | tail -n 1 | tee "$work/message"
  grep -q 'MACHINE_ID' "$work/message" || fail 'the journal does not name MACHINE_ID'
  equal 'its end' "$(in_host systemctl show -p NRestarts -p ExecMainStatus idgen | xargs)" \
    'NRestarts=0 ExecMainStatus=64'
  in_short sed -i 's/^#MACHINE_ID=1$/MACHINE_ID=1/' /etc/default/idgen
  in_short systemctl enable --now idgen.socket
  url=http://$(address):8080
  says idgen health
  equal 'health' "$(in_host idgen health && echo ok)" ok
  equal 'GET /ready' "$(curl -fsS "$url/ready")" ready
  curl -fsS "$url/id"
  echo
  says idgen machines --state-dir /var/lib/idgen
  conffile=$(settings)

  step "Debian package on $1: upgraded and downgraded under load"
  under_load "deb on $1, socket" folder "$version" "$next" "$url/id" 1 '' install_version "$next"
  sed -i "\$s/\$/$tab-/" "$work/load"
  equal 'versions' "$(installed_version) $(serving_version 8090)" "$next $next"
  under_load "deb on $1, socket" folder "$next" "$version" "$url/id" 1 '' install_version "$version"
  sed -i "\$s/\$/$tab-/" "$work/load"
  equal 'versions' "$(installed_version) $(serving_version 8090)" "$version $version"
  # Without the socket, nobody listens between the two processes. No other request is lost.
  in_short systemctl disable --now idgen.socket
  in_short systemctl restart idgen.service
  under_load "deb on $1, no socket" folder "$version" "$next" "$url/id" 1 refused \
    install_version "$next"
  sed -i "\$s/\$/$tab-/" "$work/load"
  equal 'versions' "$(installed_version) $(serving_version 8090)" "$next $next"
  equal 'settings' "$(settings)" "$conffile"

  step "Debian package on $1: removed, and installed again"
  in_short apt-get remove -y idgen
  ! curl -fsS -o /dev/null "$url/id" 2>/dev/null || fail 'it still serves'
  equal 'processes of idgen' "$(in_host sh -c 'cat /proc/[0-9]*/comm' | grep -cx idgen || true)" 0
  equal 'settings' "$(settings)" "$conffile"
  in_host test -s /var/lib/private/idgen/machine-1
  install_version "$version"
  in_host systemctl enable --now idgen.socket 2>/dev/null
  id=$(curl -fsS -H 'Accept: text/plain' "$url/id")
  ((id > $(last_id))) || fail "$id is not greater than all before: $(last_id)"
  echo "$id" >>"$work/ids"
  check_ids "the package on $1"

  step "Debian package on $1: purged"
  in_short apt-get purge -y idgen
  after=$(contents)
  diff <(echo "$before") <(echo "$after") || fail 'the purge leaves something'
  docker rm -f "$host" >/dev/null
}

has_image() { # IMAGE: here, or where it can be pulled from
  docker image inspect "$1" >/dev/null 2>&1 || docker pull -q "$1" >/dev/null 2>&1
}
for suite in bookworm trixie; do
  if has_image debian:$suite-slim; then
    live_through $suite
  else
    [[ -z ${GITHUB_ACTIONS-} ]] || fail "there is no image debian:$suite-slim"
    echo "There is no image debian:$suite-slim: the package is not installed there."
  fi
done
