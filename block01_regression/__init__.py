"""Fit a line: by one equation, and by walking downhill."""
