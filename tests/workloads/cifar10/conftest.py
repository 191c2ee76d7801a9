"""Small stand-ins of the CIFAR-10 files, in the same layouts."""

import hashlib
import pickle

import numpy as np
import pytest
import torch
from torchvision.datasets import CIFAR10
from torchvision.io import encode_jpeg


@pytest.fixture
def pixels():
    """Forty smooth images uint8 [40, 32, 32, 3]."""
    coarse = np.random.default_rng(0).integers(0, 256, (40, 4, 4, 3), dtype=np.uint8)
    return coarse.repeat(8, axis=1).repeat(8, axis=2)


@pytest.fixture
def labels():
    return np.arange(40, dtype=np.uint8) % 10


@pytest.fixture
def jpeg_arrays(pixels, labels):
    arrays = {}
    for split, chosen in (("train", slice(0, 30)), ("test", slice(30, 40))):
        files = [
            encode_jpeg(torch.from_numpy(image).permute(2, 0, 1), quality=95).numpy()
            for image in pixels[chosen]
        ]
        arrays[f"{split}_jpeg"] = np.concatenate(files)
        arrays[f"{split}_offset"] = np.cumsum([0, *map(len, files)])
        arrays[f"{split}_labels"] = labels[chosen]
    return arrays


@pytest.fixture
def exact_arrays(pixels, labels):
    return {"images": pixels, "labels": labels}


@pytest.fixture
def official_files(tmp_path, monkeypatch, pixels, labels):
    """The official layout with eight images a file, and checksums that match it."""

    def write(name, content):
        path = tmp_path / "cifar-10-batches-py" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(pickle.dumps(content))
        return name, hashlib.md5(path.read_bytes()).hexdigest()

    def batch(index):
        chosen = slice(8 * index, 8 * index + 8)
        planes = pixels[chosen].transpose(0, 3, 1, 2).reshape(8, -1)
        return {"data": planes, "labels": labels[chosen].tolist()}

    train = [list(write(f"data_batch_{index + 1}", batch(index))) for index in range(4)]
    test = [list(write("test_batch", batch(4)))]
    name, checksum = write("batches.meta", {"label_names": [str(label) for label in range(10)]})
    monkeypatch.setattr(CIFAR10, "train_list", train)
    monkeypatch.setattr(CIFAR10, "test_list", test)
    monkeypatch.setattr(CIFAR10, "meta", {**CIFAR10.meta, "filename": name, "md5": checksum})
    return tmp_path / "cifar-10-batches-py"
