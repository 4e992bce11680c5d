"""Make the golden files: the numbers of scikit-learn and PyTorch that the tests hold against ours.

    python -m block02_classification.tests.make_golden        needs `make parity`

Made with scikit-learn 1.9.1 and PyTorch 2.13.0. scikit-learn's C is 1 / (lambda N) here: it adds
the losses up where we take their mean.
"""

import warnings
from pathlib import Path

import numpy as np
import torch
from sklearn import metrics
from sklearn.linear_model import LogisticRegression

from shared.data import fit_standardiser, load_breast_cancer, load_digits
from shared.seeding import stream

HERE = Path(__file__).resolve().parent
PENALTIES = [0.001, 0.01, 0.1]
DIGITS_ROWS, DIGITS_PENALTY = 400, 0.1


def save(name, **arrays):
    np.savez_compressed(HERE / f"golden_{name}.npz", **arrays)


# --- fitted coefficients -------------------------------------------------------------------------


def fit(X, y, penalty, class_weight=None):
    """The default solver stops 1e-2 away from the minimum; this one does not."""
    model = LogisticRegression(
        C=1 / (penalty * len(y)), solver="newton-cholesky", tol=1e-12, max_iter=1000,
        class_weight=class_weight,
    )
    model.fit(X, y)
    return model.coef_, model.intercept_


def make_logistic():
    table = load_breast_cancer()
    X = fit_standardiser(table.X)(table.X)
    plain = [np.append(*fit(X, table.y, penalty)) for penalty in PENALTIES]
    balanced = [np.append(*fit(X, table.y, penalty, "balanced")) for penalty in PENALTIES]
    save("logistic", penalties=PENALTIES, plain=plain, balanced=balanced)


def make_softmax():
    table = load_digits()
    X, y = fit_standardiser(table.X[:DIGITS_ROWS])(table.X[:DIGITS_ROWS]), table.y[:DIGITS_ROWS]
    W, b = fit(X, y, DIGITS_PENALTY)
    save("softmax", rows=DIGITS_ROWS, penalty=DIGITS_PENALTY, W=W.T, b=b - b.mean())


# --- metrics and curves --------------------------------------------------------------------------


def label_pairs():
    """200 random pairs (num_classes, predicted, targets), then the degenerate ones."""
    rng = stream(0, "label pairs")
    for _ in range(200):
        num_classes, examples = rng.integers(2, 7), rng.integers(1, 41)
        targets = rng.integers(0, num_classes, examples)
        guesses = rng.integers(0, num_classes, examples)
        guessed = rng.random(examples) < rng.random()  # some pairs are mostly right
        yield num_classes, np.where(guessed, guesses, targets), targets
    zeros, ones, mixed = np.zeros(9, int), np.ones(9, int), np.arange(9) % 3
    yield 2, zeros, zeros  # one class only, all right
    yield 2, ones, ones
    yield 2, zeros, ones  # one class only, all wrong
    yield 2, zeros, mixed % 2  # class 1 is never predicted
    yield 2, ones, zeros
    yield 3, mixed, mixed  # all right
    yield 3, (mixed + 1) % 3, mixed  # all wrong
    yield 3, mixed % 2, mixed  # class 2 is never predicted
    yield 5, mixed, zeros  # classes 3 and 4 do not occur at all
    yield 2, zeros[:1], zeros[:1]  # one example
    yield 2, ones[:1], zeros[:1]
    yield 2, zeros[:1], ones[:1]


def expected_metrics(num_classes, predicted, targets):
    """Accuracy, then precision, recall and F1 as binary (zeros above two classes), macro, ..."""
    row = [metrics.accuracy_score(targets, predicted)]
    for average in ("binary", "macro", "weighted", "micro"):
        if average == "binary" and num_classes > 2:
            row += [0.0, 0.0, 0.0]
        else:
            found = metrics.precision_recall_fscore_support(targets, predicted, average=average)
            row += found[:3]
    return row


def make_metrics():
    warnings.simplefilter("ignore")  # the zero divisions are the point
    pairs = list(label_pairs())
    matrices = [metrics.confusion_matrix(t, p, labels=np.arange(k)) for k, p, t in pairs]
    save(
        "metrics",
        num_classes=np.array([k for k, _, _ in pairs], dtype=np.int8),
        lengths=np.array([len(t) for _, _, t in pairs], dtype=np.int8),
        predicted=np.concatenate([p for _, p, _ in pairs]).astype(np.int8),
        targets=np.concatenate([t for _, _, t in pairs]).astype(np.int8),
        matrices=np.concatenate([m.ravel() for m in matrices]).astype(np.int8),
        expected=np.array([expected_metrics(*pair) for pair in pairs]),
    )


def make_curves():
    arrays = {}
    for i, decimals in enumerate((1, 2, 6)):  # one decimal: many ties
        rng = stream(0, "curves", i)
        targets = (np.arange(60) % 4 == 0).astype(int)
        scores = np.round(0.3 * targets + rng.random(60), decimals)
        x, y, _ = metrics.roc_curve(targets, scores, drop_intermediate=False)
        precision, recall, thresholds = metrics.precision_recall_curve(targets, scores)
        arrays |= {
            f"scores_{i}": scores, f"targets_{i}": targets, f"roc_{i}": np.array([x, y]),
            f"precision_recall_{i}": np.array([precision[:-1], recall[:-1], thresholds])[:, ::-1],
            f"areas_{i}": [
                metrics.roc_auc_score(targets, scores),
                metrics.average_precision_score(targets, scores),
            ],
        }
    save("curves", count=3, **arrays)


# --- losses and steps ----------------------------------------------------------------------------


def make_cross_entropy():
    """Loss and gradient, plain and weighted, on mild and extreme logits; then 100 SGD steps."""
    rng = stream(0, "cross entropy")
    logits = rng.standard_normal((12, 4)) * np.repeat([1, 30, 1e4], 4)[:, None]
    targets, weights = rng.integers(0, 4, 12), rng.uniform(0.2, 5, 4)
    arrays = {"logits": logits, "targets": targets, "weights": weights}
    for name, weight in (("plain", None), ("weighted", torch.tensor(weights))):
        z = torch.tensor(logits, requires_grad=True)
        loss = torch.nn.functional.cross_entropy(z, torch.tensor(targets), weight=weight)
        loss.backward()
        arrays |= {f"loss_{name}": loss.item(), f"gradient_{name}": z.grad.numpy()}
    z = torch.tensor(logits[:, 0], requires_grad=True)
    y = torch.tensor(targets % 2, dtype=torch.float64)
    losses = torch.nn.functional.binary_cross_entropy_with_logits(z, y, reduction="none")
    losses.sum().backward()
    arrays |= {"binary_losses": losses.detach().numpy(), "binary_gradient": z.grad.numpy()}
    save("cross_entropy", **arrays, **sgd_steps(rng))


def sgd_steps(rng):
    """Softmax regression with class weights and weight decay: W and b after 100 steps."""
    X, y, weights = rng.standard_normal((40, 5)), rng.integers(0, 3, 40), rng.uniform(0.2, 5, 3)
    W = torch.zeros((5, 3), dtype=torch.float64, requires_grad=True)
    b = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([{"params": [W], "weight_decay": 0.01}, {"params": [b]}], lr=0.5)
    for _ in range(100):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(
            torch.tensor(X) @ W + b, torch.tensor(y), weight=torch.tensor(weights)
        ).backward()
        optimizer.step()
    return {
        "step_X": X, "step_targets": y, "step_weights": weights,
        "step_W": W.detach().numpy(), "step_b": b.detach().numpy(),
    }


if __name__ == "__main__":
    make_logistic()
    make_softmax()
    make_metrics()
    make_curves()
    make_cross_entropy()
