"""Writing: the drawn number decides, zeros are never drawn, the end ends."""

import numpy as np
import pytest

from block09_transformer.sampling import draw, write


@pytest.mark.parametrize(("number", "token"), [(0.0, 1), (0.49, 1), (0.51, 2), (1 - 2**-53, 2)])
def test_the_drawn_number_decides_and_zeros_are_never_drawn(number, token):
    assert draw(np.array([-np.inf, 0.0, 0.0, -np.inf]), number) == token


def test_a_low_temperature_takes_the_likeliest():
    logits = np.array([1.0, 1.2, 0.0])
    assert {draw(logits, number, 0.01) for number in (0.01, 0.5, 0.999)} == {1}
    assert draw(logits, 0.999, 100.0) == 2


def test_writing_goes_on_until_an_end_or_the_most():
    def next_is_one_more(ids):
        return np.where(np.arange(9) == ids[-1] + 1, 0.0, -np.inf)

    rng = np.random.default_rng(0)
    assert write(next_is_one_more, [2], 3, rng) == [2, 3, 4, 5]
    assert write(next_is_one_more, [2], 9, rng, stop={4}) == [2, 3, 4]
