"""Writes docs/api.md from the docstrings of the public API: ``python docs/make_api.py``."""

from __future__ import annotations

import importlib
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from itertools import zip_longest
from pathlib import Path
from types import ModuleType
from typing import Any

from pydantic import BaseModel

PAGE = Path(__file__).with_name("api.md")

SECTIONS: dict[str, tuple[str, ...]] = {
    "Run and read": (
        "harness.config",
        "harness.search.api",
        "harness.load.frames",
        "harness.plots",
        "harness.errors",
    ),
    "Write a backend": (
        "harness.backend",
        "harness.search_spec",
        "harness.trials.objective_spec",
        "harness.trials.objective",
        "harness.trial",
        "harness.trials.run",
        "harness.trials.epoch_report",
        "harness.records.recorder",
        "harness.records.history",
        "harness.rules.halving",
        "harness.rules.rungs",
        "harness.rules.agenda",
        "harness.rules.seeds",
        "harness.rules.exploration",
        "harness.processes.local_workers",
        "harness.space",
        "harness.space_values",
        "harness.encoded_space",
        "harness.trials.deadline",
        "harness.trials.stopping",
        "harness.trials.succession",
        "harness.mpi.backend",
    ),
    "Write a workload": (
        "harness.workload",
        "harness.precision",
        "harness.training.supervised",
        "harness.training.supervised_task",
        "harness.training.optimizers",
        "harness.training.schedule",
        "harness.training.tensor_batches",
        "harness.training.whole_set_metric",
        "harness.parallel.group",
    ),
    "Test a plugin": (
        "harness.testing.backend_conformance",
        "harness.testing.workload_conformance",
        "harness.testing.workload_under_test",
        "harness.testing.workloads",
        "harness.testing.spaces",
        "harness.testing.faults",
        "harness.testing.clocks",
        "harness.testing.backends",
    ),
}
"""The public modules. A name in them that begins with no underscore is public."""

_HEAD = """\
# Public API

Made from the docstrings by `python docs/make_api.py`; a test compares.

`from harness import RunConfig, run, resume, load_run, load_runs` is what the command line does,
from Python. The package is typed (`py.typed`). Times are in seconds, metrics keep their natural
direction, epochs count from 1. Names that are not on this page may change.

```python
from harness import RunConfig, load_run, load_runs, resume, run

config = RunConfig(
    backend="harness.testing.backends:SequentialBackend",
    workload="harness.testing.workloads:AnalyticWorkload",
    algo="asha",
    workers=1,
    trials=4,
    epochs=4,
)
result = run(config, "runs/one")
print(result.summary["best_value"], result.summary["ledger"]["train"])

resume("runs/one")  # goes on with a run that was cut off; this one is finished

frames = load_run("runs/one")  # of a search that still runs, too
print(frames.trials[["trial_id", "status", "best_value"]])

many = load_runs("runs")
print(many.epochs.merge(many.runs[["run", "algo"]], on="run").groupby("algo")["value"].max())
```

`harness.plots` returns the figures of a report:

```python
from harness.plots import plot_anytime, plot_run

plot_run("runs/one").savefig("one.png")
for name, figure in plot_anytime("runs").items():
    figure.savefig(f"{name}.pdf")
```
"""


def page() -> str:
    """Return the whole page."""
    parts = [_HEAD]
    for title, modules in SECTIONS.items():
        parts.append(f"## {title}\n")
        for name in modules:
            parts.extend(_module(importlib.import_module(name)))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(parts)).rstrip() + "\n"


def public_names(module: ModuleType) -> list[str]:
    """Return the classes and functions that a module defines and does not hide."""
    return [
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and getattr(value, "__module__", None) == module.__name__
        and (inspect.isclass(value) or inspect.isfunction(value))
    ]


def _module(module: ModuleType) -> Iterator[str]:
    yield f"### `{module.__name__}`\n"
    yield _doc(module)
    for name in public_names(module):
        value = getattr(module, name)
        kind = "class" if inspect.isclass(value) else "def"
        yield f"#### {kind} `{name}{_signature(value)}`\n"
        yield _doc(value)
        if inspect.isclass(value):
            yield from _members(value)


def _members(owner: type[Any]) -> Iterator[str]:
    if issubclass(owner, BaseModel):
        for name, field in owner.model_fields.items():
            if field.description:
                yield f"- `{name}` = `{field.get_default(call_default_factory=True)!r}`: " + (
                    field.description
                )
        yield ""
    for name, value in vars(owner).items():
        if name.startswith(("_", "test_")) or name == "model_config":
            continue
        target = value.fget if isinstance(value, property) else value
        if not inspect.isfunction(target) or not target.__doc__:
            continue
        shown = name if isinstance(value, property) else f"{name}{_signature(target)}"
        text = textwrap.indent(_doc(target).rstrip(), "  ").strip()
        yield f"- `{shown}`\n\n  {text}\n"


def _signature(value: Callable[..., Any]) -> str:
    if inspect.isclass(value) and (
        issubclass(value, BaseModel | BaseException) or inspect.isabstract(value)
    ):
        return ""
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return ""
    parameters = [p for p in signature.parameters.values() if p.name != "self"]
    shown = signature.replace(parameters=parameters)
    if inspect.isclass(value):
        shown = shown.replace(return_annotation=inspect.Signature.empty)
    return re.sub(r"<function (\w+) at 0x[0-9a-f]+>", r"\1", str(shown)).replace("'", "")


def _doc(value: object) -> str:
    """Return a docstring with its numpy sections as bold words and lists."""
    lines: list[str] = []
    listing = False
    given = (inspect.getdoc(value) or "").splitlines()
    for line, following in zip_longest(given, given[1:], fillvalue=""):
        if set(line) == {"-"}:
            continue
        if set(following) == {"-"}:
            lines.append(f"\n**{line}**\n")
            listing = line != "Notes"
        elif listing and line and not line.startswith(" "):
            lines.append(f"- `{line}`")
        else:
            lines.append(line.rstrip())
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
