"""What the tests of each block ask of its run, said once.

    class TestRun(BlockRun):
        package, bands, data_files = "block03_mlp_manual", BANDS, ("digits.csv.gz",)

The metrics of one quick run are kept in tests/quick_metrics.json, so that whatever changes a number
is noticed. Where the change is meant, `python -m shared.tests.block_run block03_mlp_manual` writes
them anew: read the difference before you commit it.
"""

import fnmatch
import importlib
import json
import math
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from matplotlib.ticker import FixedLocator

from shared import data, planted_bugs, plots, results
from shared.files import to_json

ROOT = Path(__file__).resolve().parent.parent.parent
Bands = dict[str, tuple[float, float]]
TOLERANCE = 1e-3  # relative; what another processor's last bits may grow to in a short training
OFTEN = ("*.epochs", "*.updates", "*.splits")  # settings of which a quick run has less
ROUNDING = 1e-6  # two numbers below this are both nothing but rounding


# --- reading what a run wrote --------------------------------------------------------------------


def headline_of(folder: Path) -> dict[str, Any]:
    """The numbers of headline.json."""
    return json.loads((folder / "headline.json").read_text())


def metrics_of(folder: Path, name: str) -> dict[str, Any]:
    """The metrics of one claim."""
    return json.loads((folder / f"{name}.json").read_text())["metrics"]


def losses_of(folder: Path, **where: Any) -> list[float]:
    """The logged losses of the rows that have these values, in order."""
    rows = [json.loads(line) for line in (folder / "train_log.jsonl").read_text().splitlines()]
    return [row["loss"] for row in rows if all(row.get(k) == v for k, v in where.items())]


def records_of(folder: Path) -> dict[str, dict]:
    """The claims of a run by name, but for the one about the list of planted bugs."""
    names = {path.stem for path in folder.glob("*.json")} - {"headline", "timing", "planted_bugs"}
    return {name: json.loads((folder / f"{name}.json").read_text()) for name in sorted(names)}


def all_metrics(folder: Path) -> dict[str, Any]:
    """All that a run found: of every claim the metrics, seeds and settings; the headline, the log,
    and the words and numbers of every text it wrote."""
    records = records_of(folder)
    found = {name: record["metrics"] for name, record in records.items()}
    found["seeds"] = {name: record["seeds"] for name, record in records.items()}
    found["config"] = {name: record["config"] for name, record in records.items()}
    found["headline"] = headline_of(folder)
    texts = sorted({*folder.glob("*.txt"), *folder.glob("*.md")} - {folder / "headline.txt"})
    found["texts"] = {path.name: words_and_numbers(path.read_text()) for path in texts}
    if (folder / "train_log.jsonl").exists():
        rows = (folder / "train_log.jsonl").read_text().splitlines()
        found["log"] = [json.loads(row) for row in rows]
    return found


def words_and_numbers(text: str) -> list[str | float]:
    """A text word by word; what is a number becomes one, so that its last digit may differ."""
    found: list[str | float] = []
    for word in text.split():
        try:
            number = float(word)
            found.append(number if math.isfinite(number) else word)
        except ValueError:
            found.append(word)
    return found


# --- what is asked -------------------------------------------------------------------------------


def differences(found: Any, expected: Any, place: str = "") -> Iterator[str]:
    """The places where two records differ by more than another processor's last bits."""
    if isinstance(found, dict) and isinstance(expected, dict) and found.keys() == expected.keys():
        for key in found:
            yield from differences(found[key], expected[key], f"{place}.{key}" if place else key)
    elif isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        for i, pair in enumerate(zip(found, expected)):
            yield from differences(*pair, f"{place}.{i}")
    elif isinstance(found, float | int) and isinstance(expected, float | int):
        whole = isinstance(found, int) and isinstance(expected, int)  # a count is right or wrong
        larger = max(abs(found), abs(expected))
        allowed = 0 if whole else TOLERANCE * larger
        if larger > ROUNDING and abs(found - expected) > allowed:
            yield f"{place} is {found}, was {expected}"
    elif found != expected:
        yield f"{place} is {found!r}, was {expected!r}"


def assert_same(found: Any, expected: Any, *free: str) -> None:
    """No differences but at the places of these patterns."""
    changed = [
        line for line in differences(found, expected)
        if not any(fnmatch.fnmatch(line.split(" is ")[0], pattern) for pattern in free)
    ]
    assert not changed, "\n".join(changed[:20])


def keys_of(record: Any) -> Any:
    """The names in a record, whatever their values."""
    return {k: keys_of(v) for k, v in record.items()} if isinstance(record, dict) else None


def assert_within(headline: dict[str, Any], bands: Bands) -> None:
    """Each number within its band, and each planted bug caught."""
    for key, (low, high) in bands.items():
        assert low <= headline[key] <= high, f"{key} is {headline[key]}"
    for key in headline:
        if key.endswith("planted_bugs"):
            assert headline[f"{key}_caught"] == headline[key]


def quick_run(package: str, folder: Path, seed: int = 1) -> dict[str, Any]:
    """What a quick run that writes to the folder has drawn, by picture, and how many seeds a full
    one would take, by experiment; its planted bugs count as caught. Seed 1, since code that forgets
    the seed would be right by chance with 0."""
    main = importlib.import_module(f"{package}.__main__").main
    seen: dict[str, dict] = {"pictures": {}, "full_seeds": {}}
    figure_of, seeds_of = results.Run.figure, results.Run.seeds

    def figure(run, figure, name=None):
        before = set(run.files)
        figure_of(run, figure, name)
        seen["pictures"][(set(run.files) - before).pop()] = picture(figure)

    def seeds(run, count, quick=2):
        seen["full_seeds"][run._experiment.__name__] = count
        return seeds_of(run, count, quick)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(planted_bugs, "caught", lambda bugs: [True] * len(bugs))
        patch.setattr(results.Run, "figure", figure)
        patch.setattr(results.Run, "seeds", seeds)
        patch.setattr(plots, "png", lambda figure: b"")  # what it holds is read, not its pixels
        main(["--quick", "--seed", str(seed), "--out", str(folder)])
    return seen


def picture(figure: Any) -> list:
    """What a figure shows: its title, and what stands on each of its axes."""
    return [words_and_numbers(figure.get_suptitle()), *map(drawn, figure.axes)]


def drawn(axes: Any) -> dict[str, Any]:
    """What stands on an axes: its texts, what was set by hand of its legend, ticks and limits, and
    of each line, bar, mark and image where and how it is.

    Numbers are summed up, so that a picture takes few lines; the second sum, over the values times
    their places, tells an image from its transpose.
    """

    def sums(values: Any) -> list[float]:
        flat = np.ma.filled(np.ma.asarray(values, dtype=float), 0).ravel()
        flat = np.where(np.isfinite(flat), flat, 0)
        return [float(flat.sum()), float(flat @ np.linspace(1, 2, flat.size))] if flat.size else []

    texts = [axes.get_title(loc="left"), axes.get_title(), axes.get_xlabel(), axes.get_ylabel()]
    texts += [text.get_text() for text in axes.texts] + axes.get_legend_handles_labels()[1]
    both = axes.xaxis, axes.yaxis
    by_hand = [axis for axis in both if isinstance(axis.get_major_locator(), FixedLocator)]
    found = {
        "legend": axes.get_legend() is not None,
        "ticks": [sums(axis.get_ticklocs()) + [tick.get_text() for tick in axis.get_ticklabels()]
                  for axis in by_hand],
        "limits": [list(limits) for limits, free in [
            (axes.get_xlim(), axes.get_autoscalex_on()), (axes.get_ylim(), axes.get_autoscaley_on())
        ] if not free],
        "texts": [words_and_numbers(text) for text in texts if text],
        "places": [sums(text.get_position()) for text in axes.texts],
        "lines": [
            [str(line.get_color()), sums(line.get_xdata()), sums(line.get_ydata())]
            for line in axes.lines
        ],
        "bars": [sums(bar.get_patch_transform().transform(bar.get_path().vertices))
                 for bar in axes.patches[:50]],
        "marks": [sums(marks.get_offsets()) for marks in axes.collections],
        "error bars": [sums(np.concatenate(bars.get_segments()))
                       for bars in axes.collections if hasattr(bars, "get_segments")],
        "images": [sums(i.get_array()) for i in [*axes.images, *axes.collections]
                   if i.get_array() is not None],
        "scales": [axes.get_xscale(), axes.get_yscale()],
    }
    return {key: value for key, value in found.items() if value}


class BlockRun:
    """The tests of a block's run; a block's TestRun names its package and its bands."""

    package: str
    bands: Bands  # of the committed headline: key -> lowest, highest
    quick_bands: ClassVar[Bands] = {}  # where a quick run's differ
    data_files: tuple[str, ...] = ()  # files of data/ that it reads
    unstable: tuple[str, ...] = ()  # patterns of metrics that last bits may turn: divergence
    amounts: tuple[str, ...] = ()  # patterns of settings that differ in a quick run, beside OFTEN
    others: tuple[str, ...] = ("bench.json", "studies")  # in results/, but not of this run

    @property
    def home(self) -> Path:
        return ROOT / self.package

    @pytest.fixture(scope="class")
    @classmethod
    def quick(cls, tmp_path_factory):
        """The folder of one quick run, and what was seen in it."""
        folder = tmp_path_factory.mktemp("quick") / "out"
        return folder, quick_run(cls.package, folder)

    def test_committed_headline_is_within_its_bands(self):
        assert_within(headline_of(self.home / "results"), self.bands)

    def test_a_quick_run_measures_what_it_did(self, quick):
        """But for the number of planted bugs: a copy of the block to find one in lists none."""
        expected = json.loads((self.home / "tests/quick_metrics.json").read_text())
        folder, seen = quick
        found = json.loads(to_json(all_metrics(folder) | seen))
        assert_same(found, expected, "headline.planted_bugs*", *self.unstable)

    def test_the_committed_results_are_of_this_code(self, quick):
        """They measure what a quick run does, with its settings, and with all the seeds."""
        folder, seen = quick
        committed = records_of(self.home / "results")
        for name, new in records_of(folder).items():
            old, count = committed[name], seen["full_seeds"].get(name, len(new["seeds"]))
            assert len(old["seeds"]) == count, f"{name}: a full run takes {count} seeds"
            assert keys_of(old["metrics"]) == keys_of(new["metrics"]), name
            assert_same({name: old["config"]}, {name: new["config"]}, *self.amounts, *OFTEN)

    def test_a_quick_run_writes_the_files_that_are_committed(self, quick):
        committed = {path.name for path in (self.home / "results").glob("[!.]*")}
        assert {path.name for path in quick[0].glob("[!.]*")} == committed - {*self.others}

    def test_every_planted_bug_fits_the_code(self):
        bugs = importlib.import_module(f"{self.package}.planted").BUGS
        assert planted_bugs.misfits(bugs) == []

    def test_damaged_data_is_one_line_and_nothing_is_written(self, tmp_path, monkeypatch, capsys):
        for name in self.data_files:
            folder = tmp_path / name
            shutil.copytree(ROOT / "data", folder, ignore=shutil.ignore_patterns("tests", "*.py"))
            (folder / name).write_bytes(b"not what it was")
            monkeypatch.setattr(data, "FOLDER", folder)
            with pytest.raises(SystemExit) as end:
                quick_run(self.package, tmp_path / "out")
            error = capsys.readouterr().err
            assert end.value.code == 2 and error.count("\n") == 1
            assert f"data/{name} is damaged" in error
            assert not (tmp_path / "out").exists()

    @pytest.mark.slow
    def test_headline_claims_hold_for_nine_of_ten_seeds(self, tmp_path):
        failed = []
        for seed in range(1, 11):
            try:
                quick_run(self.package, tmp_path / str(seed), seed)
                headline = headline_of(tmp_path / str(seed))
                assert_within(headline, self.bands | self.quick_bands)
            except AssertionError as error:
                failed.append((seed, str(error)))
        assert len(failed) <= 1, failed


def write_quick_metrics(package: str) -> None:
    """Write tests/quick_metrics.json of a block anew."""
    with tempfile.TemporaryDirectory() as folder:
        seen = quick_run(package, Path(folder) / "out")
        metrics = to_json(all_metrics(Path(folder) / "out") | seen)
    (ROOT / package / "tests/quick_metrics.json").write_bytes(metrics)


if __name__ == "__main__":
    write_quick_metrics(sys.argv[1])
