# shellcheck shell=bash
# What a search job does that has run before: it goes on where its last go was cut short.

# Sets the array $search_command to what the harness is to do for run directory $1: begin
# a search there, with the other arguments, or resume the one that a go before began.
choose_search_command() {
  local out=$1 restarts=${SLURM_RESTART_COUNT:-0}
  shift
  search_command=(run "$@" --out "$out")
  if (( restarts == 0 )) || [[ ! -e "$out" ]]; then
    return 0
  fi
  if [[ -e "$out/run.yaml" ]]; then
    search_command=(resume "$out")
  else
    # The last go ended before it had written what there is to do.
    mv "$out" "$out.interrupted-$restarts"
  fi
}
