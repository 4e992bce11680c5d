"""Write and answer with the weights that ship in results/.

    python -m block10_llm_reality.sample write "A child named" --temperature 0.8 --top-p 0.9
    python -m block10_llm_reality.sample write --show-probabilities
    python -m block10_llm_reality.sample ask 3 "Where was the kite?"

`ask` answers about a test story by its number, or about the text of a file, with the adapters.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from block10_llm_reality.experiments.models import ends_of, prompt_ids, write_texts
from block10_llm_reality.finetuning.instructions import prompt_of
from block10_llm_reality.train import load_models
from shared.data import DataError
from shared.generate import Rules, fold, steps
from shared.runtime import pin_blas_threads
from shared.sampling import distributions
from shared.seeding import stream
from shared.text import load_tales

WEIGHTS = Path(__file__).resolve().parent / "results" / "weights.npz"
SHOWN = 5  # candidates of a step


def options_of(arguments):
    parser = argparse.ArgumentParser(
        prog="python -m block10_llm_reality.sample", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    write = commands.add_parser("write", help="go on from a prompt")
    write.add_argument("prompt", nargs="?", default="")
    write.add_argument("--greedy", action="store_true")
    for name, default in Rules()._asdict().items():
        write.add_argument("--" + name.replace("_", "-"), type=type(default), default=default)
    write.add_argument("--most", type=int, default=300, help="tokens at the most")
    write.add_argument("--seed", type=int, default=0)
    write.add_argument("--show-probabilities", action="store_true")
    ask = commands.add_parser("ask", help="a question about a test story")
    ask.add_argument("story", help="its number, from 0")
    ask.add_argument("question")
    return parser.parse_args(arguments)


def write(options, out):
    """Print each token as it is drawn; with --show-probabilities a line for each, with rivals."""
    model, _ = load_models(WEIGHTS)
    rules = Rules(*(getattr(options, name) for name in Rules._fields))
    numbers = stream(options.seed, "sample").random((1, max(options.most, 0)))
    ids, drawn = prompt_ids(model, options.prompt), None if options.greedy else rules
    out.write("" if options.show_probabilities else options.prompt)
    for _, tokens, logits in steps(
        fold(model.shape, model.parameters), [ids], max(options.most, 0), drawn, numbers,
        ends=ends_of(model.tokenizer),
    ):
        if options.show_probabilities:
            out.write(candidates(model.tokenizer, tokens[0], logits, rules) + "\n")
        else:
            out.write(model.tokenizer.decode(tokens))
        out.flush()
    out.write("\n")


def candidates(tokenizer, token, logits, rules):
    """The token that was written and the likeliest ones, each with its probability."""
    p = distributions(logits, rules)[0]
    best = np.argsort(-p, kind="stable")[:SHOWN]
    told = "  ".join(f"{tokenizer.decode(np.array([n]))!r} {p[n]:.2f}" for n in best if p[n] > 0)
    return f"{tokenizer.decode(np.array([token]))!r:<14} from  {told}"


def story_of(number):
    """A test story by its number. Raises DataError where there is none."""
    stories = load_tales().stories["test"]
    if not number.isascii() or not number.isdigit() or int(number) >= len(stories):
        raise DataError(f"there is no story {number!r}: say a number from 0 to {len(stories) - 1}")
    return stories[int(number)].text


def ask(options, out):
    story = story_of(options.story)
    _, model = load_models(WEIGHTS)
    if not options.question.strip():
        raise DataError("the question is empty: ask something")
    answer = write_texts(model, [prompt_of(story, options.question)], 80)[0]
    out.write(f"{story.strip()}\n\n{options.question}\n{answer}\n")


def main(arguments=None, out=sys.stdout):
    options = options_of(arguments)
    pin_blas_threads()
    try:
        {"write": write, "ask": ask}[options.command](options, out)
    except (DataError, ValueError) as error:
        print(f"block10_llm_reality: {error}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:  # a reader that stops early
        sys.stdout = None


if __name__ == "__main__":
    main()
