# scripts/setup: Debian would start the services that it installs. None may run afterwards, or start
# at the next boot.

with_init() { # CONTAINER: what Debian looks for before it starts anything by a script
  docker exec "$1" sh -c 'ln -s /bin/true /sbin/init
    printf "#!/bin/sh\necho N 2\n" >/sbin/runlevel
    chmod 755 /sbin/runlevel'
}
processes() { # CONTAINER
  docker top "$1" -eo pid,comm | awk 'NR > 1 { print $2 }' | sort -u | xargs
}

step 'scripts/setup starts nothing, by an init script'
docker run -d --name $project-image-setup -v "$PWD/scripts:/src/scripts:ro" debian:bookworm-slim \
  sleep 600 >/dev/null
with_init $project-image-setup
setup_in $project-image-setup nginx-light
equal 'processes' "$(processes $project-image-setup)" sleep
equal 'what would start at a boot' \
  "$(docker exec $project-image-setup sh -c 'ls /etc/rc?.d | grep S..nginx' || true)" ''
! has_policy $project-image-setup || fail 'a policy-rc.d is left'
# Services and a policy that were there before work as before.
docker exec -i $project-image-setup \
  sh -c 'cat >/usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d' <<'POLICY'
#!/bin/sh
echo "asked: $*" >>/tmp/asked
POLICY
setup_in $project-image-setup haproxy
docker exec $project-image-setup invoke-rc.d nginx start >/dev/null 2>&1 ||
  fail 'nginx cannot be started afterwards'
equal 'processes' "$(processes $project-image-setup)" 'nginx sleep'
equal 'what another policy was asked' \
  "$(docker exec $project-image-setup cat /tmp/asked)" 'asked: nginx (start) 2'
docker rm -f $project-image-setup >/dev/null
