"""From the words of a command to replays."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from harness.config import apply_settings, validate_config
from harness.errors import RequestError, describe_validation
from harness.plugins.loading import load_workload
from harness.replay.closed_form import ClosedForm, ClosedFormTimes, check_closed_form
from harness.replay.costs import ReplayCosts
from harness.replay.many import replay_seeds
from harness.replay.table_file import read_table

COSTS = "costs"
"""The settings that are costs, as in ``costs.trial_s``."""

TIMES = "closed_form"
"""The settings that are times of trainings in closed form, as in ``closed_form.epoch_s``."""


def replay_as_asked(
    options: Mapping[str, Any],
    settings: Iterable[str],
    table: Path | None,
    seeds: Sequence[int],
    out: Path,
    tell: Callable[[str], None],
    closed_form: str | None = None,
) -> list[dict[str, Any]]:
    """Replay what a command asks for.

    Parameters
    ----------
    options
        Settings of a run; those that are None are left out.
    settings
        More of them as ``key=value``, and costs.
    table
        The table, or the name of one that is part of the package; None for that of `digits`.
    seeds
        The seeds.
    out
        Holds the run directories.
    tell
        Takes lines for the user.
    closed_form
        A workload whose trainings are computed, in place of a table.
    """
    values = {name: value for name, value in options.items() if value is not None}
    apply_settings(values, settings)
    costs = costs_of(values.pop(COSTS, {}))
    times = values.pop(TIMES, None)
    if "seed" in values:
        raise RequestError("--seeds names the seeds of a replay; leave seed out.")
    if closed_form is not None:
        if table is not None:
            raise RequestError("--table and --closed-form exclude each other; give one of them.")
        config = validate_config(values)
        form = _form_of(closed_form, values, {} if times is None else times)
        return replay_seeds(config, form, None, seeds, costs, out, tell)
    if times is not None:
        raise RequestError("closed_form.… are for --closed-form WORKLOAD; a table has its times.")
    file = table_asked_for(table)
    asked_workload = values.pop("workload", None)
    if "workload_options" in values:
        raise RequestError("A table has its own workload options; leave workload_options out.")
    config = validate_config(values)
    read = read_table(
        file, values.get("precision"), values.get("epochs"), _recorded_ranks(values, costs)
    )
    if asked_workload not in (None, read.about.workload):
        raise RequestError(
            f"The table '{file}' has trainings of '{read.about.workload}', not of "
            f"'{asked_workload}'."
        )
    return replay_seeds(config, read, file, seeds, costs, out, tell)


def costs_of(values: Any) -> ReplayCosts:
    """Return validated costs.

    Raises
    ------
    RequestError
        If one does not exist or is wrong.
    """
    if not isinstance(values, Mapping):
        raise RequestError("Costs are set one by one, as in --set costs.trial_s=0.01.")
    try:
        return ReplayCosts.model_validate(values)
    except ValidationError as error:
        known = ", ".join(ReplayCosts.model_fields)
        raise RequestError(f"Cost {describe_validation(error)} Costs: {known}.") from None


def _form_of(name: str, values: dict[str, Any], times: Any) -> ClosedForm:
    if not isinstance(times, Mapping):
        raise RequestError("Times are set one by one, as in --set closed_form.epoch_s=60.")
    if values.pop("workload", name) != name:
        raise RequestError("--closed-form names the workload; leave workload out.")
    workload = load_workload(name, values.get("workload_options") or {})
    try:
        checked = ClosedFormTimes.model_validate(times)
    except ValidationError as error:
        known = ", ".join(ClosedFormTimes.model_fields)
        raise RequestError(f"closed_form.{describe_validation(error)} Known: {known}.") from None
    form = ClosedForm(
        name,
        workload,
        values.get("epochs") or workload.max_epochs,
        checked,
        values.get("precision", "fp32"),
    )
    check_closed_form(form)
    return form


def packaged_table(name: str = "digits") -> Path:
    """Return a table that is part of the package, by the name of its workload."""
    return Path(str(files("harness.replay") / f"{name}.parquet"))


def table_asked_for(asked: Path | None) -> Path:
    """Return the file of the table that a command asks for: a path, or a packaged one's name."""
    if asked is None:
        return packaged_table()
    packaged = packaged_table(asked.name)
    is_name = asked == Path(asked.name) and not asked.exists()
    return packaged if is_name and packaged.is_file() else asked


def _recorded_ranks(values: Mapping[str, Any], costs: ReplayCosts) -> int | None:
    """Return the ranks that trainings must have been recorded on; None for the fewest."""
    return None if costs.serial_share is not None else values.get("ranks_per_trial")
