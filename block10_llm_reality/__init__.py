"""Block 10: LLM reality: decoding, KV cache, fine-tuning, evaluation, robustness, data."""
