"""Writes a report over run directories."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.records.directory import write_atomically
from harness.report.answers import Answer, answers_of
from harness.report.anytime import anytime_section
from harness.report.collection import FULL_PRECISION, Collection, collect
from harness.report.configurations import configurations_section
from harness.report.contents import Section
from harness.report.directions import Direction, judge_directions
from harness.report.figure1 import figure1_section
from harness.report.figure2 import figure2_section
from harness.report.files import PAGE, prepare_directory, write_figure, write_table
from harness.report.incumbents import Incumbents
from harness.report.ledger import ledger_section
from harness.report.methods import methods_section
from harness.report.overview import overview_section
from harness.report.page import PageFigure, PageSection, PageTable, render_page
from harness.report.pairs import pairs_section
from harness.report.questions import questions_of
from harness.report.run_pictures import run_pictures_section
from harness.report.table1 import table1_section
from harness.report.targets import targets_section
from harness.report.verdicts import verdicts_section
from harness.report.wording import counted
from harness.statistics.questions import Verdict, judge


@dataclass(frozen=True)
class WrittenReport:
    """A report on disk.

    Attributes
    ----------
    page
        The page.
    collection
        The runs it is about, and the directories it left out.
    directions
        What became of the paper's directions.
    verdicts
        The answers to the questions about engines, algorithms and precisions.
    answers
        The same in sentences, as on the page.
    """

    page: Path
    collection: Collection
    directions: tuple[Direction, ...]
    verdicts: tuple[Verdict, ...]
    answers: tuple[Answer, ...]


def write_report(
    paths: Sequence[Path],
    out: Path,
    run_pictures: int = 6,
    tell: Callable[[str], None] = lambda _step: None,
    baseline: str = FULL_PRECISION,
) -> WrittenReport:
    """Write tables, figures and the page over the runs below some paths.

    Parameters
    ----------
    paths
        Run directories, or folders that contain them.
    out
        Where to write.
    run_pictures
        How many single runs to draw, at most.
    tell
        Is called with each step as it begins.
    baseline
        The precision that others are compared with.

    Raises
    ------
    RequestError
        If a path does not exist, there is no whole run, or `out` cannot take
        a report.
    """
    collection = collect(paths, baseline)
    incumbents = Incumbents(collection)
    directions = judge_directions(collection)
    verdicts = judge(questions_of(collection, incumbents))
    answers = answers_of(collection, verdicts)
    prepare_directory(out)
    tell(f"report over {counted(len(collection.runs), 'run', 'runs')}: judging and drawing")
    sections = []
    shown = (*verdicts, *(row for direction in directions for row in direction.rows))
    for section in _sections(collection, incumbents, shown, run_pictures):
        tell(f"writing: {section.title}")
        sections.append(_write_section(section, out))
    page = out / PAGE
    write_atomically(page, render_page(collection, answers, directions, sections))
    return WrittenReport(page, collection, directions, tuple(verdicts), tuple(answers))


def _sections(
    collection: Collection,
    incumbents: Incumbents,
    verdicts: Sequence[Verdict],
    run_pictures: int,
) -> Iterator[Section]:
    """Make the sections one at a time: their figures are large."""
    yield verdicts_section(collection, verdicts)
    yield overview_section(collection)
    yield table1_section(collection)
    yield configurations_section(collection)
    yield figure1_section(collection)
    yield figure2_section(collection, incumbents)
    yield ledger_section(collection)
    yield anytime_section(collection, incumbents)
    yield targets_section(collection, incumbents)
    yield methods_section(collection)
    yield pairs_section(collection)
    yield run_pictures_section(collection, run_pictures)


def _write_section(section: Section, out: Path) -> PageSection:
    """Write the files of a section, and keep of it what the page shows."""
    tables = [PageTable(table, *write_table(table, out)) for table in section.tables]
    figures = [
        PageFigure(figure.name, figure.caption, write_figure(figure, out))
        for figure in section.figures
    ]
    return PageSection(section, tables, figures)
