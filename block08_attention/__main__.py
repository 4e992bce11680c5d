"""Everything of block 08: `python -m block08_attention` trains, proves, measures, and writes."""

from block08_attention import proofs, report
from block08_attention.experiments import EXPERIMENTS
from block08_attention.planted import BUGS
from block08_attention.train import learn_both
from shared.planted_bugs import count_caught
from shared.results import open_run


def main(arguments=None):
    with open_run(__file__, "Attention, forward and backward by hand.", arguments) as run:
        networks = learn_both(run)
        heads = report.save_two_looks(run, networks["two_looks"])
        report.draw_losses(run)
        report.show_outputs(run, networks, heads)
        proofs.record(run)
        run.experiments(EXPERIMENTS)
        count_caught(run, BUGS, quick=2)


if __name__ == "__main__":
    main()
