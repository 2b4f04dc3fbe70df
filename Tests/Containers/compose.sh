# docker-compose.yml: three machines, the load balancer, and machines that choose their machine ID.

crash_all() { # After a crash, no machine makes IDs until the limit has passed: up to 3 s.
  compose kill machine-1 machine-2 machine-3
  compose up -d --wait
  sleep 4
}
scale() { # COUNT: of the replicas of `auto`
  compose up -d --wait --no-recreate --scale auto="$1"
  sleep 3 # until the load balancer has seen it
}
scale_up_and_down() {
  scale 8
  scale 3
}
machine_ids() { # of the replicas of the service `auto`
  docker compose -p $project ps -q auto | xargs -n 1 docker logs 2>&1 |
    sed -nE 's/.* ready: machine ID ([0-9]+) .*/\1/p' | sort -n | xargs
}

crash_and_wait() { # MACHINE: the restart policy brings it back
  crash "machine-$1"
  sleep 0.5
  await 30 makes_ids "808$1"
}
restart() { # MACHINE
  compose stop "machine-$1"
  sleep 1
  compose start "machine-$1"
  await 30 makes_ids "808$1"
  sleep 3 # until the load balancer has seen it
}

step 'Compose: DOCKERFILE picks the image'
DOCKERFILE=Dockerfile.simple compose up -d --build --wait machine-1
equal 'the program' "$(inspect "$(container machine-1)" '{{.Config.Entrypoint}}')" \
  '[.build/release/idgen]'

step 'Compose: three machines, 100,000 IDs of each at the same time'
haproxy_image
compose up -d --build --wait
for machine in 1 2 3; do
  check_answers "http://127.0.0.1:808$machine" $machine
  wrk -t 1 -c 16 -d 120s -s scripts/collect-ids.lua "http://127.0.0.1:808$machine/id" \
    -- "$work/ids-$machine" 100000 >/dev/null &
done
for machine in 1 2 3; do await 120 test -e "$work/ids-$machine"; done
jobs -p | xargs -r kill -INT && wait
for machine in 1 2 3; do
  equal "answers of machine $machine" \
    "$(grep -cE '^\{"id": [0-9]+, "machine_id": '$machine'\}$' "$work/ids-$machine")" 100000
done
for machine in 1 2 3; do
  equal "/metrics on the published port of machine $machine" \
    "$(curl -sS -o /dev/null -w '%{http_code}' "http://127.0.0.1:808$machine/metrics")" 404
  curl -fsS "http://127.0.0.1:910$machine/metrics" |
    grep -q '^idgen_info{.*machine_id="'$machine'"' || fail "no metrics on 910$machine"
done
equal 'different IDs' "$(grep -ohE '[0-9]{18,19}' "$work"/ids-[123] | sort -u | wc -l)" 300000

# Behind a published port is the engine's own proxy. When its machine has gone, it accepts and then
# closes, so that some requests get no response instead of a refused connection.
step 'Compose: a machine dies and is restarted'
disturb 'one machine, killed' http://127.0.0.1:8082/id 2 refused,no_answer,503 \
  crash_and_wait 2

step 'Compose: the load balancer while a machine restarts, and while one dies'
disturb 'load balancer, nothing happens' http://127.0.0.1:8080/id 1-3 '' sleep 2
disturb 'load balancer, a machine restarts' http://127.0.0.1:8080/id 1-3 '' restart 2
disturb 'load balancer, a machine is killed' http://127.0.0.1:8080/id 1-3 no_answer,502 \
  crash_and_wait 3

step 'Compose: all machines are killed; the volume remembers'
disturb 'load balancer, all machines are killed' http://127.0.0.1:8080/id 1-3 no_answer,502,503 \
  crash_all

step 'Compose: machines that choose their machine ID, from 3 to 8 to 3'
scale 3
equal 'the first three IDs' "$(machine_ids)" '100 101 102'
disturb 'load balancer, 3 more become 8 and 3 again' http://127.0.0.1:8080/id 1-3,100-107 '' \
  scale_up_and_down
equal 'machines that are left' "$(machine_ids | wc -w)" 3
compose down --volumes

step 'Compose: HTTPS, by three variables; a new certificate without a restart'
make_certificate "$work/tls"
export TLS_FOLDER=$work/tls TLS_CERTIFICATE_FILE=/tls/tls.crt TLS_KEY_FILE=/tls/tls.key
compose up -d --wait
answers_over_tls() { secure "$work/tls/ca.crt" -f -o /dev/null "https://localhost:$1/ready"; } # PORT
for port in 8081 8082 8083 8080; do await 30 answers_over_tls $port; done
equal 'machines behind the load balancer' "$(for request in {1..12}; do
  secure "$work/tls/ca.crt" https://localhost:8080/id
  echo
done | sed -nE 's/.*"machine_id": ([0-9]+)}$/\1/p' | sort -u | xargs)" '1 2 3'
started=$(inspect "$(container machine-1)" '{{.State.StartedAt}}')
make_certificate "$work/new"
# As certbot and others leave it, in two steps.
for name in ca.crt tls.crt tls.key; do mv "$work/new/$name" "$work/tls/$name"; done
await 30 answers_over_tls 8081
equal 'its start' "$(inspect "$(container machine-1)" '{{.State.StartedAt}}')" "$started"
unset TLS_FOLDER TLS_CERTIFICATE_FILE TLS_KEY_FILE
compose down --volumes
