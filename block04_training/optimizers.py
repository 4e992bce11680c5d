"""Optimizers as pure formulas: (weight, gradient, state) in, (new weight, new state) out.

    state = START[adam]
    w, state = adam(w, g, state, learning_rate=1e-3)     # every step

w and g are numbers or arrays of one shape. The state is what the rule remembers between steps; the
default is its start. Nothing is changed in place. shared.optim has the same rules for many
parameters at once, in place, and refuses learning rates and gradients that are none; the formulas
here compute what they are given.
"""

import numpy as np

# --- one step size for all directions ------------------------------------------------------------


def sgd(w, g, state=None, *, learning_rate):
    """w - learning_rate g.

    >>> sgd(1.0, 4.0, learning_rate=0.25)
    (0.0, None)
    """
    return w - learning_rate * g, state


def momentum(w, g, v=0.0, *, learning_rate, momentum=0.9):
    """v <- momentum v + g; w - learning_rate v. Steps that agree add up, steps that differ cancel.

    Where the gradient stays the same, the step grows to 1 / (1 - momentum) times the plain one.
    Source: Polyak 1964, in PyTorch's form.

    >>> momentum(1.0, 2.0, 10.0, learning_rate=0.125, momentum=0.5)
    (0.125, 7.0)
    """
    v = momentum * v + g
    return w - learning_rate * v, v


def nesterov(w, g, v=0.0, *, learning_rate, momentum=0.9):
    """v <- momentum v + g; w - learning_rate (g + momentum v): one more step along v, in advance.

    Source: Sutskever et al. 2013, in PyTorch's form.
    """
    v = momentum * v + g
    return w - learning_rate * (g + momentum * v), v


# --- a step size for each weight -----------------------------------------------------------------


def rmsprop(w, g, s=0.0, *, learning_rate, decay=0.99, epsilon=1e-8):
    """s <- decay s + (1 - decay) g^2; w - learning_rate g / (sqrt(s) + epsilon).

    g / sqrt(s) has no unit: a weight with gradients 1000 times as large steps as far as another.
    Source: Tieleman and Hinton 2012, lecture 6.5, epsilon outside the root.
    """
    s = decay * s + (1 - decay) * g * g
    return w - learning_rate * g / (np.sqrt(s) + epsilon), s


def adam(w, g, state=(0.0, 0.0, 0), *, learning_rate, betas=(0.9, 0.999), epsilon=1e-8):
    """Momentum over RMSProp: a running mean m of g, a running mean s of g^2, t steps so far.

    m <- beta1 m + (1 - beta1) g          mhat = m / (1 - beta1^t)
    s <- beta2 s + (1 - beta2) g^2        shat = s / (1 - beta2^t)
    w - learning_rate mhat / (sqrt(shat) + epsilon)

    m and s start at 0, so after t steps their weights add up to 1 - beta^t and not to 1; the hats
    divide by that. The first step is learning_rate sign(g), whatever the size of g.
    Source: Kingma and Ba 2015, algorithm 1.

    >>> float(adam(1.0, 1000.0, learning_rate=0.1)[0])
    0.900000000001
    """
    m, s, t = state
    t = t + 1
    m = betas[0] * m + (1 - betas[0]) * g
    s = betas[1] * s + (1 - betas[1]) * g * g  # floats first: integers overflow when squared
    mhat = m / (1 - betas[0] ** t)
    shat = s / (1 - betas[1] ** t)
    return w - learning_rate * mhat / (np.sqrt(shat) + epsilon), (m, s, t)


def adamw(w, g, state=(0.0, 0.0, 0), *, learning_rate, weight_decay, **rest):
    """Adam, and apart from it the weight shrinks by learning_rate weight_decay w.

    The decay does not pass through m and s, so a weight with large gradients shrinks as fast as
    another. regularisation.py has the L2 penalty, which does pass through them.
    Source: Loshchilov and Hutter 2019, algorithm 2.
    """
    shrunk = w * (1 - learning_rate * weight_decay)
    return adam(shrunk, g, state, learning_rate=learning_rate, **rest)


START = {  # what each rule remembers before its first step
    sgd: None, momentum: 0.0, nesterov: 0.0, rmsprop: 0.0, adam: (0.0, 0.0, 0),
    adamw: (0.0, 0.0, 0),
}
