# deploy/idgen.service and idgen@.service under systemd, which runs in a container with the program
# of the production image; and scripts/setup under systemd.

source Tests/Containers/shared/systemd.sh

host=$project-image-systemd
unit() { in_host systemctl show -p "$1" --value idgen.service; } # PROPERTY
unit_is() { [[ $(unit "$1") == "$2" ]]; }                         # PROPERTY VALUE
restarts() { (($(unit NRestarts) >= $1)); }                       # COUNT, or more
override() { # SETTING
  in_host sh -c 'mkdir -p /run/systemd/system/idgen.service.d
    printf "[Service]\n%s\n" "$1" >"/run/systemd/system/idgen.service.d/${1%=*}.conf"
    systemctl daemon-reload' sh "$1"
}
as_its_header_says() { # UNIT_FILE
  sed -n 's/^#   //p' "deploy/$1" | sed 's/    .*//' |
    docker exec -i "$host" sh -e >"$work/log" 2>&1 ||
    fail "$(cat "$work/log"; in_host journalctl -u 'idgen*' -n 20)"
}
answering_machines() { # PORT: the machine IDs in the responses on 32 connections, each once
  in_host bash -c 'for i in {1..32}; do
      exec 3<>"/dev/tcp/127.0.0.1/$1"
      printf "GET /id HTTP/1.0\r\n\r\n" >&3
      cat <&3
      echo
    done' bash "$1" | sed -nE 's/.*"machine_id": ([0-9]+)}.*/\1/p' | sort -nu | xargs
}
machines_answer() { [[ $(answering_machines "$1") == "$2" ]]; } # PORT MACHINE_IDS

step 'systemd: the unit'
docker image inspect $project:Dockerfile >/dev/null 2>&1 || build Dockerfile
docker build -q -t $host - >/dev/null <<IMAGE
FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends systemd dbus \
 && rm -rf /var/lib/apt/lists/*
COPY --from=$project:Dockerfile /idgen /src/.build-static/idgen
CMD ["/lib/systemd/systemd"]
IMAGE
start_host $host -v "$PWD/scripts:/src/scripts:ro" -v "$PWD/deploy:/src/deploy:ro" -w /src
if ! await_booted; then
  echo 'systemd does not start in a container here: deploy/idgen*.service are not run.'
else
  as_its_header_says idgen.service
  equal 'health' "$(in_host /usr/local/bin/idgen health && echo ok)" ok
  equal 'machine on the port for operators' "$(machine_of_metrics 8090)" 1
  equal '/metrics on the port for clients' "$(get 8080 /metrics | head -n 1)" 'HTTP/1.1 404 Not Found'
  # The sandbox must leave the identity of the boot: by it the next start judges the clock.
  in_host grep -q '^boot ' /var/lib/private/idgen/machine-1 || fail 'no boot is recorded'
  in_host systemctl stop idgen
  equal 'how it ended' "$(unit Result) $(unit ExecMainStatus)" 'success 0'

  step 'systemd: TLS, without the `#` of two lines'
  make_certificate "$work/tls"
  in_host mkdir -p /etc/idgen
  for name in tls.crt tls.key; do docker cp -q "$work/tls/$name" "$host:/etc/idgen/"; done
  in_host sh -c 'groupadd --system idgen-tls && chgrp idgen-tls /etc/idgen/tls.key'
  in_host sed -i -E 's/^# (SupplementaryGroups=|Environment=TLS_)/\1/' \
    /etc/systemd/system/idgen.service
  in_host sh -c 'systemctl daemon-reload && systemctl start idgen'
  equal 'health over TLS' "$(in_host /usr/local/bin/idgen health \
    --tls-certificate-file /etc/idgen/tls.crt --tls-key-file /etc/idgen/tls.key && echo ok)" ok
  equal 'machine on the port for operators' "$(machine_of_metrics 8090)" 1
  in_host sh -c 'systemctl stop idgen && cp deploy/idgen.service /etc/systemd/system &&
    systemctl daemon-reload'

  step 'systemd: another process has the machine ID; the unit waits for it, and takes over'
  docker exec -d -e MACHINE_ID=1 -e PORT=9000 -e STATE_DIR=/var/lib/private/idgen "$host" \
    /usr/local/bin/idgen serve
  await 10 in_host /usr/local/bin/idgen health --port 9000
  # Faster than in the unit, to test that there is no limit on starts.
  override RestartSec=100ms
  in_host systemctl start --no-block idgen
  await 30 restarts 12
  await 10 unit_is ExecMainStatus 75 # 0 while it is being started
  # The other process ends: it is the one that systemd did not start.
  in_host sh -c 'for process in /proc/[0-9]*; do
      case $(readlink "$process/exe") in
        */idgen) grep -qz ^PORT=9000 "$process/environ" && kill "${process#/proc/}" ;;
      esac
    done'
  await 10 unit_is ActiveState active
  await 10 in_host /usr/local/bin/idgen health

  step 'systemd: without STATE_DIR, as it is for etcd'
  override UnsetEnvironment=STATE_DIR
  in_host systemctl restart idgen
  await 10 in_host journalctl -q -u idgen -g 'neither STATE_DIR nor ETCD_ENDPOINTS is set'
  in_host rm /run/systemd/system/idgen.service.d/UnsetEnvironment.conf
  in_host systemctl daemon-reload

  step 'systemd: an invalid setting is not tried again'
  in_host sh -c 'echo MACHINE_ID=1024 >/etc/default/idgen; systemctl restart idgen 2>/dev/null || true'
  await 10 unit_is ActiveState failed
  equal 'status' "$(unit ExecMainStatus)" 64

  step 'systemd: two instances share a port; one of them dies, and one gets a port of its own'
  # The MACHINE_ID of /etc/default/idgen, 1024 by now, does not matter: the name of the instance does.
  as_its_header_says idgen@.service
  await 10 machines_answer 8080 '1 2'
  equal 'machines on the ports for operators' \
    "$(for port in 8090 8091; do machine_of_metrics $port; done | sort | xargs)" '1 2'
  in_host systemctl kill -s KILL idgen@1
  await 10 machines_answer 8080 2
  await 30 machines_answer 8080 '1 2'
  in_host sh -c 'echo PORT=8082 >/etc/default/idgen-2; systemctl restart idgen@2'
  await 10 machines_answer 8082 2
  await 10 machines_answer 8080 1
  equal 'users of the reservations' \
    "$(in_host sh -c 'stat -c %u /var/lib/private/idgen/machine-[12] | sort -u | wc -l')" 1
  in_host systemctl stop idgen@1 idgen@2
  for instance in idgen@1 idgen@2; do
    equal "how $instance ended" \
      "$(in_host systemctl show -p Result --value "$instance")" success
  done

  step 'scripts/setup starts nothing, where systemd runs'
  setup_in "$host" nginx-light haproxy
  for service in nginx haproxy; do
    equal "$service is active" "$(in_host systemctl is-active $service)" inactive
    equal "$service is enabled" "$(in_host systemctl is-enabled $service)" disabled
  done
  ! has_policy "$host" || fail 'a policy-rc.d is left'
fi
docker rm -f "$host" >/dev/null
