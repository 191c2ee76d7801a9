import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.io import encode_png

from harness.errors import DataError
from workloads.imagenet.decoding import Decoder, check_encoding
from workloads.imagenet.image_files import ImageFile, collect


@pytest.fixture
def file(tmp_path):
    def write(content, name="image.JPEG"):
        path = tmp_path / name
        path.write_bytes(content)
        return ImageFile(str(path), name)

    return write


def uniform_png(height, width, border):
    """White, with a black border of some pixels."""
    image = torch.zeros(3, height, width, dtype=torch.uint8)
    image[:, border : height - border, border : width - border] = 255
    return bytes(encode_png(image).numpy())


def test_the_whole_image_is_stretched_to_a_square_and_its_shape_kept_beside_it(file, jpeg):
    image, aspect = Decoder(56, "whole").decode(file(jpeg(height=80, width=120)))
    assert (image.shape, image.dtype) == ((3, 64, 64), torch.uint8)
    assert aspect == pytest.approx(1.5)


@pytest.mark.parametrize(("height", "width"), [(80, 120), (120, 80), (80, 80), (30, 45)])
def test_the_centre_is_seven_eighths_of_the_short_side(file, height, width):
    border = min(height, width) // 16 - 1
    image, _ = Decoder(56, "centre").decode(file(uniform_png(height, width, border)))
    assert image.shape == (3, 56, 56)
    assert image[:, 2:-2, 2:-2].min() == 255


def test_grey_images_become_rgb(file):
    grey = encode_png(torch.full((1, 20, 20), 90, dtype=torch.uint8))
    image, _ = Decoder(32, "centre").decode(file(bytes(grey.numpy())))
    assert (image == 90).all()


def every_kind_of_png():
    """Return PNG files of 48 × 48 pixels by kind, each with the colours that it shows."""
    colours = np.random.default_rng(0).integers(0, 256, (48, 48, 3)).astype(np.uint8)
    rgb, grey = Image.fromarray(colours), Image.fromarray(colours[..., 0])
    alpha = Image.fromarray(np.dstack([colours, colours[..., 0]]))
    kinds = {
        "rgb": rgb,
        "grey": grey,
        "black and white": grey.convert("1"),
        "palette": rgb.quantize(16),
        "rgb with alpha": alpha,
        "grey with alpha": alpha.convert("LA"),
    }
    sixteen = Image.fromarray(colours[..., 0].astype(np.uint16) * 257)
    shown = {name: image.convert("RGB") for name, image in kinds.items()}
    return {**kinds, "16 bits": sixteen}, {**shown, "16 bits": grey.convert("RGB")}


@pytest.mark.parametrize("kind", every_kind_of_png()[0])
def test_every_kind_of_png_becomes_8_bits_of_the_colours_it_shows(file, kind):
    images, shown = every_kind_of_png()
    found, expected = (
        Decoder(42, "whole").decode(file(png_of(picture), f"{place}.png"))[0]
        for place, picture in enumerate((images[kind], shown[kind]))
    )
    assert found.dtype == torch.uint8
    assert torch.equal(found, expected)


def png_of(image):
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()


@pytest.mark.parametrize("damage", [b"", b"no image at all", "half", "no end"])
def test_an_image_that_does_not_decode_is_named(file, jpeg, damage):
    content = {"half": jpeg()[: len(jpeg()) // 2], "no end": jpeg()[:-2]}.get(damage, damage)
    broken = file(content, "broken.JPEG")
    with pytest.raises(DataError, match=r"broken\.JPEG cannot be decoded") as raised:
        Decoder(32, "whole").decode(broken)
    assert "\n" not in str(raised.value)
    with pytest.raises(DataError, match=r"broken\.JPEG cannot be decoded"):
        check_encoding(collect(Path(), {"n1": [broken]}), most=10)


def test_intact_files_pass_whatever_they_are_called(file, jpeg):
    files = [file(jpeg(), "a.JPEG"), file(uniform_png(9, 9, 0), "b.JPEG")]
    check_encoding(collect(Path(), {"n1": files}), most=10)


def test_no_more_images_are_looked_at_than_asked(file, jpeg):
    files = [file(jpeg() if index % 4 == 0 else b"", f"{index:02d}.JPEG") for index in range(12)]
    check_encoding(collect(Path(), {"n1": files}), most=3)
