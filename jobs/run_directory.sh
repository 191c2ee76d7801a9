# shellcheck shell=bash
# What a job that was queued again does with the records of its last go.

# Renames run directory $1 if this job has run before: its search begins anew.
set_cut_short_run_aside() {
  local out=$1 restarts=${SLURM_RESTART_COUNT:-0}
  if (( restarts > 0 )) && [[ -e "$out" ]]; then
    mv "$out" "$out.interrupted-$restarts"
  fi
}
