"""The experiments of block 00: one function per claim."""
