"""Recurrent networks by hand: why they forget, and what gates do about it."""
