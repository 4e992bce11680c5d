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


def test_a_table_is_parsed_once_and_nobody_can_change_it_for_others():
    first, second = data.load_digits(), data.load_digits()
    assert first.X is second.X
    with pytest.raises(ValueError, match="read-only"):
        first.X[0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        data.load_diabetes().y[0] = 1


def test_read_table_takes_one_row():
    assert data.read_table(b"a,y\n1,2\n").X.shape == (1, 1)


# --- splits and batches ------------------------------------------------------------------------


@pytest.mark.parametrize("num_examples, fraction", [(2, 0.5), (10, 0.2), (442, 0.25), (3, 0.6)])
def test_a_split_is_a_partition(num_examples, fraction):
    train, validation = data.train_validation_split(num_examples, fraction, stream(0, "split"))
    assert len(validation) == round(num_examples * fraction)
    assert sorted([*train, *validation]) == list(range(num_examples))


def test_every_row_is_validated_equally_often():
    hits = np.zeros(10)
    for seed in range(1000):
        hits[data.train_validation_split(10, 0.3, stream(seed, "split"))[1]] += 1
    assert np.abs(hits / 1000 - 0.3).max() < 0.06  # 4 standard deviations of 0.0145


@pytest.mark.parametrize(
    "num_examples, fraction",
    [(0, 0.5), (1, 0.5), (10, 0.0), (10, 1.0), (10, 0.01), (10, -0.2), (10, 1.5), (10, np.nan)],
)
def test_a_split_with_an_empty_part_is_refused(num_examples, fraction):
    with pytest.raises(ValueError, match="leaves one part of the split empty"):
        data.train_validation_split(num_examples, fraction, stream(0, "split"))


@pytest.mark.parametrize("labels", [np.array, list, np.uint8, lambda y: np.array(list("abc"))[y]])
def test_a_stratified_split_keeps_the_classes(labels):
    y = np.repeat([0, 1, 2], [50, 31, 23])
    train, test = data.stratified_split(labels(y), 0.2, stream(0, "split"))
    assert sorted([*train, *test]) == list(range(104))
    assert np.bincount(y[test]).tolist() == [10, 6, 5]


def test_a_stratified_split_is_shuffled_within_and_between_the_classes():
    labels, hits = np.repeat([0, 1], [8, 4]), np.zeros(12)
    for seed in range(1000):
        train, test = data.stratified_split(labels, 0.25, stream(seed, "split"))
        hits[test] += 1
        hits[train[0]] += 1  # which row comes first
    assert np.abs(hits / 1000 - (1 / 4 + 3 / 4 / 9)).max() < 0.07  # 5 standard deviations


@pytest.mark.parametrize(
    "labels, fraction, message",
    [
        ([0, 1], 0.2, "leaves one part of the split empty"),
        ([0, 0, 1, 1], -0.2, "a fraction of -0.2 of 4 labels leaves one part"),
        ([0, 0, 1, 1], np.nan, "leaves one part"),
        ([0, 0, 1, 1], 1.5, "leaves one part"),
        ([], 0.5, "of 0 labels leaves one part"),
        ([0, 0, 1, 1, np.nan, np.nan], 0.5, r"labels\[4\] is nan"),
        ([[0], [1]], 0.5, r"labels has shape \(2, 1\)"),
    ],
)
def test_a_stratified_split_that_cannot_be_is_refused(labels, fraction, message):
    with pytest.raises(ValueError, match=message):
        data.stratified_split(labels, fraction, stream(0, "split"))


@pytest.mark.parametrize("batch_size, sizes", [(1, [1] * 7), (3, [3, 3, 1]), (7, [7]), (99, [7])])
def test_minibatches_cover_every_row_once(batch_size, sizes):
    batches = list(data.minibatches(7, batch_size, stream(0, "batches")))
    assert [len(rows) for rows in batches] == sizes
    assert sorted(np.concatenate(batches)) == list(range(7))


def epochs(kind, N, batch_size):
    """Two epochs of batches, by `minibatches` or by a BatchOrder."""
    rng = stream(0, "batches")
    if kind == "minibatches":
        return [list(data.minibatches(N, batch_size, rng)) for _ in range(2)]
    order = data.BatchOrder(N, batch_size, rng)
    return [[order.next() for _ in range(-(-N // batch_size))] for _ in range(2)]


@pytest.mark.parametrize("N, sizes", [(50, [8] * 6 + [2]), (16, [8, 8])])
@pytest.mark.parametrize("kind", ["minibatches", "BatchOrder"])
def test_each_epoch_is_complete_and_in_another_order(kind, N, sizes):
    first, second = ([len(b) for b in e] + [np.concatenate(e)] for e in epochs(kind, N, 8))
    assert first[:-1] == second[:-1] == sizes
    assert sorted(first[-1]) == sorted(second[-1]) == list(range(N))
    assert first[-1].tolist() != second[-1].tolist()


@pytest.mark.parametrize(
    "change",
    [
        {"order": [True] * 7},
        {"order": [0.0, 1, 2, 3, 4, 5, 6]},
        {"order": [0, 1, 2, 3, 4, 5, 5]},
        {"position": -3}, {"position": 2}, {"position": 12}, {"position": np.nan},
        {"rng": np.random.MT19937(0).state}, {"batch_size": 7},
    ],
)
def test_a_state_of_another_run_changes_nothing(change):
    order = data.BatchOrder(7, 3, stream(0, "batches"))
    order.next()
    before = order.state()
    for _ in range(3):
        order.next()
    later = order.state()
    with pytest.raises(ValueError):
        order.restore(before | change)
    with pytest.raises(ValueError, match="lacks batch_size, rng"):
        order.restore({"order": before["order"], "position": 3})
    assert order.state() == later
    order.restore(before)
    other = data.BatchOrder(7, 3, stream(1, "batches"))
    other.restore(before)
    assert [other.next().tolist() for _ in range(5)] == [order.next().tolist() for _ in range(5)]


@pytest.mark.parametrize("batch_size", [0, -1, 2.5, True])
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


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("constant", [0.0, 0.1, 1e30, -7.3, 1000.1])
@pytest.mark.parametrize("rows", [1, 49, 100_000])
def test_a_constant_column_becomes_zero(constant, dtype, rows):
    X = np.column_stack([np.full(rows, constant), np.arange(rows)]).astype(dtype)
    Z = data.fit_standardiser(X)(X)
    assert not Z[:, 0].any() and np.isfinite(Z).all()


@pytest.mark.parametrize("unit", [1e-310, 1e-200, 1.0, 1e200, 1.7e308])
def test_a_column_in_any_unit_becomes_the_same(unit):
    X = np.array([[0.0], [unit], [0.0], [unit]])
    assert data.fit_standardiser(X)(X)[:, 0] == pytest.approx([-1, 1, -1, 1], rel=1e-12)


def test_columns_of_whole_numbers_and_of_bytes_are_standardised_alike():
    X = np.array([[0, 200], [10, 255]])
    for dtype in (np.uint8, np.int32, np.float32):
        small = X.astype(dtype)
        assert data.fit_standardiser(small)(small).tolist() == [[-1, -1], [1, 1]]


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


# --- toy sets ----------------------------------------------------------------------------------

CENTRES = np.array([[0.0, 5.0], [5.0, 0.0], [9.0, 9.0]])
TOYS = {  # each set without noise, and what is 0 at every point of the right class
    "moons": (
        lambda n, noise, rng: data.moons(n, noise, rng),
        lambda X, y: np.where(y == 0, X[:, 1] < 0, X[:, 1] > 0.5)
        + np.abs(np.linalg.norm(X - np.outer(y, [1.0, 0.5]), axis=1) - 1),
    ),
    "circles": (data.circles, lambda X, y: np.linalg.norm(X, axis=1) - np.where(y == 0, 1, 0.5)),
    "blobs": (
        lambda n, noise, rng: data.blobs(n, CENTRES, noise, rng),
        lambda X, y: np.linalg.norm(X - CENTRES[y], axis=1),
    ),
    "spiral": (
        data.spiral,
        lambda X, y: np.linalg.norm(X.T - (r := np.linalg.norm(X, axis=1))
                                    * [np.sin(4 * (y + r)), np.cos(4 * (y + r))], axis=0),
    ),
}


@pytest.mark.parametrize("make, distance", TOYS.values(), ids=TOYS)
def test_each_point_of_a_toy_set_lies_on_the_figure_of_its_class(make, distance):
    X, y = make(30, 0.0, stream(0, "toys"))
    assert np.abs(distance(X, y)).max() <= 1e-14
    assert np.ptp(np.bincount(y)) == 0 and len(np.unique(X, axis=0)) >= 3
    for bad in ((30, -0.1), (30, np.nan), (0, 0.1), (-1, 0.1)):
        with pytest.raises(ValueError, match=r"noise|spread|num_examples"):
            make(*bad, stream(0, "toys"))


@pytest.mark.parametrize("num_classes", [2, 3, 7])
def test_the_arms_of_a_spiral_end_at_radius_1_however_many_points(num_classes):
    for num_examples in (20, 21, 31):
        X, _ = data.spiral(num_examples, 0.0, stream(0, "arms"), num_classes)
        radius = np.linalg.norm(X, axis=1)
        assert radius.min() == 0 and radius.max() == pytest.approx(1)


def test_circles_go_all_the_way_round_and_moons_half():
    X, y = data.circles(400, 0.0, stream(0, "round"))
    for k in (0, 1):
        assert len(np.unique(np.sign(X[y == k]), axis=0)) == 4  # a point in every quadrant
    X, y = data.moons(400, 0.0, stream(0, "round"))
    for k, low, high in ((0, [-1, 0], [1, 1]), (1, [0, -0.5], [2, 0.5])):
        assert X[y == k].min(axis=0) == pytest.approx(low, abs=0.02)
        assert X[y == k].max(axis=0) == pytest.approx(high, abs=0.02)


@pytest.mark.parametrize("make", [make for make, _ in TOYS.values()], ids=TOYS)
def test_the_noise_of_a_toy_set_has_the_deviation_asked_for(make):
    (clean, _), (noisy, _) = (make(2000, noise, stream(0, "noise")) for noise in (0.0, 0.3))
    moved = noisy - clean
    if make is data.spiral:  # the noise is on the angle
        (x, y), (u, v) = clean[3:].T, noisy[3:].T
        moved = np.angle((u + 1j * v) / (x + 1j * y))
        assert np.linalg.norm(noisy, axis=1) == pytest.approx(np.linalg.norm(clean, axis=1))
    assert moved.std(axis=0) == pytest.approx(0.3, rel=0.06)
    assert moved.mean(axis=0) == pytest.approx(0, abs=0.03)
