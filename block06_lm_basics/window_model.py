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
from shared.functional import cross_entropy
from shared.layers import Embedding, Linear, parameters
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


class WindowModel:
    """The network above, for V symbols, a window of N, C channels, H hidden units.

    embedding.table is E (V, C); hidden.W is W1 (N C, H); output.W is W2 (H, V), which starts at
    zero, so that the first loss is ln V: that of a model that knows nothing and says so.
    Raises ValueError where a size is below 1.
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
        self.context, inputs = context, context * channels
        self.embedding = Embedding(vocabulary_size, channels, rng, dtype=dtype)
        self.hidden = Linear(inputs, hidden_size, rng, dtype=dtype)
        self.output = Linear(hidden_size, vocabulary_size, rng, deviation=0.0, dtype=dtype)

    def size(self) -> int:
        """How many numbers are learned: V C + (N C + 1) H + (H + 1) V."""
        return sum(tensor.data.size for tensor in parameters(self).values())

    def logits(self, rows: np.ndarray) -> Tensor:
        """Windows (B, N) int -> (B, V)."""
        if np.ndim(rows) != 2 or np.shape(rows)[1] != self.context:
            raise ValueError(f"windows are (B, {self.context}), these are {np.shape(rows)}")
        x = self.embedding(rows).reshape(len(rows), -1)  # (B, N, C) -> (B, N C)
        h = relu(self.hidden(x))  # (B, H)
        return self.output(h)  # (B, V)

    def loss(self, rows: np.ndarray, targets: np.ndarray) -> Tensor:
        """Mean of -ln P(target | window), in nats: (B, N), (B,) -> one number."""
        targets = check_ids("targets", targets, len(self.embedding.table.data))
        return cross_entropy(self.logits(rows), targets)

    def log_probabilities(self, ids: np.ndarray) -> np.ndarray:
        """ln P(ids[t] | the N ids before it) for every t: (T,) -> (T,)."""
        ids = check_ids("ids", ids, len(self.embedding.table.data))
        rows, out = windows(ids, self.context), np.zeros(len(ids))
        for start in range(0, len(ids), ROWS):
            targets = ids[start : start + ROWS]
            with no_grad():
                log_p = log_softmax(self.logits(rows[start : start + ROWS]).data)  # (B, V)
            out[start : start + ROWS] = log_p[np.arange(len(targets)), targets]
        return out

    def distributions(self, rows: np.ndarray) -> np.ndarray:
        """P(c | window) for every symbol c, in float64: windows (B, N) -> (B, V)."""
        with no_grad():
            return softmax(self.logits(rows).data.astype(np.float64))

    def distribution(self, ids: np.ndarray) -> np.ndarray:
        """P(c | the last N ids) for every symbol c: (T,) -> (V,)."""
        recent = check_ids("ids", ids[-self.context :])
        missing = np.full(self.context - len(recent), START)
        return self.distributions(np.concatenate([missing, recent])[None])[0]
