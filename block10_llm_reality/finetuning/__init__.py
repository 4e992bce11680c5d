"""From a model that goes on to one that answers: instructions, loss on the answer, LoRA."""
