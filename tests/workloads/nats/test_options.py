import pytest
from pydantic import ValidationError

from workloads.nats.options import ImageOptions


@pytest.mark.parametrize(("given", "expected"), [(48, (48, 48)), ([225, 255], (225, 255))])
def test_image_size_is_one_side_or_height_and_width(given, expected):
    assert ImageOptions(image_size=given).size == expected


@pytest.mark.parametrize(
    "wrong",
    [
        {"image_size": 0},
        {"image_size": [32]},
        {"batch_size": 0},
        {"schedule": "linear"},
        {"images": 5},
        {"channels": [8]},
        {"channels": [16, 8]},
        {"channels": [8, 8]},
        {"weight_decay": "exponential"},
        {"image_sizes": 32},
    ],
)
def test_wrong_options_are_refused(wrong):
    with pytest.raises(ValidationError):
        ImageOptions(**wrong)


def test_every_option_says_what_it_does():
    assert all(field.description for field in ImageOptions.model_fields.values())
