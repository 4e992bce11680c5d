"""Everything of block 02: `python -m block02_classification` trains, proves, measures, writes."""

from block02_classification import proofs, report
from block02_classification.experiments import EXPERIMENTS
from block02_classification.planted import BUGS
from block02_classification.train import learn_digits
from shared.planted_bugs import count_caught
from shared.results import open_run


def main(arguments=None):
    with open_run(__file__, "Classification, and what a probability is worth.", arguments) as run:
        model = learn_digits(run)
        report.draw_losses(run)
        report.show_outputs(run, model)
        proofs.record(run)
        run.experiments(EXPERIMENTS)
        count_caught(run, BUGS, quick=2)


if __name__ == "__main__":
    main()
