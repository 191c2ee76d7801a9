"""What sharing costs ranks on one node and on several: ``python -m benchmarks.several_nodes``.

Nodes are sets of Linux namespaces on this machine; it needs root or user namespaces.
"""

from __future__ import annotations

import argparse
import json
import shlex
import statistics
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.nodes.hand_made_ray import ADDRESS, access, start_ray
from tests.nodes.machines import machines

TURNS = 20
SECONDS = 900.0
COMPUTING_S = 6.0


@dataclass(frozen=True)
class Sharing:
    """What ranks measured; seconds.

    Attributes
    ----------
    nodes, ranks
        How many.
    busy
        Whether they computed between two requests, or slept.
    joined
        From the import of MPI to the first request, of the slowest rank.
    ticket, decision, exploit
        Medians over all ranks and turns.
    worst
        The longest of all.
    """

    nodes: int
    ranks: int
    busy: bool
    joined: float
    ticket: float
    decision: float
    exploit: float
    worst: float


def run_ranks(nodes: int, ranks: int, module: str, *words: Any) -> Any:
    """Run a module in ranks on nodes, and return what its root says that they measured."""
    with machines(nodes) as made:
        line = [*shlex.split(made.mpiexec(ranks // nodes)), "-n", ranks, "-x", "PYTHONPATH"]
        environ = {
            "OMPI_ALLOW_RUN_AS_ROOT": "1",
            "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
            "OMPI_MCA_mpi_yield_when_idle": "1",
        }
        rank = [sys.executable, "-m", module, *words]
        code, said = made.nodes[0].run([*line, *rank], environ, timeout=SECONDS)
    if code != 0:
        raise RuntimeError(said)
    return json.loads(said.partition("MEASURED")[2].splitlines()[0])


def measure(nodes: int, ranks: int, busy: bool) -> Sharing:
    """Start ranks on nodes, and return what they measured."""
    # Together they ask about as often as ranks do that train.
    pause_s = 0.1 if busy else 1.0
    found = run_ranks(nodes, ranks, "benchmarks.sharing_rank", TURNS, pause_s, int(busy))
    by_act = {
        act: [seconds for _host, _joined, taken in found for seconds in taken[act]]
        for act in ("ticket", "decision", "exploit")
    }
    return Sharing(
        nodes,
        ranks,
        busy,
        joined=max(joined for _host, joined, _taken in found),
        worst=max(max(seconds) for seconds in by_act.values()),
        **{act: statistics.median(seconds) for act, seconds in by_act.items()},
    )


def utilisation(
    backend: str, algorithm: str, nodes: int, workers: int, trials: int
) -> dict[str, Any]:
    """Return the summary of a search whose trials have 12 epochs that sleep for a second."""
    with machines(nodes) as made:
        out = made.folder / "run"
        line = [sys.executable, "-m", "harness", "run", "--backend", backend, "--algo", algorithm]
        line += ["--workload", "benchmarks.sleeping:SleepingWorkload", "--out", str(out)]
        line += ["--set", "workload_options.epoch_s=1", "--workers", str(workers)]
        line += ["--trials", str(trials), "--epochs", "12"]
        environ = {"HARNESS_MPIEXEC": made.mpiexec(workers // nodes + 1)}
        if backend == "ray":
            start_ray(made, slots=workers // nodes)
            line += ["--set", f"engine.address={ADDRESS}"]
            environ = access(made)
        code, said = made.nodes[0].run(line, environ, timeout=SECONDS)
        if code != 0:
            raise RuntimeError(said)
        summary: dict[str, Any] = json.loads((out / "summary.json").read_text())
        return summary


def main(words: Sequence[str] | None = None) -> None:
    """Measure, and print what came out."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.several_nodes")
    parser.add_argument("--nodes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--ranks", type=int, nargs="+", default=[4])
    parser.add_argument("--asleep", action="store_true", help="ranks sleep between two requests")
    parser.add_argument("--trials", type=int, default=16, help="of --utilisation")
    parser.add_argument("--algo", default="rand", help="of --utilisation")
    parser.add_argument("--json", type=Path)
    parser.add_argument(
        "--busy-owner", action="store_true", help="what ranks wait for while rank 0 computes"
    )
    parser.add_argument("--utilisation", nargs="+", metavar="BACKEND", help="whole searches")
    asked = parser.parse_args(words)
    found: list[dict[str, Any]] = []
    for backend in asked.utilisation or ():
        for nodes in asked.nodes:
            summary = utilisation(backend, asked.algo, nodes, asked.ranks[0], asked.trials)
            found.append(summary)
            print(
                f"{backend:10} {nodes} nodes  utilisation {summary['utilisation']:.4f}", flush=True
            )
            print(f"  start-up {summary['startup_s']:.1f} s  search {summary['runtime_s']:.1f} s")
            print(f"  {summary['ledger']}", flush=True)
    for nodes in asked.nodes if asked.busy_owner else ():
        waited = run_ranks(nodes, 4, "benchmarks.busy_owner_rank", COMPUTING_S)
        found.append({"nodes": nodes, "waited": waited})
        ticket, transactions = map(max, zip(*waited, strict=True))
        print(f"{nodes} nodes  first ticket {ticket:.3f} s  40 transactions {transactions:.3f} s")
    if not asked.utilisation and not asked.busy_owner:
        found = sharing(asked)
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1) + "\n")


def sharing(asked: argparse.Namespace) -> list[dict[str, Any]]:
    """Measure what sharing costs, and print a table."""
    found = []
    print("nodes ranks        joined  ticket  decision  exploit  longest", flush=True)
    for nodes in asked.nodes:
        for ranks in asked.ranks:
            one = measure(nodes, ranks, not asked.asleep)
            found.append(asdict(one))
            print(
                f"{nodes:5} {ranks:5} {'busy' if one.busy else 'asleep':6}"
                f"{one.joined:7.2f} s{one.ticket * 1e3:6.2f}{one.decision * 1e3:10.2f}"
                f"{one.exploit * 1e3:9.2f}{one.worst * 1e3:9.1f} ms",
                flush=True,
            )
    return found


if __name__ == "__main__":
    main()
