"""Optimizers over one flat buffer, clipping, and learning-rate schedules; earned in block 04.

An optimizer moves all parameters into one array and leaves views of it in the tensors, so a step is
a few passes over one buffer, in place, whatever the number of parameters. Block 04 has each rule
as one pure formula; here the same rules without a new array per step.

    optimizer = Adam(parameters, learning_rate=1e-3)
    loss.backward()
    optimizer.clip(1.0)
    optimizer.step()
    optimizer.zero_gradients()
"""

import math
from collections.abc import Collection, Mapping

import numpy as np

from shared.checks import NonFiniteError, check_finite
from shared.tensor import Array, Tensor


class Optimizer:
    """The flat buffers and what every rule shares; `update` is the rule.

    parameters maps names to tensors of one dtype. weight_decay is decoupled: each step takes
    learning_rate * weight_decay * w off the parameters named in `decayed` and off no others.
    `learning_rate` may be set anew before each step.
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
        self.parameters = dict(parameters)
        self.learning_rate = learning_rate
        self.steps = 0
        if unknown := set(decayed) - set(self.parameters):
            raise ValueError(f"no parameter is called {', '.join(sorted(unknown))}")
        if bool(decayed) != bool(weight_decay):
            raise ValueError("weight_decay and decayed, the names it acts on, go together")
        dtypes = {tensor.dtype for tensor in self.parameters.values()}
        if len(dtypes) != 1:
            raise TypeError(f"the parameters have {sorted(map(str, dtypes))}, expected one dtype")
        size = sum(tensor.data.size for tensor in self.parameters.values())
        dtype = dtypes.pop()
        self.values, self.gradients = np.empty(size, dtype), np.zeros(size, dtype)
        self._scratch = np.empty(size, dtype)
        self._decay = np.zeros(size, dtype) if decayed else None
        for name in self.moments:
            setattr(self, name, np.zeros(size, dtype))
        start = 0
        for name, tensor in self.parameters.items():
            part = slice(start, start + tensor.data.size)
            self.values[part] = tensor.data.ravel()
            tensor.data = self.values[part].reshape(tensor.shape)
            tensor.grad = self.gradients[part].reshape(tensor.shape)
            if self._decay is not None and name in decayed:
                self._decay[part] = weight_decay
            start = part.stop

    def zero_gradients(self) -> None:
        """Forget the gradients of the last backward."""
        self.gradients.fill(0)

    def gradient_norm(self) -> float:
        """The length of the gradient of all parameters together. Raises NonFiniteError on NaN."""
        norm = math.sqrt(float(np.dot(self.gradients, self.gradients)))
        if not math.isfinite(norm):
            for name, tensor in self.parameters.items():
                check_finite(f"the gradient of {name}", np.asarray(tensor.grad))
            raise NonFiniteError("the gradient is too long to be squared")
        return norm

    def clip(self, largest: float) -> float:
        """Shorten the gradient to at most this length; returns the length it had."""
        norm = self.gradient_norm()
        if norm > largest:
            self.gradients *= largest / norm
        return norm

    def step(self) -> None:
        """Change the parameters by the rule. Raises NonFiniteError, and then changes nothing."""
        self.gradient_norm()
        self.steps += 1
        if self._decay is not None:
            np.multiply(self._decay, self.values, out=self._scratch)
            self._scratch *= self.learning_rate
            self.values -= self._scratch
        self.update()

    def update(self) -> None:
        raise NotImplementedError

    def state(self) -> tuple[dict[str, Array], int]:
        """What a checkpoint needs: (the values and moments by name, the number of steps)."""
        return {name: getattr(self, name) for name in ("values", *self.moments)}, self.steps

    def restore(self, arrays: Mapping[str, Array], steps: int) -> None:
        """Take back what `state` gave. Raises ValueError where names or shapes do not fit."""
        for name in ("values", *self.moments):
            if name not in arrays or arrays[name].shape != self.values.shape:
                raise ValueError(f"the state has no {name} of shape {self.values.shape}")
        for name in ("values", *self.moments):
            getattr(self, name)[:] = arrays[name]
        self.steps = steps


class SGD(Optimizer):
    """w -= learning_rate g; with momentum v = momentum v + g and w -= learning_rate v.

    Nesterov looks ahead: w -= learning_rate (g + momentum v). Source: Sutskever et al. 2013,
    in PyTorch's form.
    """

    moments = ("velocity",)
    velocity: Array

    def __init__(self, parameters, learning_rate, *, momentum=0.0, nesterov=False, **decay):
        super().__init__(parameters, learning_rate, **decay)
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

    def __init__(self, parameters, learning_rate, *, decay=0.99, epsilon=1e-8, **weight_decay):
        super().__init__(parameters, learning_rate, **weight_decay)
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

    def __init__(self, parameters, learning_rate, *, betas=(0.9, 0.999), epsilon=1e-8, **decay):
        super().__init__(parameters, learning_rate, **decay)
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


# --- schedules: the learning rate of a step, counted from 0 ---------------------------------------


def step_schedule(step: int, *, start: float, every: int, factor: float) -> float:
    """start * factor^(step // every): a staircase.

    >>> [step_schedule(t, start=1.0, every=10, factor=0.5) for t in (0, 9, 10, 25)]
    [1.0, 1.0, 0.5, 0.25]
    """
    return start * factor ** (step // every)


def cosine_schedule(
    step: int, *, peak: float, total: int, warmup: int = 0, final: float = 0.0
) -> float:
    """Up along a line for `warmup` steps, then down along half a cosine from peak to final.

    Source: Loshchilov and Hutter 2017, eq. 5, one cycle.

    >>> [round(cosine_schedule(t, peak=1.0, total=12, warmup=2), 3) for t in (0, 1, 2, 7, 12)]
    [0.5, 1.0, 1.0, 0.5, 0.0]
    """
    if step < warmup:
        return peak * (step + 1) / warmup
    progress = min((step - warmup) / max(total - warmup, 1), 1.0)
    return final + (peak - final) * (1 + math.cos(math.pi * progress)) / 2
