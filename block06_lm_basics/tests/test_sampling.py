"""Draws against the distribution they come from; what the drawn numbers decide."""

import numpy as np
import pytest

from block06_lm_basics.sampling import draw, write_on
from block06_lm_basics.witten_bell import distribution, fit
from shared.seeding import stream


def test_symbols_come_up_as_often_as_they_are_probable():
    p = np.array([0.5, 0.0, 0.3, 0.2])
    drawn = [draw(p, number) for number in stream(0, "draws").random(5_000)]
    counts = np.bincount(drawn, minlength=4)
    expected = 5_000 * p
    assert counts[1] == 0
    chi_square = np.sum((counts - expected)[p > 0] ** 2 / expected[p > 0])
    assert chi_square < 13.8  # 2 degrees of freedom, once in 1000


def test_each_symbol_covers_its_part_of_the_line():
    p = np.array([0.25, 0.5, 0.25])
    edges = [0.0, np.nextafter(0.25, 0), 0.25, np.nextafter(0.75, 0), 0.75, np.nextafter(1, 0)]
    assert [draw(p, number) for number in edges] == [0, 0, 1, 1, 2, 2]


def test_probabilities_that_do_not_quite_add_up_are_no_trap():
    p = np.array([0.1] * 10)  # their sum is just below 1
    assert draw(p, np.nextafter(1.0, 0)) == 9
    assert draw(np.array([0.5, 0.5, 0.0]), np.nextafter(1.0, 0)) == 1
    assert draw([0.1] * 10 + [0], 1 - 2**-53) == 9
    assert draw([5e-324, 0.0], 0.9) == 0  # 0.9 of the sum is rounded to the sum
    assert draw(np.full(100_000, 1e-5, dtype=np.float32), 0.500005) == 50_000  # float64 inside
    assert draw(np.array([200, 200], dtype=np.uint8), 0.75) == 1


@pytest.mark.parametrize("number", [-0.1, 1.0, np.nan])
def test_a_number_outside_is_refused(number):
    with pytest.raises(ValueError, match="the drawn number is"):
        draw(np.array([1.0]), number)


@pytest.mark.parametrize(
    "p", [[], [0.0, 0.0], [1.5, -0.5], [np.nan, 1.0], [np.inf, 1.0], [[0.5, 0.5]]]
)
def test_what_cannot_be_drawn_from_is_refused(p):
    with pytest.raises(ValueError, match="nothing to draw from"):
        draw(np.array(p), 0.5)


def test_a_model_sees_what_was_drawn_before():
    """A model that is certain: the next id is one more than the last."""

    def model(ids):
        return np.eye(10)[(ids[-1] + 1) % 10]

    assert write_on(model, np.array([7]), [0.0, 0.9, 0.5, 0.3]).tolist() == [8, 9, 0, 1]


def test_a_model_sees_all_that_stands_before_and_not_the_last_symbol_alone():
    seen = []

    def adds_up(ids):
        seen.append(ids.tolist())
        return np.eye(7)[ids.sum() % 7]

    written = write_on(adds_up, [1, 2], [0.1, 0.2, 0.3, 0.4])
    assert seen == [[1, 2], [1, 2, 3], [1, 2, 3, 6], [1, 2, 3, 6, 5]]
    assert written.tolist() == [3, 6, 5, 3]


@pytest.mark.parametrize("ids", [[-1], [1.7], [True], [np.nan]])
def test_what_are_no_ids_is_not_written_on(ids):
    with pytest.raises(ValueError, match="expected"):
        write_on(lambda ids: np.array([1.0]), np.array(ids), [0.5])


def test_the_same_numbers_write_the_same_text_and_a_longer_one_begins_with_it():
    symbols = list("abn")
    tables = fit("banana bandana"[:6], 3)

    def model(ids):
        return np.array(distribution(tables, "".join(symbols[i] for i in ids), symbols))

    numbers = stream(0, "numbers").random(40)
    text = write_on(model, np.array([1]), numbers)
    assert text.tolist() == write_on(model, np.array([1]), numbers).tolist()
    assert text[:10].tolist() == write_on(model, np.array([1]), numbers[:10]).tolist()


def test_no_numbers_write_nothing():
    assert write_on(lambda ids: np.array([1.0]), np.array([0]), []).tolist() == []


def test_the_number_is_a_share_of_the_sum():
    assert [draw(np.array([0.1, 0.1]), number) for number in (0.4, 0.6)] == [0, 1]
