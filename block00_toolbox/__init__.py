"""Block 00: arrays, random numbers and batches by hand; what breaks a shape, and a seed."""
