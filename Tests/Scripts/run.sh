# scripts/run: what it passes on, where time is kept, and when its processes end.

# A copy of the script in a folder of its own, where nothing is fetched or compiled, with a server
# that records what happens to it in the folder `events`.
folder=$work/run
mkdir -p "$folder"/{scripts,bin,events,.build/release}
cp scripts/run "$folder/scripts"
for command in scripts/setup scripts/resolve bin/swift; do
  printf '#!/bin/sh\n' >"$folder/$command"
done
cat >"$folder/.build/release/idgen" <<'SERVER'
#!/usr/bin/env bash
machine=$MACHINE_ID
[[ "$*" =~ --machine-id\ ([0-9]+) ]] && machine=${BASH_REMATCH[1]}
events=$(dirname "$0")/../../events/$machine
trap 'echo HUP >>"$events"' HUP
trap 'echo TERM >>"$events"; exit 0' TERM
trap 'exit 75' USR1
if [[ -d ${STATE_DIR-} ]]; then touch "$STATE_DIR/machine-$machine"; fi
echo "$$ $*${REUSE_PORT+ REUSE_PORT=$REUSE_PORT}" >>"$events"
while true; do sleep 0.02; done
SERVER
chmod +x "$folder"/{scripts,bin}/* "$folder/.build/release/idgen"

start() { # ARGUMENT…: in the background
  rm -rf "$folder"/events/*
  PATH=$folder/bin:$PATH "$folder/scripts/run" "$@" 2>"$work/error" &
  runner=$!
}
finish() { # EXPECTED_STATUS
  local status=0
  wait $runner || status=$?
  equal 'status of scripts/run' $status "$1"
}
machine() { awk 'NR == 1 { print $1 }' "$folder/events/$1"; }              # ID: its process
arguments() { awk 'NR == 1 { $1 = ""; print substr($0, 2) }' "$folder/events/$1"; } # ID
machine_runs() { [[ -s $folder/events/$1 ]]; }                              # ID
machine_has() { [[ $(tail -n +2 "$folder/events/$1" | xargs) == "$2" ]]; } # ID EVENTS

step 'scripts/run keeps its time beside the build, unless STATE_DIR says where'
unset STATE_DIR MACHINE_ID
mkdir -p "$work/elsewhere"
start --port 9000
await 10 machine_runs 1
equal 'arguments' "$(arguments 1)" 'serve --port 9000'
kill $runner
finish 0
equal 'what is kept' "$(ls "$folder/.build-state")" machine-1
MACHINE_ID=7 STATE_DIR=$work/elsewhere start
await 10 machine_runs 7
kill $runner
finish 0
equal 'what is kept beside the build' "$(ls "$folder/.build-state")" machine-1
equal 'what is kept elsewhere' "$(ls "$work/elsewhere")" machine-7

step 'scripts/run --machines passes SIGHUP on, and goes on'
start --port 9000 --machines 2-4 --host ::1
for id in 2 3 4; do await 10 machine_runs $id; done
equal 'arguments' "$(arguments 3)" 'serve --port 9000 --host ::1 --machine-id 3 REUSE_PORT=1'
for events in HUP 'HUP HUP'; do
  kill -HUP $runner
  for id in 2 3 4; do await 10 machine_has $id "$events"; done
done
kill -0 $runner || fail 'SIGHUP ends scripts/run'
kill $runner
finish 0
for id in 2 3 4; do machine_has $id 'HUP HUP TERM' || fail "$(cat "$folder/events/$id")"; done
equal 'what is said' "$(cat "$work/error")" ''
equal 'what is kept' "$(cd "$folder/.build-state" && echo *)" \
  'machine-1 machine-2 machine-3 machine-4'

step 'scripts/run --machines says which machine ended, and that all do'
while IFS='|' read -r signal status how; do
  start --machines=2-4
  for id in 2 3 4; do await 10 machine_runs $id; done
  kill "-$signal" "$(machine 3)"
  finish "$status"
  equal 'what is said' "$(cat "$work/error")" "scripts/run: machine 3 $how, so all end"
  for id in 2 4; do machine_has $id TERM || fail "machine $id: $(cat "$folder/events/$id")"; done
done <<'CASES'
USR1|75|ended with status 75
KILL|137|was killed by SIGKILL
TERM|0|ended with status 0
CASES

step 'scripts/run explains a bad --machines'
for bad in '' 4-1 1 a-b 1-1024 1-2-3 --port; do
  for arguments in "--port 9000 --machines $bad" "serve --machines=$bad --port 9000"; do
    start $arguments
    finish 64
    equal 'what is said' "$(cat "$work/error")" "scripts/run: --machines is \"$bad\": two whole \
numbers from 0 to 1023 with a dash between them are required, the first no greater than the \
second, such as 1-4"
  done
done

step 'scripts/run takes --machines at any place, and the command serve, but no other'
while IFS='|' read -r given passed; do
  start $given
  for id in 2 3; do await 10 machine_runs $id; done
  equal "arguments of $given" "$(arguments 3)" \
    "serve ${passed:+$passed }--machine-id 3 REUSE_PORT=1"
  kill $runner
  finish 0
done <<'CASES'
--machines 2-3 --port 9000|--port 9000
--port 9000 --machines=2-3|--port 9000
--port 9000 --machines 02-03 --host ::1|--port 9000 --host ::1
serve --machines 2-3|
--machines=2-3 serve --port 9000|--port 9000
CASES
only='this script runs only "idgen serve". Once the program is built,'
while IFS='|' read -r given said; do
  start $given
  finish 64
  equal "what is said to $given" "$(cat "$work/error")" "scripts/run: $said"
done <<CASES
decode 1|$only run: .build/release/idgen decode 1
--machines 2-3 health|$only run: .build/release/idgen health
--machines 2-3 --machine-id 7|--machine-id and --machines exclude each other
--machine-id=7 --machines 2-3|--machine-id and --machines exclude each other
CASES
start serve
await 10 machine_runs 1
equal 'arguments' "$(arguments 1)" serve
kill $runner
finish 0
