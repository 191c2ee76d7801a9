#!/usr/bin/env bash
# The cells of a study: one a task of a Slurm array, or all of them in one job.
#
#   sbatch --array=0-77%8 jobs/study.sh configs/studies/paper.yaml studies/paper
#
# submit_study.sh does this with the right numbers and a report at the end. The
# arguments are the study, its directory, and further options of `harness bench`.
# Options of sbatch stand before the script and win over those below. Submit from the
# directory above jobs/.
#
# Settings that all jobs share: settings.sh.

#SBATCH --job-name=study
#SBATCH --output=%x-%A_%a.out
#SBATCH --open-mode=append
#SBATCH --nodes=1
#SBATCH --time=01:00:00
#SBATCH --signal=B:USR1@120
#SBATCH --requeue

set -euo pipefail
: "${JOBS:=${SLURM_SUBMIT_DIR:-.}/jobs}"
# shellcheck source=jobs/settings.sh
source "$JOBS/settings.sh"
# shellcheck source=jobs/wall_time.sh
source "$JOBS/wall_time.sh"
# shellcheck source=jobs/ray_cluster.sh
source "$JOBS/ray_cluster.sh"

# Prints the backend of the one cell that these arguments of `harness bench` choose.
backend_of_cell() {
  "$HARNESS_PYTHON" -m harness "$@" --list --json |
    "$HARNESS_PYTHON" -c 'import json, sys
print(json.load(sys.stdin)[0]["settings"].get("backend", "ray"))'
}

study=${1:?"give the study, as in: sbatch jobs/study.sh configs/studies/laptop.yaml DIR"}
out=${2:?"give the directory of the study"}
shift 2
arguments=(bench "$study" --out "$out" "$@")
if [[ -n "${SLURM_ARRAY_TASK_ID:-}" ]]; then
  arguments+=(--cell "$SLURM_ARRAY_TASK_ID")
  # On one node the harness starts Ray by itself.
  if (( SLURM_JOB_NUM_NODES > 1 )) && [[ "$(backend_of_cell "${arguments[@]}")" == ray ]]; then
    trap stop_ray_cluster EXIT
    start_ray_cluster
    arguments+=(--set engine.address="$ray_address")
  fi
fi
run_within_wall_time "$HARNESS_PYTHON" -m harness "${arguments[@]}"
stop_ray_cluster
requeue_if_cut_short
exit "$search_exit_code"
