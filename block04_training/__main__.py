"""Everything of block 04: `python -m block04_training` trains, proves, measures, and writes."""

from block04_training import proofs, report
from block04_training.experiments import EXPERIMENTS
from block04_training.planted import BUGS
from block04_training.train import learn_both
from shared.planted_bugs import count_caught
from shared.results import open_run


def main(arguments=None):
    with open_run(__file__, "Autograd, optimizers and what helps training.", arguments) as run:
        trained = learn_both(run)
        report.draw_losses(run)
        report.show_moons(run, trained["moons"])
        report.draw_diamond(run)
        report.show_outputs(run, trained["digits"])
        proofs.record(run)
        run.experiments(EXPERIMENTS)
        count_caught(run, BUGS, quick=2)


if __name__ == "__main__":
    main()
