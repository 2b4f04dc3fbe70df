# docker-compose.yml with the profile `etcd`: machines that choose their machine ID, and three nodes
# of etcd. docs/ETCD.md says what is tested here.

etcdctl() { docker exec -i "$(container "$etcd_node")" etcdctl "$@"; }
replicas() { container auto-etcd; }
addresses() { # of the replicas that run
  replicas | xargs -rn 1 docker port 2>/dev/null |
    sed -nE 's/^8080\/tcp -> 0\.0\.0\.0(:.*)/127.0.0.1\1/p'
}
all_make_ids() { # COUNT
  local address addresses
  addresses=$(addresses)
  [[ $(wc -w <<<"$addresses") == "$1" ]] || return 1
  for address in $addresses; do curl -fsS "$address/ready" || return 1; done
}
different_machine_ids() { # of the replicas that run: how many
  local address
  for address in $(addresses); do curl -fsS "$address/id"; echo; done |
    sed -E 's/.*"machine_id": ([0-9]+)}/\1/' | sort -u | wc -l
}
leader() { # the node's name
  etcdctl endpoint status --cluster -w fields |
    awk -F ' : ' '{ gsub("\"", "") }
      $1 ~ /^MemberID/ { id = $2 }
      $1 ~ /^Leader/ && $2 == id { leads = 1 }
      $1 ~ /^Endpoint/ { if (leads) print $2; leads = 0 }' | sed -E 's,http://(.*):2379,\1,'
}
crash_replica() {
  kill -9 "$(inspect "$(replicas | head -n 1)" '{{.State.Pid}}')"
  sleep 0.5
  await 30 all_make_ids 3
  sleep 3 # until the load balancer has seen it
}
lose_node() { # NAME: for longer than it takes each machine to record a later limit
  compose kill "$1"
  sleep 7
  compose start "$1"
  await 30 is_healthy "$(container "$1")"
}
pause_all_nodes() { # for less than two thirds of RESERVATION_MS
  compose pause etcd-1 etcd-2 etcd-3
  sleep 6
  compose unpause etcd-1 etcd-2 etcd-3
  sleep 3
}
have_ended_with() { [[ $(grep -cx "$1" "$work/ends") == "$2" ]]; } # STATUS COUNT
scale_replicas() { # COUNT
  compose up -d --wait --no-deps --no-recreate --scale auto-etcd="$1" auto-etcd
  await 30 all_make_ids "$1"
  sleep 3 # until the load balancer has seen it
}
scale_replicas_up_and_down() {
  scale_replicas 8
  equal 'machine IDs of eight' "$(different_machine_ids)" 8
  scale_replicas 3
}
# Every record that was ever written, oldest first: machine ID and owner, 0 if none.
all_records() {
  timeout 5 docker exec "$(container "$etcd_node")" etcdctl watch --prefix /idgen/ --rev=1 || true
}
owners() { awk '$1 == "machine" { machine = $2 } $1 == "owner" { print machine, $2 }'; }

etcd_node=etcd-1
profiles=(--profile lb --profile etcd)
step 'Compose, etcd: three nodes, three machines'
etcd_image
docker events --filter type=container --filter event=die \
  --filter label=com.docker.compose.project=$project \
  --filter label=com.docker.compose.service=auto-etcd \
  --format '{{.Actor.Attributes.exitCode}}' >"$work/ends" &
compose up -d --build --wait --no-deps etcd-1 etcd-2 etcd-3 auto-etcd lb
await 30 all_make_ids 3
equal 'machine IDs of three' "$(different_machine_ids)" 3
await 30 makes_ids 8080

step 'Compose, etcd: a machine dies, an etcd node dies, all of them hang; from 3 to 8 to 3'
url=http://127.0.0.1:8080/id
disturb 'etcd, a machine is killed' $url of:200-1023 no_answer,502 crash_replica
lost=$(leader)
[[ $lost == etcd-? ]] || fail "no leader: $lost"
[[ $lost != etcd-1 ]] || etcd_node=etcd-2
disturb 'etcd, its leader is killed for 7 s' $url of:200-1023 '' lose_node "$lost"
disturb 'etcd, all nodes hang for 6 s' $url of:200-1023 '' pause_all_nodes
# A machine that stops may close a kept connection just as HAProxy sends on it. HAProxy then closes
# the client's connection, so that the client tries again.
disturb 'etcd, 3 machines become 8 and 3 again' $url of:200-1023 no_answer \
  scale_replicas_up_and_down
equal 'machine IDs of the three that are left' "$(different_machine_ids)" 3
equal 'how the other five, and the one that was killed, have ended' \
  "$(sort "$work/ends" | xargs)" '0 0 0 0 0 137'

step 'Compose, etcd: no machine ID had two owners'
all_records >"$work/history"
# Three machines, one of them twice, and five more; each has recorded its time more than once.
owners <"$work/history" | awk '
  $2 ~ /^0+$/ { released++; last[$1] = ""; next }
  { writes++ }
  !($2 in machine) { owners++; machine[$2] = $1 }
  machine[$2] != $1 { print $2 " had the machine IDs " machine[$2] " and " $1; exit 1 }
  last[$1] == $2 { next }
  ($1, $2) in had { print $2 " has machine ID " $1 " again"; exit 1 }
  { had[$1, $2] = 1; last[$1] = $2 }
  END {
    print owners " owners, " writes " records, " released " released"
    if (owners < 9 || writes < 2 * owners || released < 5) exit 1
  }' >"$work/owners" || fail "$(cat "$work/owners")"

step 'Compose, etcd: machines whose keys are deleted end with status 75, and are started again'
keys=$(etcdctl get --prefix /idgen/ | grep -c '^/idgen/machine-')
equal 'deleted keys' "$(etcdctl del --prefix /idgen/)" "$keys"
await 30 have_ended_with 75 3
await 30 all_make_ids 3

step 'Compose, etcd: authentication, as docs/ETCD.md says'
compose stop auto-etcd lb
echo root-secret >"$work/root-password"
echo idgen-secret >"$work/idgen-password"
chmod 644 "$work"/{root,idgen}-password
with_user() { # NAME OPTION…: a machine by itself
  docker run -d --name "$project-image-$1" --network ${project}_default -p 127.0.0.1::8080 \
    -v "$work/idgen-password:/password:ro" -e MACHINE_ID=7 \
    -e ETCD_ENDPOINTS=http://etcd-1:2379,http://etcd-2:2379 "${@:2}" $project:Dockerfile >/dev/null
}
ready_is() { # NAME STATUS
  [[ $(curl -sS -o /dev/null -w '%{http_code}' \
    "$(docker port "$project-image-$1" 8080/tcp)/ready") == "$2" ]]
}
ends_refused() { # NAME REASON
  equal "$1: status" "$(docker wait "$project-image-$1")" 74
  docker logs "$project-image-$1" 2>&1 | grep -q "$2" ||
    fail "$1 says: $(docker logs "$project-image-$1" 2>&1)"
}
# It waits until etcd knows the user.
user=(-e ETCD_USERNAME=idgen -e ETCD_PASSWORD_FILE=/password)
with_user user "${user[@]}"
await 10 ready_is user 503
commands=$(sed -n 's/^\$ \(etcdctl \(user\|role\|auth\) .*\)/\1/p' docs/ETCD.md)
(($(wc -l <<<"$commands") == 7)) || fail "docs/ETCD.md has other commands: $commands"
while read -r command <&3; do
  eval "${command/</<\"\$work\"/}" >"$work/log" 2>&1 </dev/null ||
    fail "$command: $(cat "$work/log")"
done 3<<<"$commands"
await 30 ready_is user 200
with_user nobody
ends_refused nobody 'it requires a user: set ETCD_USERNAME'
with_user elsewhere "${user[@]}" -e ETCD_PREFIX=/other/
ends_refused elsewhere 'permission denied'
with_user wrong "${user[@]}" -v "$work/root-password:/other:ro" -e ETCD_PASSWORD_FILE=/other
ends_refused wrong 'authentication failed'
docker rm -f $project-image-{user,nobody,elsewhere,wrong} >/dev/null
compose down --volumes
profiles=(--profile lb)
