"""Runs a study seed by seed: a pilot, or until its questions are decided."""

from __future__ import annotations

from harness.records.directory import write_json
from harness.report.wording import counted
from harness.statistics.margins import STOPPING_FILE
from harness.study.bench import Bench, Tell
from harness.study.decisions import FEWEST_SEEDS, check_seeds, decisions_of, plan_lines


def run_pilot(bench: Bench, seeds: int, tell: Tell) -> None:
    """Run the cells of the first seeds, and tell how many more each question needs.

    Raises
    ------
    RequestError
        If the study has fewer seeds, or none of the cells can run here.
    StudyFailed
        If a cell failed.
    Interrupted
        If the study was told to end.
    """
    blocks = bench.runnable_blocks()
    check_seeds(blocks, seeds)
    bench.part({cell.number for block in blocks[:seeds] for cell in block}).run(tell)
    for line in plan_lines(decisions_of(bench.directory.path, sequential=False)):
        tell(line)


def run_until_decided(bench: Bench, tell: Tell) -> None:
    """Run seed by seed until every question is decided, or the seeds are used up.

    After each seed all questions are judged by intervals that hold however often one
    looks; a report over the study uses them as well.

    Raises
    ------
    RequestError
        If the study has fewer than two seeds, or none of the cells can run here.
    StudyFailed
        If a cell failed.
    Interrupted
        If the study was told to end.
    """
    blocks = bench.runnable_blocks()
    check_seeds(blocks, FEWEST_SEEDS)
    bench.directory.create(bench.study)
    write_json(bench.directory.path / STOPPING_FILE, {"rule": "until decided", "level": 0.05})
    for number, block in enumerate(blocks, start=1):
        bench.part({cell.number for cell in block}).run(tell)
        if number < FEWEST_SEEDS:
            continue
        found = decisions_of(bench.directory.path, sequential=True)
        if not found.verdicts:
            tell("There is no question to decide: it takes two engines, algorithms or precisions.")
            return
        if found.decided:
            tell(f"Every question is decided after {counted(number, 'seed', 'seeds')}.")
            return
        tell(
            f"after {counted(number, 'seed', 'seeds')}: {len(found.undecided)} of "
            f"{counted(len(found.verdicts), 'question', 'questions')} undecided"
        )
    tell(
        f"The study's {counted(len(blocks), 'seed is', 'seeds are')} used up; "
        "give the axis 'seed' more values to go on."
    )
