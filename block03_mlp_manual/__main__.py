"""Everything of block 03: `python -m block03_mlp_manual` trains, proves, measures, and writes."""

from block03_mlp_manual import proofs, report
from block03_mlp_manual.experiments import EXPERIMENTS
from block03_mlp_manual.planted import BUGS
from block03_mlp_manual.train import learn_both
from shared.planted_bugs import count_caught
from shared.results import open_run


def main(arguments=None):
    with open_run(__file__, "A network of two layers, every gradient by hand.", arguments) as run:
        trained = learn_both(run)
        report.draw_losses(run)
        report.show_digits(run, trained["digits"])
        proofs.record(run)
        run.experiments(EXPERIMENTS)
        count_caught(run, BUGS, quick=2)


if __name__ == "__main__":
    main()
