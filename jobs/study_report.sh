#!/usr/bin/env bash
# The report of a study.
#
#   sbatch --dependency=afterany:JOB jobs/study_report.sh studies/paper
#
# The arguments are the study's directory and further options of `harness report`.

#SBATCH --job-name=study-report
#SBATCH --output=%x-%j.out
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --time=00:30:00

set -euo pipefail
: "${JOBS:=${SLURM_SUBMIT_DIR:-.}/jobs}"
# shellcheck source=jobs/settings.sh
source "$JOBS/settings.sh"

out=${1:?"give the directory of the study"}
shift
exec "$HARNESS_PYTHON" -m harness report "$out" --out "$out/report" "$@"
