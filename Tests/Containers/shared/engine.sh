# What scripts/test-containers, test-installed and test-upgrade have in common. They set `project`,
# the name that their containers, images and networks begin with, and `work`, a temporary folder.

source Tests/Shell/checks.sh
milliseconds() { echo $(($(date +%s%N) / 1000000)); }
# Several Dockerfiles have the same layers, so the second build is cached.
build() { docker build -q -f "$1" -t "$project:${2:-$1}" "${@:3}" . >/dev/null; }
inspect() { docker inspect -f "$2" "$1"; }

load_options=() # of scripts/load-client, beside those of `disturb`
disturb() { # LABEL URL MACHINES ALLOWED COMMAND…: runs the command under load; a row of the table
  local label=$1 url=$2 machines=$3 allowed=$4 client
  shift 4
  scripts/load-client --seconds 300 --label "$label" --machines "$machines" --allow "$allowed" \
    "${load_options[@]}" "$url" >>"$work/load" &
  client=$!
  sleep 1
  "$@"
  sleep 1
  kill "$client"
  wait "$client" || fail "$label: $(tail -n 1 "$work/load")"
}
compose_files=() # -f FILE…, if not docker-compose.yml alone
profiles=(--profile lb)
docker_compose() { docker compose -p $project "${compose_files[@]}" "${profiles[@]}" "$@"; }
compose() { docker_compose "$@" >"$work/compose" 2>&1 ||
  fail "docker compose $*: $(cat "$work/compose")"; }
container() { docker_compose ps -q "$1"; }
crash() { kill -9 "$(inspect "$(container "$1")" '{{.State.Pid}}')"; } # as nobody could catch it
makes_ids() { curl -fsS "http://127.0.0.1:$1/ready"; } # not for 3 s after a crash

# Images of HAProxy and etcd, unless LB_IMAGE and ETCD_IMAGE name others.
debian_image() { # NAME INSTRUCTION PACKAGE…
  docker build -q -t "$project:$1" - >/dev/null <<IMAGE
FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ${*:3} \
 && rm -rf /var/lib/apt/lists/*
$2
IMAGE
}
haproxy_image() {
  [[ -z ${LB_IMAGE-} ]] || return 0
  debian_image haproxy 'USER 99:99' haproxy
  export LB_IMAGE=$project:haproxy
}
etcd_image() {
  [[ -z ${ETCD_IMAGE-} ]] || return 0
  debian_image etcd '' etcd-server etcd-client
  export ETCD_IMAGE=$project:etcd
}

stack_has() { # STACK COUNT IMAGE: so many of its machines are running, all of this image
  [[ $(docker service ps "$1_idgen" --filter desired-state=running \
    --format '{{.CurrentState}} {{.Image}}' | grep -c "^Running.* $3\$") == "$2" ]]
}
label_node_for_etcd() {
  local number node
  node=$(docker node ls -q)
  for number in 1 2 3; do
    docker node update --label-add idgen-etcd-$number=true "$node" >/dev/null
  done
}
no_container_is_left() { [[ -z $(docker ps -aq --filter "name=^$1_") ]]; } # STACK

is_healthy() { [[ $(inspect "$1" '{{.State.Health.Status}}') == healthy ]]; }

tab=$'\t'
table() { # FILE HEADING…
  local file=$1
  [[ -e $file ]] || return 0
  shift
  echo
  (
    IFS=$tab
    cat <(echo "$*") "$file"
  ) | column -t -s "$tab"
}
