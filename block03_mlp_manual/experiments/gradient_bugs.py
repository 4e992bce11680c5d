"""Wrong backward passes: what the gradient check says, and how well they train all the same."""

import numpy as np

from block03_mlp_manual import two_layers
from block03_mlp_manual.activations import TANH
from block03_mlp_manual.experiments.starts import some_digits
from block03_mlp_manual.gradient_check import check_gradients
from block03_mlp_manual.initialisation import xavier
from block03_mlp_manual.two_layers import Parameters, backward, forward
from shared.data import minibatches
from shared.losses import accuracy, cross_entropy, cross_entropy_gradient
from shared.plots import label, new_figure
from shared.seeding import stream

HIDDEN, CLASSES = 64, 10
LEARNING_RATE, BATCH_SIZE = 0.3, 32

# --- backward passes with one mistake each -------------------------------------------------------
# Each takes what `backward` takes (the activation is tanh) and gives Parameters of gradients.


def right(parameters, cache, doutputs):
    """No mistake."""
    return backward(parameters, cache, doutputs, TANH)


def forgets_the_slope(parameters, cache, doutputs):
    """dz1 = da1, as if tanh were the identity."""
    X, _, a1 = cache
    dz1 = doutputs @ parameters.W2.T
    return Parameters(X.T @ dz1, dz1.sum(axis=0), a1.T @ doutputs, doutputs.sum(axis=0))


def slope_at_the_output(parameters, cache, doutputs):
    """f'(a1) in place of f'(z1): the slope is taken at the wrong point."""
    X, _, a1 = cache
    return backward(parameters, (X, a1, a1), doutputs, TANH)


def forgets_the_mean(parameters, cache, doutputs):
    """Gradients of the sum over the batch, not of its mean."""
    gradients = right(parameters, cache, doutputs)
    return Parameters(*(len(doutputs) * gradient for gradient in gradients))


def bias_takes_the_mean(parameters, cache, doutputs):
    """db2 = mean over the batch, though doutputs has its 1/N already."""
    return right(parameters, cache, doutputs)._replace(b2=doutputs.mean(axis=0))


def wrong_sign_in_the_first_layer(parameters, cache, doutputs):
    """The first layer climbs."""
    gradients = right(parameters, cache, doutputs)
    return gradients._replace(W1=-gradients.W1, b1=-gradients.b1)


def frozen_first_layer(parameters, cache, doutputs):
    """dW1 = 0: only the second layer learns."""
    gradients = right(parameters, cache, doutputs)
    return gradients._replace(W1=0 * gradients.W1, b1=0 * gradients.b1)


def forgets_the_first_bias(parameters, cache, doutputs):
    """db1 = 0."""
    gradients = right(parameters, cache, doutputs)
    return gradients._replace(b1=0 * gradients.b1)


def error_back_through_other_weights(parameters, cache, doutputs):
    """The error comes back along fixed random weights in place of W2 ("feedback alignment")."""
    rng = stream(0, "feedback", *parameters.W2.shape)
    other = xavier(*parameters.W2.shape, rng)
    return right(parameters._replace(W2=other), cache, doutputs)


def noise(parameters, cache, doutputs):
    """Random numbers of the gradient's size: what one published program really does."""
    rng = stream(0, "noise", *doutputs.shape, float(doutputs.sum()), float(doutputs[0, 0]))
    gradients = right(parameters, cache, doutputs)
    return Parameters(*(np.std(g) * rng.standard_normal(g.shape) for g in gradients))


MISTAKES = [
    right, forgets_the_slope, slope_at_the_output, forgets_the_mean, bias_takes_the_mean,
    wrong_sign_in_the_first_layer, frozen_first_layer, forgets_the_first_bias,
    error_back_through_other_weights, noise,
]  # fmt: skip


def worst_error(backward_pass, seed):
    """What the gradient check says: the largest relative error of the four arrays."""
    rng = stream(seed, "mistakes", "check")
    parameters = two_layers.initialise(5, 6, 4, rng, xavier)
    X, y = rng.standard_normal((7, 5)), rng.integers(0, 4, 7)
    outputs, cache = forward(parameters, X, TANH)
    claimed = backward_pass(parameters, cache, cross_entropy_gradient(outputs, y))

    def loss():
        return cross_entropy(forward(parameters, X, TANH)[0], y)

    return max(check_gradients(loss, parameters, claimed))


def train_with(backward_pass, seed, updates):
    """Train on 480 of 600 digits with this backward pass; accuracy on the other 120."""
    X, y = some_digits(stream(seed, "mistakes"))
    rng = stream(seed, "mistakes", "train")
    parameters = two_layers.initialise(X.shape[1], HIDDEN, CLASSES, rng, xavier)
    for _ in range(updates // 15):
        for rows in minibatches(480, BATCH_SIZE, rng):
            outputs, cache = forward(parameters, X[rows], TANH)
            doutputs = cross_entropy_gradient(outputs, y[rows])
            gradients = backward_pass(parameters, cache, doutputs)
            for parameter, gradient in zip(parameters, gradients):
                parameter -= LEARNING_RATE * gradient
    return accuracy(two_layers.predict(parameters, X[480:], TANH), y[480:])


def said(function):
    """The name of a mistake as a reader would say it."""
    return function.__name__.replace("_", " ")


def table_of_mistakes(errors, scores):
    """One line a mistake: the check's error and the accuracy it trains to all the same."""
    lines = [f"{'backward pass':<34}{'gradient check':>15}{'trains to':>12}"]
    for function, error, score in zip(MISTAKES, errors, scores):
        lines.append(f"{said(function):<34}{error:>15.0e}{100 * np.mean(score):>10.1f} %")
    return "\n".join(lines) + "\n"


def wrong_gradients_train_and_only_the_check_notices(run):
    """Ten backward passes, one of them right: the check's verdict and the accuracy of each."""
    seeds = list(range(run.seed, run.seed + (1 if run.quick else 3)))
    updates = 60 if run.quick else 225
    errors = [worst_error(function, run.seed) for function in MISTAKES]
    scores = [[train_with(function, seed, updates) for seed in seeds] for function in MISTAKES]
    run.file("mistakes.txt", table_of_mistakes(errors, scores))
    figure, (axes,) = new_figure("Most wrong gradients train too, so training proves little")
    mean = 100 * np.mean(scores, axis=1)
    axes.barh(range(len(mean)), mean, color=["#009E73"] + ["#D55E00"] * (len(mean) - 1))
    axes.set_yticks(range(len(mean)), [said(function) for function in MISTAKES])
    axes.invert_yaxis()
    label(axes, "digits right that were not trained on (%)", "")
    run.figure(figure, "mistakes")
    run.claim(
        "mistakes",
        "The gradient check tells every wrong backward pass from the right one; the accuracy "
        "after training does not",
        seeds=seeds,
        config={"hidden": HIDDEN, "learning_rate": LEARNING_RATE, "updates": updates},
        metrics={
            "check": {f.__name__: error for f, error in zip(MISTAKES, errors)},
            "accuracy": {f.__name__: np.mean(s) for f, s in zip(MISTAKES, scores)},
            "accuracy_sd": {f.__name__: np.std(s) for f, s in zip(MISTAKES, scores)},
            "smallest_error_of_a_mistake": min(errors[1:]),
            "mistakes_above_90_percent": sum(np.mean(s) > 0.9 for s in scores[1:]),
            "mistakes": len(MISTAKES) - 1,
        },
    )
