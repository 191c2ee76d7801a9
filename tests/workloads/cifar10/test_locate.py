import pytest

from harness.errors import DataError
from workloads.cifar10.archives import ExactSource, JpegSource
from workloads.cifar10.locate import find_source
from workloads.cifar10.official import OfficialSource

OFFICIAL = "cifar-10-batches-py"
JPEG = "cifar10-jpeg-60000.npz"
EXACT = "cifar10-exact-4000.npz"


def create(root, *names):
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.name == OFFICIAL:
            path.mkdir()
        else:
            path.touch()


@pytest.mark.parametrize(
    ("name", "source_type"), [(OFFICIAL, OfficialSource), (JPEG, JpegSource), (EXACT, ExactSource)]
)
@pytest.mark.parametrize("folder", [".", "cifar10"])
def test_a_source_may_lie_in_the_root_or_in_its_cifar10_folder(tmp_path, name, source_type, folder):
    create(tmp_path / folder, name)
    source = find_source(tmp_path, None)
    assert isinstance(source, source_type)
    assert source.path == tmp_path / folder / name


def test_the_root_may_be_the_official_directory_itself(tmp_path):
    create(tmp_path, OFFICIAL)
    assert find_source(tmp_path / OFFICIAL, None).path == tmp_path / OFFICIAL


def test_the_official_files_come_first_then_all_images_then_the_few(tmp_path):
    create(tmp_path, EXACT)
    assert isinstance(find_source(tmp_path, None), ExactSource)
    create(tmp_path, JPEG)
    assert isinstance(find_source(tmp_path, None), JpegSource)
    create(tmp_path, f"cifar10/{OFFICIAL}")
    assert isinstance(find_source(tmp_path, None), OfficialSource)


def test_a_wanted_source_is_taken_even_if_a_better_one_is_there(tmp_path):
    create(tmp_path, OFFICIAL, EXACT)
    assert isinstance(find_source(tmp_path, "exact"), ExactSource)
    with pytest.raises(DataError, match=JPEG):
        find_source(tmp_path, "jpeg")


def test_without_data_the_message_says_what_to_pass():
    with pytest.raises(DataError, match="--data DIR") as error:
        find_source(None, None)
    assert "\n" not in str(error.value)


def test_a_missing_directory_is_named(tmp_path):
    with pytest.raises(DataError, match="nowhere does not exist"):
        find_source(tmp_path / "nowhere", None)


def test_an_empty_directory_is_told_what_it_lacks(tmp_path):
    with pytest.raises(DataError, match=f"no {OFFICIAL} or {JPEG} or {EXACT}"):
        find_source(tmp_path, None)
