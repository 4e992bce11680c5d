"""loss_curve.png, what the two trainings printed; and period.png, what a seed can reach."""

from block00_toolbox.proofs import MODULUS, periods
from block00_toolbox.train import LOSSES, SETTINGS
from shared.plots import COLOURS, heat_map, label, new_figure


def draw_losses(run, y):
    """The logged losses of both lines; y (N,) are the targets of the training rows."""
    title = "Both losses fall; with the bug, training ends at the variance of y"
    figure, axes = new_figure(title)
    for colour, problem in zip(COLOURS, LOSSES):
        for split, line in (("train", "-"), ("validation", ":")):
            curve = run.logged(problem=problem, split=split)
            axes[0].semilogy(*curve, line, color=colour, label=f"{problem}, {split}")
    levels = {"variance of the training y": y.var(), "variance of the noise": SETTINGS.noise**2}
    for what, level in levels.items():
        axes[0].axhline(level, color="0.5", linestyle="--", linewidth=1, zorder=0)
        axes[0].text(SETTINGS.epochs, level, f"{what} ", color="0.3", ha="right", va="bottom")
    label(axes[0], "epoch", "mean squared error as each run prints it", "One seed", legend=False)
    axes[0].legend(loc="center right")
    run.figure(figure, "loss_curve")


def draw_periods(run):
    """The period of every generator with 16 states."""
    title = "All 16 states come up exactly where c is odd and a = 1 mod 4"
    figure, axes = new_figure(title, width=8, height=5.5)
    names = [str(i) for i in range(MODULUS)]
    heat_map(axes[0], periods(), names, names, number_format=".0f")
    label(axes[0], "increment c", "multiplier a", "Period of s -> (a s + c) mod 16 from s = 1")
    run.figure(figure, "period")
