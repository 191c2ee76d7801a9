"""The aspects in which runs must be alike to compare, and why each matters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.load.recorded_run import RecordedRun

Settings = dict[str, Any]
"""Name of a setting to its value, without nesting."""

_SPACE_BOOKKEEPING = ("name", "meta", "python_module_version", "format_version")


@dataclass(frozen=True)
class Aspect:
    """One thing that runs should have in common.

    Attributes
    ----------
    name
        Its name.
    why
        What a difference in it does to a comparison; a whole sentence.
    settings
        Reads the aspect from a run.
    separates
        Whether runs that differ in it are never averaged.
    of_search
        Whether it is a setting of the search, which differs between algorithms
        on purpose, and not one of the problem or the machine.
    within
        Fields of the summary that must agree for the aspect to apply at all.
    recorded
        A field of the summary that runs of earlier versions lack; there the aspect is
        unknown.
    """

    name: str
    why: str
    settings: Callable[[RecordedRun], Settings]
    separates: bool = True
    of_search: bool = False
    within: tuple[str, ...] = ()
    recorded: str | None = None

    def applies(self, runs: Sequence[RecordedRun]) -> bool:
        """Whether runs may be compared in this aspect."""
        known = all(self.recorded is None or self.recorded in run.summary for run in runs)
        return known and all(
            len({run.summary[field] for run in runs}) == 1 for field in self.within
        )


def _from_config(*names: str) -> Callable[[RecordedRun], Settings]:
    return lambda run: {name: run.config.get(name) for name in names}


def _nested(group: str) -> Callable[[RecordedRun], Settings]:
    return lambda run: {f"{group}.{name}": v for name, v in (run.config.get(group) or {}).items()}


def _engine_options(run: RecordedRun) -> Settings:
    # Runs from before the option was there mended their engine.
    return {"engine.patches": True, **_nested("engine")(run)}


def _status(run: RecordedRun) -> Settings:
    return {"status": run.summary["status"]}


def _space(run: RecordedRun) -> Settings:
    space: Mapping[str, Any] = run.environment.get("space") or {}
    hyperparameters = {
        f"space.{entry['name']}": _without(entry, "name", "meta")
        for entry in space.get("hyperparameters", [])
    }
    rest = _without(space, "hyperparameters", *_SPACE_BOOKKEEPING)
    return {**hyperparameters, **{f"space.{name}": value for name, value in rest.items() if value}}


def _without(values: Mapping[str, Any], *names: str) -> Settings:
    return {name: value for name, value in values.items() if name not in names}


def device(run: RecordedRun) -> str:
    """Return the device a run trained on, ``"cpu"`` or ``"cuda"``."""
    gpus = run.summary["hardware"].get("gpus")
    return "cuda" if gpus and run.config.get("device") != "cpu" else "cpu"


def _hardware(run: RecordedRun) -> Settings:
    hardware = run.summary["hardware"]
    used = hardware["gpus"] if device(run) == "cuda" else []
    return {
        "device": device(run),
        "cpu": hardware["cpu"],
        "cores": hardware["cores"],
        "gpus": ", ".join(gpu["name"] for gpu in used) or "none",
    }


def _precision_support(run: RecordedRun) -> Settings:
    hardware = run.summary["hardware"]
    if device(run) == "cuda":
        capabilities = {".".join(map(str, gpu["capability"])) for gpu in hardware["gpus"]}
        return {"compute capability": ", ".join(sorted(capabilities))}
    return {
        "bfloat16 in hardware": hardware.get("cpu_has_bf16", False),
        "float16 in hardware": hardware.get("cpu_has_fp16", False),
    }


def arithmetic(run: RecordedRun) -> Settings:
    """Return how a run computed in the format of its precision."""
    return {"arithmetic": run.summary.get("arithmetic", "native")}


def _versions(run: RecordedRun) -> Settings:
    return {
        "python": run.environment.get("python"),
        "git revision": run.environment.get("git_revision"),
        **(run.environment.get("versions") or {}),
    }


def _patches(run: RecordedRun) -> Settings:
    return dict.fromkeys(run.summary.get("engine_patches") or (), True)


def _samples(run: RecordedRun) -> Settings:
    return {"samples an epoch": run.samples}


ASPECTS: tuple[Aspect, ...] = (
    Aspect(
        "status",
        "The runtime and the best value of a search that did not end by itself are those of a "
        "part of it.",
        _status,
    ),
    Aspect(
        "search space",
        "One search could reach configurations that the other could not.",
        _space,
    ),
    Aspect(
        "budget",
        "More trials, more epochs or more time cost more and find better values, whatever the "
        "algorithm.",
        _from_config("trials", "epochs", "time_limit"),
        of_search=True,
    ),
    Aspect(
        "algorithm settings",
        "The same algorithm stops, promotes or mutates by other rules.",
        _from_config(
            "grace_epochs",
            "reduction_factor",
            "population",
            "quantile",
            "resample_probability",
            "perturbation_factors",
        ),
        of_search=True,
        within=("algo",),
    ),
    Aspect(
        "checkpoint interval",
        "Checkpoints cost time, and population-based training perturbs at them.",
        _from_config("checkpoint_interval"),
        of_search=True,
    ),
    Aspect(
        "data",
        "Other data are another problem. Only the path is recorded: whether two paths hold the "
        "same files, the reader must know.",
        _from_config("data"),
    ),
    Aspect(
        "samples",
        "An epoch over more samples takes longer and learns more.",
        _samples,
        separates=False,
    ),
    Aspect(
        "workload options",
        "The model or its input is another one.",
        _nested("workload_options"),
    ),
    Aspect(
        "hardware",
        "Runtimes are those of the machine as much as those of the search.",
        _hardware,
    ),
    Aspect(
        "precision support",
        "'amp' is float16 on a GPU and bfloat16 on a CPU, and a format that the hardware lacks is "
        "emulated slowly.",
        _precision_support,
    ),
    Aspect(
        "arithmetic",
        "Emulated arithmetic computes in float32 and rounds: accuracy and loss are those of the "
        "precision, times are not.",
        arithmetic,
        separates=False,
    ),
    Aspect(
        "workers",
        "More workers shorten a search, and a parallel search decides on less knowledge.",
        _from_config("workers", "ranks_per_trial", "batch_scaling"),
    ),
    Aspect(
        "threads",
        "The threads of a worker set its speed, and change the order of sums.",
        _from_config("threads"),
    ),
    Aspect(
        "engine options",
        "The same engine was told to work differently.",
        _engine_options,
        of_search=True,
        within=("backend",),
    ),
    Aspect(
        "engine patches",
        "The adapter mends its engine in other places: times and decisions are those of another "
        "engine.",
        _patches,
        separates=False,
        of_search=True,
        within=("backend",),
        recorded="engine_patches",
    ),
    Aspect(
        "versions",
        "Another version may be faster, slower or numerically different.",
        _versions,
        separates=False,
    ),
)
"""What is compared, the weightiest first."""

SEED = Aspect(
    "data split",
    "The seeds set the configurations, the split, the weights and the data order: a difference "
    "between two seeds holds chance.",
    _from_config("seed", "search_seed", "split_seed", "training_seed"),
)
"""Compared between two runs; a report averages over it."""
