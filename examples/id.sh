#!/bin/sh
# One new ID: sh examples/id.sh [URL]
url=${1-http://localhost:8080}
curl --silent --show-error --fail-with-body --max-time 5 --header 'Accept: text/plain' "$url/id"
