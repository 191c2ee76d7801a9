# shellcheck shell=bash
# Starts a Ray cluster on the nodes of this job, and ends it.
#
# Two jobs may share a node: every port is one that is free, the files lie in a
# directory of the job, and a token of the job keeps others out. The processes are
# job steps. `ray stop` would end every Ray on the machine; ending the steps ends ours.

ray_steps=()
ray_directory=
ray_address=

# Starts the cluster and sets $ray_address.
start_ray_cluster() {
  local nodes head client_server
  mapfile -t nodes < <(scontrol show hostnames "$SLURM_JOB_NODELIST")
  head=${nodes[0]}
  ray_directory=$RAY_FILES/ray-$SLURM_JOB_ID-${SLURM_RESTART_COUNT:-0}
  make_ray_token
  export RAY_USAGE_STATS_ENABLED=0
  # A node that dies silently is noticed within a minute; by itself Ray takes up to two.
  : "${RAY_health_check_period_ms:=3000}" "${RAY_health_check_timeout_ms:=5000}"
  : "${RAY_health_check_failure_threshold:=5}"
  # By itself Ray gives training a lower priority than everything else on a node.
  : "${RAY_worker_niceness:=0}"
  export RAY_health_check_period_ms RAY_health_check_timeout_ms RAY_health_check_failure_threshold
  export RAY_worker_niceness
  export -f node_address
  client_server=$(client_server_port)
  start_ray_step "$head" --head --port=0 --include-dashboard=false \
    ${client_server:+"$client_server"}
  wait_for_ray_address
  local node
  for node in "${nodes[@]:1}"; do
    start_ray_step "$node" --address="$ray_address"
  done
  "$HARNESS_PYTHON" "$JOBS/wait_for_ray.py" "$ray_address" "${#nodes[@]}"
}

stop_ray_cluster() {
  local step
  for step in "${ray_steps[@]}"; do
    kill "$step" 2> /dev/null || true
  done
  for step in "${ray_steps[@]}"; do
    wait "$step" 2> /dev/null || true
  done
  ray_steps=()
  if [[ -n "$ray_directory" ]]; then
    srun --overlap --nodes="$SLURM_JOB_NUM_NODES" --ntasks="$SLURM_JOB_NUM_NODES" \
      --ntasks-per-node=1 rm -rf "$ray_directory" || true
    rm -rf "$ray_job_files"
    ray_directory=
  fi
}

make_ray_token() {
  ray_job_files=$JOB_FILES/.ray-$SLURM_JOB_ID
  (
    umask 077
    mkdir -p "$ray_job_files"
    head -c 32 /dev/urandom | sha256sum | cut -d ' ' -f 1 > "$ray_job_files/token"
  )
  export RAY_AUTH_MODE=token
  export RAY_AUTH_TOKEN_PATH=$ray_job_files/token
}

# Starts Ray on node $1 with the options that follow.
start_ray_step() {
  local node=$1
  shift
  # The address of a node is asked for on the node, whose name is the shell's to expand.
  # shellcheck disable=SC2016,SC2086
  srun --overlap --nodes=1 --ntasks=1 --ntasks-per-node=1 --nodelist="$node" --cpu-bind=none \
    bash -c 'exec "$@" --node-ip-address="$(node_address "$SLURMD_NODENAME")"' ray-start \
    "$HARNESS_PYTHON" -m ray.scripts.scripts start --block \
    --temp-dir="$ray_directory" --num-cpus="$RAY_CPUS_PER_NODE" \
    --dashboard-agent-listen-port=0 --include-log-monitor=false \
    "$@" $RAY_START_OPTIONS > "$ray_job_files/$node.log" 2>&1 &
  ray_steps+=("$!")
}

# The head writes its address, with the port it took, into its directory on this node.
wait_for_ray_address() {
  local tries
  for (( tries = 0; tries < 600; tries++ )); do
    if [[ -s "$ray_directory/ray_current_cluster" ]]; then
      ray_address=$(< "$ray_directory/ray_current_cluster")
      return 0
    fi
    if ! kill -0 "${ray_steps[0]}" 2> /dev/null; then
      break
    fi
    sleep 0.2
  done
  echo "Ray's head did not start:" >&2
  cat "$ray_job_files"/*.log >&2
  return 1
}

# Prints an option with a free port for Ray's client server, if Ray has that server.
client_server_port() {
  "$HARNESS_PYTHON" - << 'END'
import socket
from importlib.util import find_spec

if find_spec("grpc"):
    with socket.socket() as listener:
        listener.bind(("", 0))
        print(f"--ray-client-server-port={listener.getsockname()[1]}")
END
}
