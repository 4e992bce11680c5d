"""Everything of block 05: `python -m block05_embeddings` trains, proves, measures, and writes."""

from block05_embeddings import proofs, report
from block05_embeddings.experiments import EXPERIMENTS
from block05_embeddings.planted import BUGS
from block05_embeddings.train import LEARNED_WIDE, learned
from shared.planted_bugs import count_caught
from shared.results import open_run


def main(arguments=None):
    with open_run(__file__, "Word vectors of the stories.", arguments) as run:
        with run.clock("skip-gram"):
            learned(run, LEARNED_WIDE, run.seed)
        report.draw_losses(run)
        report.show_outputs(run)
        proofs.record(run)
        run.experiments(EXPERIMENTS)
        count_caught(run, BUGS, quick=2)


if __name__ == "__main__":
    main()
