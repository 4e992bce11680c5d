"""Planted bugs: does an ordinary test of this block notice each one?"""

from block05_embeddings.tests.planted import BUGS
from shared.tests.planted_bugs import caught


def every_planted_bug_is_caught(run, corpus, models):
    """Each bug of tests/planted.py in a copy of the block, and the test that should fail."""
    bugs = BUGS[:1] if run.quick else BUGS
    found = caught(bugs)
    run.claim(
        "planted_bugs",
        "Every planted bug makes an ordinary test of the block fail",
        seeds=[],
        config={"bugs": [bug._asdict() for bug in bugs]},
        metrics={"planted": len(bugs), "caught": sum(found), "by_bug": found},
    )
    run.headline({"planted_bugs": len(bugs), "planted_bugs_caught": sum(found)})
