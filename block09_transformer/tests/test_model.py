"""The textbook's model: tokens in, logits out, and what it refuses."""

import numpy as np
import pytest

from block09_transformer.model import Shape, Transformer
from block09_transformer.proofs import SMALL
from shared.layers import parameters


def model(**choice):
    return Transformer(SMALL._replace(**choice), np.random.default_rng(0))


IDS = np.array([3, 1, 4, 1, 5])


def test_the_token_shift_adds_the_two_predecessors_each_from_its_own_table():
    shifted = model(positions="none")
    one, two = (table.table.data for table in shifted.shift)
    expected = shifted.embedding.table.data[IDS]
    expected[1:] += one[IDS[:-1]]
    expected[2:] += two[IDS[:-2]]
    np.testing.assert_allclose(shifted.embed(IDS).data, expected)
    np.testing.assert_allclose(shifted.embed(IDS[:1]).data, expected[:1])


@pytest.mark.parametrize("positions", ["rotary", "learned", "sinusoidal", "none"])
def test_a_later_token_changes_no_logit_before_it(positions):
    any_model = model(positions=positions)
    before, other = any_model(IDS).data, IDS.copy()
    other[3] = 7
    after = any_model(other).data
    assert np.array_equal(before[:3], after[:3]) and not np.allclose(before[3:], after[3:])


def test_in_one_layer_without_positions_and_shift_the_last_logits_know_no_order():
    """In a second layer they would: there the mask has given each token another past."""
    def last(ids, **choice):
        return model(shift=0, layers=1, **choice)(np.array(ids)).data[-1]

    np.testing.assert_allclose(last([2, 9, 4], positions="none"), last([9, 2, 4], positions="none"))
    for positions in ("rotary", "learned", "sinusoidal"):
        one, two = (last(ids, positions=positions) for ids in ([2, 9, 4], [9, 2, 4]))
        assert not np.allclose(one, two)


def test_a_tied_model_has_no_table_of_its_own_for_the_way_out():
    assert "head.W" not in parameters(model()) and "head.W" in parameters(model(tied=False))


def test_the_loss_is_the_mean_over_all_tokens_of_all_stories():
    any_model = model()
    stories, targets = [IDS, IDS[:2]], [IDS, IDS[:2]]
    each = [any_model.loss([ids], [wanted]).item() for ids, wanted in zip(stories, targets)]
    expected = (5 * each[0] + 2 * each[1]) / 7
    assert any_model.loss(stories, targets).item() == pytest.approx(expected, abs=1e-12)


def test_every_parameter_has_a_gradient():
    any_model = model(positions="learned", tied=False)
    any_model.loss([np.arange(10)], [np.arange(10)[::-1]]).backward()
    for name, leaf in parameters(any_model).items():
        assert np.abs(leaf.grad).max() > 0, name


def test_the_weights_begin_as_documented():
    begun = Transformer(Shape(300, channels=64, layers=1), np.random.default_rng(0))
    assert abs(begun.embedding.table.data.std() - 0.09) < 0.002
    assert abs(begun.blocks[0].mlp.up.W.data.std() - 0.05) < 0.002
    assert abs(begun(np.arange(100)).data.std() - 0.72) < 0.1  # sqrt(64) * 0.09


def test_bad_input_is_one_clear_line():
    with pytest.raises(ValueError, match="11 tokens, this model takes 1 to 10"):
        model()(np.zeros(11, int))
    with pytest.raises(ValueError, match="0 tokens"):
        model()(np.zeros(0, int))
    with pytest.raises(ValueError, match=r"ids\[1\] is 13, expected 0 to 12"):
        model()(np.array([0, 13]))
    with pytest.raises(ValueError, match="positions are 'absolute'"):
        model(positions="absolute")
    with pytest.raises(ValueError, match="5 heads do not divide 12 channels"):
        model(heads=5)
