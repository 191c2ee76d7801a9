import ast
import importlib
import re

import pytest

import harness


@pytest.fixture(scope="module")
def api(page_maker):
    return page_maker("make_api")


def test_the_reference_is_what_the_docstrings_say(api):
    assert api.PAGE.read_text() == api.page(), "run: python docs/make_api.py"


def test_headings_and_lists_of_the_reference_are_whole(api):
    page = api.PAGE.read_text()
    assert not re.findall(r"\*\*[-`]", page) and "**- " not in page
    sections = r"Parameters|Returns|Raises|Attributes|Notes|Yields"
    assert set(re.findall(r"^\*\*(.+)\*\*$", page, re.MULTILINE)) <= set(sections.split("|"))


def test_the_reference_has_every_name_of_the_package_itself(api):
    page = api.PAGE.read_text()
    for name in harness.__all__:
        assert f"`{name}" in page, name


def imports_of_the_harness(code):
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "harness":
            yield from ((node.module, alias.name) for alias in node.names)


def test_examples_and_tutorials_use_what_is_public(api, root, tutorial_code):
    public = {
        name
        for modules in api.SECTIONS.values()
        for module in modules
        for name in vars(importlib.import_module(module))
    }
    codes = [*tutorial_code, *(path.read_text() for path in root.glob("examples/*/harness_*/*.py"))]
    used = {pair for code in codes for pair in imports_of_the_harness(code)}
    assert used
    assert {(module, name) for module, name in used if name not in public} == set()
