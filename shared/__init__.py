"""The toolbox: each module here was earned in a block, and may be used from then on."""

# Module name -> the block that builds it. A block's idea files may use what earlier blocks earned;
# its train.py, experiments and tests may also use what the block itself earns. Block-0 tools are
# open to every file. shared/tests/test_architecture.py enforces it.
EARNED_IN: dict[str, int] = {
    "bpe": 9,
    "checkpoint": 4,
    "checks": 0,
    "command_line": 0,
    "data": 0,
    "files": 0,
    "functional": 4,
    "generate": 10,
    "gpt": 9,
    "gpt_layers": 9,
    "gpt_parameters": 9,
    "graph": 4,
    "kv_cache": 10,
    "layers": 4,
    "losses": 2,
    "ngram": 6,
    "operations": 4,
    "optim": 4,
    "planted_bugs": 0,
    "plots": 0,
    "practice": 0,
    "readme": 0,
    "results": 0,
    "resume": 7,
    "runtime": 0,
    "sampling": 10,
    "schedules": 4,
    "seeding": 0,
    "tensor": 4,
    "text": 5,
}
