# shellcheck shell=bash
# Ends a search cleanly before the wall time is over, and asks for another go.
#
# Slurm sends USR1 to the batch script some time before the end:
#   #SBATCH --signal=B:USR1@120

wall_time_is_near=
search=

# Runs a command; its exit code is left in $search_exit_code.
run_within_wall_time() {
  trap 'wall_time_is_near=yes; interrupt_search' USR1
  trap 'interrupt_search' TERM INT
  # Without job control a shell lets its background processes ignore interrupts.
  set -m
  "$@" &
  search=$!
  set +m
  # A signal ends `wait` early, with a status of its own.
  while true; do
    search_exit_code=0
    wait "$search" || search_exit_code=$?
    kill -0 "$search" 2> /dev/null || break
  done
  search=
}

# An interrupt, and not SIGTERM: it lets the search write its tables and its summary.
interrupt_search() {
  [[ -z "$search" ]] || kill -INT "$search" 2> /dev/null || true
}

# Puts the job back into the queue if its wall time cut a search short.
requeue_if_cut_short() {
  if [[ -z "$wall_time_is_near" || "$search_exit_code" -ne 130 ]]; then
    return 0
  fi
  if (( ${SLURM_RESTART_COUNT:-0} >= MOST_REQUEUES )); then
    echo "The wall time is over for the $((MOST_REQUEUES + 1)). time; not queued again." >&2
    return 0
  fi
  # The number of an array's last task is also that of the whole array.
  local job=$SLURM_JOB_ID
  if [[ -n "${SLURM_ARRAY_TASK_ID:-}" ]]; then
    job=${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}
  fi
  echo "The wall time is nearly over; job $job is queued again." >&2
  scontrol requeue "$job"
}
