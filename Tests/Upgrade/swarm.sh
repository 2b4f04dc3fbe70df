# deploy/swarm.yml: `docker service update` and `docker service rollback`. Each task ends before the
# one that replaces it starts, because they have one machine ID and no store.
source Tests/Upgrade/shared/swarm.sh

step "Swarm: $version, $next and back"
if start_swarm; then
  haproxy_image
  deploy_stack swarm.yml
  upgrade_stack none 1-3
else
  echo 'This engine belongs to a swarm already: deploy/swarm.yml is not tested.'
fi
