# scripts/run-on: the image it takes, what it copies there and back, and how it ends.

folder=$work/run-on
mkdir -p "$folder"/{scripts,bin,Tests/Systems}
cp scripts/run-on "$folder/scripts"
cp Tests/Systems/debian-13.dockerfile "$folder/Tests/Systems"
# An engine that has the images in IMAGES, and whose containers are the folder `container`.
cat >"$folder/bin/docker" <<'DOCKER'
#!/bin/bash
echo "$*" | sed -E 's/idgen-run-on-[0-9]+/NAME/' >>"$CALLS"
case "$1" in
image) [[ " $IMAGES " == *" $3 "* ]] ;;
pull) false ;;
cp)
  if [[ $3 == *: || $3 == *:/ ]]; then
    cp -r "$2" container
  else
    [[ $2 == *:/idgen/.build-package/out && -n $MADE ]] && mkdir -p "$3" && echo "$MADE" >"$3/made"
  fi
  ;;
start) exit "$STATUS" ;;
esac
DOCKER
chmod +x "$folder/bin/docker"
export CALLS=$work/calls IMAGES= MADE= STATUS=0
cd "$folder"
git init -q
printf '/container\n/.build-*\n' >.gitignore
git add -A
git -c user.name=test -c user.email=test@localhost commit -q -m first
run_on() { # EXPECTED_STATUS ARGUMENT…
  local expected=$1 status=0
  shift
  rm -rf container "$CALLS"
  PATH=$PWD/bin:$PATH scripts/run-on "$@" >"$work/log" 2>&1 || status=$?
  equal "status of scripts/run-on $*: $(cat "$work/log")" "$status" "$expected"
}
calls() { awk -v word="$1" '$1 == word' "$CALLS"; } # WORD

step 'scripts/run-on runs the command on the image of the system'
while IFS='|' read -r system IMAGES status image; do
  run_on "$status" "$system" scripts/test some
  ((status)) || [[ $(calls create) == *" $image scripts/test some" ]] || fail "$(calls create)"
done <<'CASES'
debian-12|swift:6.3-bookworm|0|swift:6.3-bookworm
debian-13|swift:6.3-trixie|0|swift:6.3-trixie
debian-13|swift:6.3-bookworm|0|idgen-swift:6.3-trixie
ubuntu-24.04|swift:6.3-noble|0|swift:6.3-noble
ubuntu-24.04|swift:6.3-bookworm|1|
debian-11|swift:6.3-bookworm|64|
CASES
IMAGES=swift:6.3-bookworm
run_on 64 debian-12

step 'scripts/run-on copies the commit alone, passes options on, and brings packages back'
echo changed >changed
mkdir -p .build-package/out
echo old >.build-package/out/old
DOCKER_RUN_OPTIONS='-e A=b -v /c:/c:ro' MADE=packages run_on 0 debian-12 scripts/package
[[ ! -e container/changed && -x container/scripts/run-on ]] || fail "$(ls -R container)"
equal 'what is said' "$(cat "$work/log")" 'scripts/run-on: what is not committed is not in the clone'
[[ $(calls create) == *' -e A=b -v /c:/c:ro swift:6.3-bookworm scripts/package' ]] ||
  fail "$(calls create)"
equal 'packages, of this commit alone' "$(head .build-package/out/*)" packages
equal 'the end' "$(tail -n 1 "$CALLS")" 'rm -f -v NAME'

step 'scripts/run-on ends as the command does, and then brings nothing back'
rm -r .build-package
STATUS=3 MADE=packages run_on 3 debian-12 scripts/package
[[ ! -e .build-package ]] || fail 'there are packages'
equal 'the end' "$(tail -n 1 "$CALLS")" 'rm -f -v NAME'
unset CALLS IMAGES MADE STATUS
cd - >/dev/null
