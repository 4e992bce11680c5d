"""shared.layers: what each layer computes, how it starts, and the tree of parameters."""

import numpy as np
import pytest

from shared.layers import Embedding, LayerNorm, Linear, parameters
from shared.seeding import stream
from shared.tensor import Tensor


def test_a_linear_layer_by_hand_and_without_a_bias():
    layer = Linear(2, 3, stream(0, "linear"))
    layer.b.data += [1.0, 2.0, 3.0]
    x = np.array([[[1.0, 2.0]], [[0.0, -1.0]]])  # (2, 1, 2)
    assert layer(Tensor(x)).data == pytest.approx(x @ layer.W.data + [1.0, 2.0, 3.0])
    bare = Linear(2, 3, stream(0, "linear"), bias=False)
    assert np.array_equal(bare.W.data, layer.W.data)
    assert bare(Tensor(x)).data == pytest.approx(x @ bare.W.data)


def test_an_embedding_is_a_row_and_a_norm_has_mean_0_and_variance_1():
    table = Embedding(5, 3, stream(0, "table"))
    assert np.array_equal(table(np.array([[4, 0]])).data, table.table.data[[[4, 0]]])
    out = LayerNorm(3)(Tensor([[1.0, 2.0, 6.0]])).data
    assert (out.mean(), out.var()) == (pytest.approx(0), pytest.approx(1, abs=1e-5))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_start_has_its_deviation_and_is_the_same_in_both_dtypes(dtype):
    layer = Linear(200, 100, stream(0, "start"), dtype=dtype)
    given = Linear(200, 100, stream(0, "start"), deviation=0.02, dtype=dtype)
    table = Embedding(200, 100, stream(0, "start"), deviation=0.5, dtype=dtype)
    assert layer.W.data.std() == pytest.approx(np.sqrt(2 / 200), rel=0.02)
    assert given.W.data.std() == pytest.approx(0.02, rel=0.02)
    assert table.table.data.std() == pytest.approx(0.5, rel=0.02)
    assert layer.W.data == pytest.approx(Linear(200, 100, stream(0, "start")).W.data, rel=1e-6)
    learned = parameters([layer, given, table, LayerNorm(4, dtype=dtype)])
    assert {tensor.dtype for tensor in learned.values()} == {np.dtype(dtype)}


def test_parameters_have_their_path_and_shared_ones_the_first():
    class Model:
        def __init__(self):
            self.table = Embedding(4, 3, stream(0, "tree"))
            self.blocks = [{"norm": LayerNorm(3), "W": Linear(3, 3, stream(0), bias=False)}]
            self.out, self.size = self.table, 7
            self.constant = Tensor([1.0])

    model = Model()
    found = parameters(model)
    names = ["gain", "bias"]
    assert list(found) == ["table.table", *(f"blocks.0.norm.{n}" for n in names), "blocks.0.W.W"]
    assert found["blocks.0.W.W"] is model.blocks[0]["W"].W
    assert parameters(model.out) == {"table": model.table.table}


@pytest.mark.parametrize("make", [lambda r: Linear(0, 2, r), lambda r: Embedding(3, 0, r),
                                  lambda r: LayerNorm(0)])
def test_a_layer_without_numbers_is_refused(make):
    with pytest.raises(ValueError, match="each must be at least 1"):
        make(stream(0))
