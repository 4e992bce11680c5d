"""Files are verified, splits partition, batches cover, columns are standardised."""

import hashlib
import shutil

import numpy as np
import pytest

from shared import data
from shared.checks import NonFiniteError
from shared.seeding import stream

LOADERS = {
    "breast_cancer.csv": data.load_breast_cancer,
    "diabetes.csv": data.load_diabetes,
    "digits.csv.gz": data.load_digits,
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of data/ that a test may damage."""
    for name in data.SHA256:
        shutil.copy(data.FOLDER / name, tmp_path / name)
    monkeypatch.setattr(data, "FOLDER", tmp_path)
    return tmp_path


# --- reading ---------------------------------------------------------------------------------


def test_every_table_has_a_loader():
    """The corpus, text and JSON, is loaded by shared.text."""
    assert LOADERS.keys() == {name for name in data.SHA256 if ".csv" in name}


@pytest.mark.parametrize("name", LOADERS)
def test_a_table_is_finite_and_its_parts_agree(name):
    X, y, names = LOADERS[name]()
    assert X.shape == (len(y), len(names))
    assert X.dtype == np.float64 and np.isfinite(X).all() and np.isfinite(y).all()


@pytest.mark.parametrize("name", LOADERS)
def test_a_missing_file_says_how_to_mend_it(name, folder):
    (folder / name).unlink()
    mend = f"data/{name} cannot be read .*: restore it with `git checkout -- data/{name}`"
    with pytest.raises(data.DataError, match=mend):
        LOADERS[name]()


@pytest.mark.parametrize("name", LOADERS)
@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-1],
        lambda content: content + b"\n",
        lambda content: b"",
        lambda content: content.replace(b"\n", b"\r\n", 1) + b"\r",
        lambda content: bytes([content[0] ^ 1]) + content[1:],
    ],
    ids=["cut", "grown", "empty", "line endings", "one bit"],
)
def test_a_damaged_file_says_how_to_mend_it(name, damage, folder):
    (folder / name).write_bytes(damage((folder / name).read_bytes()))
    found = hashlib.sha256((folder / name).read_bytes()).hexdigest()[:12]
    with pytest.raises(data.DataError, match=f"damaged .*{found}.*git checkout -- data/{name}"):
        LOADERS[name]()


def test_a_folder_in_place_of_a_file_is_an_error_of_data(folder):
    (folder / "diabetes.csv").unlink()
    (folder / "diabetes.csv").mkdir()
    with pytest.raises(data.DataError, match="diabetes"):
        data.load_diabetes()


def test_read_table_by_hand():
    table = data.read_table(b"a,b,target\n1,2,3\n4.5,-6,7e1\n")
    assert table.X.tolist() == [[1, 2], [4.5, -6]]
    assert table.y.tolist() == [3, 70]
    assert table.names == ("a", "b")


def test_read_table_takes_one_row():
    assert data.read_table(b"a,y\n1,2\n").X.shape == (1, 1)


# --- splits and batches ------------------------------------------------------------------------


@pytest.mark.parametrize("num_examples, fraction", [(2, 0.5), (10, 0.2), (442, 0.25), (3, 0.4)])
def test_a_split_is_a_partition(num_examples, fraction):
    train, validation = data.train_validation_split(num_examples, fraction, stream(0, "split"))
    assert len(validation) == round(num_examples * fraction)
    assert sorted([*train, *validation]) == list(range(num_examples))


def test_every_row_is_validated_equally_often():
    hits = np.zeros(10)
    for seed in range(1000):
        hits[data.train_validation_split(10, 0.3, stream(seed, "split"))[1]] += 1
    assert np.abs(hits / 1000 - 0.3).max() < 0.06  # 4 standard deviations of 0.0145


@pytest.mark.parametrize("num_examples, fraction", [(0, 0.5), (1, 0.5), (10, 0.0), (10, 1.0),
                                                    (10, 0.01), (10, -0.2), (10, 1.5)])  # fmt: skip
def test_a_split_with_an_empty_part_is_refused(num_examples, fraction):
    with pytest.raises(ValueError, match="leaves one part of the split empty"):
        data.train_validation_split(num_examples, fraction, stream(0, "split"))


def test_a_stratified_split_keeps_the_classes():
    labels = np.repeat([0, 1, 2], [50, 30, 20])
    train, test = data.stratified_split(labels, 0.2, stream(0, "split"))
    assert sorted([*train, *test]) == list(range(100))
    assert np.bincount(labels[test]).tolist() == [10, 6, 4]


def test_a_stratified_split_with_an_empty_part_is_refused():
    with pytest.raises(ValueError, match="leaves one part of the split empty"):
        data.stratified_split(np.array([0, 1]), 0.2, stream(0, "split"))


@pytest.mark.parametrize("batch_size, sizes", [(1, [1] * 7), (3, [3, 3, 1]), (7, [7]), (99, [7])])
def test_minibatches_cover_every_row_once(batch_size, sizes):
    batches = list(data.minibatches(7, batch_size, stream(0, "batches")))
    assert [len(rows) for rows in batches] == sizes
    assert sorted(np.concatenate(batches)) == list(range(7))


def test_two_epochs_of_one_stream_have_two_orders():
    rng = stream(0, "batches")
    first, second = (np.concatenate(list(data.minibatches(50, 8, rng))) for _ in range(2))
    assert first.tolist() != second.tolist()


@pytest.mark.parametrize("batch_size", [0, -1])
def test_a_batch_size_below_one_is_refused(batch_size):
    with pytest.raises(ValueError, match=f"batch_size is {batch_size}"):
        list(data.minibatches(7, batch_size, stream(0, "batches")))


# --- standardising -----------------------------------------------------------------------------


def test_standardised_columns_have_mean_0_and_deviation_1():
    X = 3 + 5 * stream(0, "X").standard_normal((100, 4))
    Z = data.fit_standardiser(X)(X)
    assert np.allclose(Z.mean(axis=0), 0, atol=1e-14)
    assert np.allclose((Z**2).mean(axis=0), 1)  # divided by n, not by n - 1


def test_standardising_by_hand():
    standardise = data.fit_standardiser(np.array([[1.0, 10.0], [3.0, 10.0]]))
    assert standardise(np.array([[5.0, 10.0]])).tolist() == [[3.0, 0.0]]


@pytest.mark.parametrize("constant", [0.0, 0.1, 1e100, -7.3])
def test_a_constant_column_becomes_zero(constant):
    X = np.column_stack([np.full(49, constant), np.arange(49.0)])
    Z = data.fit_standardiser(X)(X)
    assert np.abs(Z[:, 0]).max() <= 1e-14 * abs(constant)
    assert np.isfinite(Z).all()


def test_one_row_becomes_zeros():
    X = np.array([[2.0, -3.0]])
    assert data.fit_standardiser(X)(X).tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize("shape", [(3,), (0, 2), (2, 2, 2)])
def test_fitting_refuses_what_is_no_table(shape):
    with pytest.raises(ValueError, match=r"expected \(N, D\) with N >= 1"):
        data.fit_standardiser(np.zeros(shape))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_fitting_names_what_is_not_finite(value):
    with pytest.raises(NonFiniteError, match=r"X\[1, 0\] is (nan|inf)"):
        data.fit_standardiser(np.array([[1.0, 2.0], [value, 3.0]]))


@pytest.mark.parametrize("shape", [(3,), (5, 3), (5, 1)])
def test_standardising_names_both_shapes(shape):
    standardise = data.fit_standardiser(np.eye(2))
    with pytest.raises(ValueError, match=r"fitted on \(N, 2\)") as error:
        standardise(np.zeros(shape))
    assert str(shape) in str(error.value)
