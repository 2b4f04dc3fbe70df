# scripts/test: what it says before it begins, and that it installs all that it needs at once.

folder=$work/test
mkdir -p "$folder/scripts"
cp scripts/test "$folder/scripts"
printf '#!/bin/sh\necho "$@" >packages\nexit 7\n' >"$folder/scripts/setup"
chmod +x "$folder/scripts/setup"

step 'scripts/test says how long it takes and what it installs, and installs it'
status=0
"$folder/scripts/test" >"$work/log" || status=$?
equal 'status, which is that of scripts/setup' $status 7
equal 'first line' "$(head -n 1 "$work/log")" \
  'This takes ten minutes or more. It installs those of these Debian packages that are missing:'
equal 'packages' "$(tail -n +2 "$work/log" | xargs)" "$(cat "$folder/packages")"

step 'No script that scripts/test runs installs anything else'
scripts_of() { grep -oE '^ *(exec )?scripts/[a-z-]+' "$@" | grep -oE '[a-z-]+$' | sort -u; } # FILE…
for script in $(scripts_of -h scripts/test) with-server attack run build-static venv; do
  for package in $(sed -nE 's/^ *scripts\/setup ([a-z0-9 -]+).*/\1/p' "scripts/$script"); do
    grep -qw -- "$package" "$folder/packages" || fail "scripts/$script installs $package"
  done
done
