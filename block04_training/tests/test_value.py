"""The scalar engine against finite differences, micrograd's numbers and counts by hand."""

import copy
import gc
import math

import numpy as np
import pytest

from block04_training.proofs import MICROGRAD, chain, micrograd_example
from block04_training.value import (
    Value,
    exp,
    gradient,
    log,
    log_sigmoid,
    plain,
    power,
    relu,
    sigmoid,
    tanh,
    topological_order,
)
from shared.checks import gradient_error
from shared.seeding import stream


def curved(x, y):
    """An expression with every operation in it, smooth at its inputs."""
    u = tanh(x * y) + exp(-x) / (1 + y**2)
    return sigmoid(u * x) * log(x + y) - u / power(y, 1.5) + relu(x) * x * y


EXPRESSIONS = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "negative": lambda a, b: -a * b,
    "power": lambda a, b: a**3 + b**-1 + a**0.5 + b**1 + a**0,
    "exp": lambda a, b: exp(a * b),
    "log": lambda a, b: log(a) * b,
    "tanh": lambda a, b: tanh(a - b),
    "sigmoid": lambda a, b: sigmoid(a - 2 * b),
    "log sigmoid": lambda a, b: log_sigmoid(a - 2 * b) * log_sigmoid(b),
    "relu": lambda a, b: relu(a - b) + relu(b - a) * 3,
    "numbers on the left": lambda a, b: 2 - a + 3 / b + 4 * a + 5,
    "diamond": lambda a, b: (a * b + a) * (a * b - b) / (a * b),
    "everything": curved,
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_gradient_equals_central_differences(name):
    function, rng = EXPRESSIONS[name], stream(0, "value", name)
    for _ in range(10):
        place = rng.uniform(0.5, 2.0, 2)
        found = np.array(gradient(function, place.tolist()))
        assert gradient_error(lambda p: float(function(*p.tolist())), place, found) <= 1e-6


def test_micrograds_readme():
    assert micrograd_example() == pytest.approx(MICROGRAD, abs=5e-5)


def test_paths_of_a_diamond_add_up():
    x = Value(3.0)
    left, right = x * 2, x * 5
    (left * right).backward()
    assert left.grad == 15
    assert right.grad == 6
    assert x.grad == 15 * 2 + 6 * 5  # 10 x^2 has the slope 20 x


def test_a_node_waits_for_all_that_use_it():
    """The long way round from a to the root must not come after a has passed its gradient on."""
    x = Value(2.0)
    a = x * x
    ((a + 1) * 3 + a).backward()
    assert a.grad == 4
    assert x.grad == 16


def test_backward_twice_gives_the_same_numbers():
    x = Value(3.0)
    middle = x * x
    top = middle * middle
    for _ in range(2):
        top.backward()
        assert (top.grad, middle.grad, x.grad) == (1, 18, 108)
    middle.backward()
    assert x.grad == 6


def test_a_hundred_thousand_nodes_in_a_row():
    nodes, slope = chain(100_000)
    assert nodes == slope == 100_001


def test_parents_come_before_children_and_each_node_once():
    x = Value(1.0)
    y = x + x
    z = y * x + y
    place = {node: i for i, node in enumerate(topological_order(z))}
    assert len(place) == len(topological_order(z)) == 4
    assert all(place[p] < place[node] for node in place for p in node.parents)


def test_a_graph_is_freed_without_the_garbage_collector():
    gc.disable()
    try:
        before = len(gc.get_objects())
        x = Value(1.0)
        for _ in range(20):
            (x * 2 + tanh(x)).backward()
        assert len(gc.get_objects()) - before < 20
    finally:
        gc.enable()


def test_functions_of_plain_numbers_are_pythons():
    assert (exp(0.3), log(0.3), tanh(0.3)) == (math.exp(0.3), math.log(0.3), math.tanh(0.3))
    assert sigmoid(0.3) == pytest.approx(1 / (1 + math.exp(-0.3)))
    assert (relu(-2.0), relu(2.0), power(2.0, -1)) == (0, 2, 0.5)


def test_sigmoid_and_its_logarithm_keep_their_digits_in_both_tails():
    assert (sigmoid(-1e4), sigmoid(1e4)) == (0, 1)
    assert (log_sigmoid(-1e4), log_sigmoid(1e4)) == (-1e4, 0)
    for sign in (-1, 1):
        x = Value(sign * 40.0)
        y = sigmoid(x)
        y.backward()
        assert x.grad == pytest.approx(math.exp(-40), rel=1e-12)
        assert y.data == pytest.approx(math.exp(-40) if sign < 0 else 1, rel=1e-12)
        assert log_sigmoid(x).data == pytest.approx(-40 if sign < 0 else -math.exp(-40), rel=1e-12)


@pytest.mark.parametrize(("at", "slope"), [(-1.0, 0), (0.0, 0), (1e-9, 1)])
def test_relu_has_no_slope_at_its_kink(at, slope):
    assert gradient(relu, [at]) == [slope]


def test_a_copied_graph_stands_by_itself():
    x = Value(3.0)
    twin = copy.deepcopy(x)
    (x * twin * twin).backward()
    assert (x.grad, twin.grad) == (9, 18)


def test_a_numpy_number_on_the_left_is_a_number():
    product = np.float64(2.0) * Value(3.0)
    assert isinstance(product, Value)
    assert plain(product) == 6


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        (lambda: Value("3"), TypeError, "one number, not a str"),
        (lambda: Value(True), TypeError, "not a bool"),
        (lambda: Value(np.zeros(2)), TypeError, "not a ndarray"),
        (lambda: Value(1.0) + [1.0], TypeError, "not a list"),
        (lambda: Value(math.nan), ValueError, "finite number, not nan"),
        (lambda: Value(1e200) * 1e200 / 1 + Value(math.inf), ValueError, "not inf"),
        (lambda: (Value(1e200) * 1e200).backward(), ValueError, "not inf"),
        (lambda: log(Value(0.0)), ValueError, "above 0, not 0"),
        (lambda: Value(1.0) / 0, ZeroDivisionError, "zero"),
        (lambda: Value(-8.0) ** (1 / 3), ValueError, "domain"),
        (lambda: Value(2.0) ** Value(2.0), TypeError, r"exp\(p \* log\(x\)\)"),
        (lambda: exp(Value(1e4)), OverflowError, "range"),
        (lambda: log(math.nan), ValueError, "above 0, not nan"),
        (lambda: Value(2.0) == 2.0, TypeError, r"compare x\.data"),
        (lambda: Value(2.0) > 1.0, TypeError, r"compare x\.data"),
        (lambda: bool(Value(0.0)), TypeError, r"compare x\.data"),
    ],
)
def test_bad_input_is_named(wrong, error, says):
    with pytest.raises(error, match=says):
        wrong()
