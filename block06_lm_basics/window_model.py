"""A neural language model over a window: embed the last characters, mix them, predict the next.

    x = [E[w1], ..., E[wN]]        the embeddings of the N characters before, side by side
    h = max(x W1 + b1, 0)          what the window means (ReLU)
    P(next) = softmax(h W2 + b2)

Where a table of n-grams keeps one row per context, this keeps one vector per character and one
matrix for all contexts: contexts that look alike share what is learned from either. The table
grows with the text, the matrix does not; it grows with the window, by C times H for each place.
Source: Bengio et al. 2003, section 2, with ReLU in place of tanh and without the direct
connections from x to the output.

float32 in training, where the time goes into matrix products; float64 in the gradient check.
"""

import numpy as np

from shared.checks import check_ids, check_shapes
from shared.functional import cross_entropy, embedding, linear
from shared.losses import log_softmax, softmax
from shared.operations import relu
from shared.tensor import Tensor, no_grad

START = 0  # what stands before the beginning of a text: the vocabulary's UNKNOWN
ROWS = 4096  # windows in one pass of an evaluation; a few MB of activations


def windows(ids: np.ndarray, context: int) -> np.ndarray:
    """The `context` ids before each place, START where there are none: (T,) -> (T, context).

    Raises ValueError where the context is below 1 or an id is no whole number >= 0.

    >>> windows(np.array([5, 6, 7]), 2).tolist()
    [[0, 0], [0, 5], [5, 6]]
    """
    if context < 1:
        raise ValueError(f"the context is {context}, a window has at least 1 place")
    check_shapes("ids (T,)", ids)
    ids = check_ids("ids", ids)
    padded = np.concatenate([np.full(context, START), ids])  # (context + T,)
    return np.lib.stride_tricks.sliding_window_view(padded, context)[:-1]


def weights(rng: np.random.Generator, rows: int, columns: int, dtype) -> Tensor:
    """(rows, columns) normal numbers of deviation 1 / sqrt(rows): a sum of unit inputs stays 1."""
    values = rng.standard_normal((rows, columns)) / np.sqrt(rows)
    return Tensor(values.astype(dtype), requires_grad=True)


class WindowModel:
    """The network above. parameters: name -> Tensor; context: N; V symbols, C channels, H hidden.

    E (V, C), W1 (N C, H), b1 (H,), W2 (H, V), b2 (V,). W2 starts at zero, so that the first
    loss is ln V, that of a model that knows nothing and says so.
    """

    def __init__(
        self,
        vocabulary_size: int,
        context: int,
        channels: int,
        hidden_size: int,
        rng: np.random.Generator,
        dtype=np.float32,
    ):
        if min(vocabulary_size, context, channels, hidden_size) < 1:
            raise ValueError(
                f"vocabulary {vocabulary_size}, context {context}, channels {channels} and hidden "
                f"{hidden_size} must all be at least 1"
            )
        self.context = context
        E = rng.standard_normal((vocabulary_size, channels)).astype(dtype)
        zeros = np.zeros((hidden_size, vocabulary_size), dtype)
        self.parameters = {
            "E": Tensor(E, requires_grad=True),
            "W1": weights(rng, context * channels, hidden_size, dtype),
            "b1": Tensor(np.zeros(hidden_size, dtype), requires_grad=True),
            "W2": Tensor(zeros, requires_grad=True),
            "b2": Tensor(np.zeros(vocabulary_size, dtype), requires_grad=True),
        }

    def size(self) -> int:
        """How many numbers are learned."""
        return sum(tensor.data.size for tensor in self.parameters.values())

    def logits(self, rows: np.ndarray) -> Tensor:
        """Windows (B, N) int -> (B, V)."""
        p = self.parameters
        if np.ndim(rows) != 2 or np.shape(rows)[1] != self.context:
            raise ValueError(f"windows are (B, {self.context}), these are {np.shape(rows)}")
        x = embedding(p["E"], rows).reshape(len(rows), -1)  # (B, N C)
        h = relu(linear(x, p["W1"], p["b1"]))  # (B, H)
        return linear(h, p["W2"], p["b2"])

    def loss(self, rows: np.ndarray, targets: np.ndarray) -> Tensor:
        """Mean of -ln P(target | window), in nats: (B, N), (B,) -> one number."""
        targets = check_ids("targets", targets, len(self.parameters["b2"].data))
        return cross_entropy(self.logits(rows), targets)

    def log_probabilities(self, ids: np.ndarray) -> np.ndarray:
        """ln P(ids[t] | the N ids before it) for every t: (T,) -> (T,)."""
        ids = check_ids("ids", ids, len(self.parameters["b2"].data))
        rows, out = windows(ids, self.context), np.zeros(len(ids))
        for start in range(0, len(ids), ROWS):
            targets = ids[start : start + ROWS]
            with no_grad():
                log_p = log_softmax(self.logits(rows[start : start + ROWS]).data)  # (B, V)
            out[start : start + ROWS] = log_p[np.arange(len(targets)), targets]
        return out

    def distribution(self, ids: np.ndarray) -> np.ndarray:
        """P(c | the last N ids) for every symbol c: (T,) -> (V,)."""
        recent = check_ids("ids", ids[-self.context :])
        recent = np.concatenate([np.full(self.context - len(recent), START), recent])
        with no_grad():
            logits = self.logits(recent[None]).data[0]
        return softmax(logits.astype(np.float64))
