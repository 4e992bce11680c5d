"""Reverse mode: one walk over a graph of arrays, from the loss back to its leaves; block 04.

A node here is a Tensor of shared.tensor: `data` is its array, `parents()` what it was made from,
`_backward` maps d loss / d data to one gradient per parent. The walk is that of block 04's scalar
engine, with two differences: gradients live only as long as they are needed, and so does the graph.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from shared.checks import NonFiniteError, check_finite

Array = np.ndarray


def topological_order(root: Any) -> list:
    """root and all it was made from that requires a gradient, parents before children."""
    order, seen, to_do = [], set(), [(root, False)]
    while to_do:
        node, parents_are_in = to_do.pop()
        if parents_are_in:
            order.append(node)
        elif node not in seen:
            seen.add(node)
            to_do.append((node, True))
            to_do += [(parent, False) for parent in node.parents() if parent.requires_grad]
    return order


def walk_back(root: Any, dout: Array) -> None:
    """Add dout * d root / d leaf to the `.grad` of every leaf, and free the graph on the way.

    Children come before their parents, so a node's gradient is complete when its turn comes.
    """
    order, gradients = topological_order(root), {root: dout}
    check_result(order)
    while order:
        node = order.pop()
        dout = gradients.pop(node)
        if node._backward is None:
            collect(node, dout)
            continue
        for parent, dparent in zip(node.parents(), node._backward(dout)):
            if parent.requires_grad:  # no +=: dparent may be dout, which others hold too
                known = gradients.get(parent)
                gradients[parent] = dparent if known is None else known + dparent
        node._parents = node._backward = None  # what only the record held is free now


def collect(leaf: Any, dout: Array) -> None:
    """Add to a leaf's gradient, which is an array of its own: dout may belong to others."""
    if leaf.grad is None:
        leaf.grad = np.array(dout, order="C")
    elif np.shape(leaf.grad) != leaf.shape:
        raise ValueError(f"a leaf {leaf.shape} has a .grad of shape {np.shape(leaf.grad)}")
    else:
        leaf.grad += dout


def check_result(order: list) -> None:
    """Raise NonFiniteError where the last node is not finite, and say in which node that began."""
    if np.isfinite(order[-1].data).all():
        return
    for node in order:
        try:
            check_finite(f"the result of {node.op}" if node.parents() else "a leaf", node.data)
        except NonFiniteError as error:
            raise NonFiniteError(f"the loss is not finite; it began here: {error}") from None


# --- whether operations are recorded at all ------------------------------------------------------


class _Mode(threading.local):  # each thread has its own: no_grad in one does not stop another
    recording = True


_mode = _Mode()


def is_recording() -> bool:
    """Whether an operation becomes part of a graph: not inside no_grad."""
    return _mode.recording


@contextmanager
def no_grad() -> Iterator[None]:
    """Inside this block no operation is recorded (in this thread)."""
    before = _mode.recording
    _mode.recording = False
    try:
        yield
    finally:
        _mode.recording = before
