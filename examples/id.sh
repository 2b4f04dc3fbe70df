#!/bin/sh
# New IDs, one per line: sh examples/id.sh [URL [COUNT]]
# curl retries when the server does not accept or respond, and after a 503, as Retry-After says.
curl --silent --show-error --fail --max-time 5 \
  --retry 4 --retry-delay 1 --retry-max-time 30 --retry-connrefused \
  --header 'Accept: text/plain' "${1-http://localhost:8080}/ids?count=${2-1}"
