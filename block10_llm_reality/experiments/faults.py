"""The data pipeline on faults whose number is known."""

import numpy as np

from block10_llm_reality import proofs
from block10_llm_reality.pipeline import minhash
from shared.plots import COLOURS, label, new_figure


def faults(run):
    """The pipeline finds duplicates, junk and leaks of kinds that its thresholds were not set on,
    and takes hardly anything else.

    Training stories of the corpus with each fault planted in a fifth as many documents.
    """
    stories, rows = (60 if run.quick else 1000), {}
    for seed in run.seeds(3, quick=1):
        for name, value in proofs.pipeline_rates(seed, stories).items():
            rows.setdefault(name, []).append(value)
    means = {name: np.mean(values) for name, values in rows.items()}
    run.file("faults.txt", "".join(f"{name:<22}{mean:8.3f}\n" for name, mean in means.items()))
    run.record(config={"stories": stories, "share": 0.2, "near": minhash.Settings()._asdict()},
               metrics={"by_seed": rows, "mean": means})
    run.headline(means)
    run.figure(draw_s_curve(run))


def draw_s_curve(run):
    """The promised curve, and the share of random pairs that met."""
    settings, similarities = minhash.Settings(), np.linspace(0, 1, 101)
    figure, (axes,) = new_figure("How often two texts meet in a band")
    promised = minhash.s_curve(similarities, settings.bands, settings.rows)
    axes.plot(similarities, promised, color=COLOURS[0], label="1 - (1 - s^r)^b")
    points = np.arange(0.05, 0.75, 0.2 if run.quick else 0.05)
    met = [proofs.meeting_rate(float(round(s, 2)), run.seed, 20 if run.quick else 100)[0]
           for s in points]
    axes.plot(points, met, "o", color=COLOURS[6], label="random pairs of sets")
    axes.axvline(settings.threshold, color=COLOURS[7], linestyle="--", label="taken for the same")
    axes.set_ylim(0, 1.02)
    label(axes, "Jaccard similarity s", "share of pairs that meet")
    return figure
