"""BOHB's model over every kind of space that it takes, without a cluster."""

import pytest

from backends.ray.searchers import NumberedBOHB
from backends.ray.space_translation import BOHBSpace
from backends.ray.trainable import EPOCH, METRIC
from backends.ray.trial_config import KEY, trial_of
from harness.records.history import History
from harness.space_values import illegality, own_configuration
from harness.testing.spaces import KINDS
from harness.trials.deadline import Deadline

pytestmark = pytest.mark.slow

REFUSED = {"conditions", "forbidden", "nothing-to-choose"}
TRIALS = 24


@pytest.mark.parametrize("kind", sorted(set(KINDS) - REFUSED))
def test_what_bohb_suggests_is_a_configuration_of_the_space(kind):
    space = KINDS[kind]()
    searcher = NumberedBOHB(
        BOHBSpace(space), "max", METRIC, 0, 2, Deadline(None), [1, 3], History(), TRIALS
    )
    for number in range(TRIALS):
        name = f"tune-{number}"
        config = trial_of(searcher.suggest(name)).config
        assert illegality(space, config) is None
        assert repr(own_configuration(space, config)) == repr(config)
        result = {METRIC: number % 7, EPOCH: 1, "hyperband_info": {"budget": 1}}
        searcher.on_trial_result(name, {**result, KEY: {}})
        searcher.on_trial_complete(name, result)
