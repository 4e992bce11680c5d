"""Train the moons with the textbook engine, the digits with shared/, then run every experiment.

    python -m block04_training.train            writes results/ and the README's numbers
    python -m block04_training.train --quick    small sizes, to a temporary folder
"""

import numpy as np

from block04_training.experiments import EXPERIMENTS
from block04_training.optimizers import adam
from block04_training.scalar_mlp import init_layers, loss, parameters, plain_layers, predict
from shared import functional, optim
from shared.data import load_digits, minibatches, moons, stratified_split
from shared.losses import accuracy
from shared.operations import relu
from shared.plots import decision_boundary, label, loss_curves, new_figure
from shared.results import open_run
from shared.seeding import stream
from shared.tensor import Tensor, no_grad

# The moons, one number a node.
MOONS, NOISE = 100, 0.1  # micrograd's demonstration
MOONS_SIZES = [2, 16, 1]  # two hidden layers of 8 get stuck at 90 % for some seeds
MOONS_RATE = 0.1  # 0.03 needs three times the epochs
MOONS_BATCH = 10  # 20 halves the number of steps and saves nothing
MOONS_EPOCHS = 40  # all points are on the right side from about 20 on

# The digits, one array a node. Chosen on a fifth of each training side.
HIDDEN = 256  # 128 is half a point worse, 512 a little better for twice the time
RATE = 1e-2  # Adam's peak; 3e-3 is a point worse in as many epochs, 3e-2 no better
BATCH = 64  # 32 takes twice as many steps for the same accuracy
EPOCHS = 60  # 20 are a point worse
WARMUP = 20  # steps
DROPOUT, INPUT_DROPOUT = 0.3, 0.1  # 0.5 and 0.2 are half a point worse
WEIGHT_DECAY = 0.1  # decoupled, on W and not on b; 1 costs more than a point


# --- the moons -----------------------------------------------------------------------------------


def train_moons(run, X, y):
    """Adam on the scalar network. -> its layers"""
    layers = init_layers(MOONS_SIZES, stream(run.seed, "moons", "weights"))
    weights = parameters(layers)
    states = [()] * len(weights)
    rng = stream(run.seed, "moons", "batches")
    for epoch in range(MOONS_EPOCHS):
        run.log(model="moons", step=epoch, split="train", loss=loss(plain_layers(layers), X, y))
        for rows in minibatches(len(y), MOONS_BATCH, rng):
            loss(layers, X[rows], y[rows]).backward()
            for i, weight in enumerate(weights):
                new, *states[i] = adam(
                    weight.data, weight.grad, *states[i], learning_rate=MOONS_RATE
                )
                weight.data = float(new)
    return layers


def separate_the_moons(run):
    """Train on 100 points, look at them and at 1,000 new ones, draw the border."""
    X, y = moons(MOONS, NOISE, stream(run.seed, "moons", "train"))
    before = predict(init_layers(MOONS_SIZES, stream(run.seed, "moons", "weights")), X)
    layers = train_moons(run, X, y)
    X_new, y_new = moons(1000, NOISE, stream(run.seed, "moons", "new"))
    figure, (axes,) = new_figure("65 numbers, each a node of a graph, tell the moons apart")
    decision_boundary(axes, lambda places: np.array(predict(layers, places)), X, y, resolution=100)
    label(axes, "x", "y")
    run.figure(figure, "moons")
    run.claim(
        "moons",
        "A network of Values separates the two moons",
        seeds=[run.seed],
        config={"sizes": MOONS_SIZES, "points": MOONS, "noise": NOISE, "epochs": MOONS_EPOCHS},
        metrics={
            "parameters": len(parameters(layers)),
            "accuracy_before": accuracy(np.array(before), y),
            "accuracy": accuracy(np.array(predict(layers, X)), y),
            "accuracy_on_new_points": accuracy(np.array(predict(layers, X_new)), y_new),
        },
    )
    run.headline({"moons_accuracy": accuracy(np.array(predict(layers, X)), y)})


# --- the digits ----------------------------------------------------------------------------------


def init_digits(rng):
    """64 -> HIDDEN -> 10: weights N(0, 2 / inputs), biases 0."""
    arrays = {
        "W1": rng.standard_normal((64, HIDDEN)) * np.sqrt(2 / 64),
        "b1": np.zeros(HIDDEN),
        "W2": rng.standard_normal((HIDDEN, 10)) * np.sqrt(2 / HIDDEN),
        "b2": np.zeros(10),
    }
    return {name: Tensor(array, requires_grad=True) for name, array in arrays.items()}


def logits(p, x, rng=None):
    """x (B, 64)  ->  (B, 10); with an rng inputs and hidden layer go through dropout."""
    h, training = Tensor(x), rng is not None
    h = functional.dropout(h, INPUT_DROPOUT, rng, training)
    h = relu(functional.linear(h, p["W1"], p["b1"]))  # (B, HIDDEN)
    h = functional.dropout(h, DROPOUT, rng, training)
    return functional.linear(h, p["W2"], p["b2"])


def train_digits(run, X, y, seed, epochs):
    """AdamW with warm-up, cosine and dropout. -> parameters"""
    p = init_digits(stream(seed, "digits", "weights"))
    optimizer = optim.Adam(p, RATE, weight_decay=WEIGHT_DECAY, decayed=("W1", "W2"))
    rng, drops = stream(seed, "digits", "batches"), stream(seed, "digits", "dropout")
    total = epochs * -(-len(y) // BATCH)
    for epoch in range(epochs):
        losses = []
        for rows in minibatches(len(y), BATCH, rng):
            optimizer.learning_rate = optim.cosine_schedule(
                optimizer.steps, peak=RATE, total=total, warmup=WARMUP
            )
            batch_loss = functional.cross_entropy(logits(p, X[rows], drops), y[rows])
            batch_loss.backward()
            optimizer.step()
            optimizer.zero_gradients()
            losses.append(batch_loss.item())
        run.log(model="digits", step=epoch, split="train", seed=seed, loss=np.mean(losses))
    return p


def predict_digits(p, X):
    with no_grad():
        return logits(p, X).data.argmax(axis=1)


def learn_the_digits(run):
    """Five stratified 80/20 splits; each test side is looked at once, before training and after."""
    seeds = list(range(run.seed, run.seed + 5))
    epochs = 8 if run.quick else EPOCHS
    table = load_digits()
    X, y = table.X / 16, table.y
    before, after, examples = [], [], []
    for seed in run.progress(seeds, "digits"):
        train, test = stratified_split(y, 0.2, stream(seed, "split"))
        untrained = predict_digits(init_digits(stream(seed, "digits", "weights")), X[test])
        p = train_digits(run, X[train], y[train], seed, epochs)
        predicted = predict_digits(p, X[test])
        before.append(accuracy(untrained, y[test]))
        after.append(accuracy(predicted, y[test]))
        examples.append((untrained, predicted, y[test]))
    run.claim(
        "digits",
        "A network of 256 hidden units with Adam, decay, dropout and a cosine reads the digits",
        seeds=seeds,
        config={
            "hidden": HIDDEN, "rate": RATE, "batch": BATCH, "epochs": epochs, "warmup": WARMUP,
            "dropout": [INPUT_DROPOUT, DROPOUT], "weight_decay": WEIGHT_DECAY,
        },
        metrics={
            "test_accuracy": {"mean": np.mean(after), "sd": np.std(after), "by_split": after},
            "before_training": np.mean(before),
        },
    )  # fmt: skip
    run.headline({"digits_test_accuracy": np.mean(after)})
    write_outputs(run, *examples[0])


def write_outputs(run, untrained, predicted, truth):
    """outputs.md: what the network of the first split says before and after, and its mistakes."""
    lines = ["# Twelve test digits, before training and after", ""]
    lines += ["| true | before | after |", "|---|---|---|"]
    lines += [f"| {t} | {u} | {p} |" for u, p, t in list(zip(untrained, predicted, truth))[:12]]
    wrong = np.flatnonzero(predicted != truth)
    lines += ["", f"# Every mistake among the {len(truth)} test digits", ""]
    lines += ["| true | read as |", "|---|---|"]
    lines += [f"| {truth[i]} | {predicted[i]} |" for i in wrong]
    run.file("outputs.md", "\n".join(lines) + "\n")


def draw_loss(run):
    """The logged losses of both models as loss_curve.png."""
    figure, axes = new_figure("Both networks learn: numbers, then arrays", columns=2, width=10)
    for model, ax in zip(("moons", "digits"), axes):
        curves = {}
        for row in run.log_rows:
            if row["model"] == model:
                name = f"split {row['seed']}" if "seed" in row else "training"
                steps, losses = curves.setdefault(name, ([], []))
                steps.append(row["step"])
                losses.append(row["loss"])
        loss_curves(ax, curves)
        label(ax, "epoch", "training loss (nats)", model)
    run.figure(figure, "loss_curve")


def main(arguments=None):
    description = "Moons with scalar autograd, digits with arrays, and the experiments."
    with open_run(__file__, description, arguments) as run:
        with run.clock("moons"):
            separate_the_moons(run)
        with run.clock("digits"):
            learn_the_digits(run)
        draw_loss(run)
        for experiment in run.progress(EXPERIMENTS, "experiments"):
            with run.clock(experiment.__name__):
                experiment(run)


if __name__ == "__main__":
    main()
