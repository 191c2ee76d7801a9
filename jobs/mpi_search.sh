#!/usr/bin/env bash
# One search on MPI over all tasks of a Slurm job.
#
#   sbatch --ntasks=64 jobs/mpi_search.sh propulate --algo asha --workload cifar10
#
# The first argument is the backend, the others are those of `harness run`. Options of
# sbatch stand before the script and win over those below. Submit from the directory
# above jobs/.
#
# Settings of this job, from the environment:
#   OUT               the run directory (default: runs/<job name>-<job number>)
#   RANKS_PER_TRIAL   processes that train one trial together (default: 1)
# Settings that all jobs share: settings.sh.

#SBATCH --job-name=mpi-search
#SBATCH --output=%x-%j.out
#SBATCH --open-mode=append
#SBATCH --ntasks=4
#SBATCH --time=01:00:00
#SBATCH --signal=B:USR1@120
#SBATCH --requeue

set -euo pipefail
: "${JOBS:=${SLURM_SUBMIT_DIR:-.}/jobs}"
# shellcheck source=jobs/settings.sh
source "$JOBS/settings.sh"
# shellcheck source=jobs/wall_time.sh
source "$JOBS/wall_time.sh"
# shellcheck source=jobs/run_directory.sh
source "$JOBS/run_directory.sh"

: "${OUT:=runs/$SLURM_JOB_NAME-$SLURM_JOB_ID}"
: "${RANKS_PER_TRIAL:=1}"
backend=${1:?"give the backend, as in: sbatch jobs/mpi_search.sh propulate --algo asha"}
shift

# A launcher without the right PMI starts worlds of one rank each, and reports success.
workers=$("$HARNESS_PYTHON" "$JOBS/mpi_workers.py" "$backend" "$SLURM_NTASKS" "$RANKS_PER_TRIAL")
choose_search_command "$OUT" --backend "$backend" "$@" --ranks-per-trial "$RANKS_PER_TRIAL"
run_within_wall_time "$HARNESS_PYTHON" -m harness "${search_command[@]}" --workers "$workers"
requeue_if_cut_short
exit "$search_exit_code"
