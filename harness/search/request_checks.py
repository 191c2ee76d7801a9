"""What is wrong or odd about a request, known before anything starts."""

from __future__ import annotations

from harness.backend import Algorithm, Backend
from harness.config import ResolvedConfig, RunConfig
from harness.errors import RequestError
from harness.machine.hardware import Hardware
from harness.workload import Workload


def check_budget(config: ResolvedConfig, algorithm: Algorithm) -> list[str]:
    """Refuse a rung that no training reaches; warn of what decides nothing."""
    epochs, grace = config.epochs, config.grace_epochs
    if algorithm.halving and grace > epochs:
        raise RequestError(
            f"grace_epochs={grace} is more than the {epochs} epochs of a training: no trial would "
            f"be judged. Set grace_epochs below {epochs}, or raise --epochs."
        )
    if algorithm.population and config.trials < 2:
        return ["A population of one member has nobody to exploit; ask for more --trials."]
    if algorithm.halving and grace == epochs:
        return [f"The first rung is at epoch {grace}, the last: no trial is stopped early."]
    if algorithm.mutates and config.checkpoint_interval >= epochs:
        return [
            f"Members are compared every {config.checkpoint_interval} epochs, and a training has "
            f"{epochs}: none is ever replaced. Lower --checkpoint-interval."
        ]
    return []


def check_ranks(config: RunConfig, backend: Backend, workload: Workload) -> None:
    """Refuse ranks that would each train the whole trial, and tell nobody."""
    for kind, plugin in (("Workload", workload), ("Backend", backend)):
        if not plugin.several_ranks:
            raise RequestError(
                f"{kind} '{getattr(config, kind.lower())}' does not declare several_ranks: "
                f"{config.ranks_per_trial} ranks would each train the whole trial. "
                "Leave --ranks-per-trial out."
            )


def idle_workers(config: ResolvedConfig) -> list[str]:
    """Return a warning of workers that get no trial."""
    workers, trials = config.workers, config.trials
    if workers <= trials:
        return []
    return [f"There are {workers} workers and {trials} trials: {workers - trials} have no work."]


def shared_gpus(config: ResolvedConfig, hardware: Hardware) -> list[str]:
    """Return a warning of workers that share a GPU; refuse ranks that would have to."""
    processes, gpus = config.workers * config.ranks_per_trial, len(hardware.gpus)
    if config.device == "cpu" or not gpus or processes <= gpus:
        return []
    if config.ranks_per_trial > 1:
        raise RequestError(
            f"{config.workers} workers of {config.ranks_per_trial} ranks need {processes} GPUs, "
            f"and this machine shows {gpus}: NCCL wants one for each rank."
        )
    return [f"{processes} workers share {gpus} GPU{'s' if gpus > 1 else ''} of this machine."]
