"""Data sets, splits, batches and standardising.

The files of data/ are read only after their SHA-256 has been checked. Splits and batches are
arrays of row numbers, drawn from the random stream they are given.
"""

import functools
import gzip
import hashlib
import io
import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from shared.checks import (
    as_floats,
    check_finite,
    check_not_negative,
    check_shapes,
    check_whole,
    is_constant,
)

FOLDER = Path(__file__).resolve().parent.parent / "data"

SHA256 = {  # that of an .xz file is of the text in it
    "breast_cancer.csv": "9173fe82f7401ba1007c73f4888db17fb6ce4683795c8ec95814ac4e4ce2410d",
    "diabetes.csv": "3b271426c1bd56aebb217e16eb31a4b0f5a5669fe59258d6c6c65411a115cd22",
    "digits.csv.gz": "9239468e2f9e8b7192f3bfc6a2b80a25502fe9fa26a51dc0583cd6add32f9a0f",
    "tales.json": "3168794c194b30374d0abb3b3875ea1c8a2abf5ec53ab5c553ab82d5c2c54b59",
    "tales.txt": "cb26290c19ec6f5b4db96aac019bd43b5155988c7dd3f5e2d962e4a609f5e9df",
    "tales_more.txt.xz": "66802b0fd7f8748eaad07e6d9f940e57ed243f9bd8d714b632a6507533db692f",
    "tales_questions.json": "d92b7ebac63b158528a3f6178e8457b834bd141ab587636f60b151b508738e09",
}


class DataError(ValueError):
    """A data file is missing or damaged; the message says how to mend it."""


class Table(NamedTuple):
    """A data set: X (N, D) float64, y (N,), and the D column names of X."""

    X: np.ndarray
    y: np.ndarray
    names: tuple[str, ...]


# --- reading ---------------------------------------------------------------------------------


def read_verified(name: str) -> bytes:
    """The bytes of a file of data/, those of an .xz file unpacked: what its SHA-256 is of.

    Raises DataError where the file is missing or damaged.
    """
    path = FOLDER / name
    mend = f"restore it with `git checkout -- data/{name}`"
    try:
        content = path.read_bytes()
        if path.suffix == ".xz":
            content = lzma.decompress(content)
    except OSError as error:
        raise DataError(f"data/{name} cannot be read ({error.strerror}): {mend}") from None
    except lzma.LZMAError:
        raise DataError(f"data/{name} is damaged (it cannot be unpacked): {mend}") from None
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256[name]:
        raise DataError(
            f"data/{name} is damaged (sha256 {found[:12]}..., not {SHA256[name][:12]}...): {mend}"
        )
    return content


@functools.lru_cache(8)
def read_table(content: bytes) -> Table:
    """A table from CSV bytes: a header, then numbers; the last column is the target.

    The same bytes give the same arrays, which are read-only: copy what is to be changed.
    """
    text = content.decode()
    header = text.split("\n", 1)[0].strip().split(",")
    values = np.loadtxt(io.StringIO(text), delimiter=",", skiprows=1, ndmin=2)
    values.setflags(write=False)
    return Table(values[:, :-1], values[:, -1], tuple(header[:-1]))


def load_diabetes() -> Table:
    """442 patients, 10 measurements, and how far the disease went within a year (Efron 2004)."""
    return read_table(read_verified("diabetes.csv"))


def load_breast_cancer() -> Table:
    """569 tumours, 30 measurements, y int: 1 benign, 0 malignant (Wolberg et al. 1995)."""
    table = read_table(read_verified("breast_cancer.csv"))
    return table._replace(y=table.y.astype(np.int64))


def load_digits() -> Table:
    """1,797 handwritten digits: 8 x 8 pixels from 0 to 16 as 64 columns, y int (Alpaydin 1998)."""
    table = read_table(gzip.decompress(read_verified("digits.csv.gz")))
    return table._replace(y=table.y.astype(np.int64))


# --- splits and batches ------------------------------------------------------------------------


def train_validation_split(
    num_examples: int, validation_fraction: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers (train, validation): a random permutation, cut once. Both parts are non-empty.

    Raises ValueError where the fraction leaves one part empty.
    """
    num_examples = check_whole("num_examples", num_examples, lowest=0)
    inside = 0 < validation_fraction < 1  # NaN is not
    num_validation = round(num_examples * validation_fraction) if inside else 0
    if not 0 < num_validation < num_examples:
        raise ValueError(
            f"a fraction of {validation_fraction} of {num_examples} examples leaves one part of "
            "the split empty"
        )
    order = rng.permutation(num_examples)
    return order[num_validation:], order[:num_validation]


def stratified_split(
    labels: np.ndarray, test_fraction: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers (train, test) in random order; each class of labels (N,) is split by itself.

    Each class gives round(fraction * size) of its rows to the test part.
    Raises ValueError where one part would be empty, and where a label is NaN.
    """
    labels = np.asarray(labels)
    check_shapes("labels (N,)", labels)
    if labels.dtype.kind == "f":
        check_finite("labels", labels)
    if len(labels) == 0 or not 0 < test_fraction < 1:
        raise ValueError(
            f"a fraction of {test_fraction} of {len(labels)} labels leaves one part of the split "
            "empty"
        )
    train, test = [], []
    for k in np.unique(labels):
        rows = rng.permutation(np.flatnonzero(labels == k))
        cut = round(len(rows) * test_fraction)
        test.append(rows[:cut])
        train.append(rows[cut:])
    parts = [rng.permutation(np.concatenate(rows)) for rows in (train, test)]
    if min(map(len, parts)) == 0:
        raise ValueError(f"a fraction of {test_fraction} leaves one part of the split empty")
    return parts[0], parts[1]


def minibatches(
    num_examples: int, batch_size: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """One epoch: every row number once, in random order, `batch_size` at a time.

    The last batch is smaller where batch_size does not divide num_examples.

    >>> rng = np.random.default_rng(0)
    >>> [len(rows) for rows in minibatches(10, 4, rng)]
    [4, 4, 2]
    """
    batch_size = check_whole("batch_size", batch_size)
    num_examples = check_whole("num_examples", num_examples)
    order = rng.permutation(num_examples)
    for start in range(0, num_examples, batch_size):
        yield order[start : start + batch_size]


class BatchOrder:
    """Row numbers of one batch after the other, epoch after epoch; it can stop and go on later.

    The batches of `minibatches`, kept as a state of four parts: the batch size, the order of this
    epoch, the position in it, and the random stream.
    """

    def __init__(self, num_examples: int, batch_size: int, rng: np.random.Generator):
        if check_whole("batch_size", batch_size) > check_whole("num_examples", num_examples):
            raise ValueError(f"batch_size is {batch_size}, it must be 1 to {num_examples}")
        self.batch_size, self.rng = int(batch_size), rng
        self.order = rng.permutation(num_examples)
        self.position = 0

    def next(self) -> np.ndarray:
        """The rows of the next batch; an epoch's last one may be smaller."""
        if self.position >= len(self.order):
            self.order, self.position = self.rng.permutation(len(self.order)), 0
        rows = self.order[self.position : self.position + self.batch_size]
        self.position += self.batch_size
        return rows

    def state(self) -> dict:
        """The four parts as JSON knows them."""
        order, rng = self.order.tolist(), self.rng.bit_generator.state
        return {
            "batch_size": self.batch_size, "order": order, "position": self.position, "rng": rng
        }

    def restore(self, state: dict) -> None:
        """Take back what `state` gave. Raises ValueError where it is another run's: then nothing
        has changed.
        """
        if missing := {"batch_size", "order", "position", "rng"} - state.keys():
            raise ValueError(f"the saved batch order lacks {', '.join(sorted(missing))}")
        if state["batch_size"] != self.batch_size:
            found = state["batch_size"]
            raise ValueError(f"the saved batch_size is {found}, this one's is {self.batch_size}")
        N, order, position = len(self.order), np.asarray(state["order"]), state["position"]
        if order.dtype.kind != "i" or not np.array_equal(np.sort(order), np.arange(N)):
            raise ValueError(f"the saved order is not one of {N} examples")
        if position not in range(0, N + self.batch_size, self.batch_size):
            raise ValueError(f"the saved position {position} is no batch's, {self.batch_size} each")
        self.rng.bit_generator.state = state["rng"]  # refuses another generator's
        self.order, self.position = order.copy(), int(position)


# --- standardising -----------------------------------------------------------------------------


class Standardiser(NamedTuple):
    """The mean and standard deviation of each column, (D,) each, measured on the training rows."""

    mean: np.ndarray
    scale: np.ndarray

    def __call__(self, X: np.ndarray) -> np.ndarray:
        """(X - mean) / scale, column by column: (N, D) -> (N, D)."""
        if np.ndim(X) != 2 or np.shape(X)[1] != len(self.mean):
            raise ValueError(
                f"X has shape {np.shape(X)}, the standardiser was fitted on (N, {len(self.mean)})"
            )
        return (as_floats("X", X) - self.mean) / self.scale


def fit_standardiser(X: np.ndarray) -> Standardiser:
    """Measure mean and standard deviation (divided by N) of each column of X (N, D).

    A column that never changes gets the scale 1, so that it becomes zero and not NaN.
    Raises ValueError where X is not a table with a row, or holds a NaN or an infinity.
    """
    if np.ndim(X) != 2 or len(X) == 0:
        raise ValueError(f"X has shape {np.shape(X)}, expected (N, D) with N >= 1")
    X = as_floats("X", X)
    check_finite("X", X)
    exponent = np.frexp(np.abs(X).max(axis=0))[1]  # (D,): a power of two away, which is exact,
    unit = np.ldexp(X, -exponent)  # (N, D), so that no square overflows or vanishes
    constant = is_constant(X)  # the rounded std of a constant is not exactly 0
    mean = np.where(constant, X[0], np.ldexp(unit.mean(axis=0), exponent))
    return Standardiser(mean, np.where(constant, 1.0, np.ldexp(unit.std(axis=0), exponent)))


# --- two-dimensional toy sets --------------------------------------------------------------------


def moons(
    num_examples: int, noise: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Two interleaved half circles, one a class: X (N, 2), y (N,) of 0 and 1 in turn."""
    check_not_negative("noise", noise)
    check_whole("num_examples", num_examples)
    y = np.arange(num_examples) % 2
    angle = rng.uniform(0, np.pi, num_examples)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)  # (N, 2)
    X = np.where(y[:, None] == 0, upper, [1.0, 0.5] - upper)
    return X + noise * rng.standard_normal(X.shape), y


def blobs(
    num_examples: int, centres: np.ndarray, spread: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Normal clouds of standard deviation `spread` around centres (K, D): X (N, D), y (N,)."""
    centres = as_floats("centres", centres)
    check_shapes("centres (K, D)", centres)
    check_not_negative("spread", spread)
    check_whole("num_examples", num_examples)
    y = np.arange(num_examples) % len(centres)
    X = centres[y]
    return X + spread * rng.standard_normal(X.shape), y


def circles(
    num_examples: int, noise: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """A circle of radius 1 (class 0) around one of radius 0.5 (class 1): X (N, 2), y (N,)."""
    check_not_negative("noise", noise)
    check_whole("num_examples", num_examples)
    y = np.arange(num_examples) % 2
    angle = rng.uniform(0, 2 * np.pi, num_examples)
    radius = np.where(y == 0, 1.0, 0.5)
    X = radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return X + noise * rng.standard_normal(X.shape), y


def spiral(
    num_examples: int, noise: float, rng: np.random.Generator, num_classes: int = 3
) -> tuple[np.ndarray, np.ndarray]:
    """Arms that turn by 4 radians from radius 0 to 1; the noise is on the angle. X (N, 2), y (N,).

    The shape of the CS231n case study: arm k starts at the angle 4 k.
    """
    check_not_negative("noise", noise)
    check_whole("num_classes", num_classes)
    check_whole("num_examples", num_examples)
    y = np.arange(num_examples) % num_classes
    per_class = -(-num_examples // num_classes)
    radius = (np.arange(num_examples) // num_classes) / max(per_class - 1, 1)  # 0 to 1 on each arm
    angle = 4 * (y + radius) + noise * rng.standard_normal(num_examples)
    return radius[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1), y
