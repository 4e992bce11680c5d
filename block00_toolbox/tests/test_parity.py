"""The block's texts and shared/'s agree: the same rows, the same columns, the same behaviour."""

import numpy as np
import pytest

from block00_toolbox import generator, proofs, reductions, sampling
from block00_toolbox.sampling import batches, split
from shared import data, seeding
from shared.checks import relative_error


@pytest.mark.parametrize(("n", "fraction", "batch_size"), [*proofs.ROWS, (10, 0.2, 5)])
def test_split_and_batches_are_shareds_for_the_same_permutation(n, fraction, batch_size):
    assert proofs.rows_agree(n, fraction, batch_size)


FAKES = {  # rows left out, the parts or the batches in another order, the rows in another order
    "left out": ("batches", lambda order, size: [order[:size]]),
    "backwards": ("batches", lambda order, size: [*batches(order, size)][::-1]),
    "swapped": ("split", lambda order, fraction: split(order, fraction)[::-1]),
    "sorted": ("split", lambda order, fraction: tuple(map(sorted, split(order, fraction)))),
}


@pytest.mark.parametrize("fake", FAKES)
def test_rows_that_differ_would_be_noticed(fake, monkeypatch):
    monkeypatch.setattr(sampling, *FAKES[fake])
    assert not proofs.rows_agree(10, 0.3, 4)


@pytest.mark.parametrize("fraction", [0.0, 1.0, np.nan, np.inf])
def test_both_splits_refuse_an_empty_part(fraction):
    with pytest.raises(ValueError, match="empty"):
        sampling.split(list(range(5)), fraction)
    with pytest.raises(ValueError, match="empty"):
        data.train_validation_split(5, fraction, seeding.stream(0))


def test_standardising_is_shareds():
    X = seeding.stream(0, "columns").standard_normal((50, 4)) * [1, 1e3, 1e-3, 0] + [0, 5, 7, 0.1]
    fitted = data.fit_standardiser(X)
    mean, scale = reductions.fit_standardiser(X.tolist())
    assert relative_error(np.array(mean[0]), fitted.mean) <= 1e-14
    assert relative_error(np.array(scale[0]), fitted.scale) <= 1e-14
    assert scale[0][3] == fitted.scale[3] == 1.0  # the constant column
    Z = reductions.standardise(X.tolist(), mean, scale)
    assert relative_error(np.array(Z), fitted(X)) <= 1e-13


COLUMNS = [
    [0, 1e200], [0, 1e-200], [0.3, 0.1 + 0.2], [-0.3, -0.1 - 0.2], [5, 5], [1, -1],
]


@pytest.mark.parametrize("column", COLUMNS)
def test_a_column_of_any_size_is_standardised_as_shareds(column):
    X = [[float(value)] for value in column]
    Z = np.array(reductions.standardise(X, *reductions.fit_standardiser(X)))
    assert np.abs(Z - data.fit_standardiser(np.array(X))(np.array(X))).max() <= 1e-12


def test_standardising_the_diabetes_table_is_shareds():
    X = data.load_diabetes().X
    assert proofs.standardising_error(X) <= 1e-12
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reductions, "standardise", lambda X, mean, scale: X)
        assert proofs.standardising_error(X) > 0.1


def by_hand(seed, *names):
    return generator.named_stream(seed, *names).uniform


def shareds(seed, *names):
    return seeding.stream(seed, *names).random


@pytest.mark.parametrize("stream", [by_hand, shareds])
def test_a_stream_depends_on_seed_and_names_only(stream):
    first = stream(0, "weights")
    numbers = [first() for _ in range(5)]
    other = stream(0, "data")
    other()  # a draw elsewhere moves nothing here
    again = stream(0, "weights")
    assert [again() for _ in range(5)] == numbers
    starts = {stream(s, *n)() for s in (0, 1) for n in [("a",), ("b",), ("a", 1), ("a", "1"), ()]}
    assert len(starts) == 10


@pytest.mark.parametrize("stream", [by_hand, shareds])
def test_numpy_integers_and_texts_are_the_same_names(stream):
    assert stream(np.int64(3), np.str_("fold"), np.uint8(2))() == stream(3, "fold", 2)()
    for seed in (True, -1, 1.0, None):
        with pytest.raises(ValueError, match="a seed is a whole number"):
            stream(seed, "a")


@pytest.mark.parametrize("stream", [by_hand, shareds])
def test_streams_do_not_follow_each_other(stream):
    x, y = ([draw() for _ in range(5_000)] for draw in (stream(0, "x"), stream(0, "y")))
    assert abs(np.corrcoef(x, y)[0, 1]) < 0.06
