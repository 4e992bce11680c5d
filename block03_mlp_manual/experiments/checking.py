"""What a gradient check tells: wrong backward passes train all the same, and where it is blind."""

import numpy as np

from block03_mlp_manual import many_layers, two_layers
from block03_mlp_manual.activations import TANH
from block03_mlp_manual.gradient_check import check_gradients, distance_to_kink
from block03_mlp_manual.initialisation import xavier
from block03_mlp_manual.problems import some_digits
from block03_mlp_manual.proofs import MISTAKES, checkable_network, flat
from block03_mlp_manual.train import Settings, train
from shared.losses import accuracy, cross_entropy, cross_entropy_gradient
from shared.plots import label, new_figure
from shared.seeding import stream

# --- wrong gradients -----------------------------------------------------------------------------

SETTINGS = Settings(
    sizes=(64, 64, 10),
    learning_rate=0.3,  # the right gradient has settled after 15 epochs
    batch_size=32,
    epochs=15,
)


def wrong_gradients(run):
    """Seven of nine wrong backward passes still read nine of ten held-out digits, some as many as
    the right one; the gradient check tells all nine from it.

    480 digits to train on and 1,317 held out, five draws, tanh, one rate for all.
    """
    seeds = run.seeds(5)
    settings = SETTINGS._replace(epochs=3) if run.quick else SETTINGS
    errors = {name: worst_error(backward, run.seed) for name, backward in MISTAKES.items()}
    scores = {
        name: np.array([score_with(backward, seed, settings) for seed in seeds])
        for name, backward in run.progress(MISTAKES.items(), "wrong gradients")
    }
    wrong = [name for name in MISTAKES if name != "right"]

    run.file("wrong_gradients.txt", table(errors, scores))
    run.record(
        config=settings._asdict() | {"train": 480, "held_out": 1317, "checked_sizes": [5, 6, 4]},
        metrics={
            "check": errors,
            "accuracy_mean": {name: s.mean() for name, s in scores.items()},
            "accuracy_sd": {name: s.std() for name, s in scores.items()},
            "smallest_error_of_a_mistake": min(errors[name] for name in wrong),
            "mistakes": len(wrong),
            "mistakes_above_90_percent": sum(scores[name].mean() > 0.9 for name in wrong),
        },
    )


def worst_error(backward, seed):
    """What the gradient check says of a backward pass: the largest error of the four arrays."""
    rng = stream(seed, "mistakes", "check")
    layers = many_layers.initialise([5, 6, 4], rng, xavier)
    X, y = rng.standard_normal((7, 5)), rng.integers(0, 4, 7)
    outputs, cache = many_layers.forward(layers, X, TANH)
    claimed = backward(layers, cache, cross_entropy_gradient(outputs, y), TANH)

    def loss():
        return cross_entropy(many_layers.forward(layers, X, TANH)[0], y)

    return max(check_gradients(loss, flat(layers), flat(claimed)))


def score_with(backward, seed, settings):
    """Train with this backward pass; accuracy on the held-out digits."""
    X, y, X_held_out, y_held_out = some_digits(seed)
    rng = stream(seed, "mistakes", "train")
    layers = many_layers.initialise(settings.sizes, rng, xavier)
    train(layers, X, y, settings, rng, activation=TANH, backward=backward)
    return accuracy(many_layers.predict(layers, X_held_out, TANH), y_held_out)


def table(errors, scores):
    """One line a backward pass: the check's error, and what it trains to all the same."""
    lines = [f"{'backward pass':<36}{'gradient check':>15}{'held-out digits right':>24}"]
    for name, error in errors.items():
        mean, sd = 100 * scores[name].mean(), 100 * scores[name].std()
        lines.append(f"{name:<36}{error:>15.1e}{mean:>15.1f} +- {sd:.1f} %")
    return "\n".join(lines) + "\n"


# --- what limits the check -----------------------------------------------------------------------

STEP_SIZES = 10.0 ** -np.arange(1, 13)
TOO_NEAR = 1e-6  # to the kink: less than the step of 1e-5


def limits(run):
    """A gradient check errs with the square of its step and, at tiny steps, with rounding; next to
    a kink it calls a right gradient wrong.
    """
    by_step = errors_by_step(run.seed)
    distance, kink_error = on_the_kink(run.seed)
    run.figure(draw_steps(by_step))
    run.record(
        config={"steps": STEP_SIZES},
        metrics={
            "by_step": {f"{step:.0e}": error for step, error in zip(STEP_SIZES, by_step)},
            "kink": {"distance": distance, "check": kink_error},
        },
    )


def errors_by_step(seed):
    """The check's largest error over a right gradient, for every step; three tanh layers."""
    layers, _, claimed, loss, _ = checkable_network(seed, "tanh", "cross-entropy", 3)
    return [max(check_gradients(loss, flat(layers), claimed, step)) for step in STEP_SIZES]


def on_the_kink(seed):
    """A right ReLU gradient with one unit's z moved next to 0: distance and the check's error."""
    rng = stream(seed, "limits", "kink")
    parameters = two_layers.initialise(4, 6, 3, rng)
    X, y = rng.standard_normal((5, 4)), rng.integers(0, 3, 5)
    z1 = X @ parameters.W1 + parameters.b1  # (5, 6)
    parameters.b1[0] -= z1[0, 0] - TOO_NEAR
    outputs, cache = two_layers.forward(parameters, X)
    gradients = two_layers.backward(parameters, cache, cross_entropy_gradient(outputs, y))

    def loss():
        return cross_entropy(two_layers.forward(parameters, X)[0], y)

    return distance_to_kink([cache[1]]), max(check_gradients(loss, parameters, gradients))


def draw_steps(errors):
    """The error over the step, with the slope that calculus promises."""
    title = "Large steps cut the curve, tiny steps drown in rounding"
    figure, (axes,) = new_figure(title)
    axes.loglog(STEP_SIZES, errors, "o-", label="largest error of an array")
    large = STEP_SIZES[:5]
    axes.loglog(large, errors[2] * (large / large[2]) ** 2, ":", label="slope of h^2")
    label(axes, "step h", "relative error of the check")
    return figure
