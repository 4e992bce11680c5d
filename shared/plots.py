"""One look for every picture: what a block draws, it draws through these functions.

Figures are matplotlib's own `Figure` objects, without pyplot and its global state. Each function
draws one kind of picture on the axes it is given; `png` turns a figure into bytes.
"""

import contextlib
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from shared.checks import as_floats, as_labels

# Okabe and Ito's palette: told apart by readers with any colour vision, and in grey by its order.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X", "*"]
DPI = 110

STYLE: dict[Any, Any] = {
    "axes.prop_cycle": f"cycler(color={COLOURS})",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 12,
    "axes.labelsize": 11,
    "axes.unicode_minus": False,
    "figure.titlesize": 13,
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "grid.alpha": 0.3,
}

# A picture must not depend on the reader's matplotlibrc, nor what a block draws on the axes itself.
PLAIN: dict[Any, Any] = {k: v for k, v in matplotlib.rcParamsDefault.items() if k != "backend"}
matplotlib.rcParams.update(PLAIN)


@contextlib.contextmanager
def our_style() -> Iterator[None]:
    """matplotlib's own settings with STYLE on top, whatever was set before; also a decorator."""
    with matplotlib.rc_context(PLAIN | STYLE):
        yield



@our_style()
def new_figure(
    title: str, *, rows: int = 1, columns: int = 1, width: float = 8.0, height: float = 4.5
) -> tuple[Figure, np.ndarray]:
    """An empty figure with its message as title, and its axes as an array (rows * columns,).

    Width and height are inches; at this module's dots per inch 8 wide is a README's full width.
    """
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title, x=0.01, ha="left")
    return figure, figure.subplots(rows, columns, squeeze=False).ravel()


@our_style()
def label(axes: Axes, x: str, y: str, title: str = "", *, legend: bool = True) -> None:
    """Name the axes with their units, and add the legend where there is anything to tell apart."""
    axes.set(xlabel=x, ylabel=y, title=title)
    if legend and axes.get_legend_handles_labels()[1]:
        axes.legend()


@our_style()
def png(figure: Figure) -> bytes:
    """The figure as PNG bytes, the same bytes for the same figure on one machine."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    return buffer.getvalue()


@our_style()
def loss_curves(axes: Axes, curves: Mapping[str, tuple[Sequence, Sequence]]) -> None:
    """One line per name, from (steps, losses); the loss axis is logarithmic where all are > 0."""
    for name, (steps, losses) in curves.items():
        axes.plot(steps, losses, label=name)
    if all(np.min(losses) > 0 for _, losses in curves.values()):
        axes.set_yscale("log")


@our_style()
def histogram(axes: Axes, samples: Mapping[str, np.ndarray], bins: int = 40) -> None:
    """Overlaid histograms on common bins, one per name."""
    edges = np.histogram_bin_edges(np.concatenate([np.ravel(v) for v in samples.values()]), bins)
    for name, values in samples.items():
        axes.hist(np.ravel(values), list(edges), label=name, alpha=0.6)


@our_style()
def heat_map(
    axes: Axes,
    matrix: np.ndarray,
    row_names: Sequence[str] = (),
    column_names: Sequence[str] = (),
    *,
    number_format: str = "",
    colour_map: str = "cividis",
    limits: tuple[float, float] | None = None,
) -> None:
    """A matrix (R, C) as colours; with a number format like ".2f" each cell shows its number."""
    for names, size in zip((row_names, column_names), np.shape(matrix)):
        if len(names) not in (0, size):
            raise ValueError(f"{len(names)} names for {size} rows or columns: {list(names)}")
    low, high = limits or (float(np.min(matrix)), float(np.max(matrix)))
    image = axes.imshow(matrix, cmap=colour_map, vmin=low, vmax=high, aspect="auto")
    axes.grid(False)
    if len(row_names):
        axes.set_yticks(range(len(row_names)), row_names)
    if len(column_names):
        axes.set_xticks(range(len(column_names)), column_names)
    if number_format:
        for (i, j), value in np.ndenumerate(matrix):
            red, green, blue, _ = image.cmap(image.norm(value))
            bright = 0.299 * red + 0.587 * green + 0.114 * blue > 0.5
            ink = "black" if bright else "white"
            axes.text(j, i, format(value, number_format), ha="center", va="center", color=ink)
    else:
        axes.figure.colorbar(image, ax=axes)


@our_style()
def decision_boundary(
    axes: Axes,
    predict: Callable[[np.ndarray], np.ndarray],
    X: np.ndarray,
    y: np.ndarray,
    *,
    resolution: int = 200,
) -> None:
    """The plane coloured by `predict`, (M, 2) -> (M,) int, under the points X (N, 2).

    y (N,) int holds the true classes, 0 to at most 7.
    """
    X, y = as_floats("X", X), as_labels("y", y, len(COLOURS))
    low, high = X.min(axis=0), X.max(axis=0)
    margin = 0.08 * (high - low)
    horizontal = np.linspace(low[0] - margin[0], high[0] + margin[0], resolution)
    vertical = np.linspace(low[1] - margin[1], high[1] + margin[1], resolution)
    grid = np.stack(np.meshgrid(horizontal, vertical), axis=-1).reshape(-1, 2)
    regions = predict(grid).reshape(resolution, resolution)
    palette = ListedColormap(COLOURS)
    last = len(COLOURS) - 1
    axes.pcolormesh(
        horizontal, vertical, regions,
        cmap=palette, vmin=0, vmax=last, alpha=0.25, shading="nearest",
    )
    for k in np.unique(y):
        marker = MARKERS[int(k)]
        axes.scatter(
            X[y == k, 0], X[y == k, 1], s=18, color=COLOURS[int(k)], marker=marker,
            edgecolors="white", linewidths=0.4, label=f"class {int(k)}",
        )
    axes.grid(False)
