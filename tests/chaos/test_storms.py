import pytest

from tests.chaos.invariants import violations
from tests.chaos.storm import Case, Storm, undisturbed

CASES = [
    Case("propulate", "rand", seed=1),
    Case("ray", "pbt"),
    Case("deephyper", "asha"),
    Case("propulate", "pbt"),
    Case("propulate", "asha"),
    Case("deephyper", "rand", seed=1),
    Case("ray", "rand", seed=1),
    Case("ray", "asha"),
]


@pytest.mark.long
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.backend}-{case.algo}")
def test_a_search_that_is_killed_loses_nothing(case, tmp_path):
    storm = Storm(case, tmp_path, kills=1)
    tally = storm.rage()
    whole = undisturbed(case, tmp_path) if case.algo == "rand" else None
    assert tally.faults == []
    assert list(violations(case, storm.directory, whole)) == []
