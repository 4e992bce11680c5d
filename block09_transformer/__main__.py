"""Everything of block 09: `python -m block09_transformer` trains, proves, measures, and writes."""

from block09_transformer import proofs, report
from block09_transformer.experiments import EXPERIMENTS, STUDIES
from block09_transformer.planted import BUGS
from block09_transformer.train import trained
from shared.planted_bugs import count_caught
from shared.results import open_run
from shared.runtime import keep_memory


def main(arguments=None):
    title = "A decoder-only transformer, written to be read and written to be fast."
    with open_run(__file__, title, arguments, text=True, resume=True, studies=True) as run:
        keep_memory()
        if run.studies:
            run.experiments(STUDIES)
            return
        trained(run)
        report.draw_losses(run)
        report.tell_training(run)
        if not run.text:
            run.experiments(EXPERIMENTS)
            proofs.record(run)
            count_caught(run, BUGS, quick=2)
        report.show_outputs(run)


if __name__ == "__main__":
    main()
