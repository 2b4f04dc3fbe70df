# What docs/INSTALL.md says to type for the Debian package, on a host where systemd runs: each block
# of commands, as it stands there.

source Tests/Containers/shared/systemd.sh
source Tests/Upgrade/shared/versions.sh

host=$project-image-install
get_id() { in_host curl -fsS http://127.0.0.1:8080/id; }
# Runs the commands of a block. Those that have VERSION get the given versions, one after the other.
block() { # NUMBER VERSION…
  local number=$1 command versions=("${@:2}")
  step "Installed as docs/INSTALL.md says: block $number"
  while read -r command; do
    if [[ $command == *VERSION* ]]; then
      command=${command//VERSION_amd64/${versions[0]}_$architecture}
      versions=("${versions[@]:1}")
    fi
    echo "$ $command"
    in_host env DEBIAN_FRONTEND=noninteractive sh -c "${command//apt /apt-get -y }" \
      >"$work/log" 2>&1 </dev/null || fail "$(cat "$work/log"; in_host journalctl -n 20 -u 'idgen*')"
  done < <(awk -v wanted="$number" '/^## / { isHere = /Debian/ } /^```console/ { number += isHere }
    isHere && number == wanted && sub(/^\$ (sudo )?/, "") { sub(/ +# .*/, ""); print }' \
    docs/INSTALL.md)
}

are_packaged . || scripts/package
packages=(.build-package/out/idgen_*_"$architecture".deb)
# The same with a higher version: what apt and systemd do is the same.
dpkg-deb -R "${packages[0]}" "$work/higher"
sed -i "s/^Version: .*/Version: $version+1/" "$work/higher/DEBIAN/control"
dpkg-deb --root-owner-group -Zgzip -b "$work/higher" \
  "$work/idgen_$version+1_$architecture.deb" >/dev/null

docker build -q -t $host - >/dev/null <<IMAGE
FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends systemd dbus curl \
 && rm -rf /var/lib/apt/lists/*
CMD ["/lib/systemd/systemd"]
IMAGE
start_host $host -w /root
docker cp -q "${packages[0]}" "$host:/root/"
docker cp -q "$work/idgen_$version+1_$architecture.deb" "$host:/root/"
if ! await_booted; then
  echo 'systemd does not start in a container here: docs/INSTALL.md is not tried.'
else
  block 1 "$version"
  get_id
  equal 'machine' "$(machine_of_metrics 8090)" 1

  in_host sed -i 's/^MACHINE_ID=/#&/' /etc/default/idgen
  ! in_host systemctl restart idgen 2>"$work/log" || fail 'it runs without MACHINE_ID'
  in_host systemctl status --no-pager --full idgen >"$work/log" || true
  for text in 'MACHINE_ID is not set' 'file:/etc/default/idgen' 'status=64'; do
    grep -q "$text" "$work/log" || fail "its status does not say \"$text\": $(cat "$work/log")"
  done
  in_host sed -i 's/^#MACHINE_ID=/MACHINE_ID=/' /etc/default/idgen
  in_host systemctl restart idgen

  block 2
  equal 'machines' "$(for port in 8090 8091; do machine_of_metrics $port; done | sort | xargs)" '1 2'

  in_host systemctl disable -q --now idgen@1 idgen@2
  block 3
  equal 'before a connection' "$(in_host systemctl is-active idgen idgen.socket | xargs)" \
    'inactive active'
  await 10 get_id

  # Without MACHINE_ID, systemd starts it again and again, until it closes the socket.
  in_host sed -i 's/^MACHINE_ID=/#&/' /etc/default/idgen
  in_host systemctl stop idgen.service
  ! in_host curl -fsS -m 2 http://127.0.0.1:8080/id 2>/dev/null || fail 'it runs without MACHINE_ID'
  in_host sed -i 's/^#MACHINE_ID=/MACHINE_ID=/' /etc/default/idgen
  in_host systemctl stop idgen.socket idgen.service
  in_host systemctl start idgen.socket idgen.service
  equal 'set later' "$(in_host systemctl is-active idgen idgen.socket | xargs)" 'active active'
  get_id

  # What `systemctl edit idgen.socket` writes, for another port.
  in_host sh -ec 'mkdir /etc/systemd/system/idgen.socket.d
    printf "[Socket]\nListenStream=\nListenStream=8085\n" \
      >/etc/systemd/system/idgen.socket.d/port.conf
    systemctl daemon-reload
    systemctl stop idgen.socket idgen.service
    systemctl start idgen.socket idgen.service'
  in_host curl -fsS http://127.0.0.1:8085/id
  ! in_host curl -fsS http://127.0.0.1:8080/id 2>/dev/null || fail 'it still listens on port 8080'
  in_host sh -ec 'rm -r /etc/systemd/system/idgen.socket.d
    systemctl daemon-reload
    systemctl stop idgen.socket idgen.service
    systemctl start idgen.socket idgen.service'

  before=$(in_host systemctl show -p MainPID --value idgen)
  block 4 "$version+1" "$version"
  equal 'version' "$(in_host dpkg-query -W -f '${Version}' idgen)" "$version"
  [[ $(in_host systemctl show -p MainPID --value idgen) != "$before" ]] || fail 'not restarted'
  await 10 get_id

  block 5
  for path in /usr/bin/idgen /etc/default/idgen /var/lib/idgen /var/lib/private/idgen; do
    ! in_host test -e "$path" || fail "$path is left"
  done

  step 'The Debian package purged after an upgrade that was not finished, with a store on a disk'
  in_host sh -ec 'mkdir /var/lib/private/idgen
    mount -t tmpfs tmpfs /var/lib/private/idgen'
  block 1 "$version"
  block 3
  await 10 get_id
  # dpkg will run no prerm. When the service has stopped, its journal shows what is in the store.
  in_host sh -ec 'mkdir /etc/systemd/system/idgen.service.d
    cd /etc/systemd/system/idgen.service.d
    printf "[Unit]\nRequiresMountsFor=/var/lib/private/idgen\n" >disk.conf
    printf "[Service]\nExecStopPost=ls %%S/idgen\n" >store.conf
    systemctl daemon-reload'
  in_host dpkg --unpack "/root/idgen_$version+1_$architecture.deb" >/dev/null
  equal 'state' "$(in_host dpkg-query -W -f '${db:Status-Status}' idgen)" unpacked
  equal 'before' "$(in_host systemctl is-active idgen idgen.socket | xargs)" 'active active'
  in_host apt-get -y purge idgen >"$work/log" 2>&1 || fail "$(cat "$work/log")"
  equal 'after' "$(in_host systemctl is-active idgen idgen.socket | xargs)" 'inactive inactive'
  equal 'the store at its end' "$(in_host journalctl -q -o cat -u idgen | grep -x machine-1)" \
    machine-1
  equal 'the store after the purge' "$(in_host ls /var/lib/private/idgen)" ''
fi
docker rm -f "$host" >/dev/null
