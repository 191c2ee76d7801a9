import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def architecture(page_maker):
    return page_maker("make_architecture")


def test_the_page_is_drawn_from_the_imports(architecture):
    assert architecture.PAGE.read_text() == architecture.page(), (
        "run: python docs/make_architecture.py"
    )


@pytest.mark.slow
def test_every_file_and_folder_that_it_names_exists(architecture):
    for name in re.findall(r"`([a-z_/]+(?:\.py|/))`", architecture.page()):
        places = [ROOT / name, ROOT / "harness" / name, ROOT / "backends/propulate" / name]
        assert any(place.exists() for place in places), name


def test_packages_that_need_one_another_have_no_layers(architecture):
    with pytest.raises(ValueError, match="a, b"):
        architecture.layers({"a": {"b"}, "b": {"a"}, "c": set()})
