"""The experiments on chance: what they count, on examples whose answer is known."""

import numpy as np
import pytest

from block00_toolbox.experiments import randomness
from block00_toolbox.generator import named_stream
from block00_toolbox.sampling import shuffled


def test_the_low_bits_of_an_lcg_repeat_early():
    assert [randomness.period_of_bit(bit) for bit in range(6)] == [2, 4, 8, 16, 32, 64]


def test_places_of_eight_are_shares():
    rng = named_stream(0, "places")
    never = randomness.places_of_eight(lambda items, below: list(items), rng, draws=3)
    assert np.array_equal(never, 100 * np.eye(8))  # items that stay where they are
    fair = randomness.places_of_eight(shuffled, rng, draws=4_000)
    assert np.allclose(fair.sum(axis=1), 100) and np.allclose(fair, 12.5, atol=2.5)


def test_a_sorted_file_cut_as_it_is_has_lost_its_first_class():
    _, y = randomness.sorted_file(0)
    order = randomness.orders(len(y), 0)
    train, validation = randomness.split(order["as it is"], randomness.VALIDATION_FRACTION)
    assert set(y[train]) == {1, 2} and set(y[validation]) == {0}
    train, _ = randomness.split(order["shuffled"], randomness.VALIDATION_FRACTION)
    assert set(y[train]) == {0, 1, 2}


@pytest.mark.parametrize("point, nearest", [([1.0, 0.0], 3), ([9.0, 0.0], 7), ([5.1, 0.0], 7)])
def test_nearest_mean_by_hand(point, nearest):
    X, y = np.array([[0.0, 1.0], [0.0, -1.0], [10.0, 0.0]]), np.array([3, 3, 7])
    assert randomness.nearest_mean(X, y)(np.array([point])) == [nearest]
