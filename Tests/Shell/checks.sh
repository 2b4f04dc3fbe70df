# What the tests in bash have in common. Their scripts source it.

step() { printf '\n== %s (at %d s)\n' "$*" "$SECONDS"; }
fail() {
  echo "FAILED: $*" >&2
  exit 1
}
equal() { [[ $2 == "$3" ]] || fail "$1: \"$2\", and not \"$3\""; } # WHAT ACTUAL EXPECTED
await() {                                                          # SECONDS COMMAND…
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || fail "did not come true: $*"
    sleep 0.02
  done
}
