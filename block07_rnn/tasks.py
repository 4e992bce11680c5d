"""What the networks are asked: three games drawn from seeds, whose answers are known, and text.

A task gives inputs (T, B) and targets (T, B), whole numbers, time first; a target of NOTHING is
not asked. Beside each stands what somebody who has understood nothing can reach.
"""

import math

import numpy as np

from shared.checks import check_ids, check_whole

NOTHING = -1  # the target of a step at which nothing is asked


def one_hot(ids, size, dtype=np.float32):
    """1 at the place of each id, 0 elsewhere: (T, B) int in [0, size)  ->  (T, B, size).

    >>> one_hot(np.array([[2, 0]]), 3).tolist()
    [[[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]]
    """
    return np.eye(size, dtype=dtype)[check_ids("ids", ids, size)]


# --- copy: remember, wait, repeat ----------------------------------------------------------------

SYMBOLS, MESSAGE = 10, 3  # the message: three symbols, each one of ten
BLANK, GO = 0, SYMBOLS + 1
COPY_INPUTS = SYMBOLS + 2


def copy_batch(delay, batch, rng):
    """A message of 3 symbols, `delay` blanks, and a sign to repeat it: T = 3 + delay + 3.

    >>> inputs, targets = copy_batch(2, 1, np.random.default_rng(0))
    >>> inputs[:, 0].tolist(), targets[:, 0].tolist()
    ([9, 7, 6, 0, 0, 11, 0, 0], [-1, -1, -1, -1, -1, 8, 6, 5])
    """
    check_whole("delay", delay, 0)
    check_whole("batch", batch)
    message = rng.integers(0, SYMBOLS, (MESSAGE, batch))
    inputs = np.full((2 * MESSAGE + delay, batch), BLANK)
    inputs[:MESSAGE] = message + 1
    inputs[MESSAGE + delay] = GO
    targets = np.full_like(inputs, NOTHING)
    targets[MESSAGE + delay :] = message
    return inputs, targets


def copy_guess(delay=None):
    """Nats of guessing: ln 10 for each answer; with a delay the mean over all T steps, of which
    only the answers cost anything: 3 ln 10 / (delay + 6).

    Arjovsky et al. 2016 have 10 ln 8 / (T + 20), ten symbols of eight, in the same way.
    """
    share = 1 if delay is None else MESSAGE / (2 * MESSAGE + delay)
    return share * math.log(SYMBOLS)


# --- parity: one bit, for ever -------------------------------------------------------------------

PARITY_INPUTS = 2
PARITY_GUESS = math.log(2)  # without having read every bit the answer is a coin


def parity_batch(length, batch, rng, *, at_every_step=True):
    """Random bits; the target is whether the number of ones so far is odd, at each step or at the
    last one alone.

    >>> inputs, targets = parity_batch(5, 1, np.random.default_rng(0))
    >>> inputs[:, 0].tolist(), targets[:, 0].tolist()
    ([1, 1, 1, 0, 0], [1, 0, 1, 1, 1])
    """
    check_whole("length", length)
    check_whole("batch", batch)
    inputs = rng.integers(0, 2, (length, batch))
    targets = inputs.cumsum(axis=0) % 2
    if not at_every_step:
        targets[:-1] = NOTHING
    return inputs, targets


# --- the account: each answer is the next input --------------------------------------------------

DIGITS = 10
ACCOUNT_INPUTS = 2 * DIGITS  # the digits, and the sums as symbols of their own


def account_batch(entries, batch, rng):
    """A digit, the sum so far modulo ten, a digit, the new sum, ...: T = 2 entries.

    Sums are the symbols 10 to 19. After a digit the sum is asked, and then it is the next input:
    a text whose right continuation is known at every second place, whatever was written before.

    >>> inputs, targets = account_batch(3, 1, np.random.default_rng(0))
    >>> inputs[:, 0].tolist(), targets[:, 0].tolist()
    ([8, 18, 6, 14, 5, 19], [18, -1, 14, -1, 19, -1])
    """
    check_whole("entries", entries)
    check_whole("batch", batch)
    digits = rng.integers(0, DIGITS, (entries, batch))
    sums = DIGITS + digits.cumsum(axis=0) % DIGITS
    inputs = np.stack([digits, sums], axis=1).reshape(2 * entries, batch)
    targets = np.full_like(inputs, NOTHING)
    targets[::2] = sums
    return inputs, targets


# --- text: the next character --------------------------------------------------------------------


def columns(ids, batch):
    """A text in `batch` equal columns, read side by side: inputs and targets, (L, B) each.

    The target is the next character; the first one follows symbol 0. Each column goes on where the
    one before it ends; up to batch - 1 characters at the end of the text are left out.

    >>> [array.T.tolist() for array in columns(np.array([5, 6, 7, 8, 9]), 2)]
    [[[0, 5], [6, 7]], [[5, 6], [7, 8]]]
    """
    length = len(ids) // check_whole("batch", batch)
    if length == 0:
        raise ValueError(f"{len(ids)} characters do not fill {batch} columns")
    before = np.concatenate([[0], ids[:-1]])
    shape = (batch, length)
    return before[: batch * length].reshape(shape).T, ids[: batch * length].reshape(shape).T
