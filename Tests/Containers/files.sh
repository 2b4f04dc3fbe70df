# Files that no engine here can run: checked against their schemas.

step 'Kubernetes and systemd files'
python3 -m venv "$work/venv" && "$work/venv/bin/pip" -q install kubernetes-validate 2>/dev/null ||
  echo 'kubernetes-validate is not to be had: deploy/kubernetes*.yaml are not checked.'
if [[ -x $work/venv/bin/kubernetes-validate ]]; then
  "$work/venv/bin/kubernetes-validate" --strict -k 1.30 deploy/kubernetes.yaml \
    deploy/kubernetes-etcd.yaml
  # With TLS, as they say: without the `#` before its lines.
  for file in kubernetes kubernetes-etcd; do
    sed -E 's/^( +)# (- \{name: (TLS|ETCD)_)/\1\2/' "deploy/$file.yaml" >"$work/$file-tls.yaml"
    grep -q '^ *- {name: TLS_KEY_FILE' "$work/$file-tls.yaml" || fail "$file.yaml has no lines of TLS"
    "$work/venv/bin/kubernetes-validate" --strict -k 1.30 "$work/$file-tls.yaml"
    sed -n '/^# apiVersion: cert-manager/,/^$/s/^# \?//p' "$work/$file-tls.yaml" |
      "$work/venv/bin/python" -c 'import sys, yaml
spec = yaml.safe_load(sys.stdin)["spec"]
assert spec["secretName"] == "idgen-tls" and spec["dnsNames"] and spec["issuerRef"], spec'
  done
fi
if command -v systemd-analyze >/dev/null; then
  for unit in idgen.service idgen@.service; do
    systemd-analyze security --offline=true --no-pager --threshold=20 "deploy/$unit" | tail -n 1
    # Only a program that exists passes, and a template needs an instance.
    sed 's,=idgen ,=/bin/true ,' "deploy/$unit" >"$work/${unit/@/@1}"
    systemd-analyze verify --man=no "$work/${unit/@/@1}"
  done
else
  echo 'systemd-analyze is not here: deploy/idgen.service and idgen@.service are not checked.'
fi
