"""The block: what runs through it, and where its norms stand."""

import numpy as np
import pytest

from block09_transformer.block import MLP, Block
from shared.tensor import Tensor


def block(**choice):
    return Block(8, 2, np.random.default_rng(0), 0.5, np.float64, **choice)


def x_of(scale=3.0):
    return Tensor(scale * np.random.default_rng(1).standard_normal((5, 8)) + 1)


def test_a_block_that_adds_nothing_passes_x_on_untouched():
    quiet, x = block(), x_of()
    quiet.attention.out.W.data[:] = 0
    quiet.mlp.down.W.data[:] = 0
    assert np.array_equal(quiet(x, True)[0].data, x.data)


def test_without_the_residual_nothing_of_x_is_passed_on():
    quiet = block(residual=False)
    quiet.mlp.down.W.data[:] = 0
    assert not quiet(x_of(), True)[0].data.any()


def test_post_norm_ends_with_rows_of_mean_0_and_variance_1():
    out = block(norms="post")(x_of(), True)[0].data
    np.testing.assert_allclose(out.mean(axis=1), 0, atol=1e-12)
    np.testing.assert_allclose(out.var(axis=1), 1, atol=1e-4)
    quiet, x = block(norms="post"), x_of()
    quiet.attention.out.W.data[:] = quiet.mlp.down.W.data[:] = 0
    rows = x.data - x.data.mean(axis=1, keepdims=True)
    rows /= rows.std(axis=1, keepdims=True)
    np.testing.assert_allclose(quiet(x, True)[0].data, rows, atol=1e-4)


def test_pre_norm_adds_the_same_whatever_the_size_of_x():
    x = x_of()
    small, large = (block()(Tensor(s * x.data), True)[0].data - s * x.data for s in (1e4, 1e5))
    np.testing.assert_allclose(small, large, atol=1e-2)
    plain = block(norms="none")
    without = [plain(Tensor(s * x.data), True)[0].data - s * x.data for s in (1e4, 1e5)]
    assert np.abs(without[1]).max() > 5 * np.abs(without[0]).max()


def test_the_mlp_works_on_each_token_by_itself():
    mlp, x = MLP(8, np.random.default_rng(0), 0.5, np.float64), x_of()
    together = mlp(x).data
    alone = [mlp(Tensor(row[None])).data[0] for row in x.data]
    np.testing.assert_allclose(together, alone, atol=1e-12)
    assert mlp.up.W.shape == (8, 32)


def test_an_unknown_place_of_the_norms_is_refused():
    with pytest.raises(ValueError, match="norms are 'both'"):
        block(norms="both")
