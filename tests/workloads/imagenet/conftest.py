"""Small stand-ins of ImageNet, as folders and as an archive."""

import io
import tarfile

import pytest
import torch
from torchvision.io import encode_jpeg

WNIDS = ("n01440764", "n02102040", "n03888257")


@pytest.fixture(autouse=True)
def one_thread(torch_is_as_it_was):
    """Small networks on a busy machine are much slower on several threads."""
    torch.set_num_threads(1)


def smooth_image(height, width, colour, seed):
    """A smooth noisy image around a grey level of each channel, uint8 [3, height, width]."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.rand(1, 3, 4, 4, generator=generator) * 80
    fine = torch.nn.functional.interpolate(coarse, (height, width), mode="bilinear")[0]
    return (fine + torch.tensor(colour)[:, None, None]).to(torch.uint8)


@pytest.fixture
def jpeg():
    """Encodes a smooth image of a class, whose colour its class determines."""

    def encode(label=0, number=0, height=40, width=50):
        colour = [150.0 if channel == label else 20.0 for channel in range(3)]
        image = smooth_image(height, width, colour, seed=100 * label + number)
        return bytes(encode_jpeg(image, quality=95).numpy())

    return encode


@pytest.fixture
def members(jpeg):
    """Names and contents of ten training and four test images of each of three classes."""
    return {
        f"{part}/{wnid}/{wnid}_{index}.JPEG": jpeg(label, index + (50 if part == "val" else 0))
        for part, number in (("train", 10), ("val", 4))
        for label, wnid in enumerate(WNIDS)
        for index in range(number)
    }


@pytest.fixture
def write_folders(tmp_path):
    """Writes images into the folders of a new data root."""

    def write(members):
        for name, content in members.items():
            path = tmp_path / "imagenet" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return tmp_path

    return write


@pytest.fixture
def write_archive(tmp_path):
    """Writes images into the archive of a new data root."""

    def write(members, name="imagenet10-128px.tar", mode="w"):
        path = tmp_path / "imagenet" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with tarfile.open(path, mode) as archive:
            for member, content in members.items():
                information = tarfile.TarInfo(member)
                information.size = len(content)
                archive.addfile(information, io.BytesIO(content))
        return path

    return write


@pytest.fixture
def folders(write_folders, members):
    return write_folders(members)
