"""More text or more epochs: the same steps on 1, 3 and 10 MB."""

from block09_transformer.experiments.small import (
    SETTINGS,
    SHAPE,
    bits,
    learn_small,
    mean_and_sd,
    shortened,
    texts_of,
)
from shared.plots import COLOURS, label, new_figure
from shared.text import load_tales

STORIES = {1: 1220, 3: 3660, 10: 12_000}  # megabytes -> stories
STEPS = 600


def more_text(run):
    """At equal steps a smaller text is read more often and learnt by heart: on its own stories the
    model is better, on new ones worse.
    """
    seeds, settings = run.seeds(3), shortened(run, SETTINGS._replace(steps=STEPS))
    rows = {}
    for megabytes, stories in STORIES.items():
        texts = texts_of(run, stories=stories)
        models = [learn_small(seed, texts, settings) for seed in run.progress(seeds, "text")]
        rows[megabytes] = {
            split: mean_and_sd([bits(*model[:2], texts, split, 120) for model in models])
            for split in ("train", "test")
        } | {"epochs": settings.steps * settings.batch_size / len(texts.examples["train"])}
    floor = load_tales().floor("test")
    run.file("more_text.txt", table(rows, floor))
    run.figure(draw(rows, floor, len(seeds)))
    run.record(config=settings._asdict() | SHAPE, metrics={"by_megabytes": rows, "floor": floor})


def table(rows, floor):
    """Bits per character on training and test stories by the size of the text."""
    lines = [f"{'text':<8}{'epochs':>8}{'training stories':>22}{'test stories':>20}"]
    for megabytes, row in rows.items():
        both = "".join(f"{row[s]['mean']:>12.3f} +- {row[s]['sd']:.3f}" for s in ("train", "test"))
        lines.append(f"{megabytes:>2} MB{'':<3}{row['epochs']:>8.1f}{both}")
    return "\n".join([*lines, f"floor of the test stories: {floor:.3f} bits per character"]) + "\n"


def draw(rows, floor, seeds):
    """Both over the size of the text, and the floor."""
    figure, (axes,) = new_figure("At equal steps, more text closes the gap to new stories")
    for split, colour in (("train", COLOURS[5]), ("test", COLOURS[0])):
        means, sds = ([row[split][key] for row in rows.values()] for key in ("mean", "sd"))
        axes.errorbar(list(rows), means, sds, fmt="o-", color=colour, capsize=3,
                      label=f"{split} stories")
    axes.axhline(floor, color=COLOURS[6], linestyle="--", label="floor (test)")
    axes.set_xscale("log")
    axes.set_xticks(list(rows), [str(size) for size in rows])
    axes.minorticks_off()
    label(axes, "training text (MB)", f"bits per character (bars: sd, {seeds} seeds)")
    return figure
