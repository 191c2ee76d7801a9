"""Writes docs/architecture.md: its picture and its table are drawn from the imports."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"

_TEXT = """\
# Architecture

`harness/` is the core: it knows no engine and no workload by name. `backends/` has one package per
engine, `workloads/` one per workload. They import the core, the core imports neither, and they meet
through the entry-point groups `harness.backends` and `harness.workloads`, ours like a stranger's.

A file directly under `harness/` is a contract that the author of a plugin or a user of the API reads:
{contracts}.
All else lies in a package named by its subject. No module and no package needs another
that needs it (`tests/test_architecture.py`).

## The packages of the core

Each row imports only what stands below it. `python docs/make_architecture.py` draws this from the
imports.

```text
{picture}
```

| package | subject |
|---|---|
{subjects}

## The road of a configuration

1. `cli/run.py` or `study/` makes a `RunConfig` (`config.py`).
2. `search/resolve.py` finds backend and workload (`plugins/loading.py`), checks everything that can be
   known before the search, and makes a `ResolvedConfig`, in which nothing is left to be filled in.
3. `search/prepare.py` makes the run directory, and from the resolved configuration a `SearchSpec`
   (for the engine) and an `ObjectiveSpec` (for the processes that train).
4. `search/execution.py` carries it out here, in ranks that it starts (`launch/job.py`), or as one rank.
5. The backend's `search` (`backends/*/backend.py`) translates the space and lets its engine propose. For
   `rand` and `asha` the configurations are the seed's own (`space.py`).
6. `trials/objective.py` builds the training of one trial; `space_values.py` refuses what the space forbids.

## The road of an epoch's value

`Training.validate()` → `trials/run.py` (`TrialRun.advance`) → `records/recorder.py`, which appends it to
`events/<slot>-<host>-<pid>.jsonl`, and back to the engine as an `EpochReport`. Nothing else is kept of it.
`records/fold.py` makes the tables from these files, `records/summary.py` the summary, `load/` reads them
back, `report/` and `figures/` draw them.

## The road of an exploit

1. The engine decides: on Ray `PopulationBasedTraining` (`backends/ray/population.py`), on Propulate the table
   that its ranks share (`population/table.py`) by `population/rules.py`.
2. `rules/exploration.py` changes the mutable hyperparameters within the space.
3. `trials/succession.py` closes the member's trial (`exploited`) and opens one with `parent_trial_id` and
   `parent_epoch`.
4. `TrialRun.begin` loads the donor's state (`checkpoints/in_flight.py`), sets the new values, and has the
   training draw other batches than the donor goes on with (`Training.reseed`).

## The road of a resume

`cli/resume.py` → `search/api.py` (`resume`), which takes the run (`search/sessions.py`,
`processes/claim.py`) → `records/history.py`, what earlier sessions did, from the event files →
`SearchContext.history` → the backend opens what is in flight again, from `checkpoints/in_flight.py`.

## What an adapter still says

How its engine proposes, and where its processes come from. What it takes from the core: `Stopping` (a
deadline, and rungs of one process or shared), `open_successor` for an exploit, `drawn_seed`,
`MpiBackend` with leaders and followers, `EncodedSpace` for its translation of the space, `population/` for
population-based training without an engine, `run_local_workers` with `LocalTickets` for an engine without
processes. Lines without the replay (`git ls-files backends/ray | grep -vE 'replay|virtual' | xargs cat | wc -l`):

| | before (`02c4096`) | after |
|---|---|---|
| `backends/ray` | 3,379 | 3,487, of which 672 in `backends/ray/patches/` |
| `backends/deephyper` | 1,117 | 1,063 |
| `backends/propulate` | 2,481 | 1,764; 592 went to `population/` |
| `examples/optuna_backend/harness_optuna` | 227 | 175 |

Ray's grew by what it does now and did not do then: its patches by name with their catalogue, nodes that are lost,
data loaded before t = 0, the values that decided at rungs, brackets and exploits.

From the command to the first training step (`python -m benchmarks start-up`, medians, two cores of an AMD EPYC
with AVX2), before at `f4e1e7c` (measured twice) and after: Ray 10.1 and 10.8 s, 9.6 s; DeepHyper 7.5 and 7.6 s,
7.5 s; Propulate 5.2 and 5.4 s, 5.4 s; `harness --help` 0.10 and 0.11 s, 0.12 s.

## Written by hand, where a library could do

`python -m benchmarks.libraries`, on two cores of an AMD EPYC with AVX2, PyTorch 2.14, tensorboardX 2.6, one
thread, others at work on the machine: milliseconds of the processor for the network and the imports, of the
clock for an epoch.

| by hand | library | measured |
|---|---|---|
| `training/initial_weights.py` leaves out weights that a state replaces | `torch.device("meta")`, `to_empty` | the network of `imagenet` (2.8 million weights): 11 ms by hand, 42 on the meta device, 43 with all weights drawn. All weights and buffers of the state are the same bit for bit after it is loaded, either way. A buffer that is drawn and that the state does not hold is wrong on the meta device; by hand such a model is drawn whole |
| `records/tensorboard.py` frames and appends an epoch's scalars in one write | tensorboardX's `EventsWriter` or `SummaryWriter`, flushed so that the epoch can be read | 0.23 ms an epoch by hand; 7.1 and 11 with the library's, which sync the disk at each flush. The imports are the same 2.8 s: tensorboardX loads all of itself for its message types |

## Where do I change …

| what | where |
|---|---|
| a setting of a search | `config.py`; its default `search/resolve.py`; then `python docs/make_settings.py` |
| what a command says | `cli/` (one file a command), `console/` |
| a column of the tables | an event's field in `records/happenings.py`, `records/schema.py`, `records/fold.py`, `docs/records.md` |
| what TensorBoard and MLflow show of an epoch | the fields of `EpochTrained` in `records/happenings.py` |
| where a second of a worker is booked | `records/slot_ledger.py` |
| when a trial stops before its last epoch | `trials/stopping.py`; the rule at a rung `rules/halving.py` |
| what is mended of Ray | `backends/ray/patches/`, one function or class each |
| how a hyperparameter is perturbed | `rules/exploration.py` |
| what a precision means | `precision.py`; on processors without the format `machine/emulation.py` |
| a state's file | `checkpoints/file.py`, `checkpoints/packing.py` |
| how ranks find one another and what they share | `coordination/`, `mpi/`; two ranks of a trial `parallel/` |
| how ranks are started, watched and ended | `launch/` |
| what a stranger's engine or workload must do | `testing/backend_conformance.py`, `testing/workload_conformance.py` |
| a figure or a table of the report | `report/`, `figures/` |
| how an engine proposes | `backends/<engine>/`; on Propulate and DeepHyper a file per algorithm |
"""


def modules() -> dict[str, Path]:
    """Return the file of each module of the core."""
    found = {}
    for path in sorted((ROOT / "harness").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports() -> dict[str, set[str]]:
    """Return what each module of the core imports of it, also within functions.

    Imports for type checkers alone do not count: they never happen.
    """
    known = modules()
    graph = {}
    for module, path in known.items():
        tree = _WithoutTypeChecking().visit(ast.parse(path.read_text(encoding="utf-8")))
        found = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                wholes = {f"{node.module}.{alias.name}" for alias in node.names}
                found |= {whole if whole in known else node.module for whole in wholes}
        graph[module] = (found & set(known)) - {module}
    return graph


class _WithoutTypeChecking(ast.NodeTransformer):
    def visit_If(self, node: ast.If) -> ast.AST | None:
        return None if "TYPE_CHECKING" in ast.unparse(node.test) else self.generic_visit(node)


def package_imports() -> dict[str, set[str]]:
    """Return what each package, and each file directly under the core's folder, imports."""
    graph: dict[str, set[str]] = {}
    for module, imported in imports().items():
        others = {_package(other) for other in imported} - {_package(module)}
        graph.setdefault(_package(module), set()).update(others)
    # The public names: imported when they are first used, and by no module of the core.
    graph.pop("")
    return graph


def _package(module: str) -> str:
    return ".".join(module.split(".")[1:2])


def layers(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return the packages in layers, the highest first; each imports lower ones only.

    Raises
    ------
    ValueError
        If packages need one another.
    """
    left = dict(graph)
    found: list[list[str]] = []
    placed: set[str] = set()
    while left:
        layer = sorted(name for name, needed in left.items() if needed & set(graph) <= placed)
        if not layer:
            raise ValueError(f"these need one another: {', '.join(sorted(left))}")
        found.append(layer)
        placed |= set(layer)
        left = {name: needed for name, needed in left.items() if name not in placed}
    return found[::-1]


def page() -> str:
    """Return the page."""
    folder = ROOT / "harness"
    contracts = sorted(path.stem for path in folder.glob("*.py") if not path.stem.startswith("_"))
    subjects = [
        f"| `{path.parent.name}/` | {_subject(path)} |"
        for path in sorted(folder.glob("*/__init__.py"))
    ]
    return _TEXT.format(
        contracts=", ".join(f"`{name}`" for name in contracts),
        picture="\n".join("  ".join(_shown(name) for name in layer) for layer in _drawn()),
        subjects="\n".join(subjects),
    )


def _drawn() -> list[list[str]]:
    graph = package_imports()
    graph.pop("__main__")
    return layers(graph)


def _shown(name: str) -> str:
    return f"{name}/" if (ROOT / "harness" / name).is_dir() else name


def _subject(path: Path) -> str:
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(text.split("\n\n")[0].split())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
