# shellcheck shell=bash
# Settings that all jobs share; sourced by them.
#
# What differs from site to site goes into a file of its own, named by
# HARNESS_SETTINGS. It is read first and wins. sites/four_gpu_nodes.sh is an example.

if [[ -n "${HARNESS_SETTINGS:-}" ]]; then
  # shellcheck source=/dev/null
  source "$HARNESS_SETTINGS"
fi

# The Python that has the harness installed.
: "${HARNESS_PYTHON:=python3}"

# Starts the ranks of an MPI search. Empty: the mpiexec that the harness finds.
: "${HARNESS_MPIEXEC=srun --mpi=pmix}"
export HARNESS_MPIEXEC

# Slurm does not pass this on to the steps of a job by itself.
if [[ -n "${SLURM_CPUS_PER_TASK:-}" ]]; then
  export SRUN_CPUS_PER_TASK=$SLURM_CPUS_PER_TASK
fi

# How often a job may ask for another go when its wall time is over.
: "${MOST_REQUEUES:=3}"

# Where a job keeps small files that all of its nodes read.
: "${JOB_FILES:=${SLURM_SUBMIT_DIR:-$PWD}}"

# Where Ray keeps its sockets and logs on each node. The path of a socket may have
# 107 characters, so this must be short.
: "${RAY_FILES:=/tmp}"

# CPUs that Ray may use on a node; Ray finds GPUs by itself.
: "${RAY_CPUS_PER_NODE:=${SLURM_CPUS_ON_NODE:-1}}"

# Options of `ray start`, for what a site needs beyond that.
: "${RAY_START_OPTIONS:=}"

# Prints the address at which other nodes reach node $1. Nodes with a fast network
# often have a second name for it; a site's settings may define this function.
if ! declare -F node_address > /dev/null; then
  node_address() {
    getent ahostsv4 "$1" | awk '{ print $1; exit }'
  }
fi
