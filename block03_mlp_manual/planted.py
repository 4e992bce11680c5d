"""Bugs that people really write; each must make an ordinary test of the block fail."""

from shared.planted_bugs import PlantedBug

ACTIVATIONS = "block03_mlp_manual/activations.py"
INITIALISATION = "block03_mlp_manual/initialisation.py"
SQUARED_ERROR = "block03_mlp_manual/squared_error.py"
TWO = "block03_mlp_manual/two_layers.py"
MANY = "block03_mlp_manual/many_layers.py"
CHECK = "block03_mlp_manual/gradient_check.py"
TESTS = "block03_mlp_manual/tests/"

BUGS = [
    PlantedBug(
        "dz1 without the activation's slope",
        TWO, "dz1 = da1 * activation.derivative(z1)", "dz1 = da1", TESTS + "test_two_layers.py",
    ),
    PlantedBug(
        "the slope is taken at a1 in place of z1",
        TWO, "activation.derivative(z1)", "activation.derivative(a1)", TESTS + "test_two_layers.py",
    ),
    PlantedBug(
        "the forward pass leaves out b1, which no gradient check sees",
        TWO, "z1 = X @ W1 + b1", "z1 = X @ W1 + 0 * b1", TESTS + "test_two_layers.py",
    ),
    PlantedBug(
        "db2 takes the mean of a gradient that is already divided by N",
        TWO, "db2 = doutputs.sum(axis=0)", "db2 = doutputs.mean(axis=0)",
        TESTS + "test_two_layers.py",
    ),
    PlantedBug(
        "the first layer is frozen",
        TWO, "dW1 = X.T @ dz1", "dW1 = 0 * (X.T @ dz1)", TESTS + "test_two_layers.py",
    ),
    PlantedBug(
        "backward overwrites the error it was given",
        TWO, "    dW1 = X.T @ dz1", "    doutputs -= 1\n    dW1 = X.T @ dz1",
        TESTS + "test_two_layers.py",
    ),
    PlantedBug(
        "ReLU is applied to the outputs too",
        MANY, "return z, cache", "return a, cache", TESTS + "test_many_layers.py",
    ),
    PlantedBug(
        "the error goes back along the wrong layer's weights",
        MANY, "W_next, _ = layers[l + 1]", "W_next, _ = layers[l]", TESTS + "test_many_layers.py",
    ),
    PlantedBug(
        "the sigmoid's slope misses a factor",
        ACTIVATIONS, "return sigmoid(z) * sigmoid(-z)", "return sigmoid(z)",
        TESTS + "test_activations.py",
    ),
    PlantedBug(
        "the sigmoid overflows",
        ACTIVATIONS, "np.exp(-np.abs(z))", "np.exp(-z)", TESTS + "test_activations.py",
    ),
    PlantedBug(
        "He with fan_out in place of fan_in",
        INITIALISATION, "rng, np.sqrt(2 / fan_in)", "rng, np.sqrt(2 / fan_out)",
        TESTS + "test_initialisation.py",
    ),
    PlantedBug(
        "the squared error's gradient misses 1/K",
        SQUARED_ERROR, "/ outputs.size", "/ len(outputs)", TESTS + "test_squared_error.py",
    ),
    PlantedBug(
        "the gradient checker compares the claim with itself",
        CHECK, "relative_error(dp, numerical_gradient(loss, p, step))", "relative_error(dp, dp)",
        TESTS + "test_gradient_check.py",
    ),
    PlantedBug(
        "the gradient checker does not put the number back",
        CHECK, "    parameter[index] = kept\n    return", "    return",
        TESTS + "test_gradient_check.py",
    ),
]
