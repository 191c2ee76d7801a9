#!/usr/bin/env bash
# One search on Ray over all nodes of a Slurm job.
#
#   sbatch --nodes=16 jobs/ray_search.sh --config configs/paper/cifar10.yaml --seed 1
#
# The arguments are those of `harness run`. Options of sbatch stand before the script
# and win over those below. Submit from the directory above jobs/.
#
# Settings of this job, from the environment:
#   OUT   the run directory (default: runs/<job name>-<job number>)
# Settings that all jobs share: settings.sh.

#SBATCH --job-name=ray-search
#SBATCH --output=%x-%j.out
#SBATCH --open-mode=append
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
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
# shellcheck source=jobs/run_directory.sh
source "$JOBS/run_directory.sh"

: "${OUT:=runs/$SLURM_JOB_NAME-$SLURM_JOB_ID}"

choose_search_command "$OUT" --backend ray "$@"
trap stop_ray_cluster EXIT
start_ray_cluster
run_within_wall_time "$HARNESS_PYTHON" -m harness "${search_command[@]}" \
  --set engine.address="$ray_address"
stop_ray_cluster
requeue_if_cut_short
exit "$search_exit_code"
