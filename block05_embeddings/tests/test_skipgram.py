"""Loss by hand, gradients by finite differences, noise by its distribution, and the limit."""

import numpy as np
import pytest

from block05_embeddings.proofs import gradient_errors
from block05_embeddings.skipgram import (
    best_scores,
    log_sigmoid,
    noise_distribution,
    sigmoid,
    skipgram_gradient,
    skipgram_loss,
    start_vectors,
    with_made_up,
)
from shared.seeding import stream


def small_problem(scale=1.0):
    """V = 7, D = 4, 30 pairs with 3 made-up ones: every word comes up several times."""
    rng = stream(0, "small")
    W, C = scale * rng.standard_normal((2, 7, 4))
    return W, C, rng.integers(7, size=30), rng.integers(7, size=(30, 4))


def test_the_loss_of_one_pair_by_hand():
    W, C = np.array([[1.0, 2.0], [0.0, 0.0]]), np.array([[3.0, -1.0], [0.0, 1.0]])
    loss = skipgram_loss(W, C, np.array([0]), np.array([[0, 1]]))  # scores 1 and 2
    assert loss == pytest.approx(np.log(1 + np.exp(-1)) + np.log(1 + np.exp(2)))
    dW, dC = skipgram_gradient(W, C, np.array([0]), np.array([[0, 1]]))
    assert dW[0] == pytest.approx([-0.807, 1.150], abs=1e-3) and not dW[1].any()
    assert dC == pytest.approx(np.array([[-0.269, -0.538], [0.881, 1.762]]), abs=1e-3)


def test_a_fresh_start_guesses():
    W, C = start_vectors(7, 4, stream(0, "start"))
    _, _, words, neighbours = small_problem()
    assert skipgram_loss(W, C, words, neighbours) == pytest.approx(4 * np.log(2))
    assert np.abs(W).max() <= 0.5 / 4  # small: half a step over the size
    assert W.any()  # with both tables zero no gradient would ever be different from zero
    assert not C.any()


@pytest.mark.parametrize("scale", [0.1, 1.0, 4.0])
def test_gradients_match_finite_differences(scale):
    assert max(gradient_errors(0, scale)) < 1e-7


def test_gradients_equal_a_loop_over_pairs():
    W, C, words, neighbours = small_problem()
    dW, dC = np.zeros_like(W), np.zeros_like(C)
    for word, row in zip(words, neighbours):
        for place, neighbour in enumerate(row):
            d = sigmoid(W[word] @ C[neighbour]) - (place == 0)
            dW[word] += d * C[neighbour] / len(words)
            dC[neighbour] += d * W[word] / len(words)
    found = skipgram_gradient(W, C, words, neighbours)
    assert found[0] == pytest.approx(dW, abs=1e-14)
    assert found[1] == pytest.approx(dC, abs=1e-14)


def test_asking_for_the_gradient_changes_nothing():
    W, C, words, neighbours = small_problem()
    kept = [array.copy() for array in (W, C, words, neighbours)]
    first = skipgram_gradient(W, C, words, neighbours)
    second = skipgram_gradient(W, C, words, neighbours)
    assert all(np.array_equal(a, b) for a, b in zip(first, second))
    assert all(np.array_equal(a, b) for a, b in zip(kept, (W, C, words, neighbours)))


def test_float32_in_gives_float32_out():
    W, C, words, neighbours = small_problem()
    dW, dC = skipgram_gradient(W.astype(np.float32), C.astype(np.float32), words, neighbours)
    assert dW.dtype == dC.dtype == np.float32


def test_sigmoids_of_huge_scores_are_finite():
    x = np.array([-1000.0, -1.0, 0.0, 1000.0])
    assert log_sigmoid(x) == pytest.approx([-1000, -1 - np.log1p(np.exp(-1)), -np.log(2), 0])
    assert sigmoid(x) == pytest.approx([0, 1 / (1 + np.e), 0.5, 1])


def test_the_expected_gradient_is_zero_at_the_shifted_pmi():
    rng = stream(0, "limit")
    counts = rng.integers(1, 9, size=(4, 4))
    counts = (counts + counts.T).astype(float)
    noise, K = noise_distribution(counts.sum(axis=1)), 2
    pairs = np.argwhere(counts > 0)
    repeats = counts[counts > 0].astype(int)
    words, neighbours = np.repeat(pairs, repeats, axis=0).T
    scores = best_scores(counts, noise, K)
    true = np.zeros((4, 4))
    np.add.at(true, (words, neighbours), sigmoid(scores[words, neighbours]) - 1)
    share = counts.sum(axis=1, keepdims=True) * noise * K  # how often (w, c) is made up
    made_up = share * sigmoid(scores)
    assert true + made_up == pytest.approx(np.zeros((4, 4)), abs=1e-12)


def test_noise_is_the_counts_to_the_three_quarters():
    noise = noise_distribution(np.array([1, 16, 0]))
    assert noise == pytest.approx([1 / 9, 8 / 9, 0])
    drawn = with_made_up(np.zeros(5000, dtype=int), noise, 4, stream(0, "noise"))
    assert drawn.shape == (5000, 5)
    assert not drawn[:, 0].any()
    assert np.mean(drawn[:, 1:] == 1) == pytest.approx(8 / 9, abs=0.01)
    assert not (drawn == 2).any()


def test_the_tail_of_a_sigmoid_keeps_its_digits():
    x = np.array([-40.0, -700.0, 40.0])
    assert sigmoid(x) == pytest.approx([np.exp(-40), np.exp(-700), 1], rel=1e-15, abs=0)
    assert np.array_equal(sigmoid(np.array([0, 3], np.uint8)), sigmoid(np.array([0.0, 3.0])))
    assert np.array_equal(log_sigmoid(np.array([3, 200], np.uint8)), log_sigmoid([3.0, 200.0]))


def test_every_made_up_word_is_drawn_anew():
    """Neither the order of the words nor the pair decides what is drawn beside it."""
    drawn = with_made_up(np.zeros(20_000, dtype=int), np.full(4, 0.25), 2, stream(0, "noise"))
    tables = np.zeros((4, 4))
    np.add.at(tables, (drawn[:, 1], drawn[:, 2]), 1)
    assert tables / 20_000 == pytest.approx(np.full((4, 4), 1 / 16), abs=0.008)
    assert drawn[:1000, 1:].mean() == pytest.approx(1.5, abs=0.1)


def test_whole_numbers_of_8_bits_do_not_wrap_around():
    W = np.array([[20, 20], [1, 0]], np.uint8)
    words, neighbours = np.array([0, 1], np.uint8), np.array([[0, 1], [0, 0]], np.uint8)
    same = W.astype(float), W.astype(float), words.astype(int), neighbours.astype(int)
    assert skipgram_loss(W, W, words, neighbours) == skipgram_loss(*same)
    found, expected = skipgram_gradient(W, W, words, neighbours), skipgram_gradient(*same)
    assert np.array_equal(found, expected)


def test_pairs_that_never_met_have_a_best_score_of_minus_infinity():
    counts = np.array([[0, 2, 0], [2, 4, 0], [0, 0, 0]])  # the last word was never seen
    scores = best_scores(counts, [0.5, 0.5, 0.0], 2)
    assert scores[0, 1] == pytest.approx(np.log(2 / (2 * 0.5 * 2)))
    assert np.isneginf(scores[counts == 0]).all()


def with_(words=(0, 1), neighbours=((1, 0), (2, 2)), columns=2):
    W, C = np.ones((3, 2)), np.ones((3, columns))
    return skipgram_gradient(W, C, np.array(words), np.array(neighbours))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        *((lambda c=c: noise_distribution(c), ">= 0, not all")
          for c in ([0, 0], [1, -1], [1, np.nan], [1, np.inf], [])),
        (lambda: noise_distribution([1, 2], power=-1), "power is -1"),
        (lambda: noise_distribution([1, 2], power=np.nan), "power is nan"),
        *((lambda p=p: with_made_up(np.array([0]), p, 1, stream(0, "n")), "no distribution")
          for p in ([], [0.0], [-1, 2], [np.nan, 1], [0.5, 0.6])),
        (lambda: with_made_up(np.array([0]), [[1.0]], 1, stream(0, "n")), "noise has shape"),
        (lambda: with_made_up(np.array([0]), [1.0], 0, stream(0, "n")), "0 made-up"),
        (lambda: with_made_up(np.array([-1]), [1.0], 1, stream(0, "n")), "is -1"),
        (lambda: start_vectors(0, 2, stream(0, "n")), "0 words"),
        (lambda: best_scores(np.ones((2, 2)), [0.5, 0.5], 0), "not 0"),
        (lambda: best_scores(-np.ones((2, 2)), [0.5, 0.5], 1), ">= 0"),
        (lambda: with_(words=(0, -1)), r"words\[1\] is -1, expected 0 to 2"),
        (lambda: with_(words=(True, False)), "bool"),
        (lambda: with_(neighbours=((1, 0), (2, 3))), "is 3, expected 0 to 2"),
        (lambda: with_(words=((0,), (1,))), "words has shape"),
        (lambda: with_(words=(0,)), "neighbours has shape"),
        (lambda: with_(words=np.zeros(0, int), neighbours=np.zeros((0, 2), int)), "no pair"),
        (lambda: with_(columns=3), "C has shape"),
    ],
)
def test_what_cannot_be_learned_from_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
