"""How good is it? Tasks, metrics with their errors, result files others can read, and cheats."""
