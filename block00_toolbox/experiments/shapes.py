"""Experiments on shapes: the gallery of bugs, and a training run that a shape bug spoils."""

import inspect

import numpy as np

from block00_toolbox.hidden_shape_bugs import BUGS
from block00_toolbox.shape_bugs import ShapeBug, complaint, outcome
from shared import plots
from shared.results import Run
from shared.seeding import stream

# --- the gallery ---------------------------------------------------------------------------------


def shape_bugs_are_silent_wrong_and_caught(run: Run) -> None:
    """Run every bug, its repair and its check; write the gallery."""
    rows = {name: shown(name, bug, run.seed) for name, bug in BUGS.items()}
    run.claim(
        "shape_bugs",
        "Each function runs without error or warning, gives a wrong number, and fails its check",
        seeds=[run.seed],
        config={"bugs": list(BUGS)},
        metrics=rows,
    )
    run.file("gallery.txt", gallery_table(rows))
    run.file("outputs.md", gallery_page(rows))
    run.headline(
        {
            "shape_bugs_shown": sum(row["is_wrong"] for row in rows.values()),
            "shape_bugs_caught": sum(row["is_caught"] for row in rows.values()),
        }
    )


def shown(name: str, bug: ShapeBug, seed: int) -> dict:
    """The numbers with and without the bug, and what the check says to each.

    A bug that raises or warns would end the run here: that it comes back is its silence.
    """
    broken = outcome(bug.broken, bug, stream(seed, name))
    fixed = outcome(bug.fixed, bug, stream(seed, name))
    message = complaint(bug.broken, bug, stream(seed, name))
    false_alarm = complaint(bug.fixed, bug, stream(seed, name))
    return {
        "broken": broken,
        "fixed": fixed,
        "is_wrong": abs(broken - fixed) > 0.01 * max(abs(broken), abs(fixed)),
        "is_caught": message != "" and false_alarm == "",
        "message": message,
    }


def gallery_table(rows: dict) -> str:
    """One line a bug, for the README."""
    lines = [f"{'bug':<22}{'with it':>10}{'without':>10}   the number"]
    for name, row in rows.items():
        numbers = "".join(f"{_short(row[key]):>10}" for key in ("broken", "fixed"))
        lines.append(f"{name:<22}{numbers}   {BUGS[name].meaning}")
    return "\n".join(lines) + "\n"


def _short(value: float) -> str:
    return "0" if abs(value) < 1e-12 else f"{value:.3g}"


def gallery_page(rows: dict) -> str:
    """outputs.md: each bug's code before and after, its numbers, the reason, the check's words."""
    parts = ["# The gallery of shape bugs\n\nMade by `python -m block00_toolbox.train`.\n"]
    for name, row in rows.items():
        bug = BUGS[name]
        parts.append(f"""
## {name.replace("_", " ")}

```python
{inspect.getsource(bug.broken)}

{inspect.getsource(bug.fixed)}```

- The number: {bug.meaning}.
- With the bug {_short(row["broken"])}, without it {_short(row["fixed"])}.
- NumPy says nothing: {bug.why}.
- The check says: `{row["message"].strip()}`
""")
    return "".join(parts)


# --- a loss that falls and means nothing ---------------------------------------------------------

NUM_EXAMPLES = 200
NOISE = 0.5  # standard deviation of the noise on y; its square is the loss of the true line
LEARNING_RATE = 0.1  # the features have variance 1: half the way in about 4 steps
STEPS = 60  # both curves are flat by then


def a_wrong_loss_falls_too(run: Run) -> None:
    """Fit a line by descent with the right loss and with the (N, N) loss; both curves fall."""
    seeds = range(run.seed, run.seed + 5)
    ends = [fit_both(seed) for seed in seeds]
    curves = ends[0]["curves"]
    for name, losses in curves.items():
        for step, loss in enumerate(losses):
            run.log(step=step, split=name, loss=loss)
    metrics = {key: _mean_and_std([end[key] for end in ends]) for key in ends[0] if key != "curves"}
    run.claim(
        "wrong_loss",
        "Descent on the (N, N) loss converges: to the mean of y for everyone, whatever X says",
        seeds=seeds,
        config={"examples": NUM_EXAMPLES, "learning_rate": LEARNING_RATE, "steps": STEPS},
        metrics=metrics,
    )
    figure, axes = plots.new_figure(
        "The loss with the shape bug falls too, and settles at the variance of y",
        columns=2, width=9.0, height=4.0,
    )  # fmt: skip
    plots.loss_curves(axes[0], {name: (range(STEPS + 1), y) for name, y in curves.items()})
    plots.label(axes[0], "step", "mean squared error", "What each run prints")
    draw_residuals(axes[1], run.seed)
    run.figure(figure, "loss_curve")


def fit_both(seed: int) -> dict:
    """The loss curves of both runs, and how long the weight vectors are that they end with."""
    rng = stream(seed, "wrong loss")
    X = rng.standard_normal((NUM_EXAMPLES, 2))
    y = 1.0 + X @ np.array([2.0, -1.0]) + NOISE * rng.standard_normal(NUM_EXAMPLES)  # (N,)
    start = rng.standard_normal(3)  # two weights and the intercept, the same for both runs
    broken_curve, broken = descend(broken_loss, X, y, start)
    fixed_curve, fixed = descend(fixed_loss, X, y, start)
    return {
        "curves": {"with the bug": broken_curve, "without": fixed_curve},
        "broken_final_loss": broken_curve[-1],
        "fixed_final_loss": fixed_curve[-1],
        "variance_of_y": y.var(),
        "broken_weights_norm": np.linalg.norm(broken[:2]),
        "fixed_weights_norm": np.linalg.norm(fixed[:2]),
        "broken_intercept_minus_mean_y": abs(broken[2] - y.mean()),
    }


def descend(loss, X, y, start) -> tuple[list, np.ndarray]:
    """STEPS steps against the gradient; the loss before each and after the last, and the end."""
    with_one = np.column_stack([X, np.ones(len(X))])  # (N, 3)
    theta, losses = start, []
    for _ in range(STEPS):
        value, dtheta = loss(with_one, y, theta)
        losses.append(value)
        theta = theta - LEARNING_RATE * dtheta
    return [*losses, loss(with_one, y, theta)[0]], theta


def fixed_loss(X, y, theta):
    """mean_i (p_i - y_i)^2 with p = X theta; its derivative is 2/N X^T (p - y)."""
    difference = X @ theta - y  # (N,)
    return np.mean(difference**2), 2 / len(y) * X.T @ difference


def broken_loss(X, y, theta):
    """mean_ij (p_i - y_j)^2: the column p against the row y; its derivative sums over j."""
    difference = (X @ theta)[:, None] - y  # (N, 1) - (N,) -> (N, N)
    return np.mean(difference**2), 2 / len(y) * X.T @ difference.mean(axis=1)


def draw_residuals(axes, seed: int) -> None:
    """The table of differences that the bug averages over, for eight examples."""
    rng = stream(seed, "wrong loss picture")
    y = rng.permutation(8).astype(float)  # the perfect prediction is y itself
    names = [f"{value:.0f}" for value in y]
    plots.heat_map(axes, y[:, None] - y, names, names, number_format=".0f")
    title = "p - y for a perfect p: only the diagonal is meant"
    plots.label(axes, "target y, (N,)", "prediction p, (N, 1)", title)


def _mean_and_std(values) -> dict:
    return {"mean": np.mean(values), "std": np.std(values)}
