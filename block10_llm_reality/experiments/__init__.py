"""The experiments of block 10 in the order of the README: one function, one claim, one file."""

from block10_llm_reality.experiments import decoding, evals, faults, robust, studies, tuning

EXPERIMENTS = [
    decoding.rules,
    decoding.cheaper,
    tuning.answers,
    evals.scores,
    evals.cheat,
    robust.forms,
    robust.in_the_way,
    robust.json_kept,
    faults.faults,
]
STUDIES = [studies.amounts, studies.ranks, studies.corpora]
