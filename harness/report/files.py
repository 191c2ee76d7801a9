"""Writes the tables and figures of a report as files."""

from __future__ import annotations

from pathlib import Path

from harness.errors import RequestError
from harness.report.contents import ReportFigure, ReportTable
from harness.report.wording import NOTHING

PAGE = "index.html"
"""The page of a report."""

_LATEX = str.maketrans(
    {
        **{symbol: f"\\{symbol}" for symbol in "&%$#_{}"},
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "\\": r"\textbackslash{}",
    }
)

_ROWS_OF_A_PAGE = 45
_FITTED = r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}"

_COLOURS = 128
_FOLDERS = {"tables": (".csv", ".tex"), "figures": (".png", ".pdf")}


def prepare_directory(out: Path) -> None:
    """Make the directory of a report; one of an earlier report is emptied of its files.

    Raises
    ------
    RequestError
        If it holds anything else, or cannot be written.
    """
    if out.exists() and not out.is_dir():
        raise RequestError(f"The output '{out}' is a file; give a directory by --out.")
    if out.is_dir() and any(out.iterdir()) and not (out / PAGE).is_file():
        raise RequestError(f"The directory '{out}' holds no report; give another one by --out.")
    try:
        for folder, endings in _FOLDERS.items():
            (out / folder).mkdir(parents=True, exist_ok=True)
            for file in (out / folder).iterdir():
                if file.suffix in endings:
                    file.unlink()
    except OSError as error:
        raise RequestError(f"The report '{out}' cannot be written: {error.strerror}.") from None


def write_table(table: ReportTable, out: Path) -> tuple[str, str]:
    """Write a table as CSV and LaTeX, and return both texts."""
    comma_separated = table.data.to_csv(index=False)
    latex = as_latex(table)
    (out / "tables" / f"{table.name}.csv").write_text(comma_separated, encoding="utf-8")
    (out / "tables" / f"{table.name}.tex").write_text(latex, encoding="utf-8")
    return comma_separated, latex


def as_latex(table: ReportTable) -> str:
    """Return a table for LaTeX (booktabs, graphicx, longtable), the marked cells in bold.

    It is as wide as the text at most; one that is longer than a page breaks
    across pages and keeps its own width.
    """
    style = table.shown.style.hide(axis="index").format(escape="latex")
    style = style.format_index(escape="latex", axis="columns")
    if table.marked is not None:
        weights = table.marked.map(lambda marked: "font-weight: bold" if marked else "")
        style = style.apply(lambda _shown: weights, axis=None)
    columns = "".join("r" if holds_numbers(table, name) else "l" for name in table.shown.columns)
    broken = len(table.shown) > _ROWS_OF_A_PAGE
    text: str = style.to_latex(
        environment="longtable" if broken else None,
        hrules=True,
        convert_css=True,
        column_format=columns,
        caption=table.caption.translate(_LATEX),
        label=f"tab:{table.name}",
        position_float=None if broken else "centering",
    )
    if broken:
        return text
    return text.replace(r"\begin{tabular}", _FITTED + r"{\begin{tabular}").replace(
        r"\end{tabular}", r"\end{tabular}}"
    )


def _reduce_colours(picture: Path) -> None:
    """Write a picture with a palette: a third of the size, and drawings look the same."""
    from PIL import Image

    with Image.open(picture) as drawn:
        reduced = drawn.convert("RGB").quantize(_COLOURS, method=Image.Quantize.FASTOCTREE)
    reduced.save(picture, optimize=True)


def holds_numbers(table: ReportTable, column: str) -> bool:
    """Whether the texts of a column begin as numbers do, and are set to the right."""
    texts = [text for text in table.shown[column] if text not in {"", NOTHING}]
    return bool(texts) and all(text[0].isdigit() or text[0] in f"+-{NOTHING}" for text in texts)


def write_figure(figure: ReportFigure, out: Path) -> bytes:
    """Write a figure as PNG and PDF, and return the PNG."""
    picture = out / "figures" / f"{figure.name}.png"
    figure.drawing.savefig(picture)
    _reduce_colours(picture)
    # The layout is solved once; solving it again takes as long as drawing.
    figure.drawing.set_layout_engine("none")
    figure.drawing.savefig(picture.with_suffix(".pdf"))
    return picture.read_bytes()
