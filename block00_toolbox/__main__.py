"""Everything of block 00: `python -m block00_toolbox` trains, proves, measures, and writes."""

from block00_toolbox import proofs, report
from block00_toolbox.experiments import EXPERIMENTS
from block00_toolbox.planted import BUGS
from block00_toolbox.train import learn_both
from shared.planted_bugs import count_caught
from shared.results import open_run


def main(arguments=None):
    with open_run(__file__, "Shapes, random numbers and runs that repeat.", arguments) as run:
        _, (_, y, _, _) = learn_both(run)
        report.draw_losses(run, y)
        report.draw_periods(run)
        proofs.record(run)
        run.experiments(EXPERIMENTS)
        count_caught(run, BUGS, quick=2)


if __name__ == "__main__":
    main()
