"""generator.py against published numbers, against NumPy, and against what chance must look like."""

import numpy as np
import pytest

from block00_toolbox.generator import (
    STATES,
    WORD,
    Pcg32,
    lcg_step,
    named_stream,
    period,
    scramble,
    uniform_from_words,
)
from block00_toolbox.proofs import chi_square, chi_square_limit


def test_minstds_ten_thousandth_number():
    """Park and Miller 1988: from seed 1, 10,000 steps of 16807 s mod (2^31 - 1)."""
    state = 1
    for _ in range(10_000):
        state = lcg_step(state, 16807, 0, 2**31 - 1)
    assert state == 1043618065


def test_pcg32s_published_words():
    """The first line of pcg32-demo, the author's demonstration, seed 42, sequence 54."""
    published = [0xA15C02B7, 0x7B47F409, 0xBA1D3330, 0x83D2F293, 0xBFA4784B, 0xCBED606E]
    assert Pcg32(42, 54).words(6) == published


def test_pcg32s_published_coins_and_rolls():
    """pcg32-demo goes on with 65 coins and 33 rolls of a die."""
    rng = Pcg32(42, 54)
    rng.words(6)
    coins = "".join("H" if rng.below(2) else "T" for _ in range(65))
    assert coins == "HHTTTHTHHHTHTTTHHHHHTTTHHHTHTHTHTTHTTTHHHHHHTTTTHHTTTTTHTTTTTTTHT"
    rolls = " ".join(str(rng.below(6) + 1) for _ in range(33))
    assert rolls == "3 4 1 1 2 2 3 2 4 3 2 4 3 3 5 2 3 1 3 1 5 1 4 1 5 6 4 6 6 2 6 3 3"


def test_equal_state_equal_numbers_for_ever():
    first, second = Pcg32(7), Pcg32(8)
    first.words(1000)
    second.state = first.state
    assert first.words(100) == second.words(100)


def test_numpy_integers_seed_and_bound_as_pythons_do():
    ours, numpys = Pcg32(7, 9), Pcg32(np.uint8(7), np.int64(9))
    assert [ours.below(6) for _ in range(9)] == [numpys.below(np.uint8(6)) for _ in range(9)]


def test_another_seed_or_sequence_gives_other_numbers():
    starts = {tuple(Pcg32(seed, sequence).words(4)) for seed in range(10) for sequence in range(10)}
    assert len(starts) == 100


def test_the_step_can_be_undone_so_no_two_states_merge():
    """A step that is invertible walks on cycles: the numbers repeat from the first one on."""
    inverse = pow(6364136223846793005, -1, STATES)
    rng = Pcg32(3, 4)
    before = rng.state
    rng.word()
    assert (rng.state - rng.increment) * inverse % STATES == before


@pytest.mark.parametrize("state, tail", [(0, 0), (3, 2)])
def test_period_counts_the_cycle_and_not_the_way_to_it(state, tail):
    steps = {0: 1, 1: 2, 2: 0, 3: 4, 4: 0}  # 3 -> 4 -> (0 -> 1 -> 2 -> 0)
    assert period(steps.get, state) == 3


def test_scramble_rotates_by_the_top_bits():
    assert scramble(1 << 27) == 1  # no turn: bit 27 is the lowest that is shown
    assert scramble(1 << 59 | 1 << 27) == 1 << 31 | 1 << (59 - 27 - 18 - 1)


def test_uniform_is_the_formula_of_numpys_mersenne_twister():
    words = np.random.MT19937(3).random_raw(200).tolist()
    numpys = np.random.Generator(np.random.MT19937(3)).random(100).tolist()
    assert [uniform_from_words(a, b) for a, b in zip(words[::2], words[1::2])] == numpys


def test_uniform_never_reaches_one():
    assert uniform_from_words(WORD - 1, WORD - 1) == 1 - 2**-53


@pytest.mark.parametrize("places", [2, 10, 256])
def test_words_and_uniforms_pass_chi_square(places):
    rng = named_stream(0, "chi square", places)
    below = [rng.below(places) for _ in range(20_000)]
    uniform = [int(rng.uniform() * places) for _ in range(20_000)]
    for numbers in (below, uniform):
        counts = np.bincount(numbers, minlength=places)
        assert len(counts) == places
        assert chi_square(counts) < chi_square_limit(places)


def test_neighbours_pass_chi_square_in_pairs():
    rng = named_stream(0, "pairs")
    pairs = [16 * rng.below(16) + rng.below(16) for _ in range(20_000)]
    assert chi_square(np.bincount(pairs, minlength=256)) < chi_square_limit(256)


def test_chi_square_rejects_an_uneven_die():
    rng = named_stream(0, "uneven")
    rolls = [min(rng.below(7), 5) for _ in range(2_000)]
    assert chi_square(np.bincount(rolls)) > chi_square_limit(6)


@pytest.mark.parametrize("places, table", [(6, 20.515), (16, 37.697), (24, 49.728), (256, 330.520)])
def test_the_limit_is_the_one_in_the_tables(places, table):
    assert chi_square_limit(places) == pytest.approx(table, rel=0.012)


def test_below_throws_away_the_words_that_favour_small_numbers():
    """With a bound of 3 * 2^30 the modulo alone gives the first third every second time."""
    rng, bound = named_stream(0, "below"), 3 * 2**30
    share = np.mean([rng.below(bound) < 2**30 for _ in range(5_000)])
    assert share == pytest.approx(1 / 3, abs=0.03)


def test_no_more_words_are_thrown_away_than_have_to_be(monkeypatch):
    """2^32 % 6 is 4: the words 0 to 3 are too many, and 4 is not."""
    rng, words = Pcg32(0), iter([0, 3, 4])
    monkeypatch.setattr(rng, "word", lambda: next(words))
    assert rng.below(6) == 4


@pytest.mark.parametrize("seed", [-1, 1.0, True, None, "0"])
def test_a_seed_that_is_no_number_is_named(seed):
    with pytest.raises(ValueError, match=r"seed is .*, it must be a whole number of at least 0"):
        Pcg32(seed)


def test_the_largest_bound_is_the_word_itself_and_the_smallest_is_zero():
    assert [Pcg32(7).below(WORD)] == Pcg32(7).words(1)
    assert Pcg32(7).below(1) == 0


@pytest.mark.parametrize("bound", [0, -1, 2**32 + 1, 2.5, True])
def test_a_bound_out_of_range_is_named(bound):
    with pytest.raises(ValueError, match=f"bound is {bound}"):
        Pcg32(0).below(bound)
