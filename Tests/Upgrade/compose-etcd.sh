# docker-compose.yml with etcd: three replicas of the other version start, then the old ones stop.

roll_compose_etcd() { # VERSION: as deploy/README.md says
  local old
  old=$(container auto-etcd)
  export IDGEN_IMAGE=$project:$1
  compose up -d --no-deps --no-build --wait --no-recreate --scale auto-etcd=6 auto-etcd
  await 30 have_made_ids 3 "$1"
  docker stop $old >/dev/null
  docker rm $old >/dev/null
}
step "Compose with etcd: $version, $next and back"
profiles=(--profile lb --profile etcd)
haproxy_image
etcd_image
export IDGEN_IMAGE=$project:$version
compose up -d --no-deps --no-build --wait etcd-{1,2,3} auto-etcd lb
machines_seen_by=("$(container lb)" machines 9100)
url=http://127.0.0.1:8380/id
in_etcd=(--network "${project}_default" -e ETCD_ENDPOINTS=http://etcd-1:2379)
await 30 curl -fsS "$url"
upgrade Compose etcd "$version" "$next" $url of:200-1023 roll_compose_etcd "$next"
await 20 both_read 3 "${in_etcd[@]}"
upgrade Compose etcd "$next" "$version" $url of:200-1023 roll_compose_etcd "$version"
await 20 both_read 3 "${in_etcd[@]}"
check_ids 'Compose with etcd'
compose down --volumes
