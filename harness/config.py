"""The configuration of one run: what the user asks, and what it resolves to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from harness.errors import RequestError

Factor = Annotated[float, Field(gt=0, allow_inf_nan=False)]
"""What a hyperparameter is multiplied by."""


class RunConfig(BaseModel):
    """One search, as the user asks for it.

    A field that is None is filled in when the run is resolved; the resolved
    configuration is written to the run directory as ``run.yaml``.

    Raises
    ------
    RequestError
        If a name is unknown or a value is wrong.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    backend: str = Field(default="ray", description="Engine that runs the search.")
    algo: str = Field(default="rand", description="Search algorithm.")
    workload: str = Field(default="digits", description="Model, data and search space.")
    precision: str = Field(default="fp32", description="fp32, tf32, amp, amp-fp16 or amp-bf16.")
    arithmetic: Literal["auto", "native", "emulated"] = Field(
        default="auto",
        description="How a processor computes in the format of 'amp': natively, emulated (in "
        "float32, rounded), or emulated only where the hardware lacks the format.",
    )
    workers: int | None = Field(
        default=None, ge=1, description="Trials that train at the same time."
    )
    trials: int | None = Field(
        default=None, ge=1, description="Evaluations, or members of a population."
    )
    epochs: int | None = Field(default=None, ge=1, description="Length of a whole training.")
    seed: int = Field(
        default=0, ge=0, lt=2**32, description="Seeds sampling, data split, weights and data order."
    )
    search_seed: int | None = Field(
        default=None,
        ge=0,
        lt=2**32,
        description="Seeds sampling and the engine's decisions alone, in place of 'seed'.",
    )
    split_seed: int | None = Field(
        default=None, ge=0, lt=2**32, description="Seeds the data split alone, in place of 'seed'."
    )
    training_seed: int | None = Field(
        default=None,
        ge=0,
        lt=2**32,
        description="Seeds weights and data order alone, in place of 'seed'.",
    )
    ranks_per_trial: int = Field(
        default=1, ge=1, description="Processes that train one trial together."
    )
    checkpoint_interval: int = Field(
        default=1, ge=1, description="Epochs between checkpoints, and between PBT's perturbations."
    )
    time_limit: float | None = Field(
        default=None,
        gt=0,
        allow_inf_nan=False,
        description="Seconds after which a search ends, also within an epoch.",
    )
    trial_timeout: float | None = Field(
        default=None,
        gt=0,
        allow_inf_nan=False,
        description="Seconds that a trial may take at a stretch before it is ended.",
    )
    max_retries: int = Field(
        default=1, ge=0, description="How often work goes on after a worker's process died."
    )
    data: Path | None = Field(default=None, description="Root of the data sets.")
    grace_epochs: int | None = Field(
        default=None, ge=1, description="First rung of successive halving."
    )
    reduction_factor: int = Field(
        default=4, ge=2, description="One trial in this many passes a rung."
    )
    population: int | None = Field(
        default=None, ge=1, description="Size of a population or of an initial design."
    )
    quantile: float = Field(
        default=0.25, gt=0, le=0.5, description="PBT: fraction that is replaced."
    )
    resample_probability: float = Field(
        default=0.25,
        ge=0,
        le=1,
        description="PBT: chance that a hyperparameter is drawn anew, not multiplied.",
    )
    perturbation_factors: tuple[Factor, Factor] = Field(
        default=(1.2, 0.8), description="PBT: a hyperparameter is multiplied by one of these."
    )
    batch_scaling: Literal["trial", "rank"] = Field(
        default="trial",
        description="Whether a batch size is that of a trial or of each of its ranks; "
        "in the second case learning rates grow with the ranks.",
    )
    threads: int | None = Field(
        default=None, ge=1, le=1024, description="Torch threads of a worker."
    )
    tensorboard: bool = Field(default=False, description="Write TensorBoard scalars of each trial.")
    device: str = Field(
        default="auto", pattern="^(auto|cpu|cuda)$", description="auto, cpu or cuda."
    )
    workload_options: dict[str, Any] = Field(
        default_factory=dict, description="Options of the workload."
    )
    engine: dict[str, Any] = Field(default_factory=dict, description="Options of the engine.")

    # Type checkers know the arguments from the fields; this signature would hide them.
    if not TYPE_CHECKING:
        # A setting may have any name, also 'self'.
        def __init__(self, /, **values: Any) -> None:
            try:
                super().__init__(**values)
            except ValidationError as error:
                raise _refusal(values, error) from None

    def seed_for(self, what: Literal["search", "split", "training"]) -> int:
        """Return what seeds one of the things that a search draws."""
        own = getattr(self, f"{what}_seed")
        return self.seed if own is None else int(own)

    def to_plain(self) -> dict[str, Any]:
        """Return the configuration as values that YAML and JSON can hold."""
        return self.model_dump(mode="json")


class ResolvedConfig(RunConfig):
    """One search as it is carried out: nothing is left to be filled in.

    `harness.search.resolve` makes it, once, and ``run.yaml`` holds it.
    """

    workers: int = Field(ge=1)
    trials: int = Field(ge=1)
    epochs: int = Field(ge=1)
    grace_epochs: int = Field(ge=1)
    population: int = Field(ge=1)
    threads: int = Field(ge=1, le=1024)


def build_config(
    file: Path | None, options: Mapping[str, Any], settings: Iterable[str]
) -> RunConfig:
    """Build a configuration from a file, command-line options and ``key=value`` settings.

    Later sources win: the file, then `options` that are not None, then `settings`.

    Raises
    ------
    RequestError
        If a source is unreadable or a value is wrong.
    """
    values = read_config_file(file) if file is not None else {}
    values.update({name: value for name, value in options.items() if value is not None})
    apply_settings(values, settings)
    return validate_config(values)


def apply_settings(values: dict[str, Any], settings: Iterable[str]) -> None:
    """Change `values` by ``key=value`` settings; a key may name an entry within, as in ``a.b``.

    Raises
    ------
    RequestError
        If one is not of that form.
    """
    for setting in settings:
        _apply_setting(values, setting)


def validate_config(values: Mapping[str, Any]) -> RunConfig:
    """Validate plain values.

    Raises
    ------
    RequestError
        If a key is unknown or a value is wrong.
    """
    return RunConfig(**{str(name): value for name, value in values.items()})


def resolved_config(values: Mapping[str, Any]) -> ResolvedConfig:
    """Validate the plain values of a resolved configuration.

    Raises
    ------
    RequestError
        If a key is unknown, or a value is wrong or left to be filled in.
    """
    return ResolvedConfig(**{str(name): value for name, value in values.items()})


def _refusal(values: Mapping[str, Any], error: ValidationError) -> RequestError:
    from harness.errors import describe_validation, unknown_name

    unknown = sorted(set(values) - set(RunConfig.model_fields))
    if unknown:
        return unknown_name("setting", unknown[0], RunConfig.model_fields)
    return RequestError(f"Setting {describe_validation(error)}")


def read_config_file(path: Path, kind: str = "configuration") -> dict[str, Any]:
    """Return the settings of a YAML file.

    Parameters
    ----------
    path
        The file.
    kind
        What errors call it.

    Raises
    ------
    RequestError
        If it cannot be read or does not hold a mapping.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RequestError(f"The {kind} '{path}' cannot be read: {error.strerror}.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RequestError(f"The {kind} '{path}' is not YAML: {_yaml_fault(error)}.") from None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise RequestError(f"The {kind} '{path}' holds no settings (name: value).")
    return values


def _yaml_fault(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    reason = getattr(error, "problem", None) or str(error).splitlines()[0]
    if mark is None:
        return reason
    return f"line {mark.line + 1}, column {mark.column + 1}: {reason}"


def parse_setting(setting: str) -> tuple[str, Any]:
    """Return the name and the value of a ``key=value``, whose value is YAML.

    Raises
    ------
    RequestError
        If it is none.
    """
    name, separator, text = setting.partition("=")
    if not separator or not name:
        raise RequestError(f"--set wants key=value, as in --set engine.islands=2; got '{setting}'.")
    try:
        return name, yaml.safe_load(text)
    except yaml.YAMLError:
        raise RequestError(f"--set {name}: '{text}' is not a YAML value.") from None


def _apply_setting(values: dict[str, Any], setting: str) -> None:
    name, value = parse_setting(setting)
    *parents, last = name.split(".")
    target = values
    for parent in parents:
        target = target.setdefault(parent, {})
        if not isinstance(target, dict):
            raise RequestError(f"--set {name}: '{parent}' holds a value, not settings.")
    target[last] = value
