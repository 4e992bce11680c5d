"""From raw documents to training data: normalise, remove duplicates, junk and leaks.

Each stage is a function of documents, and says which of them it would remove. `planting` makes a
raw corpus whose faults are known, so that recall and precision are numbers and not hopes.
"""
