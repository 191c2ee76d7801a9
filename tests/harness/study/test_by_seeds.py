"""A pilot says what a study needs, and a study ends when its questions are decided."""

import json

import pytest

from harness.errors import RequestError
from harness.report.collection import collect
from harness.study.bench import Bench
from harness.study.by_seeds import run_pilot, run_until_decided
from harness.study.decisions import decisions_of, plan_lines
from harness.study.definition import load_study
from harness.study.directory import StudyDirectory
from harness.study.grid import expand
from harness.study.status import CellStatus
from harness.testing.synthetic_runs import write_synthetic_run
from harness.testing.synthetic_search import SyntheticRun


class SyntheticBench(Bench):
    """A study whose cells are reckoned instead of run."""

    def run(self, tell):
        self.directory.create(self.study)
        for status in self.statuses:
            if self.directory.state(status.cell) == "done":
                continue
            config = status.cell.config
            run = SyntheticRun(
                config.backend,
                config.algo,
                "digits",
                config.precision,
                config.seed,
                trials=3,
                epochs=3,
            )
            write_synthetic_run(self.directory.run(status.cell), run)
            tell(status.cell.name)


@pytest.fixture
def bench(write_study, tmp_path):
    def build(seeds, precisions=("fp32", "amp"), **entries):
        grid = {"backend": ["ray"], "precision": list(precisions), "seed": list(range(seeds))}
        study = load_study(write_study(name="small", grid=grid, **entries))
        directory = StudyDirectory(tmp_path / "out")
        statuses = [CellStatus(cell, "pending", "") for cell in expand(study)]
        return SyntheticBench(study, directory, statuses)

    return build


def told(action, *arguments):
    lines = []
    action(*arguments, lines.append)
    return lines


def test_a_pilot_runs_the_first_seeds_and_plans_the_rest(bench):
    lines = told(run_pilot, bench(4), 2)
    assert sorted(line[-5:] for line in lines[:4]) == ["seed0"] * 2 + ["seed1"] * 2
    assert "2 questions" in lines[4] and "2 seeds" in lines[4] and " h, one cell" in lines[4]
    undecided = [line for line in lines[5:] if "Cannot tell" in line]
    assert all("more seed" in line or "spread" in line or "would not" in line for line in undecided)


def test_a_plan_has_the_hours_of_the_seeds_that_are_missing(bench):
    study = bench(4)
    told(run_pilot, study, 3)
    found = decisions_of(study.directory.path, sequential=False)
    seconds = collect([study.directory.path]).table["launch_s"].sum()
    assert found.seeds == 3 and found.hours_per_seed == pytest.approx(seconds / 3 / 3600)
    verdict = next((v for v in found.undecided if v.more_seeds), None)
    if verdict is not None:
        assert any("That is" in line for line in plan_lines(found))


def test_a_study_ends_when_its_questions_are_decided(bench, tmp_path):
    # What is reckoned differs so little over seeds that few of 30 are needed.
    lines = told(run_until_decided, bench(30, margins={"accuracy": 0.5}))
    assert lines[-1].startswith("Every question is decided after")
    done = len(list((tmp_path / "out").glob("*/summary.json")))
    assert 2 * 3 <= done < 2 * 30
    rule = json.loads((tmp_path / "out" / "stopping.json").read_text())
    assert rule["rule"] == "until decided"
    assert collect([tmp_path / "out"]).sequential


def test_a_study_whose_seeds_are_used_up_says_so(bench):
    lines = told(run_until_decided, bench(2))
    assert "2 seeds are used up" in lines[-1]
    assert "undecided" in lines[-2]


def test_a_study_without_a_question_ends_after_two_seeds(bench):
    lines = told(run_until_decided, bench(4, precisions=["fp32"]))
    assert "no question to decide" in lines[-1]


def test_the_verdicts_of_such_a_study_are_not_those_of_a_pilot(bench):
    study = bench(2)
    told(run_until_decided, study)
    with pytest.raises(RequestError, match="goes on until"):
        run_pilot(study, 2, lambda line: None)


@pytest.mark.parametrize("seeds, message", [(1, "one shows no spread"), (5, "the study has 3")])
def test_a_pilot_of_too_few_or_too_many_seeds_is_refused(bench, seeds, message):
    with pytest.raises(RequestError, match=message):
        run_pilot(bench(3), seeds, lambda line: None)


def test_one_seed_cannot_go_on_until_it_is_decided(bench):
    with pytest.raises(RequestError, match="the study has 1"):
        run_until_decided(bench(1), lambda line: None)


def test_the_margins_of_a_study_are_those_of_its_report(bench):
    study = bench(2, margins={"time": 0.1})
    told(run_pilot, study, 2)
    margins = collect([study.directory.path]).margins
    assert (margins.time, margins.accuracy, margins.error) == (0.1, 0.01, 0.02)


@pytest.mark.parametrize("margin", [-0.1, "wide", None])
def test_margins_that_are_none_are_refused(write_study, margin):
    with pytest.raises(RequestError, match="margins"):
        load_study(write_study(grid={"seed": [0]}, margins={"time": margin}))
