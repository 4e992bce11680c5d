"""Numbers at the ends of their dtype, in training: optimizers, losses, checkpoints."""

import io
import zipfile

import numpy as np
import pytest

from shared.checkpoint import CheckpointError, load, pack, save
from shared.checks import NonFiniteError
from shared.losses import cross_entropy_gradient
from shared.optim import SGD, Adam, RMSProp
from shared.tensor import Tensor


def leaf(gradient, dtype):
    w = Tensor(np.zeros(len(gradient), dtype), requires_grad=True)
    w.grad = np.array(gradient, dtype)
    return {"w": w}


@pytest.mark.parametrize("make", [RMSProp, Adam])
def test_an_epsilon_that_float32_rounds_to_0_is_refused(make):
    for dtype, epsilon in ((np.float32, 1e-50), (np.float64, 1e-320)):
        with pytest.raises(ValueError, match=f"epsilon is {epsilon}"):
            make(leaf([0.0], dtype), 0.1, epsilon=epsilon)
    optimizer = make(leaf([0.0], np.float32), 0.1, epsilon=1e-37)
    optimizer.step()
    assert optimizer.values.tolist() == [0]


def test_a_gradient_longer_than_any_float_is_refused_not_clipped_to_0():
    optimizer = SGD(leaf([1e308] * 4, np.float64), 0.1)
    with pytest.raises(NonFiniteError, match="longer than the largest float"):
        optimizer.clip(1.0)
    assert optimizer.gradients.tolist() == [1e308] * 4


def test_only_who_squares_the_gradient_refuses_a_long_one():
    optimizer = SGD(leaf([1e20], np.float32), 1e-20)
    optimizer.step()
    assert optimizer.values == pytest.approx([-1])
    with pytest.raises(NonFiniteError, match="too long to square"):
        RMSProp(leaf([1e20], np.float32), 1e-20).step()


@pytest.mark.parametrize("make", [SGD, RMSProp, Adam])
def test_a_misspelled_setting_is_reported_for_the_class_that_was_called(make):
    with pytest.raises(TypeError, match=rf"{make.__name__}\.__init__\(\) .*'wieght_decay'"):
        make(leaf([0.0], np.float64), 0.1, wieght_decay=0.1)


@pytest.mark.parametrize("weights", [None, [1.0, 3.0, 1.0], [1e300, 3e300, 1e300]])
def test_the_gradient_of_float32_logits_is_float32(weights):
    logits, targets = np.zeros((2, 3)), np.array([1, 0])
    found = cross_entropy_gradient(np.float32(logits), targets, weights)
    expected = np.array([[1, -2, 1], [-2, 1, 1]]) / 3 / 2
    if weights:
        expected *= [[1.5], [0.5]]  # 3 / 4 and 1 / 4 in place of 1 / 2
    assert found.dtype == np.float32
    assert found == pytest.approx(expected, rel=1e-6)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*gone"):
        save(tmp_path / "gone/c.npz", {}, {})


@pytest.mark.parametrize("saved, found", [("f4", "f8"), ("f8", "f4"), ("i8", "u8"), ("<f4", ">f4")])
def test_an_array_of_another_dtype_than_the_one_saved_is_refused(saved, found, tmp_path):
    def entry(name, dtype):
        with zipfile.ZipFile(io.BytesIO(pack({"w": np.ones(3, dtype)}, {}))) as archive:
            return archive.read(name)

    with zipfile.ZipFile(tmp_path / "c.npz", "w") as archive:
        archive.writestr("w.npy", entry("w.npy", found))
        archive.writestr("state.npy", entry("state.npy", saved))
    with pytest.raises(CheckpointError, match="not the ones that were saved"):
        load(tmp_path / "c.npz")
