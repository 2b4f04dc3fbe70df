# docker-compose.yml with the load balancer: one machine after the other gets the other version, and
# reads what its predecessor has recorded on the volume.

use_version() { # VERSION SERVICE…: as deploy/README.md says
  export IDGEN_IMAGE=$project:$1
  compose up -d --no-deps --no-build --wait "${@:2}"
}
roll_compose() { # VERSION
  local machine
  for machine in 1 2 3; do use_version "$1" machine-$machine; done
}
on_the_volume=(-v "${project}_state:/state" -e STATE_DIR=/state)
limits() { # of machine 1, 2 and 3 as they are recorded, in milliseconds since 1970
  docker run --rm "${on_the_volume[@]}" "$project:$version" machines --json |
    sed -nE 's/.*"limit_ms": ([0-9]+),.*/\1/p'
}
logs_say() { docker logs "$(container "$1")" 2>&1 | grep -qE "$2"; } # SERVICE PATTERN

step "Compose: $version, $next and back"
profiles=(--profile lb)
haproxy_image
use_version "$version" machine-{1,2,3} lb
machines_seen_by=("$(container lb)" machines 9100)
url=http://127.0.0.1:8380/id
await 30 curl -fsS "$url"
upgrade Compose folder "$version" "$next" $url 1-3 roll_compose "$next"
await 10 both_read 3 "${on_the_volume[@]}"
upgrade Compose folder "$next" "$version" $url 1-3 roll_compose "$version"
await 10 both_read 3 "${on_the_volume[@]}"
check_ids Compose

step 'Compose: a machine is killed; the other version waits until the limit that it recorded'
use_version "$next" machine-2
await 10 curl -fsS "$url"
for _ in {1..12}; do curl -fsS "$url" >/dev/null; done # four of each machine, which record a limit
compose kill machine-1 machine-2
limits=(none $(limits))
IDGEN_IMAGE=$project:$next compose up -d --no-deps --no-build machine-1
IDGEN_IMAGE=$project:$version compose up -d --no-deps --no-build machine-2
for machine in 1 2; do
  await 30 logs_say machine-$machine ' ready in [0-9.]+ s'
  # The shortest way to one of three machines.
  address=$(inspect "$(container machine-$machine)" \
    '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}')
  await 30 curl -fsS "http://$address:8080/ready"
  id=$(curl -fsS -H 'Accept: text/plain' "http://$address:8080/id")
  ((1704067200000 + (id >> 22) >= limits[machine])) ||
    fail "machine $machine made $id, before its limit ${limits[machine]}"
done
compose down --volumes
