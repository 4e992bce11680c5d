"""Bugs to plant in a copy of this block; each names the test that must notice."""

from shared.planted_bugs import PlantedBug

BLOCK = "block00_toolbox"
TESTS = f"{BLOCK}/tests"

BUGS = [
    PlantedBug(
        "matrix product reads B transposed",
        f"{BLOCK}/arrays.py", "sum(A[n][d] * B[d][k] for", "sum(A[n][d] * B[k][d] for",
        f"{TESTS}/test_arrays.py",
    ),
    PlantedBug(
        "shapes aligned from the left",
        f"{BLOCK}/broadcasting.py", "right = (1,) * (length - len(b)) + b",
        "right = b + (1,) * (length - len(b))", f"{TESTS}/test_broadcasting.py",
    ),
    PlantedBug(
        "a stretched row is one list several times",
        f"{BLOCK}/broadcasting.py", "return [_repeat(item, target[1:]) for item in items]",
        "return [_repeat(array[0], target[1:])] * target[0] if len(array) == 1 "
        "else [_repeat(item, target[1:]) for item in items]",
        f"{TESTS}/test_broadcasting.py",
    ),
    PlantedBug(
        "negative axes are off by one",
        f"{BLOCK}/reductions.py", "axis %= len(sizes)", "axis = abs(axis) % len(sizes)",
        f"{TESTS}/test_reductions.py",
    ),
    PlantedBug(
        "variance divided by n - 1",
        f"{BLOCK}/reductions.py", "math.sqrt(v) if", "math.sqrt(v * len(X) / (len(X) - 1)) if",
        f"{TESTS}/test_parity.py",
    ),
    PlantedBug(
        "modulo without rejection",
        f"{BLOCK}/generator.py", "(word := self.word()) < WORD % bound",
        "(word := self.word()) < 0", f"{TESTS}/test_generator.py",
    ),
    PlantedBug(
        "the state is not scrambled",
        f"{BLOCK}/generator.py", "shown = scramble(self.state)", "shown = self.state % WORD",
        f"{TESTS}/test_generator.py",
    ),
    PlantedBug(
        "a stream ignores its name",
        f"{BLOCK}/generator.py", "repr((seed, *names))", "repr(seed)",
        f"{TESTS}/test_parity.py",
    ),
    PlantedBug(
        "swap with any place",
        f"{BLOCK}/sampling.py", "pick = below(last + 1)", "pick = below(len(order))",
        f"{TESTS}/test_sampling.py",
    ),
    PlantedBug(
        "the last batch is dropped",
        f"{BLOCK}/sampling.py", "range(0, len(order), batch_size)",
        "range(0, len(order) - batch_size + 1, batch_size)", f"{TESTS}/test_sampling.py",
    ),
    PlantedBug(
        "the repair of the column against the row has the bug",
        f"{BLOCK}/shape_bugs.py", "prediction = X @ w[:, 0]", "prediction = X @ w",
        f"{TESTS}/test_shape_bugs.py",
    ),
    PlantedBug(
        "the standardiser is fitted on all rows",
        f"{BLOCK}/train.py", "fit_standardiser(X[rows])", "fit_standardiser(X)",
        f"{TESTS}/test_train.py",
    ),
    PlantedBug(
        "the validation curve shows the training loss",
        f"{BLOCK}/train.py", "loss(X_validation, y_validation, theta)[0]",
        "loss(X, y, theta)[0] + 0", f"{TESTS}/test_train.py",
    ),
    PlantedBug(
        "the targets of a batch are those of the first rows",
        f"{BLOCK}/train.py", "loss(X[rows], y[rows], theta)",
        "loss(X[rows], y[: len(rows)], theta)", f"{TESTS}/test_train.py",
    ),
]
