"""A small repository that keeps every rule, and for every rule changes that break it."""

import json
from collections.abc import Callable
from typing import NamedTuple

from shared.tests import architecture_calls, architecture_imports

# --- a clean tree ------------------------------------------------------------------------------

README = """# Regression

## Run it

`make block01` takes about 10 s. The fit alone takes about 2 s.

```text
[not a link](nowhere.md)
```

## Read it

[line.py](line.py), then [the toolbox](../shared/losses.py) and [a page](https://example.org/x).

## What I built

## Results

The loss is [0.25](results/loss.json#metrics.loss).
![Loss](results/loss_curve.png)

## What broke

<!-- include results/headline.txt -->
```text
loss  0.25
```
<!-- end -->

## What I learned

## I can explain it
"""
CLAIM = {"claim": "It falls", "command": "c", "seeds": [0], "config": {}, "metrics": {"loss": 0.25}}
TREE = {
    "README.md": "# The path\n\n[Regression](block01_line/README.md)\n",
    "Makefile": "all: block01 ## every block\n\nblock01: ## it\n\t@py -m block01_line.train\n\n"
    "test-block01:\n\t@py -m pytest block01_line\n",
    "setup_venv.py": "import importlib.util\nimport subprocess\n",
    "conftest.py": "from shared import runtime\n",
    "data/README.md": "# Data\n",
    "data/tales/files.py": '"""The maker."""\nimport json\n\nimport numpy as np\n',
    "data/tests/test_tales.py": "import pytest\n\nfrom data.tales import files\n",
    "shared/__init__.py": 'EARNED_IN: dict[str, int] = {\n    "losses": 1,\n    "runtime": 0,\n'
    '    "tensor": 2,\n}\n',
    "shared/runtime.py": "import importlib\n\nimport threadpoolctl\n",
    "shared/losses.py": "import numpy as np\n\nfrom shared import runtime\n",
    "shared/tensor.py": "from shared import losses\n",
    "shared/tests/test_losses.py": "from shared.tensor import losses\n",
    "block01_line/README.md": README,
    "block01_line/__init__.py": '"""A line."""\n',
    "block01_line/line.py": "import numpy as np\n\nfrom shared import runtime\n\n\n"
    "def draw(rng: np.random.Generator):\n    return rng.random(3)\n",
    "block01_line/loss.py": "import math\n\nfrom block01_line import line\n",
    "block01_line/train.py": "from shared import losses\n\n\ndef main():\n    pass\n",
    "block01_line/bench.py": "import torch\n",
    "block01_line/experiments.py": "import subprocess\nimport sys\n\n"
    "subprocess.run([sys.executable, '-c', 'pass'], check=True)\n",
    "block01_line/tests/make_golden.py": "import sklearn\n",
    "block01_line/tests/test_line.py": "import numpy as np\nimport pytest\n\n"
    "rng = np.random.default_rng(0)\n",
    "block01_line/tests/test_loss.py": "from shared.losses import np\n",
    "block01_line/tests/test_train.py": "from shared.tests import planted_bugs\n",
    "block01_line/results/outputs.md": "x = -1\n",
    "block01_line/results/headline.txt": "loss  0.25\n",
    "block01_line/results/headline.json": '{"loss": 0.25}\n',
    "block01_line/results/timing.json": '{"fit": 2.1, "total": 12.0}\n',
    "block01_line/results/loss.json": json.dumps(CLAIM),
    "block01_line/results/train_log.jsonl": '{"step": 0, "split": "train", "loss": 1.0}\n',
}


# --- planted violations ------------------------------------------------------------------------


class Plant(NamedTuple):
    """A change of one file of the clean tree, and what the violation it makes says."""

    file: str
    change: Callable[[str], str | None]
    finds: str


def text(whole):
    """The file becomes this text."""
    return lambda old: whole


def more(added):
    """The file grows at its end."""
    return lambda old: old + added


def swap(right, wrong):
    """One place of the file changes."""
    return lambda old: old.replace(right, wrong)


def gone(old):
    """The file is deleted."""
    return None


LINE, LOSS, TRAIN = "block01_line/line.py", "block01_line/loss.py", "block01_line/train.py"
TESTS, PAGE = "block01_line/tests/test_line.py", "block01_line/README.md"
RESULTS, HOME = "block01_line/results", "/" + "home/someone"
RECORD = f"{RESULTS}/loss.json"

PLANTS = {
    # earning
    "blocks_use_what_they_earned": [
        Plant(LINE, more("import shared.losses\n"), f"{LINE}:8: "),
        Plant(LINE, more("from shared import (\n    losses)\n"), "block 1"),
        Plant(LINE, more("import shared\n"), "name the module"),
        Plant(LINE, more("from shared import *\n"), "name the module"),
        Plant(TRAIN, more("import shared.tensor\n"), f"{TRAIN}:6: "),
        Plant(TESTS, more("def f():\n    import shared.tensor\n"), ":6: "),
        Plant(TRAIN, more("import shared.nothing\n"), "not in EARNED_IN"),
        Plant(TRAIN, more("import shared.tests.planted_bugs\n"), "tests"),
    ],
    "shared_uses_what_was_earned": [
        Plant("shared/losses.py", text("import shared.tensor\n"), ":1: "),
        Plant("shared/losses.py", text("import block01_line\n"), "a block"),
        Plant("shared/tests/test_losses.py",
              text("from block01_line.line import draw\n"), "shared/tests/test_losses.py:1: "),
    ],
    "earned_in_is_complete": [
        Plant("shared/tensor.py", gone, "EARNED_IN names tensor"),
        Plant("shared/optim.py", text("x = 1\n"), "EARNED_IN lacks optim"),
    ],
    # who knows whom
    "no_block_knows_another": [
        Plant(LOSS, more("import block02_classes.metrics\n"), f"{LOSS}:4: "),
        Plant(LOSS, more("x = f'../block02_classes/{1}'\n"), f"{LOSS}:4: "),
        Plant("shared/losses.py", more("x = 'block01_line'\n"), "losses.py:4"),
    ],
    "core_alone": [
        Plant(LINE, more("import torch\n"), f"{LINE}:8: torch"),
        Plant(LINE, more("from scipy.special import erf\n"), "scipy"),
        Plant(LINE, more("import pytest\n"), "pytest"),
        Plant(TESTS, more("import sklearn\n"), "sklearn"),
        Plant("shared/losses.py", more("import threadpoolctl\n"), "threadpoolctl"),
        Plant("block01_line/bench.py", more("import pandas\n"), "pandas"),
    ],
    "data_stands_alone": [
        Plant("data/tales/files.py", more("from shared import data\n"), "files.py:5"),
        Plant(TRAIN, more("from data.tales import np\n"), f"{TRAIN}:6: "),
        Plant("data/tests/test_tales.py", more("import block01_line\n"), ":4: "),
    ],
    "no_relative_imports": [
        Plant(LOSS, more("from . import line\n"), f"{LOSS}:4: "),
    ],
    "no_forbidden_imports": [
        *(Plant(LOSS, more(f"import {name}\n"), f"{LOSS}:4: ")
          for name in architecture_imports.FORBIDDEN),
        Plant(TESTS, more("from urllib.request import urlopen\n"), "network"),
        Plant("shared/losses.py", more("import importlib.util\n"), "importlib"),
    ],
    # calls
    "sources_parse": [
        Plant(LOSS, more("def\n"), f"{LOSS}:4: "),
    ],
    "no_hidden_code": [
        *(Plant(LOSS, more(f"{name}('1')\n"), f"{LOSS}:4: uses {name}")
          for name in architecture_calls.HIDDEN_CODE),
        Plant(LINE, more("np.load('x', allow_pickle=True)\n"), "allow_pickle"),
    ],
    "no_shell": [
        Plant(LOSS, more("import os\nos.system('ls')\n"), f"{LOSS}:5: uses os.system"),
        Plant(LOSS, more("from os import popen as p\np('ls')\n"), "uses os.popen"),
        Plant(TESTS, more("import subprocess\nsubprocess.getoutput('ls')\n"), "a shell"),
        Plant(TESTS, more("f(['ls'], shell=True)\n"), f"{TESTS}:5: shell=True"),
    ],
    "subprocess_in_its_place": [
        Plant(TRAIN, more("import subprocess\n"), f"{TRAIN}:6: "),
        *(Plant("block01_line/experiments.py", more(code), "with a string")
          for code in (
              "subprocess.run('ls -l')\n", "subprocess.check_output(f'ls {sys.argv}')\n",
              "subprocess.Popen('ls ' + sys.argv[1])\n", "subprocess.call(args=' '.join(['ls']))\n",
              "command = 'ls -l'\nsubprocess.run(command)\n",
              "from subprocess import run as go\ngo('ls {}'.format(1))\n")),
    ],
    "no_path_edits": [
        Plant(LOSS, more("import sys\nsys.path.insert(0, '..')\n"), f"{LOSS}:5: "),
        Plant(LOSS, more("from sys import path\n"), "sys.path"),
    ],
    "randomness_is_an_argument": [
        *(Plant(LINE, more(f"{code}\n"), "global random state")
          for code in (
              "np.random.seed(0)", "x = np.random.rand", "from numpy.random import normal",
              "import numpy.random as r; r.shuffle([])", "from numpy import random; random.rand()",
              "np.random.RandomState(0)", "import random; random.shuffle([])",
              "from random import choice", "from random import *")),
        Plant(TESTS, more("np.random.default_rng()\n"), "has no seed"),
    ],
    "no_absolute_paths": [
        Plant(LINE, more(f"# see {HOME}/x\n"), f"{LINE}:8: "),
        Plant(PAGE, more(f"\ncd {HOME}\n"), f"{PAGE}:"),
        Plant(RECORD, more(f"{HOME}\n"), f"{RECORD}:1"),
    ],
    # blocks
    "every_block_has_its_files": [
        *(Plant(f"block01_line/{name}", gone, f"{name}:1: is missing")
          for name in ("README.md", "__init__.py", "train.py", "tests/test_train.py",
                       "results/headline.json", "results/outputs.md", "results/loss_curve.png")),
        Plant("block01_line/experiments.py", gone, "experiments"),
        Plant(f"{RESULTS}/loss_curve.png", gone, "no picture"),
    ],
    "init_holds_a_docstring_only": [
        Plant("block01_line/__init__.py", more("x = 1\n"), "docstring"),
        Plant("block01_line/__init__.py", text(""), "docstring"),
    ],
    "train_has_a_main": [
        Plant(TRAIN, swap("main", "start"), "no function main"),
    ],
    "two_to_seven_idea_files": [
        Plant(LOSS, gone, "has 1 idea files"),
        Plant("block01_line/tests/test_loss.py", gone, f"{LOSS}:1: "),
        Plant("block01_line/deep/x.py", text("x = 1\n"), "own folder"),
    ],
    "names_say_something": [
        Plant("block01_line/utils.py", text("x = 1\n"), "utils.py:1: "),
        Plant("block01_line/plot_helpers.py", text("x = 1\n"), "plot_helpers.py:1: "),
    ],
    "files_are_short": [
        Plant(LOSS, text("x = 1\n" * 350), f"{LOSS}:350: "),
    ],
    "results_are_light": [
        Plant(f"{RESULTS}/big.txt", text("x" * 1_500_000), "big.txt:1: "),
    ],
    # results
    "results_are_strict_json": [
        Plant(RECORD, swap("0.25", "NaN"), f"{RECORD}:1: holds NaN"),
        Plant(RECORD, swap("0.25", "-Infinity"), "holds -Infinity"),
        Plant(RECORD, swap('"loss"', '"a": 1, "a"'), "'a' twice"),
        Plant(f"{RESULTS}/train_log.jsonl", more("{\n"), "jsonl:2: "),
    ],
    "headline_is_flat": [
        Plant(f"{RESULTS}/headline.json", text('{"a.b": 1}'), "holds a dot"),
        Plant(f"{RESULTS}/headline.json", text('{"a": [1]}'), "is a list"),
        Plant(f"{RESULTS}/headline.json", text("{}"), "no headline numbers"),
    ],
    "claims_are_whole": [
        Plant(RECORD, swap('"config"', '"settings"'), f"{RECORD}:1: a claim has"),
        Plant(RECORD, swap("[0]", "0"), "seeds is 0"),
        Plant(RECORD, swap("[0]", "[true]"), "seeds is [True]"),
    ],
    "log_rows_have_step_and_split": [
        Plant(f"{RESULTS}/train_log.jsonl", more("[1]\n"), "jsonl:2: "),
        Plant(f"{RESULTS}/train_log.jsonl", swap("split", "s"), ":1: "),
    ],
    "makefile_knows_every_block": [
        Plant("Makefile", swap("all: block01", "all:"), "`all`"),
        Plant("Makefile", swap("\nblock01:", "\nblock1:"), "no target b"),
        Plant("Makefile", swap("pytest block01", "pytest x"), "no target t"),
    ],
    # pages
    "seven_headings_in_order": [
        Plant(PAGE, swap("## Read it", "## Read"), f"{PAGE}:11: "),
        Plant(PAGE, swap("## What broke\n", ""), f"{PAGE}:"),
        Plant(PAGE, more("## Links\n"), "'Links'"),
    ],
    "links_exist": [
        Plant(PAGE, swap("(line.py)", "(curve.py)"), f"{PAGE}:13: curve.py"),
        Plant(PAGE, swap("loss_curve.png", "lost.png"), "results/lost.png"),
        Plant(PAGE, more('<img src="results/lost.png">\n'), "results/lost.png"),
        Plant("README.md", swap("block01_line", "block01_x"), "README.md:3: "),
        Plant("data/README.md", more("[x](x.csv)\n"), "data/README.md:2: "),
    ],
    "pictures_are_shown": [
        Plant(PAGE, swap("![Loss]", "[Loss]"), "results/loss_curve.png"),
    ],
    "numbers_equal_results": [
        Plant(PAGE, swap("[0.25]", "[0.26]"), f"{PAGE}:19: says"),
        Plant(PAGE, swap("metrics.loss", "metrics.gain"), "'gain'"),
        Plant(PAGE, swap("loss  0.25", "loss  0.26"), f"{PAGE}:26: "),
    ],
    "number_links_are_kept_fresh": [
        Plant(PAGE, swap("(results/loss", "(./results/loss"), ":19: "),
    ],
    "seconds_are_about_right": [
        Plant(PAGE, swap("about 10 s", "about 3 s"), f"{PAGE}:5: about 3 s"),
        Plant(PAGE, swap("about 10 s", "a while"), "total is 12.0"),
        Plant(PAGE, more("\nabout 400 s\n"), "about 400 s"),
        Plant(PAGE, swap("about", "around"), "how long"),
    ],
    "minus_is_ascii": [
        Plant(PAGE, more("\N{MINUS SIGN}1\n"), f"{PAGE}:"),
        Plant(f"{RESULTS}/outputs.md", swap("-", "\N{MINUS SIGN}"), "outputs.md:1: "),
    ],
}  # fmt: skip
