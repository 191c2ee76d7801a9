import pytest

from harness.errors import RequestError
from harness.study.known_names import check_names_exist

TESTING = {
    "backend": "harness.testing.backends:SequentialBackend",
    "workload": "harness.testing.workloads:AnalyticWorkload",
}

MISTAKES = [
    ({"backend": "rai"}, "Did you mean 'ray'"),
    ({"backend": "no.such.module:Backend"}, "does not import"),
    ({"workload": "digit"}, "Did you mean 'digits'"),
    ({"algo": "bohp"}, "Did you mean 'bohb'"),
    ({"precision": "apm"}, "Did you mean 'amp'"),
    ({"workload_options.speed": 3}, "speed"),
    ({"engine.speed": 3}, "speed"),
]


@pytest.mark.parametrize(("coordinates", "message"), MISTAKES)
def test_a_name_that_nobody_knows_is_told_with_its_cell(cells_of, coordinates, message):
    cells = cells_of(grid={**TESTING, **coordinates})
    with pytest.raises(RequestError, match=f"^Cell 0: .*{message}"):
        check_names_exist(cells)


def test_an_algorithm_of_another_backend_is_no_mistake(cells_of):
    check_names_exist(cells_of(grid={**TESTING, "algo": ["bohb", "cbo", "rand"]}))


def test_a_precision_that_this_machine_lacks_is_no_mistake(cells_of):
    check_names_exist(cells_of(grid={**TESTING, "precision": ["tf32"]}))
