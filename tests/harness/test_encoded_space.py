"""One translation for all engines: labels, constants, order and what is inactive."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.encoded_space import ABSENT, EncodedSpace
from harness.space import sample_configurations
from harness.space_values import choice_index, choices_of, has_single_value
from harness.testing.spaces import KINDS


@dataclass(frozen=True)
class Doubled:
    """Numbers twice as large, and the places of choices; what is absent is -1."""

    hyperparameter: Any

    def encode(self, value):
        if value is ABSENT:
            return -1
        if choices_of(self.hyperparameter):
            return choice_index(self.hyperparameter, value)
        return 2 * value

    def decode(self, number):
        choices = choices_of(self.hyperparameter)
        if number == -1:
            return self.hyperparameter.default_value
        return choices[number] if choices else type(number)(number / 2)


@pytest.mark.parametrize("kind", sorted(KINDS))
@given(seed=st.integers(0, 2**16))
def test_a_configuration_comes_back_as_it_was(kind, seed):
    space = KINDS[kind]()
    encoded = EncodedSpace(space, Doubled)
    for config in sample_configurations(KINDS[kind](), 3, seed):
        back = encoded.decode(encoded.encode(config))
        assert back == config
        assert [type(value) for value in back.values()] == [type(config[name]) for name in back]
        if encoded.is_flat:
            assert list(back) == list(space)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_leaves_nothing_to_choose_is_not_searched(kind):
    space = KINDS[kind]()
    encoded = EncodedSpace(space, Doubled)
    searched = [name for name in space if not has_single_value(space[name])]
    assert list(encoded.names.values()) == searched
    assert list(encoded.names) == [f"h{place}" for place in range(len(searched))]
    assert encoded.is_flat == (not (space.conditions or space.forbidden_clauses))
