"""Predict the next character: by counting, and by a small network over a window."""
