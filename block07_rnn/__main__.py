"""Everything of block 07: `python -m block07_rnn` trains, proves, measures, and writes.

With --text FILE (or --text pydoc) it trains the cells on a text of the reader's own, with --resume
it goes on where a run of the same options was stopped; --studies runs the comparisons that take
longer.
"""

from block07_rnn import proofs, report
from block07_rnn.experiments import EXPERIMENTS, ON_A_TEXT_OF_ONES_OWN, STUDIES
from block07_rnn.planted import BUGS
from block07_rnn.train import learn
from shared.planted_bugs import count_caught
from shared.results import open_run


def main(arguments=None):
    title = "RNN, GRU and LSTM by hand: why they forget, and what gates do about it."
    with open_run(__file__, title, arguments, text=True, resume=True, studies=True) as run:
        if run.studies:
            run.experiments(STUDIES)
            return
        learned = learn(run)
        report.draw_losses(run)
        report.write_outputs(run, learned)
        if run.text is not None:
            run.experiments(ON_A_TEXT_OF_ONES_OWN)
            return
        proofs.record(run)
        run.experiments(EXPERIMENTS)
        count_caught(run, BUGS, quick=2)


if __name__ == "__main__":
    main()
