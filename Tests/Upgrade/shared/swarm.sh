# Both stacks of Swarm: the update that `docker service` makes, and its rollback.

start_swarm() {
  ((!swarm_is_ours)) || return 0
  [[ $(docker info -f '{{.Swarm.LocalNodeState}}') == inactive ]] || return 1
  docker swarm init --advertise-addr 127.0.0.1 >/dev/null
  swarm_is_ours=1
  label_node_for_etcd
}
deploy_stack() { # FILE…: deploy/FILE, on another port of the host
  local file files=()
  cp deploy/haproxy.cfg "$work"
  for file in "$@"; do
    sed 's/published: 8080/published: 8381/' "deploy/$file" >"$work/$file"
    files+=(-c "$work/$file")
  done
  cp Tests/Upgrade/shared/swarm.yml "$work/quick.yml"
  IDGEN_IMAGE=$project:$version docker stack deploy --resolve-image never "${files[@]}" \
    -c "$work/quick.yml" $project >"$work/log" 2>&1 || fail "docker stack deploy: $(cat "$work/log")"
  await 60 stack_has $project 3 "$project:$version"
  await 60 curl -fsS http://127.0.0.1:8381/id
  machines_seen_by=("$(docker ps -q --filter "name=^${project}_lb")" machines 9100)
}
update_stack() { # as deploy/README.md says
  docker service update -q --no-resolve-image --image "$project:$next" ${project}_idgen >/dev/null
  await 60 stack_has $project 3 "$project:$next"
}
roll_stack_back() {
  docker service rollback -q ${project}_idgen >/dev/null
  await 60 stack_has $project 3 "$project:$version"
}
upgrade_stack() { # STORE MACHINES
  local url=http://127.0.0.1:8381/id
  upgrade Swarm "$1" "$version" "$next" $url "$2" update_stack
  upgrade Swarm "$1" "$next" "$version" $url "$2" roll_stack_back
  check_ids "Swarm, store: $1"
  docker stack rm $project >/dev/null
  await 60 no_container_is_left $project
}
