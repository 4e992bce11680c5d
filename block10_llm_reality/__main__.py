"""Everything of block 10: `python -m block10_llm_reality` trains, proves, measures, and writes."""

from block10_llm_reality import proofs, report
from block10_llm_reality.experiments import EXPERIMENTS, STUDIES
from block10_llm_reality.experiments.models import learned
from block10_llm_reality.planted import BUGS
from shared.planted_bugs import count_caught
from shared.results import open_run
from shared.runtime import keep_memory


def main(arguments=None):
    title = "A base model, a fine-tuned one, and what can be said about them."
    with open_run(__file__, title, arguments, resume=True, studies=True) as run:
        keep_memory()
        if run.studies:
            run.experiments(STUDIES)
            return
        base = learned(run).base
        report.draw_losses(run)
        report.ship(run)
        proofs.record(run, (base.shape, base.parameters))
        run.experiments(EXPERIMENTS)
        report.show_outputs(run)
        count_caught(run, BUGS, quick=2)


if __name__ == "__main__":
    main()
