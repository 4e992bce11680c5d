"""Everything of block 01: `python -m block01_regression` trains, proves, measures, and writes."""

from block01_regression import proofs, report
from block01_regression.experiments import EXPERIMENTS
from block01_regression.planted import BUGS
from block01_regression.train import learn
from shared.planted_bugs import count_caught
from shared.results import open_run


def main(arguments=None):
    with open_run(__file__, "Linear regression on the diabetes data.", arguments) as run:
        learned = learn(run)
        report.draw_losses(run)
        report.write_outputs(run, *learned)
        proofs.record(run)
        run.experiments(EXPERIMENTS)
        count_caught(run, BUGS, quick=1)


if __name__ == "__main__":
    main()
