# idgen@1 and idgen@2 of the Debian package on one port: the package restarts one after the other.
# First with a folder, then with etcd, which runs in the same container.

# A kept connection stays with its instance, so only new ones reach an instance that has started.
more_load_options=(--requests-per-connection 20)

# The two restarts follow each other so closely that nothing shows that both versions serve between
# them. So idgen@2 goes on for two seconds when it is told to stop.
delay_the_second() {
  in_host sh -c 'mkdir /etc/systemd/system/idgen@2.service.d
    printf "[Service]\nExecStop=sleep 2\n" >/etc/systemd/system/idgen@2.service.d/delay.conf
    systemctl daemon-reload'
}
start_instances() {
  in_short systemctl start idgen@1 idgen@2
  equal 'ports for operators' "$(serving_version 8090) $(serving_version 8091)" "$version $version"
}
both_instances_read() { # OPTION…: of `idgen machines`
  [[ $(in_host idgen machines "$@" | grep -cE '^[12] +held ') == 2 ]]
}
upgrade_instances() { # STORE OPTION…: of `idgen machines`
  local url
  url=http://$(address):8080/id
  upgrade 'deb, idgen@1 and idgen@2' "$1" "$version" "$next" "$url" 1-2 install_version "$next"
  both_instances_read "${@:2}" || fail "version $next does not list both records"
  upgrade 'deb, idgen@1 and idgen@2' "$1" "$next" "$version" "$url" 1-2 install_version "$version"
  both_instances_read "${@:2}" || fail "version $version does not list both records"
  in_host systemctl stop idgen@1 idgen@2
  check_ids "idgen@1 and idgen@2, store: $1"
}

step "Debian package, idgen@1 and idgen@2: $version, $next and back"
if start_debian bookworm etcd-server; then
  install_version "$version"
  machines_seen_by=("$host" localhost 8090 8091)
  delay_the_second
  start_instances
  upgrade_instances folder --state-dir /var/lib/idgen

  step "Debian package, idgen@1 and idgen@2, with etcd: $version, $next and back"
  docker exec -d "$host" etcd --data-dir /tmp/etcd
  await 30 in_host idgen machines --etcd-endpoints http://127.0.0.1:2379
  # As /etc/default/idgen says.
  in_host sh -c 'echo ETCD_ENDPOINTS=http://127.0.0.1:2379 >>/etc/default/idgen
    mkdir /etc/systemd/system/idgen@.service.d
    printf "[Service]\nUnsetEnvironment=STATE_DIR\n" >/etc/systemd/system/idgen@.service.d/etcd.conf
    systemctl daemon-reload'
  start_instances
  upgrade_instances etcd --etcd-endpoints http://127.0.0.1:2379
  docker rm -f "$host" >/dev/null
else
  echo 'systemd does not start in a container here.'
fi
