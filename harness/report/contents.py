"""What a report consists of: sections with tables and figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class ReportTable:
    """A table in numbers and in words.

    Attributes
    ----------
    name
        Stem of its files.
    caption
        What it shows, of which runs.
    data
        Its numbers, for CSV.
    shown
        Its texts, for the page and LaTeX.
    marked
        Which cells of `shown` are the better ones; all False if None.
    long
        Whether the page shows it folded.
    """

    name: str
    caption: str
    data: pd.DataFrame
    shown: pd.DataFrame
    marked: pd.DataFrame | None = None
    long: bool = False


@dataclass(frozen=True)
class ReportFigure:
    """A figure.

    Attributes
    ----------
    name
        Stem of its files.
    caption
        What it shows, of which runs.
    drawing
        The figure itself.
    """

    name: str
    caption: str
    drawing: Figure


@dataclass(frozen=True)
class Section:
    """A part of the report.

    Attributes
    ----------
    name
        Its anchor.
    title
        Its heading.
    text
        What it answers and how its numbers are made, a paragraph each.
    tables, figures
        What it shows.
    missing
        Why it shows nothing, or not all; empty otherwise.
    """

    name: str
    title: str
    text: Sequence[str]
    tables: Sequence[ReportTable] = ()
    figures: Sequence[ReportFigure] = ()
    missing: str = ""
