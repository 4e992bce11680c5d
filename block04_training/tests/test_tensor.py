"""The rules of the graph: leaves, reuse, freeing, dtypes, and where a NaN began."""

import gc
import threading
import weakref

import numpy as np
import pytest

from shared import tensor
from shared.checks import NonFiniteError
from shared.operations import exp, log, relu, tanh
from shared.tensor import Tensor


def leaf(*values, dtype=np.float64):
    return Tensor(np.array(values, dtype), requires_grad=True)


def test_a_value_used_twice_adds_both_gradients():
    x = leaf(3.0)
    (x * x + x).sum().backward()
    assert x.grad.tolist() == [7]


def test_aliased_gradients_are_not_changed_in_place():
    """add hands one dout to both parents: adding to one in place would change the other."""
    x = leaf(2.0)
    a, b = x * 3.0, x * 5.0
    s = a + b
    (s + a).sum().backward()  # d/dx = 3 + 5 + 3
    assert x.grad.tolist() == [11]


def test_two_backward_passes_over_two_graphs_add_up():
    x = leaf(1.0, 2.0)
    for _ in range(2):
        (x * x).sum().backward()
    assert x.grad.tolist() == [4, 8]


def test_walking_a_graph_twice_is_an_error():
    x = leaf(1.0)
    loss = (x * x).sum()
    loss.backward()
    with pytest.raises(RuntimeError, match="walked this graph before"):
        loss.backward()
    assert x.grad.tolist() == [2]


def test_a_part_of_a_walked_graph_is_an_error_and_not_a_wrong_gradient():
    x = leaf(1.0)
    shared_part = x * x
    shared_part.sum().backward()
    with pytest.raises(RuntimeError, match="walked this graph before"):
        (shared_part * 2.0).sum().backward()


def test_backward_frees_the_arrays_it_kept():
    x = leaf(*range(10))
    middle = exp(x)
    kept = weakref.ref(middle.data)
    loss = tanh(middle).sum()
    del middle
    loss.backward()
    gc.collect()
    assert kept() is None


def test_a_deep_graph_needs_no_recursion():
    x = leaf(1.0)
    y = x
    for _ in range(20_000):
        y = y + 0.0
    y.sum().backward()
    assert x.grad.tolist() == [1]


def test_constants_get_no_gradient():
    constant, x = Tensor([2.0]), leaf(3.0)
    (constant * x).sum().backward()
    assert constant.grad is None
    assert x.grad.tolist() == [2]


def test_no_grad_is_a_matter_of_one_thread():
    recorded = []
    with tensor.no_grad():
        other = threading.Thread(target=lambda: recorded.append((leaf(1.0) * 2.0).requires_grad))
        other.start()
        other.join()
        assert not (leaf(1.0) * 2.0).requires_grad
    assert recorded == [True]
    assert (leaf(1.0) * 2.0).requires_grad


def test_backward_starts_at_one_number_or_with_a_gradient():
    x = leaf(1.0, 2.0)
    with pytest.raises(ValueError, match=r"one number, this tensor has \(2,\)"):
        (x * x).backward()
    (x * x).backward(np.array([1.0, 10.0]))
    assert x.grad.tolist() == [2, 40]


def test_backward_without_anything_to_learn_is_an_error():
    with pytest.raises(RuntimeError, match="nothing here requires a gradient"):
        (Tensor([1.0]) * 2.0).sum().backward()


@pytest.mark.parametrize("mix", [lambda x: np.ones(2) + x, lambda x: 3 - x, lambda x: 1 / x])
def test_numbers_and_arrays_take_the_tensors_dtype(mix):
    x = leaf(1.0, 2.0, dtype=np.float32)
    assert mix(x).dtype == np.float32


@pytest.mark.parametrize("data", ["text", True, [1j], None, [[1.0], [2.0, 3.0]]])
def test_what_is_no_float_array_is_refused(data):
    with pytest.raises((TypeError, ValueError)):
        Tensor(data)


@pytest.mark.parametrize(
    ("build", "op"),
    [
        (lambda x: log(relu(x - 5.0)), "log"),
        (lambda x: exp(x * 1e4), "exp"),
        (lambda x: (x * 0.0) / (x * 0.0), "divide"),
        (lambda x: (x - 5.0) ** 0.5, "power"),
    ],
)
def test_a_loss_that_is_not_finite_names_the_operation_where_it_began(build, op):
    x = leaf(1.0, 2.0)
    with np.errstate(all="ignore"):
        loss = (tanh(build(x)) + build(x)).sum()
        with pytest.raises(NonFiniteError, match=rf"began here: the result of {op}\[0\]"):
            loss.backward()
    assert x.grad is None


def test_a_plain_index_reads_and_writes_back():
    x = Tensor(np.arange(12.0).reshape(3, 4), requires_grad=True)
    (x[1:, ::2] * 2.0).sum().backward()
    expected = np.zeros((3, 4))
    expected[1:, ::2] = 2
    assert np.array_equal(x.grad, expected)


def test_equal_elements_of_maximum_share_the_gradient():
    from shared.operations import maximum

    a, b = leaf(1.0, 2.0), leaf(1.0, 3.0)
    maximum(a, b).sum().backward()
    assert a.grad.tolist() == [0.5, 0]
    assert b.grad.tolist() == [0.5, 1]
