# shellcheck shell=bash
# An example of a site's settings: nodes with four GPUs and two networks.
# Copy it, and read the copy before you submit:
#
#   source my_site.sh
#   sbatch --nodes=16 jobs/ray_search.sh --config configs/paper/cifar10.yaml
#
# Jobs read it again, because it names itself here.
HARNESS_SETTINGS=$(realpath "${BASH_SOURCE[0]}")
export HARNESS_SETTINGS

# What sbatch would otherwise be told by options.
export SBATCH_ACCOUNT=your-project
export SBATCH_PARTITION=your-gpu-partition
export SBATCH_GPUS_PER_NODE=4
export SBATCH_TIMELIMIT=12:00:00

# Modules and the Python environment that has the harness.
# module load Python PyTorch
export HARNESS_PYTHON=$HOME/hpo-harness/.venv/bin/python

# The data sets, on a file system that all nodes see.
export HARNESS_DATA=/path/to/data

# The site's own MPI: mpi4py must be built with it, and srun must know its PMI.
export HARNESS_MPIEXEC="srun --mpi=pmix"

# Here the name of a node on the fast network ends in i.
node_address() {
  getent ahostsv4 "${1}i" | awk '{ print $1; exit }'
}
export NCCL_SOCKET_IFNAME=ib0
export GLOO_SOCKET_IFNAME=ib0
