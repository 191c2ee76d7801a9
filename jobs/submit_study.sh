#!/usr/bin/env bash
# Submits a study: an array with one task a cell, and the report when all have ended.
#
#   jobs/submit_study.sh configs/studies/paper.yaml studies/paper --nodes=16 --time=12:00:00
#
# The arguments are the study, its directory, and further options of sbatch for the
# cells. Cells that are done are left out, so the same command goes on with a study.
#
# Settings, from the environment:
#   CELLS_AT_ONCE   how many cells may run at the same time (default: 8)

set -euo pipefail
: "${JOBS:=$(dirname "${BASH_SOURCE[0]}")}"
# shellcheck source=jobs/settings.sh
source "$JOBS/settings.sh"

: "${CELLS_AT_ONCE:=8}"
study=${1:?"give the study, as in: jobs/submit_study.sh configs/studies/paper.yaml DIR"}
out=${2:?"give the directory of the study"}
shift 2

# Whether a cell can run is for its node to say: this one may have no GPU.
cells=$("$HARNESS_PYTHON" -m harness bench "$study" --out "$out" --list --json |
  "$HARNESS_PYTHON" -c 'import json, sys
print(",".join(str(c["cell"]) for c in json.load(sys.stdin) if c["state"] != "done"))')
if [[ -z "$cells" ]]; then
  echo "All cells of $study are done; their report: sbatch $JOBS/study_report.sh $out" >&2
  exit 0
fi
array=$(sbatch --parsable --array="$cells%$CELLS_AT_ONCE" "$@" "$JOBS/study.sh" "$study" "$out")
report=$(sbatch --parsable --dependency="afterany:$array" "$JOBS/study_report.sh" "$out")
echo "cells: job $array; report: job $report"
