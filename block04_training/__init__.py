"""Earn a framework: build its parts, autograd first, then train with what was built."""
