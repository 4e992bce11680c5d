"""The tests, tested: each bug of tests/planted.py must make an ordinary test of this block fail."""

from block00_toolbox.tests.planted import BUGS
from shared.results import Run
from shared.tests.planted_bugs import caught


def every_planted_bug_is_caught(run: Run) -> None:
    """Plant each bug in a copy of the code and run the test that should notice (quick: one)."""
    bugs = BUGS[:1] if run.quick else BUGS
    found = caught(bugs)
    run.claim(
        "planted_bugs",
        "Every bug planted in this block's code makes one of its tests fail",
        seeds=[],
        config={"bugs": len(bugs)},
        metrics={bug.name: is_caught for bug, is_caught in zip(bugs, found)},
    )
    run.headline({"planted_bugs": len(bugs), "planted_bugs_caught": sum(found)})
