import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from harness.errors import RequestError
from harness.report.write import write_report

pytestmark = pytest.mark.slow

SECTIONS = (
    "verdicts",
    "groups",
    "table1",
    "configurations",
    "figure1",
    "figure2",
    "ledger",
    "anytime",
    "targets",
    "methods",
    "pairs",
    "runs",
)
REFERENCES = {"src", "href", "srcset", "data", "action", "poster"}


class Page(HTMLParser):
    """Collects what a page refers to, its anchors and its texts."""

    def __init__(self, text):
        super().__init__()
        self.references, self.anchors, self.texts = [], set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name in REFERENCES:
                self.references.append(value)
            if name == "id":
                self.anchors.add(value)

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture
def page(study):
    return Page(study.page.read_text())


def test_the_page_refers_to_nothing_outside_of_itself(study, page):
    assert all(ref.startswith(("data:", "#")) for ref in page.references)
    assert sum(ref.startswith("data:image/png") for ref in page.references) >= 8
    assert not re.search(r"@import|url\(|<script[^>]|fetch\(|import\(", study.page.read_text())


def test_every_link_of_the_page_leads_to_a_section(page):
    links = {ref[1:] for ref in page.references if ref.startswith("#")}
    assert links == {"answers", "directions", *SECTIONS} and links <= page.anchors


def test_the_header_counts_the_runs_and_names_what_was_skipped(page):
    text = " ".join(" ".join(page.texts).split())
    assert "24 runs · 12 groups" in text and "1 directory skipped" in text
    assert "<broken> & half" in text and "it has no summary.json" in text


def test_every_table_of_the_page_scrolls_where_it_is_wider_than_the_screen(study):
    text = study.page.read_text(encoding="utf-8")
    tables = text.count("<table>")
    scrolling = re.findall(r'<div class="wide" tabindex="0">\s*<table>', text)
    assert tables == len(scrolling) > 5
    assert re.search(r"\.wide \{ overflow-x: auto; max-width: 100%; \}", text)


def test_every_figure_of_the_page_scrolls_on_a_phone_where_its_words_would_be_too_small(study):
    text = study.page.read_text(encoding="utf-8")
    scrolling = re.findall(r'<div class="wide" tabindex="0">\s*<img ', text)
    assert text.count("<img ") == len(scrolling) > 5
    phone = text.partition("@media (max-width: 40rem)")[2].partition("@media")[0]
    assert "figure img { width: 36rem; max-width: none; }" in phone


def test_the_style_of_the_page_names_elements_and_speaks_of_each_once():
    style = (files("harness.report") / "templates" / "page.css").read_text()
    everywhere = style.partition("@media")[0]
    selectors = re.findall(r"^([^{}@]+?)\s*\{", everywhere, flags=re.MULTILINE)
    assert len(selectors) > 20 and len(set(selectors)) == len(selectors)
    plain = re.sub(r"\[.*?\]|\(.*?\)", "", " ".join(selectors))
    named = set(re.findall(r"(?<![\w.:-])[a-z]\w*", plain))
    known = "body h1 h2 h3 p code ul li a nav figure img figcaption table tbody tr th td"
    assert named <= {*known.split(), "button", "details", "summary"}


def test_names_of_directories_are_no_markup(study):
    assert "<broken>" not in study.page.read_text()


def test_every_table_is_there_as_csv_and_latex(study):
    folder = study.page.parent / "tables"
    stems = {path.stem for path in folder.glob("*.csv")}
    assert stems == {path.stem for path in folder.glob("*.tex")}
    assert {
        "table1",
        "figure1",
        "figure2",
        "ledger",
        "ledger-runs",
        "verdicts",
        "targets",
        "methods",
        "pairs",
    } <= stems
    for path in folder.glob("*.tex"):
        text = path.read_text()
        assert text.count(r"\begin{tabular}") + text.count(r"\begin{longtable}") == 1
        assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")


def test_every_figure_is_there_as_png_and_pdf(study):
    folder = study.page.parent / "figures"
    stems = {path.stem for path in folder.glob("*.png")}
    assert stems == {path.stem for path in folder.glob("*.pdf")}
    begins = (
        "verdicts-framework",
        "figure1-amp",
        "figure2",
        "ledger",
        "anytime",
        "backends",
        "targets",
        "pairs",
        "run-",
    )
    for begin in (*begins, "lineage"):
        assert any(stem.startswith(begin) for stem in stems), begin
    assert all(path.read_bytes().startswith(b"%PDF") for path in folder.glob("*.pdf"))


def test_captions_tell_the_number_of_runs_the_seeds_and_the_hardware(page):
    text = " ".join(" ".join(page.texts).split())
    assert "n = 24 runs, seeds 0, 1; synthetic processor, 2 cores." in text


def test_no_more_runs_are_drawn_than_asked_for(study):
    assert len(list((study.page.parent / "figures").glob("run-*.png"))) == 3


def test_a_report_takes_the_place_of_an_earlier_one(write_runs, tmp_path):
    runs = write_runs(trials=2, epochs=2)
    out = tmp_path / "report"
    write_report([runs], out, run_pictures=1)
    assert (out / "figures" / "run-000.png").is_file()
    write_report([runs], out, run_pictures=0)
    assert not (out / "figures" / "run-000.png").exists()
    assert (out / "index.html").is_file()


def test_a_directory_that_holds_something_else_is_refused(write_runs, tmp_path):
    runs = write_runs(trials=2, epochs=2)
    before = sorted(runs.rglob("*"))
    with pytest.raises(RequestError, match="holds no report"):
        write_report([runs], runs)
    assert sorted(runs.rglob("*")) == before


def test_a_report_over_one_run_says_what_is_missing(write_runs, tmp_path):
    report = write_report([write_runs(trials=2, epochs=2)], tmp_path / "report")
    text = " ".join(Page(report.page.read_text()).texts)
    assert "no run of population-based training" in text
    assert "No search was run in FP32 and in reduced precision" in text
    assert {direction.verdict for direction in report.directions} == {"no case"}
