# The four images: what each must do, and what it costs.

start_image() { # DOCKERFILE OPTION…
  docker run -d --name "$project-image-$1" -e MACHINE_ID=1023 -p 127.0.0.1::8080 \
    --read-only --cap-drop ALL --security-opt no-new-privileges "${@:2}" "$project:$1" >/dev/null
}

# Runs the command in Dockerfile.dev, but in the background, with a name and the options of the
# other images; in a copy of the repository as it is after a clone.
start_dev_image() {
  local command name=$project-image-Dockerfile.dev image=$project:Dockerfile.dev
  git ls-files -z --cached --others --exclude-standard | tar c --null -T - |
    tar x -C "$(mkdir -p "$work/clone" && echo "$work/clone")"
  command=$(sed -n 's/^#   docker run --rm \(.*\) idgen:dev$/\1/p' Dockerfile.dev)
  [[ -n $command ]] || fail 'Dockerfile.dev does not say how to run it'
  (cd "$work/clone" && eval "docker run -d --name $name --read-only --cap-drop ALL \
    --security-opt no-new-privileges $command -e MACHINE_ID=1023 $image" >/dev/null)
}

check_image() { # DOCKERFILE: has been started; a row of the table
  local name=$project-image-$1 address started first stop status
  address=http://127.0.0.1:$(docker port "$name" 8080/tcp | sed 's/.*://; q')
  await 600 curl -fsS "$address/health"
  first=$(milliseconds)
  started=$(date -d "$(inspect "$name" '{{.State.StartedAt}}')" +%s%N)
  check_answers "$address" 1023
  equal "$1: user" "$(docker top "$name" -eo pid,uid | awk 'NR > 1 { print $2 }' | sort -u)" 65532
  await 60 is_healthy "$name"
  equal "$1: license" \
    "$(inspect "$name" '{{index .Config.Labels "org.opencontainers.image.licenses"}}')" Apache-2.0

  # The signal must reach the program, or it would be killed after a second: status 137.
  stop=$(milliseconds)
  docker stop -t 1 "$name" >/dev/null
  stop=$(($(milliseconds) - stop))
  equal "$1: status after docker stop" "$(inspect "$name" '{{.State.ExitCode}}')" 0

  # With the volumes of the first, so that the development image need not compile again.
  status=0
  docker run --rm --read-only --volumes-from "$name" -e MACHINE_ID=1024 "$project:$1" \
    >"$work/log" 2>&1 || status=$?
  equal "$1: status with a bad MACHINE_ID" "$status" 64
  grep -q 'MACHINE_ID.*1024.*0 to 1023' "$work/log" || fail "$1 says: $(cat "$work/log")"
  docker rm -f -v "$name" >/dev/null
  printf '%s\t%s MB\t%s ms\t%s ms\n' "$1" \
    "$(inspect "$project:$1" '{{.Size}}' | awk '{ printf "%.1f", $1 / 1000000 }')" \
    $((first - started / 1000000)) "$stop" >>"$work/images"
}

check_answers_over_tls() { # AUTHORITY ADDRESS ADMIN_ADDRESS
  [[ $(secure "$1" "https://$2/id") =~ ^\{\"id\":\ [0-9]+,\ \"machine_id\":\ 1023\}$ ]] ||
    fail "GET /id over TLS: $(secure "$1" "https://$2/id" 2>&1)"
  equal 'plain HTTP where TLS is' "$(curl -sS -o /dev/null -w '%{http_code}' "http://$2/id")" 400
  equal '/metrics over TLS' "$(secure "$1" -o /dev/null -w '%{http_code}' "https://$2/metrics")" 404
  curl -fsS "http://$3/metrics" | grep -q '^idgen_tls_certificate_expiry_seconds [1-9]' ||
    fail 'no expiry on the port for operators'
}

step 'Images: Dockerfile'
build Dockerfile
build Dockerfile.prod
equal 'Dockerfile.prod builds' "$(inspect $project:Dockerfile.prod '{{.RootFS.Layers}}')" \
  "$(inspect $project:Dockerfile '{{.RootFS.Layers}}')"
(($(inspect $project:Dockerfile '{{.Size}}') <= 16000000)) || fail 'production is above 16 MB'
status=0
docker run --rm --entrypoint /bin/sh $project:Dockerfile -c true >/dev/null 2>&1 || status=$?
equal 'a shell in production' "$status" 127
step 'Images: Dockerfile.dev, which compiles in the background'
build Dockerfile.dev
start_dev_image
step 'Images: Dockerfile.simple'
build Dockerfile.simple
for file in Dockerfile Dockerfile.prod Dockerfile.simple; do
  start_image "$file"
  check_image "$file"
done
check_image Dockerfile.dev

step 'Images: a volume for STATE_DIR'
start_image Dockerfile -v $project-state:/state -e STATE_DIR=/state
await 10 is_healthy $project-image-Dockerfile
status=0
docker run --rm -v $project-state:/state -e STATE_DIR=/state -e MACHINE_ID=1023 \
  $project:Dockerfile >"$work/log" 2>&1 || status=$?
equal 'status of a second process with one machine ID' "$status" 75
docker rm -f $project-image-Dockerfile >/dev/null

# The static program has none of glibc's libraries, and needs none to resolve names.
step 'Images: names, by /etc/hosts and by DNS'
docker network create "$project-names" >/dev/null
docker run -d --name "$project-image-names" --network "$project-names" -e MACHINE_ID=1 \
  --add-host by-hosts.test:0.0.0.0 -e HOST=by-hosts.test "$project:Dockerfile" >/dev/null
await 60 is_healthy "$project-image-names"
docker run --rm --network "$project-names" "$project:Dockerfile" \
  health --host "$project-image-names" || fail 'a name is not resolved by DNS'
docker rm -f "$project-image-names" >/dev/null
docker network rm "$project-names" >/dev/null

step 'Images: TLS, with certificates of another user in a volume'
make_certificate "$work/tls"
tls=(-v "$work/tls:/tls:ro" -e TLS_CERTIFICATE_FILE=/tls/tls.crt -e TLS_KEY_FILE=/tls/tls.key)
# Without a port for operators, the health check uses TLS.
for file in Dockerfile Dockerfile.simple; do
  start_image "$file" "${tls[@]}"
  await 30 is_healthy "$project-image-$file"
  docker rm -f -v "$project-image-$file" >/dev/null
done
start_image Dockerfile "${tls[@]}" -e ADMIN_PORT=9100 -p 127.0.0.1::9100
await 30 is_healthy $project-image-Dockerfile
check_answers_over_tls "$work/tls/ca.crt" \
  "$(docker port $project-image-Dockerfile 8080/tcp)" \
  "$(docker port $project-image-Dockerfile 9100/tcp)"
docker rm -f $project-image-Dockerfile >/dev/null
chmod 600 "$work/tls/tls.key"
while IFS='|' read -r option said; do
  status=0
  docker run --rm -e MACHINE_ID=1 "${tls[@]}" -e "$option" $project:Dockerfile >"$work/log" 2>&1 ||
    status=$?
  equal "status with $option" "$status" 64
  equal "what is said with $option" "$(cat "$work/log")" "idgen: $said"
done <<'CASES'
PORT=8080|TLS_KEY_FILE /tls/tls.key: Permission denied
TLS_CERTIFICATE_FILE=/tls/none|TLS_CERTIFICATE_FILE /tls/none: No such file or directory
CASES
status=0
docker run --rm -e MACHINE_ID=1 -e ETCD_ENDPOINTS=https://etcd:2379 $project:Dockerfile \
  >"$work/log" 2>&1 || status=$?
equal 'status without authorities' "$status" 64
equal 'what is said without authorities' "$(cat "$work/log")" 'idgen: ETCD_ENDPOINTS with https:// '\
'needs ETCD_CA_FILE: this system has no certificates of authorities in /usr/lib/ssl/cert.pem or '\
'/usr/lib/ssl/certs'
