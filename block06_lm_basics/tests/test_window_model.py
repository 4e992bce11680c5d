"""The network against central differences, a loop, what it may see, and what it can learn."""

import numpy as np
import pytest

from block06_lm_basics import proofs
from block06_lm_basics.counts import count, maximum_likelihood
from block06_lm_basics.train import Settings, train
from block06_lm_basics.window_model import ROWS, WindowModel, windows
from shared.data import BatchOrder
from shared.layers import parameters
from shared.seeding import stream


def small_model(dtype=np.float64, context=3):
    """A model of 6 symbols whose every parameter is far from zero."""
    model = WindowModel(6, context, 4, 7, stream(0, "weights"), dtype)
    rng = stream(0, "moved")
    for tensor in parameters(model).values():
        tensor.data = tensor.data + 0.3 * rng.standard_normal(tensor.shape).astype(dtype)
    return model


def some_ids(length, V=6, seed=0):
    return stream(seed, "ids").integers(V, size=length)


def test_gradient_matches_finite_differences():
    errors = proofs.gradient_errors(some_ids(20), 6, seed=1)
    assert set(errors) == {"embedding.table", "hidden.W", "hidden.b", "output.W", "output.b"}
    assert max(errors.values()) < 1e-7


def test_one_prediction_written_out_with_loops():
    model = small_model()
    p = {name: tensor.data for name, tensor in parameters(model).items()}
    x = [value for i in (2, 0, 5) for value in p["embedding.table"][i]]
    z = [sum(x[i] * p["hidden.W"][i, j] for i in range(12)) + p["hidden.b"][j] for j in range(7)]
    h = [max(number, 0) for number in z]
    z = [sum(h[j] * p["output.W"][j, k] for j in range(7)) + p["output.b"][k] for k in range(6)]
    powers = np.exp(z)
    expected = powers / powers.sum()
    assert model.distribution(np.array([1, 4, 2, 0, 5])) == pytest.approx(expected, rel=1e-12)


def test_windows_hold_what_stands_before_and_nothing_else():
    ids = some_ids(50)
    rows = windows(ids, 4)
    assert rows.shape == (50, 4)
    for t in (4, 17, 49):
        assert rows[t].tolist() == ids[t - 4 : t].tolist()
    assert rows[1].tolist() == [0, 0, 0, ids[0]]


@pytest.mark.parametrize("length", [0, 1, 2])
def test_texts_shorter_than_the_window(length):
    model = small_model()
    assert windows(some_ids(length), 3).shape == (length, 3)
    assert model.log_probabilities(some_ids(length)).shape == (length,)
    assert model.distribution(some_ids(length)).sum() == pytest.approx(1)


def test_changing_a_character_moves_the_next_three_predictions_only():
    model, ids = small_model(), some_ids(30)
    other = ids.copy()
    other[10] = (other[10] + 1) % 6
    moved = np.flatnonzero(model.log_probabilities(ids) != model.log_probabilities(other))
    assert moved.tolist() == [10, 11, 12, 13]  # 10 is now another target


def test_a_whole_text_and_one_place_at_a_time_agree():
    model, ids = small_model(), some_ids(40)
    whole = model.log_probabilities(ids)
    single = [np.log(model.distribution(ids[:t])[ids[t]]) for t in range(40)]
    assert whole == pytest.approx(single, abs=1e-12)


def test_evaluating_in_pieces_changes_nothing():
    model, ids = small_model(), some_ids(ROWS + 7)
    end = model.log_probabilities(ids)[-7:]
    assert end == pytest.approx(model.log_probabilities(ids[-40:])[-7:], abs=1e-12)


def test_the_loss_is_the_mean_of_the_log_probabilities():
    model, ids = small_model(), some_ids(40)
    loss = model.loss(windows(ids, 3), ids).item()
    assert loss == pytest.approx(-model.log_probabilities(ids).mean(), abs=1e-12)


def test_all_distributions_at_once_are_those_one_by_one():
    model, ids = small_model(), some_ids(12)
    many = model.distributions(windows(ids, 3))
    assert many == pytest.approx(np.array([model.distribution(ids[:t]) for t in range(12)]))


def test_a_new_model_knows_nothing_and_says_so():
    model = WindowModel(50, 4, 8, 16, stream(0, "weights"))
    assert model.distribution(np.array([1, 2, 3])) == pytest.approx(np.full(50, 1 / 50))


def learned(model, ids, steps=400):
    """The loss on ids after so many updates on all of them."""
    settings = Settings(model.context, 4, 32, 0.02, len(ids), steps, warmup=0)
    train(model, ids, settings, BatchOrder(len(ids), len(ids), stream(0, "all")))
    return -model.log_probabilities(ids).mean()


def test_one_small_batch_is_learned_by_heart_and_every_parameter_moves():
    """By heart: as good as the table of what followed each context, which is the best there is."""
    ids = some_ids(40, V=5) + 1
    text = "000" + "".join(map(str, ids))
    counts = count(text, 3)
    best = [-np.log(maximum_likelihood(counts, text[t - 3 : t], text[t])) for t in range(3, 43)]
    model = WindowModel(6, 3, 4, 64, stream(0, "weights"))
    before = {name: tensor.data.copy() for name, tensor in parameters(model).items()}
    assert np.mean(best) < learned(model, ids) < np.mean(best) + 0.01
    for name, tensor in parameters(model).items():
        rows = slice(None) if name != "embedding.table" else np.unique(ids[:-1])
        assert np.any(tensor.data[rows] != before[name][rows], axis=-1).all(), name


def test_it_learns_what_lies_inside_the_window_and_not_what_lies_outside():
    """The next symbol is the one 3 places before, or 4: a window of 3 sees only the first."""
    losses = {}
    for distance in (3, 4):
        parts = stream(0, "copies").integers(2, size=(80, 1, distance)) + 1
        ids = parts.repeat(2, axis=1).reshape(-1)  # each part is said twice
        asked = np.arange(len(ids)) % (2 * distance) >= distance
        model = WindowModel(3, 3, 4, 32, stream(0, "weights"))
        learned(model, ids, steps=200)
        losses[distance] = -model.log_probabilities(ids)[asked].mean()
    assert losses[3] < 0.6 * losses[4]


def test_float32_stays_float32():
    model = small_model(np.float32)
    assert model.loss(windows(some_ids(9), 3), some_ids(9)).dtype == np.float32


def test_its_size_counts_every_number():
    assert WindowModel(6, 3, 4, 7, stream(0, "w")).size() == 6 * 4 + 12 * 7 + 7 + 7 * 6 + 6


@pytest.mark.parametrize("sizes", [(0, 3, 4, 7), (6, 0, 4, 7), (6, 3, 0, 7), (6, 3, 4, 0)])
def test_an_empty_part_is_refused(sizes):
    with pytest.raises(ValueError, match="each must be at least 1"):
        WindowModel(*sizes, stream(0, "w"))


@pytest.mark.parametrize("shape", [(5, 2), (3,), (5, 3, 1)])
def test_windows_of_another_width_are_refused(shape):
    with pytest.raises(ValueError, match=r"windows are \(B, 3\), these are"):
        small_model().logits(np.zeros(shape, int))


@pytest.mark.parametrize("bad", [[1, 6, 2], [1, 2, 6], [1, 2, -1], [0.5], [True], [np.nan]])
def test_what_are_no_ids_of_the_vocabulary_is_refused_everywhere(bad):
    """Also as the last id, which is predicted and stands in no window."""
    model, ids = small_model(), np.array(bad)
    for call in (
        lambda: model.log_probabilities(ids),
        lambda: model.distribution(ids),
        lambda: model.loss(np.zeros((len(ids), 3), int), ids),
    ):
        with pytest.raises(ValueError, match=r"expected|outside"):
            call()
    if min(bad) < 0 or ids.dtype != int:
        with pytest.raises(ValueError, match="expected"):
            windows(ids, 3)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint64, list])
def test_ids_of_any_integer_type_are_the_same(dtype):
    model, ids = small_model(), some_ids(12)
    others = ids.tolist() if dtype is list else ids.astype(dtype)
    assert np.array_equal(model.log_probabilities(others), model.log_probabilities(ids))
    assert np.array_equal(model.distribution(others), model.distribution(ids))
    assert windows(others, 3).dtype == np.int64


@pytest.mark.parametrize("context", [0, -1])
def test_a_window_without_a_place_is_refused(context):
    with pytest.raises(ValueError, match=f"the context is {context}"):
        windows(some_ids(5), context)


def test_the_weights_begin_as_he_has_them_for_relu():
    model = WindowModel(50, 8, 16, 400, stream(0, "weights"))
    assert model.embedding.table.data.std() == pytest.approx(1, abs=0.1)
    assert model.hidden.W.data.std() == pytest.approx(np.sqrt(2 / (8 * 16)), rel=0.05)
