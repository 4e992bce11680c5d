"""A neural network of two layers, every gradient derived by hand."""
