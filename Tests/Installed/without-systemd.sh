# The Debian package where systemd does not run, and the archive where there is nothing else.

step 'Debian package without systemd: the command of the unit, by hand'
host=$project-plain
docker run -d --name "$host" debian:bookworm-slim sleep 600 >/dev/null
copy_packages
install_version "$version"
equal 'processes' "$(docker top "$host" -eo pid,comm | awk 'NR > 1 { print $2 }' | xargs)" sleep
command=$(in_host sed -n 's/^ExecStart=//p' /usr/lib/systemd/system/idgen.service)
docker exec -d -e MACHINE_ID=1 -e STATE_DIR=/var/lib/idgen "$host" sh -c "mkdir /var/lib/idgen
  exec $command"
await 10 in_host idgen health
curl -fsS "http://$(address):8080/id"
echo
# No package manager stops what systemd has not started.
install_version "$next"
equal 'versions: the new one is on the disk, and the old one runs' \
  "$(installed_version) $(get 8080 /metrics | sed -nE 's/^idgen_info\{version="([^"]+)".*/\1/p')" \
  "$next $version"
in_short apt-get purge -y idgen
equal 'what is left' "$(in_host sh -c 'ls -d /usr/bin/idgen /etc/default/idgen /var/lib/idgen \
  2>/dev/null' || true)" ''
docker rm -f "$host" >/dev/null

step 'Archive: unpacked where there is nothing else'
archive=$(packages_of "$version")/idgen-$version-linux-$architecture.tar.gz
docker import -c "ENTRYPOINT [\"/$(basename "$archive" .tar.gz)/bin/idgen\"]" "$archive" \
  $project:archive >/dev/null
equal 'idgen --version' "$(docker run --rm $project:archive --version)" "$version"
docker run -d --name "$project-archive" -e MACHINE_ID=7 -p 127.0.0.1::8080 $project:archive >/dev/null
url=http://$(docker port "$project-archive" 8080/tcp)
await 10 curl -fsS "$url/ready"
curl -fsS "$url/id"
echo
equal 'machine ID' "$(curl -fsS "$url/id" | grep -oE '"machine_id": [0-9]+')" '"machine_id": 7'
docker stop -t 5 "$project-archive" >/dev/null
equal 'how it ended' "$(inspect "$project-archive" '{{.State.ExitCode}}')" 0
docker rm -f "$project-archive" >/dev/null
