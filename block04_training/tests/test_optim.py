"""shared.optim: steps by hand, clipping and decay, and who owns which array."""

import copy

import numpy as np
import pytest

from shared import optim
from shared.checks import NonFiniteError
from shared.optim import SGD, Adam, RMSProp
from shared.tensor import Tensor


def leaf(*values, dtype=np.float64):
    return Tensor(np.array(values, dtype), requires_grad=True)


def stepped(w, optimizer):
    """The value after a step down w^2 from 1: 1 - 0.1 * 2 = 0.8."""
    (w * w).sum().backward()
    optimizer.step()
    return w.data.tolist()


def test_two_steps_of_adam_by_hand():
    """Gradients 1 and 3: m = 0.1, 0.39, s = 0.001, 0.009999, both corrected for their start."""
    a, b = leaf(0.0), leaf(0.0, 0.0)  # t counts steps, not parameters
    optimizer = Adam({"a": a, "b": b}, 0.1)
    w = 0.0
    for g, m, s, t in ((1.0, 0.1, 0.001, 1), (3.0, 0.39, 0.009999, 2)):
        optimizer.gradients[:] = g
        optimizer.step()
        w -= 0.1 * (m / (1 - 0.9**t)) / (np.sqrt(s / (1 - 0.999**t)) + 1e-8)
        assert optimizer.values == pytest.approx([w] * 3)
    assert optimizer.steps == 2
    assert optimizer.mean == pytest.approx([0.39] * 3)
    assert optimizer.square == pytest.approx([0.009999] * 3)


def test_decay_acts_on_the_named_parameters_alone():
    W, b = leaf(2.0, 4.0), leaf(2.0)
    optimizer = SGD({"W": W, "b": b}, 0.1, weight_decay=0.5, decayed=["W"])
    optimizer.step()
    assert W.data == pytest.approx([2 * 0.95, 4 * 0.95])
    assert b.data.tolist() == [2]


def test_clip_shortens_all_gradients_by_one_factor():
    a, b = leaf(0.0), leaf(0.0, 0.0)
    optimizer = SGD({"a": a, "b": b}, 0.1)
    optimizer.gradients[:] = [3.0, 0.0, -4.0]
    assert optimizer.clip(10.0) == 5
    assert optimizer.gradients.tolist() == [3, 0, -4]
    assert optimizer.clip(1.0) == 5
    assert a.grad == pytest.approx([0.6])
    assert b.grad == pytest.approx([0, -0.8])


@pytest.mark.parametrize("size", [1e-30, 1e30])
def test_clip_measures_gradients_whose_squares_float32_cannot_hold(size):
    w = leaf(0.0, 0.0, dtype=np.float32)
    optimizer = Adam({"w": w}, 0.1)
    optimizer.gradients[:] = [3 * size, 4 * size]
    if size > 1:
        with pytest.raises(NonFiniteError, match="too long to square: clip it"):
            optimizer.step()
    assert optimizer.clip(size) == pytest.approx(5 * size, rel=1e-6)
    assert w.grad == pytest.approx([0.6 * size, 0.8 * size], rel=1e-6)


@pytest.mark.parametrize("make", [SGD, RMSProp, Adam])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_broken_gradient_is_named_and_nothing_moves(make, bad):
    a, b = leaf(1.0), leaf(1.0, 2.0)
    optimizer = make({"a": a, "b": b}, 0.1)
    b.grad[1] = bad
    for act in (optimizer.step, lambda: optimizer.clip(1.0)):
        with pytest.raises(NonFiniteError, match=r"the gradient of b\[1\]"):
            act()
    arrays, steps = optimizer.state()
    assert (arrays["values"].tolist(), steps) == ([1, 1, 2], 0)
    assert all((arrays[name] == 0).all() for name in optimizer.moments)


# --- who owns the array --------------------------------------------------------------------------


def test_a_gradient_set_to_none_is_collected_anew():
    w = leaf(1.0)
    optimizer = SGD({"w": w}, 0.1)
    w.grad = None
    assert stepped(w, optimizer) == [0.8]
    w.grad = None
    with pytest.raises(ValueError, match=r"w\.grad is None: call backward"):
        optimizer.step()


def test_a_replaced_array_is_what_the_step_begins_with():
    w, v = leaf(5.0), leaf(7.0)
    optimizer = SGD({"w": w, "v": v}, 0.1)
    w.data, v.data = v.data, w.data
    assert optimizer.state()[0]["values"].tolist() == [7, 5]
    w.data = np.array([1.0])
    assert stepped(w, optimizer) == [0.8]
    assert v.data.tolist() == [5]
    w.grad = np.array([3.0])
    optimizer.step()
    assert w.data == pytest.approx([0.5])
    w.grad = np.array([3.0])
    optimizer.zero_gradients()
    assert w.grad.tolist() == [0]


@pytest.mark.parametrize("bad", [np.ones(2), np.ones(1, np.float32), np.ones((1, 1))])
@pytest.mark.parametrize("attribute", ["data", "grad"])
def test_a_replacement_that_does_not_fit_is_named(attribute, bad):
    w = leaf(1.0)
    optimizer = SGD({"w": w}, 0.1)
    setattr(w, attribute, bad)
    with pytest.raises(ValueError, match=rf"w\.{attribute} is .* expected float64 \(1,\)"):
        optimizer.step()


def test_two_optimizers_take_turns_on_one_tensor():
    w = leaf(1.0)
    (w * w).sum().backward()
    one, two = SGD({"w": w}, 0.1), SGD({"w": w}, 0.1)  # made after backward: its gradient counts
    one.step()
    assert w.data.tolist() == [0.8]
    one.zero_gradients()
    assert stepped(w, two) == pytest.approx([0.64])
    two.zero_gradients()
    assert stepped(w, one) == pytest.approx([0.512])


def test_a_state_is_a_copy_and_comes_back():
    w = leaf(1.0)
    optimizer = Adam({"w": w}, 0.1)
    saved, steps = optimizer.state()
    stepped(w, optimizer)
    assert (saved["values"].tolist(), saved["mean"].tolist()) == ([1], [0])
    w.data = np.array([9.0])
    optimizer.restore(saved, steps)
    assert (w.data.tolist(), optimizer.steps, optimizer.mean.tolist()) == ([1], 0, [0])


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_an_optimizer_is_not_copied(duplicate):
    with pytest.raises(TypeError, match="is not copied"):
        duplicate(SGD({"w": leaf(1.0)}, 0.1))


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"mean": np.array([np.nan])}, r"mean\[0\] is nan"),
        ({"values": np.array([1j])}, "values is complex128"),
        ({"values": np.ones(2)}, r"values is float64 \(2,\), expected float64 \(1,\)"),
        ({"values": np.ones(1, np.float32)}, "values is float32"),
        ({"square": np.array([-1.0])}, "below 0"),
        ({"velocity": np.ones(1)}, "the state holds"),
    ],
)
def test_a_state_that_is_not_its_own_is_refused_and_nothing_changes(change, says):
    optimizer = Adam({"w": leaf(1.0)}, 0.1)
    arrays, steps = optimizer.state()
    with pytest.raises(ValueError, match=says):
        optimizer.restore(arrays | change, steps)
    with pytest.raises(ValueError, match="steps is"):
        optimizer.restore(arrays | {"values": np.array([7.0])}, -1)
    assert optimizer.values.tolist() == [1]


def test_rmsprop_does_not_take_adams_state():
    with pytest.raises(ValueError, match="the state holds"):
        RMSProp({"w": leaf(1.0)}, 0.1).restore(*Adam({"w": leaf(1.0)}, 0.1).state())


w = leaf(1.0)
REFUSED = {
    "a list": (lambda: SGD([w], 0.1), TypeError, "are a list, expected a dict"),
    "no tensor": (lambda: SGD({"w": w.data}, 0.1), TypeError, "w is no Tensor, or one"),
    "a result": (lambda: SGD({"w": w * 2.0}, 0.1), TypeError, "w is no Tensor, or one"),
    "none at all": (lambda: SGD({}, 0.1), TypeError, "expected one dtype"),
    "two dtypes": (
        lambda: SGD({"w": w, "v": leaf(1.0, dtype=np.float32)}, 0.1), TypeError, "one dtype"
    ),
    "one tensor twice": (lambda: SGD({"w": w, "v": w}, 0.1), ValueError, "w and v are one array"),
    "one array twice": (
        lambda: SGD({"w": w, "v": Tensor(w.data[:], True)}, 0.1), ValueError, "are one array"
    ),
    "decayed is text": (
        lambda: SGD({"w": w}, 0.1, weight_decay=0.1, decayed="w"), TypeError, "a list of names"
    ),
    "an unknown name": (
        lambda: SGD({"w": w}, 0.1, weight_decay=0.1, decayed=["v"]), ValueError, "is called v"
    ),
    "decay of nothing": (lambda: SGD({"w": w}, 0.1, weight_decay=0.1), ValueError, "go together"),
    "negative decay": (
        lambda: SGD({"w": w}, 0.1, weight_decay=-0.1, decayed=["w"]), ValueError, "weight_decay is"
    ),
    "nesterov alone": (lambda: SGD({"w": w}, 0.1, nesterov=True), ValueError, "needs a momentum"),
    "momentum of 1": (lambda: SGD({"w": w}, 0.1, momentum=1.0), ValueError, "momentum is 1.0"),
    "decay of 1": (lambda: RMSProp({"w": w}, 0.1, decay=1.0), ValueError, "decay is 1.0"),
    "a NaN beta": (lambda: Adam({"w": w}, 0.1, betas=(0.9, np.nan)), ValueError, "beta2 is nan"),
    "no epsilon": (lambda: Adam({"w": w}, 0.1, epsilon=0.0), ValueError, "epsilon is 0.0"),
    "a step before 0": (lambda: optim.cosine_schedule(-1, peak=1.0, total=9), ValueError, "step"),
    "no steps": (lambda: optim.cosine_schedule(0, peak=1.0, total=0), ValueError, "total is 0"),
    "stairs of 0": (
        lambda: optim.step_schedule(1, start=1.0, every=0, factor=1.0), ValueError, "every is 0"
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    wrong, error, says = REFUSED[name]
    with pytest.raises(error, match=says):
        wrong()


@pytest.mark.parametrize("rate", [-0.1, np.nan, np.inf, "0.1", None])
def test_a_learning_rate_that_is_none_is_refused_at_the_start_and_at_each_step(rate):
    with pytest.raises(ValueError, match="learning_rate is"):
        SGD({"w": leaf(1.0)}, rate)
    optimizer = SGD({"w": leaf(1.0)}, 0.1)
    optimizer.learning_rate = rate
    with pytest.raises(ValueError, match="learning_rate is"):
        optimizer.step()


@pytest.mark.parametrize("largest", [-1.0, 0.0, np.nan])
def test_a_length_to_clip_to_is_above_0(largest):
    with pytest.raises(ValueError, match="clipped to"):
        SGD({"w": leaf(1.0)}, 0.1).clip(largest)


@pytest.mark.parametrize("size", [1e-200, 1e-161, 1.0, 1e200])  # 1e-322 has three digits left
def test_a_gradient_has_its_length_whatever_its_size(size):
    assert optim.length(size * np.array([3.0, 4.0])) / size == pytest.approx(5, rel=1e-12)
