# deploy/swarm.yml with swarm-etcd.yml: each task starts before the one that it replaces ends.
source Tests/Upgrade/shared/swarm.sh

step "Swarm with etcd: $version, $next and back"
if start_swarm; then
  haproxy_image
  etcd_image
  deploy_stack swarm.yml swarm-etcd.yml
  upgrade_stack etcd of:0-1023
  docker volume rm ${project}_etcd-{1,2,3} >/dev/null
else
  echo 'This engine belongs to a swarm already: deploy/swarm-etcd.yml is not tested.'
fi
