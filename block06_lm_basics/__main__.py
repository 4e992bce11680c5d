"""Everything of block 06: `python -m block06_lm_basics` trains, proves, measures, and writes.

With --text FILE (or --text pydoc) it climbs the ladder on a text of the reader's own.
"""

from block06_lm_basics import proofs, report
from block06_lm_basics.experiments import EXPERIMENTS, ON_A_TEXT_OF_ONES_OWN
from block06_lm_basics.planted import BUGS
from block06_lm_basics.train import learn
from shared.planted_bugs import count_caught
from shared.results import open_run


def main(arguments=None):
    title = "Character n-grams and a neural model over a window."
    with open_run(__file__, title, arguments, text=True) as run:
        models = learn(run)
        report.draw_losses(run, models)
        report.write_outputs(run, models)
        if run.text is not None:
            run.experiments(ON_A_TEXT_OF_ONES_OWN)
            return
        proofs.record(run, models)
        run.experiments(EXPERIMENTS)
        count_caught(run, BUGS, quick=2)


if __name__ == "__main__":
    main()
