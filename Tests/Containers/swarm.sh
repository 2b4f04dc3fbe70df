# deploy/swarm.yml: a stack that grows and gets a new image.

scale_stack() {
  docker service scale -d idgen_idgen=8 >/dev/null
  await 60 stack_has idgen 8 $project:first
  sleep 3 # until the load balancer has found them
}
roll() {
  docker service update -q --no-resolve-image --image $project:second --update-monitor 1s \
    --health-interval 1s idgen_idgen >/dev/null
  await 60 stack_has idgen 8 $project:second
}

if [[ $(docker info -f '{{.Swarm.LocalNodeState}}') != inactive ]]; then
  echo 'This engine belongs to a swarm already: deploy/swarm.yml is not tested.'
else
  step 'Swarm: 3 replicas, scaled to 8, rolled to a new image'
  build Dockerfile first --label release=first
  build Dockerfile second --label release=second
  swarm_is_ours=1
  docker swarm init --advertise-addr 127.0.0.1 >/dev/null
  docker events --filter type=container --filter event=start --filter event=die \
    --format '{{.Action}} {{index .Actor.Attributes "com.docker.swarm.task.name"}}' \
    >"$work/events" &
  IDGEN_IMAGE=$project:first docker stack deploy --resolve-image never -c deploy/swarm.yml idgen \
    >/dev/null 2>&1
  await 60 stack_has idgen 3 $project:first
  await 30 makes_ids 8080
  disturb 'swarm, 3 replicas become 8' http://127.0.0.1:8080/id 1-8 '' scale_stack
  disturb 'swarm, 8 replicas get a new image' http://127.0.0.1:8080/id 1-8 '' roll
  # A task is `idgen_idgen.SLOT.…`; its slot is its machine ID, as the answers showed.
  awk '{ split($2, task, "."); slot = task[2] }
    $1 == "start" { starts++; if (alive[slot]++) { print "two of slot " slot; exit 1 } }
    $1 == "die" { alive[slot]-- }
    END { if (starts < 16) { print starts " starts"; exit 1 } }' "$work/events" ||
    fail 'two tasks had one machine ID'

  step 'Swarm: HTTPS, with certificates in secrets'
  make_certificate "$work/tls"
  secrets=$(sed -n 's/^#   \(docker secret create .*\)/\1/p' deploy/swarm-tls.yml)
  (($(wc -l <<<"$secrets") == 3)) || fail "swarm-tls.yml has other secrets: $secrets"
  (cd "$work/tls" && sh -e <<<"$secrets" >/dev/null)
  IDGEN_IMAGE=$project:second docker stack deploy --resolve-image never \
    -c deploy/swarm.yml -c deploy/swarm-tls.yml idgen >/dev/null 2>&1
  await 90 secure "$work/tls/ca.crt" -f https://localhost:8080/ready
  await 90 stack_has idgen 3 $project:second
  equal 'machine of an ID over TLS' "$(secure "$work/tls/ca.crt" https://localhost:8080/id |
    grep -cE '"machine_id": [123]}$')" 1
  docker stack rm idgen >/dev/null
fi
