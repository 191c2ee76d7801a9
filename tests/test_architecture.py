"""Dependencies point one way: backends and workloads import the harness, never the reverse."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ENGINES = {"ray", "deephyper", "propulate", "mpi4py", "hpbandster"}
SHARED_MODEL_FAMILIES = {"nats"}
PARTS = {"harness", "backends", "workloads"}


def imported_modules(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def files(folder):
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found, f"no files in {folder}"
    return [pytest.param(path, id=str(path.relative_to(ROOT))) for path in found]


@pytest.mark.parametrize("path", files("harness"))
def test_harness_imports_no_engine_no_backend_and_no_workload(path):
    roots = {module.split(".")[0] for module in imported_modules(path)}
    assert not roots & (ENGINES | {"backends", "workloads"})


@pytest.mark.parametrize("path", files("backends"))
def test_a_backend_imports_the_harness_its_engine_and_itself_only(path):
    package = path.relative_to(ROOT).parts[1]
    for module in imported_modules(path):
        parts = module.split(".")
        assert parts[0] != "workloads", module
        assert parts[0] != "backends" or parts[1] == package, module
        assert parts[0] not in ENGINES or parts[0] in engines_of(package), module


def engines_of(package):
    return {
        "ray": {"ray", "hpbandster"},
        "deephyper": {"deephyper", "mpi4py"},
        "propulate": {"propulate", "mpi4py"},
    }.get(package, set())


@pytest.mark.parametrize("path", files("workloads"))
def test_a_workload_imports_the_harness_and_itself_only(path):
    package = path.relative_to(ROOT).parts[1]
    for module in imported_modules(path):
        parts = module.split(".")
        assert parts[0] not in ENGINES | {"backends"}, module
        assert parts[0] != "workloads" or parts[1] in {package} | SHARED_MODEL_FAMILIES, module


@pytest.mark.parametrize("folder", ["harness", "backends", "workloads"])
def test_most_files_stay_under_300_lines(folder):
    long = [path for path in (ROOT / folder).rglob("*.py") if len(path.open().readlines()) > 300]
    assert len(long) <= 1, long


def test_text_files_are_utf8_whatever_the_locale():
    """Reading and writing name the encoding, and so does reading what a process prints."""
    nameless = []
    for folder in ("harness", "backends", "workloads", "examples"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "tests" in path.parts:
                continue
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and _decodes_by_locale(node):
                    nameless.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert nameless == []


def _decodes_by_locale(call):
    keywords = {keyword.arg for keyword in call.keywords}
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    reads = name in {"read_text", "write_text"}
    runs = name in {"run", "Popen", "check_output"} and "text" in keywords
    return (reads or runs) and "encoding" not in keywords


CONTRACTS = {
    "backend",
    "config",
    "encoded_space",
    "errors",
    "plots",
    "precision",
    "search_spec",
    "space",
    "space_values",
    "trial",
    "workload",
}
"""What the author of a plugin or a user of the API reads, directly under the core's folder."""


def test_what_lies_directly_under_the_core_is_a_contract():
    files = {path.stem for path in (ROOT / "harness").glob("*.py")}
    assert files == CONTRACTS | {"__init__", "__main__"}


def test_every_package_of_the_core_says_what_its_subject_is():
    for path in sorted((ROOT / "harness").rglob("__init__.py")):
        assert ast.get_docstring(ast.parse(path.read_text())), path


def circle_in(graph):
    """Return a road that ends where it began, or None."""
    done = set()

    def walk(node, road):
        if node in road:
            return [*road[road.index(node) :], node]
        if node in done:
            return None
        for following in sorted(graph.get(node, ())):
            found = walk(following, [*road, node])
            if found:
                return found
        done.add(node)
        return None

    return next(filter(None, (walk(node, []) for node in sorted(graph))), None)


@pytest.fixture(scope="module")
def architecture(page_maker):
    return page_maker("make_architecture")


def test_no_modules_of_the_core_need_one_another(architecture):
    assert circle_in(architecture.imports()) is None


def test_no_packages_of_the_core_need_one_another(architecture):
    assert circle_in(architecture.package_imports()) is None


def test_a_circle_would_be_found():
    assert circle_in({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert circle_in({"a": {"b", "c"}, "b": {"c"}, "c": set()}) is None
