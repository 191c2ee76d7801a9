"""Writes a report over run directories."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.report.collection import Collection, collect
from harness.report.contents import Section
from harness.report.directions import Direction, judge_directions
from harness.report.files import PAGE, prepare_directory, write_figure, write_table
from harness.report.page import PageFigure, PageSection, PageTable, render_page
from harness.run_directory import write_atomically


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
    """

    page: Path
    collection: Collection
    directions: tuple[Direction, ...]


def write_report(paths: Sequence[Path], out: Path, run_pictures: int = 6) -> WrittenReport:
    """Write tables, figures and the page over the runs below some paths.

    Parameters
    ----------
    paths
        Run directories, or folders that contain them.
    out
        Where to write.
    run_pictures
        How many single runs to draw, at most.

    Raises
    ------
    RequestError
        If a path does not exist, there is no whole run, or `out` cannot take
        a report.
    """
    collection = collect(paths)
    directions = judge_directions(collection)
    prepare_directory(out)
    parts: list[Section] = []
    sections = [_write_section(section, out) for section in parts]
    page = out / PAGE
    write_atomically(page, render_page(collection, directions, sections))
    return WrittenReport(page, collection, directions)


def _write_section(section: Section, out: Path) -> PageSection:
    """Write the files of a section, and keep of it what the page shows."""
    tables = [PageTable(table, *write_table(table, out)) for table in section.tables]
    figures = [
        PageFigure(figure.name, figure.caption, write_figure(figure, out))
        for figure in section.figures
    ]
    return PageSection(section, tables, figures)
