"""The rules of the graph: leaves, reuse, freeing, dtypes, and where a NaN began."""

import copy
import gc
import threading
import weakref

import numpy as np
import pytest

from shared import functional, tensor
from shared.checks import NonFiniteError
from shared.operations import exp, log, maximum, relu, sigmoid, tanh, where
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


def test_two_graphs_over_a_single_number_add_up():
    x = Tensor(3.0, requires_grad=True)
    for _ in range(2):
        (x * 2).backward()
    assert x.grad == 4
    assert isinstance(x.grad, np.ndarray)


def test_a_leafs_gradient_is_an_array_of_its_own():
    a, b, given = leaf(1.0, 2.0), leaf(3.0, 4.0), np.ones(2)
    (a + b).backward(given)
    given[:] = 7
    a.grad[:] = 9
    assert b.grad.tolist() == [1, 1]
    a.backward(b.grad)
    assert (a.grad.tolist(), b.grad.tolist()) == ([10, 10], [1, 1])


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_a_copied_leaf_has_its_own_array_and_its_own_gradient(duplicate):
    w = leaf(3.0)
    (w * w).sum().backward()
    v = duplicate(w)
    (w * v * v).sum().backward()  # d/dw = v^2, d/dv = 2 w v
    assert (w.grad.tolist(), v.grad.tolist()) == ([6 + 9], [6 + 18])
    v.data[:] = 0
    assert w.data.tolist() == [3]
    with pytest.raises(TypeError, match="result of multiply is not copied"):
        duplicate(w * w)


def test_a_gradient_of_another_shape_is_named():
    x = leaf(1.0, 2.0)
    x.grad = np.zeros((3, 2))
    with pytest.raises(ValueError, match=r"a leaf \(2,\) has a .grad of shape \(3, 2\)"):
        x.sum().backward()
    with pytest.raises(NonFiniteError, match=r"the gradient\[1\] is nan"):
        (x * x).backward(np.array([1.0, np.nan]))


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


def test_no_grad_ends_where_it_began_however_it_is_left():
    with tensor.no_grad():
        with tensor.no_grad():
            pass
        assert not (leaf(1.0) * 2.0).requires_grad
        with pytest.raises(KeyError), tensor.no_grad():
            raise KeyError
        assert not (leaf(1.0) * 2.0).requires_grad
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


@pytest.mark.parametrize("data", ["text", True, [1j], None, [[1.0], [2.0, 3.0]], Tensor(1.0)])
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
    a, b = leaf(1.0, 2.0), leaf(1.0, 3.0)
    maximum(a, b).sum().backward()
    assert a.grad.tolist() == [0.5, 0]
    assert b.grad.tolist() == [0.5, 1]


# --- corners where the formula is right and the digits or the limit are lost ---------------------


def slope(function, *at, dtype=np.float64):
    """The values and slopes of a function of one number, as lists."""
    x = leaf(*at, dtype=dtype)
    y = function(x)
    y.sum().backward()
    assert y.dtype == x.grad.dtype == dtype
    return y.data.tolist(), x.grad.tolist()


@pytest.mark.parametrize(
    ("exponent", "slopes"), [(0, [0, 0]), (1, [1, 1]), (2, [0, 4]), (3.0, [0, 12])]
)
def test_powers_have_a_slope_at_zero(exponent, slopes):
    assert slope(lambda x: x**exponent, 0.0, 2.0)[1] == slopes


def test_relu_has_no_slope_at_its_kink():
    assert slope(relu, -1.0, 0.0, 1e-9) == ([0, 0, 1e-9], [0, 0, 1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sigmoid_and_its_slope_keep_their_digits_in_both_tails(dtype):
    values, slopes = slope(sigmoid, -40.0, 40.0, -1e9, 1e9, dtype=dtype)
    assert values == pytest.approx([np.exp(-40), 1, 0, 1], rel=1e-6)
    assert slopes == pytest.approx([np.exp(-40), np.exp(-40), 0, 0], rel=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_gelu_is_a_ramp_far_out_and_keeps_its_digits_on_the_left(dtype):
    values, slopes = slope(functional.gelu, 1e20, -1e20, dtype=dtype)
    assert values == pytest.approx([1e20, 0])
    assert slopes == [1, 0]
    u = np.sqrt(2 / np.pi) * (-5 - 0.044715 * 125)
    assert slope(functional.gelu, -5.0, dtype=dtype)[0] == pytest.approx(
        [-5 * np.exp(2 * u)], rel=1e-5
    )


@pytest.mark.parametrize(("dtype", "offset"), [(np.float32, 1234.1), (np.float64, 1e9 + 0.1)])
def test_layer_norm_of_equal_numbers_is_zero(dtype, offset):
    ones = Tensor(np.ones(768, dtype))
    out = functional.layer_norm(Tensor(np.full((3, 768), offset, dtype)), ones, ones * 0.0)
    assert out.data == pytest.approx(0, abs=1e-6)


def test_layer_norm_names_a_row_that_is_too_large_to_square():
    x, ones = Tensor(np.array([[1e20, -1e20]], np.float32)), Tensor(np.ones(2, np.float32))
    with pytest.raises(NonFiniteError, match="variance of layer_norm's rows"):
        functional.layer_norm(x, ones, ones)


# --- at the prompt -------------------------------------------------------------------------------


def test_what_a_numpy_user_reaches_for():
    x = Tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    assert (len(x), x.ndim, x.shape, x.T.shape) == (2, 2, (2, 3), (3, 2))
    assert np.array_equal(x.transpose((1, 0)).data, x.data.T)
    assert repr(x[0]) == "Tensor([1., 2., 3.], float64, op=getitem)"
    assert float(x[1, 2]) == 6
    assert not x.detach().requires_grad
    for row, factor in zip(x, (2.0, 3.0)):
        (row * factor).sum().backward()
    assert x.grad.tolist() == [[2] * 3, [3] * 3]


ONE, TWO = Tensor(1.0), Tensor([1.0, 2.0])
REFUSED = {
    "compared": (lambda: where(TWO == 0.0, 5.0, TWO), TypeError, "not compared .* use x.data"),
    "ordered": (lambda: TWO > 0, TypeError, "not compared"),
    "compared by an array": (lambda: np.zeros(2) == TWO, TypeError, "not compared"),
    "truth": (lambda: bool(Tensor(0.0)), TypeError, "no truth value"),
    "rows of a number": (lambda: list(ONE), TypeError, "no length and no rows"),
    "length of a number": (lambda: len(ONE), TypeError, "no length and no rows"),
    "a number of two": (lambda: float(TWO), ValueError, r"one number .* shape \(2,\)"),
    "an array of it": (lambda: np.asarray(TWO), TypeError, "use x.data"),
    "joined by NumPy": (lambda: np.concatenate([TWO, TWO]), TypeError, "use x.data"),
    "a tensor of tensors": (lambda: Tensor([ONE, ONE]), TypeError, "use x.data"),
    "as an index": (lambda: TWO[TWO], TypeError, "use x.data"),
    "plus None": (lambda: TWO + None, TypeError, "not object"),
    "plus a list with None": (lambda: TWO * [None, 1.0], TypeError, "not object"),
    "plus text": (lambda: TWO + "3", TypeError, "not <U1"),
    "plus a complex number": (lambda: TWO + 1j, TypeError, "not complex128"),
    "a power that is text": (lambda: TWO ** "2", TypeError, "exponent of power"),
    "a power that is NaN": (lambda: TWO**np.nan, TypeError, "exponent of power"),
    "an embedding of a row": (lambda: functional.embedding(TWO, [0]), ValueError, r"\(V, C\)"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_leave_the_record_is_one_clear_line(name):
    wrong, error, says = REFUSED[name]
    with pytest.raises(error, match=says) as caught:
        wrong()
    assert "\n" not in str(caught.value)
