# The archive where systemd runs, with the commands of docs/INSTALL.md, and the next version over it.

archive_commands() { # VERSION: those of docs/INSTALL.md
  awk '/^## / { isHere = /Archive/ } isHere && sub(/^\$ (sudo )?/, "")' docs/INSTALL.md |
    sed "s/VERSION-linux-amd64/$1-linux-$architecture/"
}
unpack() { # VERSION
  docker cp -q "$(packages_of "$1")/idgen-$1-linux-$architecture.tar.gz" "$host:/root/"
  in_host sh -ec "cd /root; $(archive_commands "$1" | grep '^tar ')"
}

step 'Archive where systemd runs'
if start_debian bookworm; then
  (($(archive_commands "$version" | wc -l) == 3)) || fail 'docs/INSTALL.md has other commands'
  docker cp -q "$(packages_of "$version")/idgen-$version-linux-$architecture.tar.gz" "$host:/root/"
  while read -r command; do
    in_short sh -c "cd /root; $command" </dev/null
  done < <(archive_commands "$version")
  in_short sed -i 's/^#MACHINE_ID=1$/MACHINE_ID=1/' /etc/default/idgen
  in_short systemctl enable --now idgen
  equal 'health' "$(in_host idgen health && echo ok)" ok
  equal 'versions' "$(in_host idgen --version) $(serving_version 8090)" "$version $version"
  equal 'the unit' "$(in_host systemctl show -p FragmentPath --value idgen)" \
    /usr/local/lib/systemd/system/idgen.service

  unpack "$next"
  in_short systemctl daemon-reload
  in_short systemctl try-restart idgen 'idgen@*'
  equal 'versions' "$(in_host idgen --version) $(serving_version 8090)" "$next $next"
  docker rm -f "$host" >/dev/null
else
  echo 'systemd does not start in a container here.'
fi
