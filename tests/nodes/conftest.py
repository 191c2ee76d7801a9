from __future__ import annotations

import pytest

from tests.nodes.machines import machines, why_not


@pytest.fixture(scope="session")
def two_nodes():
    """Two nodes whose host names lead to their addresses."""
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    with machines(2) as made:
        yield made
