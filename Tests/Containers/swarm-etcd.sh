# deploy/swarm.yml with swarm-etcd.yml: the stack grows, and gets a new image while the old one
# runs.
# After swarm.sh, whose swarm and whose two images it uses.

etcd_stack=idgen-etcd
scale_etcd_stack() {
  docker service scale -d ${etcd_stack}_idgen=8 >/dev/null
  await 60 stack_has $etcd_stack 8 $project:first
  sleep 3 # until the load balancer has found them
}
roll_etcd_stack() {
  docker service update -q --no-resolve-image --image $project:second --update-monitor 1s \
    --health-interval 1s ${etcd_stack}_idgen >/dev/null
  await 60 stack_has $etcd_stack 8 $project:second
}

if ((swarm_is_ours)); then
  step 'Swarm, etcd: 3 replicas, scaled to 8, rolled to a new image that starts first'
  await 60 no_container_is_left idgen
  label_node_for_etcd
  docker events --filter type=container --filter event=start --filter event=die \
    --format '{{.Action}} {{index .Actor.Attributes "com.docker.swarm.service.name"}}' \
    >"$work/etcd-events" &
  IDGEN_IMAGE=$project:first docker stack deploy --resolve-image never \
    -c deploy/swarm.yml -c deploy/swarm-etcd.yml $etcd_stack >/dev/null 2>&1
  await 60 stack_has $etcd_stack 3 $project:first
  await 30 makes_ids 8080
  disturb 'swarm with etcd, 3 replicas become 8' http://127.0.0.1:8080/id of:0-1023 '' \
    scale_etcd_stack
  # A machine that stops may close a kept connection just as HAProxy sends on it: see etcd.sh.
  disturb 'swarm with etcd, 8 replicas get a new image' http://127.0.0.1:8080/id of:0-1023 \
    no_answer roll_etcd_stack
  # The machines overlap, as they must not where the slot is the machine ID.
  awk '$2 != "'$etcd_stack'_idgen" { next }
    $1 == "start" && ++alive > most { most = alive }
    $1 == "die" { alive-- }
    END { if (most < 9) { print most " at a time"; exit 1 } }' "$work/etcd-events" ||
    fail 'no machine started before the one that it replaced had ended'
  docker stack rm $etcd_stack >/dev/null
  await 60 no_container_is_left $etcd_stack
  docker volume rm ${etcd_stack}_etcd-{1,2,3} >/dev/null
fi
