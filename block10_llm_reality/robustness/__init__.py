"""What happens when the input is not as in training: forms, distractors, length, formats."""
