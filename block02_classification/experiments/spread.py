"""Several runs of one thing as mean and standard deviation."""

import numpy as np


def spread(values):
    """{mean, sd} of numbers; of rows {measure: number} the same for each measure."""
    if isinstance(values[0], dict):
        return {key: spread([row[key] for row in values]) for key in values[0]}
    return {"mean": np.mean(values), "sd": np.std(values)}
