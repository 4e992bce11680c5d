"""Optimizers over one flat buffer, and clipping; earned in block 04.

An optimizer moves all parameters into one array and leaves views of it in the tensors, so a step is
a few passes over one buffer, in place, whatever the number of parameters. Block 04 has each rule
as one pure formula; here the same rules without a new array per step.

    optimizer = Adam(parameters, learning_rate=1e-3)
    loss.backward()
    optimizer.clip(1.0)
    optimizer.step()
    optimizer.zero_gradients()

A tensor's `.data` or `.grad` may be replaced, and a second optimizer may move the same tensors:
every step begins with what the tensors then hold.
"""

import math
from collections.abc import Collection, Mapping
from typing import Any, NoReturn

import numpy as np

from shared.checks import NonFiniteError, check_finite, check_range
from shared.schedules import cosine_schedule as cosine_schedule  # users find both here too
from shared.schedules import step_schedule as step_schedule
from shared.tensor import Array, Tensor


class Optimizer:
    """The flat buffers and what every rule shares; `update` is the rule.

    parameters maps names to leaves of one dtype; their gradients come from backward or by hand.
    weight_decay is decoupled: each step takes learning_rate * weight_decay * w off the parameters
    named in `decayed` and off no others. `learning_rate` may be set anew before each step.
    """

    moments: tuple[str, ...] = ()  # the names of the rule's own buffers

    def __init__(
        self,
        parameters: Mapping[str, Tensor],
        learning_rate: float,
        *,
        weight_decay: float = 0.0,
        decayed: Collection[str] = (),
    ):
        dtype = check_parameters(parameters)
        check_decay(weight_decay, decayed, parameters)
        check_range("learning_rate", learning_rate, 0, math.inf)
        self.parameters = dict(parameters)
        self.learning_rate = learning_rate
        self.steps = 0
        size = sum(tensor.data.size for tensor in self.parameters.values())
        self.values, self.gradients = np.zeros(size, dtype), np.zeros(size, dtype)
        self._scratch = np.empty(size, dtype)
        self._decay = np.zeros(size, dtype) if decayed else None
        for name in self.moments:
            setattr(self, name, np.zeros(size, dtype))
        self._views: dict[str, dict[str, Array]] = {"data": {}, "grad": {}}
        start = 0
        for name, tensor in self.parameters.items():
            part = slice(start, start + tensor.data.size)
            self._views["data"][name] = self.values[part].reshape(tensor.shape)
            self._views["grad"][name] = self.gradients[part].reshape(tensor.shape)
            if self._decay is not None and name in decayed:
                self._decay[part] = weight_decay
            if tensor.grad is None:
                tensor.grad = np.zeros_like(tensor.data)
            start = part.stop
        self._take_in("data")
        self._take_in("grad")

    def _take_in(self, attribute: str) -> None:
        """Where a tensor holds another array than its view, copy that in and put the view back."""
        views, replaced = self._views[attribute], {}
        for name, tensor in self.parameters.items():
            array = getattr(tensor, attribute)
            if array is not views[name]:
                check_fit(f"{name}.{attribute}", array, views[name])
                replaced[name] = np.array(array)  # a copy: it may be another parameter's view
        for name, array in replaced.items():
            views[name][...] = array
            setattr(self.parameters[name], attribute, views[name])

    def zero_gradients(self) -> None:
        """Forget the gradients of the last backward."""
        self.gradients.fill(0)
        for name, tensor in self.parameters.items():
            tensor.grad = self._views["grad"][name]

    def gradient_norm(self) -> float:
        """The length of the gradient of all parameters together.

        Raises NonFiniteError where an element is not finite, or the length is no float any more.
        """
        self._take_in("grad")
        norm = length(self.gradients)
        if not math.isfinite(norm):
            for name, tensor in self.parameters.items():
                check_finite(f"the gradient of {name}", np.asarray(tensor.grad))
            raise NonFiniteError("the gradient is longer than the largest float: scale the loss")
        return norm

    def clip(self, largest: float) -> float:
        """Shorten the gradient to at most this length; returns the length it had."""
        if not largest > 0:
            raise ValueError(f"the gradient is clipped to {largest}, it must be above 0")
        norm = self.gradient_norm()
        if norm > largest:
            self.gradients *= largest / norm
        return norm

    def step(self) -> None:
        """Change the parameters by the rule. Raises ValueError, and then changes nothing."""
        check_range("learning_rate", self.learning_rate, 0, math.inf)
        norm = self.gradient_norm()
        squares = "square" in self.moments
        if squares and norm >= math.sqrt(np.finfo(self.values.dtype).max):
            raise NonFiniteError(f"the gradient is {norm:.3g} long, too long to square: clip it")
        self._take_in("data")
        self.steps += 1
        if self._decay is not None:
            np.multiply(self._decay, self.values, out=self._scratch)
            self._scratch *= self.learning_rate
            self.values -= self._scratch
        self.update()

    def update(self) -> None:
        raise NotImplementedError

    def state(self) -> tuple[dict[str, Array], int]:
        """What a checkpoint needs: (copies of the values and moments by name, the steps so far)."""
        self._take_in("data")
        return {name: getattr(self, name).copy() for name in ("values", *self.moments)}, self.steps

    def restore(self, arrays: Mapping[str, Array], steps: int) -> None:
        """Take back what `state` gave. Raises ValueError where it is another optimizer's."""
        names = ("values", *self.moments)
        if set(arrays) != set(names):
            raise ValueError(f"the state holds {sorted(arrays)}, expected {sorted(names)}")
        arrays = {name: np.asarray(array) for name, array in arrays.items()}
        for name in names:
            check_fit(name, arrays[name], self.values)
            check_finite(name, arrays[name])
            if name == "square" and (arrays[name] < 0).any():
                raise ValueError("square, a mean of squares, holds a number below 0")
        if not isinstance(steps, int) or isinstance(steps, bool) or steps < 0:
            raise ValueError(f"steps is {steps!r}, expected a whole number from 0 on")
        for name in names:
            getattr(self, name)[:] = arrays[name]
        for name, tensor in self.parameters.items():
            tensor.data = self._views["data"][name]
        self.steps = steps

    def _not_copied(self, memo: Any = None) -> NoReturn:
        raise TypeError("an optimizer is not copied: make a new one and restore(*old.state())")

    __copy__ = __deepcopy__ = _not_copied  # the copy's tensors would not be views of its buffers


# --- what is refused -----------------------------------------------------------------------------


def check_parameters(parameters: Any) -> np.dtype:
    """The dtype of all parameters. Raises TypeError, ValueError where one stands there twice."""
    if not isinstance(parameters, Mapping):
        kind = type(parameters).__name__
        raise TypeError(f'the parameters are a {kind}, expected a dict of tensors: {{"w": w}}')
    owner: dict[int, str] = {}  # by the address of the array
    for name, tensor in parameters.items():
        if not isinstance(tensor, Tensor) or tensor.op != "leaf":
            raise TypeError(f"{name} is no Tensor, or one that was computed: expected a leaf")
        first = owner.setdefault(tensor.data.ctypes.data, name)
        if first != name and tensor.data.size:
            raise ValueError(f"{first} and {name} are one array: give it one name")
    dtypes = {tensor.dtype for tensor in parameters.values()}
    if len(dtypes) != 1:
        raise TypeError(f"the parameters have {sorted(map(str, dtypes))}, expected one dtype")
    return dtypes.pop()


def check_decay(weight_decay: float, decayed: Collection[str], parameters: Mapping) -> None:
    """Raise ValueError unless decayed holds names of parameters and the decay is a number >= 0."""
    if isinstance(decayed, str):
        raise TypeError(f'decayed is the text "{decayed}", expected a list of names')
    if unknown := set(decayed) - set(parameters):
        raise ValueError(f"no parameter is called {', '.join(sorted(map(str, unknown)))}")
    check_range("weight_decay", weight_decay, 0, math.inf)
    if bool(decayed) != bool(weight_decay):
        raise ValueError("weight_decay and decayed, the names it acts on, go together")


def check_epsilon(epsilon: float, dtype: np.dtype) -> None:
    """Raise ValueError where the dtype may round it to 0: then a gradient of 0 gives 0 / 0."""
    check_range("epsilon", epsilon, float(np.finfo(dtype).tiny), math.inf)


def check_fit(name: str, array: Any, like: Array) -> None:
    """Raise ValueError unless the array has the shape and dtype of its place in the buffer."""
    if array is None:
        raise ValueError(f"{name} is None: call backward before the step")
    found, expected = (np.shape(array), np.asarray(array).dtype), (like.shape, like.dtype)
    if found != expected:
        raise ValueError(f"{name} is {found[1]} {found[0]}, expected {expected[1]} {expected[0]}")


def length(gradient: Array) -> float:
    """|g| of a flat array, also where squares over- or underflow; not finite where g is not."""
    with np.errstate(over="ignore", invalid="ignore"):
        square = float(np.dot(gradient, gradient))
    limits = np.finfo(gradient.dtype)
    if limits.tiny / limits.eps < square < math.inf:
        return math.sqrt(square)
    largest = float(np.abs(gradient).max(initial=0))
    if largest == 0 or not math.isfinite(largest):
        return largest
    scaled = gradient / gradient.dtype.type(largest)
    return largest * math.sqrt(float(np.dot(scaled, scaled)))


# --- the rules -----------------------------------------------------------------------------------


class SGD(Optimizer):
    """w -= learning_rate g; with momentum v = momentum v + g and w -= learning_rate v.

    Nesterov looks ahead: w -= learning_rate (g + momentum v). Source: Sutskever et al. 2013,
    in PyTorch's form.
    """

    moments = ("velocity",)
    velocity: Array

    def __init__(
        self, parameters, learning_rate, *, momentum=0.0, nesterov=False, weight_decay=0.0,
        decayed=(),
    ):
        super().__init__(parameters, learning_rate, weight_decay=weight_decay, decayed=decayed)
        check_range("momentum", momentum, 0, 1)
        if nesterov and not momentum:
            raise ValueError("nesterov looks ahead along the velocity: it needs a momentum")
        self.momentum, self.nesterov = momentum, nesterov

    def update(self) -> None:
        direction = self.gradients
        if self.momentum:
            self.velocity *= self.momentum
            self.velocity += self.gradients
            direction = self.velocity
            if self.nesterov:
                np.multiply(self.velocity, self.momentum, out=self._scratch)
                self._scratch += self.gradients
                direction = self._scratch
        self.values -= np.multiply(direction, self.learning_rate, out=self._scratch)


class RMSProp(Optimizer):
    """s = decay s + (1 - decay) g^2; w -= learning_rate g / (sqrt(s) + epsilon).

    Source: Tieleman and Hinton 2012, lecture 6.5.
    """

    moments = ("square",)
    square: Array

    def __init__(
        self, parameters, learning_rate, *, decay=0.99, epsilon=1e-8, weight_decay=0.0, decayed=()
    ):
        super().__init__(parameters, learning_rate, weight_decay=weight_decay, decayed=decayed)
        check_range("decay", decay, 0, 1)
        check_epsilon(epsilon, self.values.dtype)
        self.decay, self.epsilon = decay, epsilon

    def update(self) -> None:
        scratch = self._scratch
        np.multiply(self.gradients, self.gradients, out=scratch)
        scratch *= 1 - self.decay
        self.square *= self.decay
        self.square += scratch
        np.sqrt(self.square, out=scratch)
        scratch += self.epsilon
        np.divide(self.gradients, scratch, out=scratch)
        scratch *= self.learning_rate
        self.values -= scratch


class Adam(Optimizer):
    """m and s are running means of g and g^2, corrected for their start at zero:

    w -= learning_rate (m / (1 - beta1^t)) / (sqrt(s / (1 - beta2^t)) + epsilon)

    With weight_decay it is AdamW. Sources: Kingma and Ba 2015, algorithm 1; Loshchilov and
    Hutter 2019, algorithm 2.
    """

    moments = ("mean", "square")
    mean: Array
    square: Array

    def __init__(
        self, parameters, learning_rate, *, betas=(0.9, 0.999), epsilon=1e-8, weight_decay=0.0,
        decayed=(),
    ):
        super().__init__(parameters, learning_rate, weight_decay=weight_decay, decayed=decayed)
        for name, beta in zip(("beta1", "beta2"), betas, strict=True):
            check_range(name, beta, 0, 1)
        check_epsilon(epsilon, self.values.dtype)
        self.betas, self.epsilon = betas, epsilon

    def update(self) -> None:
        beta1, beta2 = self.betas
        scratch = self._scratch
        self.mean *= beta1
        self.mean += np.multiply(self.gradients, 1 - beta1, out=scratch)
        np.multiply(self.gradients, self.gradients, out=scratch)
        scratch *= 1 - beta2
        self.square *= beta2
        self.square += scratch
        np.sqrt(self.square, out=scratch)
        scratch /= math.sqrt(1 - beta2**self.steps)
        scratch += self.epsilon
        np.divide(self.mean, scratch, out=scratch)
        scratch *= self.learning_rate / (1 - beta1**self.steps)
        self.values -= scratch
