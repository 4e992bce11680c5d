"""Bugs that people really write; each must make an ordinary test of the block fail."""

from shared.planted_bugs import PlantedBug

RNN, GRU, LSTM = (f"block07_rnn/{name}.py" for name in ("rnn", "gru", "lstm"))
TIME, TASKS = "block07_rnn/through_time.py", "block07_rnn/tasks.py"
TRAIN, FAST = "block07_rnn/train.py", "shared/recurrent.py"
CELLS_TEST, TRAIN_TEST = "block07_rnn/tests/test_cells.py", "block07_rnn/tests/test_train.py"
TASKS_TEST = "block07_rnn/tests/test_tasks.py"

BUGS = [
    PlantedBug(
        "the error goes back without tanh's slope",
        RNN, "dz = dh * (1 - h**2)", "dz = dh", CELLS_TEST,
    ),
    PlantedBug(
        "the error goes back through U in place of its transpose",
        RNN, "dz @ U.T, gradients", "dz @ U, gradients", CELLS_TEST,
    ),
    PlantedBug(
        "the GRU's reset gate is turned around on the way forward",
        GRU, "r = sigmoid(weigh(parameters, \"r\", x, h_before))",
        "r = 1 - sigmoid(weigh(parameters, \"r\", x, h_before))", CELLS_TEST,
    ),
    PlantedBug(
        "the GRU forgets the way of the gradient that its update gate keeps open",
        GRU, "dh_before = dh * z + dh_r", "dh_before = dh_r", CELLS_TEST,
    ),
    PlantedBug(
        "the LSTM's cell is asked through h alone",
        LSTM, "dc = dc + dh * o", "dc = dh * o", CELLS_TEST,
    ),
    PlantedBug(
        "the LSTM's output gate looks at the cell before tanh",
        LSTM, "dh * np.tanh(c) * o * (1 - o)", "dh * c * o * (1 - o)", CELLS_TEST,
    ),
    PlantedBug(
        "the gradient of the last step alone, where it is the sum over the steps",
        TIME, "gradients[name] += gradient", "gradients[name] = gradient", CELLS_TEST,
    ),
    PlantedBug(
        "the output's own error is left out, but for the last step's",
        TIME, "dstate = (dh + doutput, *others)",
        "dstate = (dh + doutput * (cache is caches[-1]), *others)", CELLS_TEST,
    ),
    PlantedBug(
        "the fast LSTM carries the cell's error past the forget gate",
        FAST, "            dcell *= f[t]\n", "", CELLS_TEST,
    ),
    PlantedBug(
        "the fast GRU's candidate takes its input's gradient through the reset gate",
        FAST, "dz[:, :, :H] = du[:, :, :H]", "dz[...] = du", CELLS_TEST,
    ),
    PlantedBug(
        "the answer of the copy task begins one step late",
        TASKS, "targets[MESSAGE + delay :] = message",
        "targets[MESSAGE + delay + 1 :] = message[:-1]", TASKS_TEST,
    ),
    PlantedBug(
        "parity forgets what was before the last bit",
        TASKS, "targets = inputs.cumsum(axis=0) % 2", "targets = inputs % 2", TASKS_TEST,
    ),
    PlantedBug(
        "the state is not carried from one piece of a text to the next",
        TRAIN, "state if goes_on else None", "None", TRAIN_TEST,
    ),
    PlantedBug(
        "the gradient is not clipped",
        TRAIN, "norm = optimizer.clip(settings.clip)", "norm = optimizer.gradient_norm()",
        TRAIN_TEST,
    ),
    PlantedBug(
        "the target is the character that is read, not the next",
        TASKS, "return before[: batch * length].reshape(shape).T, ids",
        "return ids[: batch * length].reshape(shape).T, ids", TASKS_TEST,
    ),
]
