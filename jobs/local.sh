#!/usr/bin/env bash
# A study and its report on this machine, without a batch system.
#
#   jobs/local.sh configs/studies/laptop.yaml studies/laptop
#
# The arguments are the study, its directory, and further options of `harness bench`.
# The same command goes on with a study that was interrupted.
#
# Settings, from the environment:
#   TIME_LIMIT   how long the study may run, as in 90m or 8h (default: no limit). The
#                search that runs then is interrupted and completes its records.

set -euo pipefail
: "${JOBS:=$(dirname "${BASH_SOURCE[0]}")}"
: "${HARNESS_MPIEXEC=}"
# shellcheck source=jobs/settings.sh
source "$JOBS/settings.sh"

: "${TIME_LIMIT:=0}"
study=${1:?"give the study, as in: jobs/local.sh configs/studies/laptop.yaml studies/laptop"}
out=${2:?"give the directory of the study"}
shift 2

exit_code=0
timeout --foreground --signal=INT --preserve-status "$TIME_LIMIT" \
  "$HARNESS_PYTHON" -m harness bench "$study" --out "$out" "$@" || exit_code=$?
# 3: some cells failed. The report tells which, and is of use without them.
if (( exit_code == 0 || exit_code == 3 )); then
  "$HARNESS_PYTHON" -m harness report "$out" --out "$out/report"
fi
exit "$exit_code"
