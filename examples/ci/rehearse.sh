#!/usr/bin/env bash
# Serves rehearsal.yaml, sends traffic.sh through it, writes reports to shadowdiff-report/ and exits with the verdict: 0 pass, 1 fail,
# 3 inconclusive.
set -euo pipefail
admin=${ADMIN:-http://127.0.0.1:9900}
run="build ${BUILD:-local}"
mkdir -p shadowdiff-report

shadowdiff serve --config rehearsal.yaml --store shadowdiff.db > shadowdiff-report/shadowdiff.log 2>&1 &
pid=$!
trap 'kill "$pid"; wait "$pid" || true' EXIT
curl -sf --retry 60 --retry-delay 1 --retry-connrefused -o /dev/null "$admin/readyz"

shadowdiff run start --url "$admin" --name "$run" --label commit="${COMMIT:-unknown}"
./traffic.sh
shadowdiff run end --url "$admin"
shadowdiff report --store shadowdiff.db --run "$run" --gate --output shadowdiff-report/report.html \
  --output shadowdiff-report/report.json --output shadowdiff-report/report.md --output shadowdiff-report/report.xml
