"""Block 05: words as vectors, counted and learned, and what can be asked of them."""
