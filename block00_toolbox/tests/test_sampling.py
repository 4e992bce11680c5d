"""sampling.py: every order equally likely, every row once, and the published deck of cards."""

import itertools
from collections import Counter

import pytest

from block00_toolbox.generator import Pcg32, named_stream
from block00_toolbox.proofs import (
    chi_square,
    chi_square_limit,
    every_way,
    orders_of_four,
    swapped_with_any_place,
)
from block00_toolbox.sampling import batches, shuffled, split

DECK = (
    "Qd Ks 6d 3s 3d 4c 3h Td Kc 5c Jh Kd Jd As 4s 4h Ad Th Ac Jc 7s Qs 2s 7h Kh 2d "
    "6c Ah 4d Qh 9h 6s 5s 2c 9c Ts 8d 9s 3c 8c Js 5d 2h 6h 7d 8s 9d 5h 8h Qc 7c Tc"
)


def test_the_published_deck_of_cards():
    """pcg32-demo (seed 42, sequence 54) ends with a shuffled deck, after 104 numbers."""
    rng = Pcg32(42, 54)
    rng.words(6)
    for bound, count in ((2, 65), (6, 33)):
        for _ in range(count):
            rng.below(bound)
    cards = [number + suit for number in "A23456789TJQK" for suit in "hcds"]
    assert " ".join(shuffled(cards, rng.below)) == DECK


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_each_way_to_draw_ends_in_another_order(n):
    ways = every_way(shuffled, n, list(range(n, 1, -1)))
    assert sorted(ways) == list(itertools.permutations(range(n)))
    assert set(ways.values()) == {1}


def test_the_wrong_shuffle_cannot_be_fair():
    ways = every_way(swapped_with_any_place, 3, [3, 3, 3])
    assert sorted(ways.values()) == [4, 4, 4, 5, 5, 5]


def test_chi_square_passes_the_right_shuffle_and_fails_the_wrong_one():
    limit = chi_square_limit(24)
    assert orders_of_four(shuffled, named_stream(0, "right"), 6_000) < limit
    assert orders_of_four(swapped_with_any_place, named_stream(0, "wrong"), 6_000) > limit


def test_each_of_three_orders_comes_up():
    rng = Pcg32(0)
    counts = Counter(tuple(shuffled("abc", rng.below)) for _ in range(6_000))
    assert len(counts) == 6
    assert chi_square(list(counts.values())) < chi_square_limit(6)


@pytest.mark.parametrize("items", [[], ["one"]])
def test_nothing_to_shuffle(items):
    assert shuffled(items, Pcg32(0).below) == items


def test_the_argument_is_left_as_it_was():
    items = [1, 2, 3, 4]
    shuffled(items, Pcg32(1).below)
    assert items == [1, 2, 3, 4]


@pytest.mark.parametrize("size", [1, 3, 7, 10, 99])
def test_batches_hold_every_row_once_and_in_order(size):
    order = shuffled(range(10), Pcg32(5).below)
    pieces = list(batches(order, size))
    assert [row for piece in pieces for row in piece] == order
    assert all(len(piece) == size for piece in pieces[:-1])


@pytest.mark.parametrize("n, fraction, held_out", [(10, 0.28, 3), (10, 0.22, 2), (100, 0.29, 29)])
def test_a_split_holds_out_the_nearest_whole_number(n, fraction, held_out):
    train, validation = split(list(range(n)), fraction)  # 100 * 0.29 is 28.999... as a float
    assert (len(train), len(validation)) == (n - held_out, held_out)


@pytest.mark.parametrize("fraction", [0.0, 1.0, 0.01, -0.5, 2.0])
def test_a_split_with_an_empty_part_is_named(fraction):
    with pytest.raises(ValueError, match=f"a fraction of {fraction} of 10 items"):
        split(list(range(10)), fraction)


@pytest.mark.parametrize("batch_size", [0, -1, 1.5, True])
def test_a_batch_of_nothing_is_named(batch_size):
    with pytest.raises(ValueError, match=f"batch_size is {batch_size}"):
        list(batches([1, 2], batch_size))
