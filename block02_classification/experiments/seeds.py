"""How many times an experiment that compares is repeated."""


def several_seeds(run, most=5):
    """The run's own seed and the ones after it: `most` of them, two where it is quick."""
    return list(range(run.seed, run.seed + (2 if run.quick else most)))
