"""Renders the page: one file, with everything in it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from harness.report.answers import Answer
from harness.report.collection import Collection
from harness.report.contents import ReportTable, Section
from harness.report.directions import Direction
from harness.report.files import holds_numbers
from harness.report.sentences import sentence
from harness.report.wording import counted, hardware_text

LARGEST_DOWNLOAD = 60_000
"""Characters of a table that the page carries; a longer one lies beside it only."""


@dataclass(frozen=True)
class PageTable:
    """A table of the page, with its files' texts."""

    table: ReportTable
    comma_separated: str
    latex: str


@dataclass(frozen=True)
class PageFigure:
    """A figure of the page; `picture` is a PNG."""

    name: str
    caption: str
    picture: bytes


@dataclass(frozen=True)
class PageSection:
    """A section of the page, its figures drawn."""

    section: Section
    tables: Sequence[PageTable]
    figures: Sequence[PageFigure]


def render_page(
    collection: Collection,
    answers: Sequence[Answer],
    directions: Sequence[Direction],
    sections: Sequence[PageSection],
) -> str:
    """Return the page, which refers to no other file."""
    environment = Environment(
        loader=PackageLoader("harness.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["data_uri"] = data_uri
    environment.filters["sentence"] = sentence
    environment.globals["counted"] = counted
    environment.globals["holds_numbers"] = holds_numbers
    environment.globals["text_length"] = len
    environment.globals["largest_download"] = LARGEST_DOWNLOAD
    return environment.get_template("page.html.j2").render(
        collection=collection,
        hardware=hardware_text(collection.runs),
        answers=answers,
        directions=directions,
        sections=sections,
    )


def data_uri(content: bytes | str, kind: str) -> str:
    """Return content of a media type as a URI that holds it."""
    raw = content.encode() if isinstance(content, str) else content
    return f"data:{kind};base64,{base64.b64encode(raw).decode()}"
