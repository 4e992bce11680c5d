"""Which ingredients help on the digits, and what they gain over blocks 02's and 03's models."""

import numpy as np

from block04_training.experiments.problems import end
from block04_training.train import DIGITS, Settings, digits_data, digits_split

SPLITS = 5  # drawn from seeds 0 to 4 on every run, so that other blocks' five are the same
MLP = Settings((64, 256, 10), learning_rate=0.2, batch_size=32, epochs=20, optimizer="sgd")
SOFTMAX = MLP._replace(sizes=(64, 10))
VARIANTS = {
    "all of it": DIGITS,
    "without dropout": DIGITS._replace(input_dropout=0.0, dropout=0.0),
    "without weight decay": DIGITS._replace(weight_decay=0.0),
    "with a constant rate": DIGITS._replace(schedule="constant"),
    # of 0.5, 0.7, 1 and 2 the rate with the lowest validation loss
    "with SGD in place of Adam": DIGITS._replace(
        optimizer="sgd", learning_rate=1.0, weight_decay=0.0
    ),
}


def five_splits(run):
    """On five splits of the digits the best of five modern recipes reads no more of the test side
    than block 03's network, and both more than one linear layer; dropout lowers the validation
    loss, weight decay makes no difference, and SGD in place of Adam ends lower on every split.

    Each split's recipe is the one with the lowest loss on its validation part.
    """
    splits = range(2 if run.quick else SPLITS)
    found = [one_split(split, run.seed, run.quick) for split in run.progress(splits, "digits")]
    losses = {name: np.array([each["validation"][name] for each in found]) for name in VARIANTS}
    run.file("ingredients.txt", table(losses))
    names = ("softmax", "mlp", "recipe")
    scores = {name: np.array([each[name] for each in found]) for name in names}
    gains = 100 * (scores["recipe"] - scores["mlp"])
    run.record(
        config={"recipe": DIGITS._asdict(), "mlp": MLP._asdict(), "splits": list(splits)},
        metrics={
            "test_accuracy": {name: {"mean": s.mean(), "sd": s.std(), "all": s}
                              for name, s in scores.items()},
            "gain_over_mlp": {"mean_points": gains.mean().round(3) + 0.0, "sd_points": gains.std(),
                              "splits": np.sum(gains > 0)},
            "validation_loss": {name: {"mean": loss.mean(), "sd": loss.std()}
                                for name, loss in losses.items()},
            "chosen": [each["chosen"] for each in found],
            "chose_sgd": sum("SGD" in each["chosen"] for each in found),
        },
    )
    for key, name in (("softmax", "softmax"), ("mlp", "mlp"), ("test", "recipe")):
        run.headline({f"digits_{key}_accuracy": scores[name].mean(),
                      f"digits_{key}_accuracy_sd": scores[name].std()})


def one_split(split, seed, quick):
    """Choose on the validation part, train on the whole training side, look at the test side."""
    fit, validation, test = digits_split(split)
    data = digits_data(fit, validation)
    short = {"epochs": 3} if quick else {}
    losses = {name: end(settings._replace(**short), data, seed)[0]
              for name, settings in VARIANTS.items()}
    chosen = min(losses, key=losses.get)
    whole = digits_data(np.concatenate([fit, validation]), test)
    networks = {"softmax": SOFTMAX, "mlp": MLP, "recipe": VARIANTS[chosen]}
    accuracy = {name: end(settings._replace(**short), whole, seed)[1]
                for name, settings in networks.items()}
    return {"validation": losses, "chosen": chosen, **accuracy}


def table(losses):
    """One line a variant: its validation loss, and how much higher than with all of it."""
    whole = losses["all of it"]
    lines = [f"{'':<28}{'validation loss':>18}{'higher than with all of it':>30}"]
    for name, loss in losses.items():
        more = loss - whole
        told = f"{name:<28}{loss.mean():>9.3f} +- {loss.std():.3f}"
        told += f"{more.mean():>17.3f} +- {more.std():.3f}"
        lines.append(f"{told}  on {np.sum(more > 0)} of {len(more)}")
    return "\n".join(lines) + "\n"
