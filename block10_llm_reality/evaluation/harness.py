"""Ask a model all tasks, and write what came of it under lm-evaluation-harness's key names.

results.json holds, for each task, "acc,none" or "exact_match,none" with "..._stderr,none", its
configuration and numbers of samples; samples_<task>.jsonl one line for each example: what was
asked, what came back, what it counted. Left out: dates and hashes of the code, since a run's
files are the same each time. Source: https://github.com/EleutherAI/lm-evaluation-harness, 0.4.
"""

import hashlib
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from block10_llm_reality.evaluation import metrics
from block10_llm_reality.evaluation.tasks import Doc, Task
from shared.data import DataError

BOOTSTRAP = 2000


class Model(NamedTuple):
    """What the harness needs of a model; a fake one for a test is two lines.

    generate maps contexts to texts; log_likelihoods maps (context, continuation) pairs to
    (ln P of the continuation, whether greedy writing would have written it).
    """

    name: str
    generate: Callable[[list[str]], list[str]]
    log_likelihoods: Callable[[list[tuple[str, str]]], list[tuple[float, bool]]]


# --- asking --------------------------------------------------------------------------------------


def ask_choices(model: Model, docs: Sequence[Doc]) -> list[dict[str, Any]]:
    """One request for each choice: acc is by ln P, acc_norm by ln P per character."""
    requests = [(doc.context, choice) for doc in docs for choice in doc.choices]
    answers = iter(model.log_likelihoods(requests))
    rows = []
    for doc in docs:
        found = [next(answers) for _ in doc.choices]
        totals, right = [total for total, _ in found], doc.choices.index(doc.target)
        rows.append({
            "resps": [[[total, greedy]] for total, greedy in found],
            "filtered_resps": [[total, greedy] for total, greedy in found],
            "acc": float(metrics.choice(totals) == right),
            "acc_norm": float(metrics.choice_by_length(totals, doc.choices) == right),
        })
    return rows


def ask_freely(model: Model, docs: Sequence[Doc]) -> list[dict[str, Any]]:
    """One text for each context; exact_match is 1 where it is the target, up to its ends."""
    texts = model.generate([doc.context for doc in docs])
    if len(texts) != len(docs):
        raise ValueError(f"the model gave {len(texts)} texts for {len(docs)} contexts")
    return [
        {"resps": [[text]], "filtered_resps": [text.strip()],
         "exact_match": metrics.exact_match(text, doc.target)}
        for text, doc in zip(texts, docs)
    ]


def ask_rolling(model: Model, docs: Sequence[Doc]) -> list[dict[str, Any]]:
    """ln P of whole texts; each metric is a pair (ln P, what it is divided by) until `summary`."""
    found = model.log_likelihoods([(doc.context, doc.target) for doc in docs])
    return [
        {"resps": [[total]], "filtered_resps": [total],
         "word_perplexity": [total, len(doc.target.split())],
         "byte_perplexity": [total, len(doc.target.encode())],
         "bits_per_byte": [total, len(doc.target.encode())]}
        for (total, _), doc in zip(found, docs)
    ]


ASK = {"multiple_choice": ask_choices, "generate_until": ask_freely,
       "loglikelihood_rolling": ask_rolling}


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def arguments_of(doc: Doc) -> dict[str, Any]:
    """Each request as it was sent: {"gen_args_0": {"arg_0": context, "arg_1": continuation}}."""
    last = doc.choices or ("",)
    return {
        f"gen_args_{n}": {"arg_0": doc.context, "arg_1": choice} for n, choice in enumerate(last)
    }


def samples_of(model: Model, task: Task) -> list[dict[str, Any]]:
    """A row of samples_<task>.jsonl for each example."""
    if not task.docs:
        raise ValueError(f"the task {task.name} has no examples")
    rows = []
    for number, (doc, found) in enumerate(zip(task.docs, ASK[task.output_type](model, task.docs))):
        names = [name for name in found if name not in ("resps", "filtered_resps")]
        rows.append({
            "doc_id": number, "doc": doc._asdict(), "target": doc.target,
            "arguments": arguments_of(doc), "filter": "none", "metrics": names, **found,
            "doc_hash": sha256(json.dumps(doc)), "prompt_hash": sha256(doc.context),
            "target_hash": sha256(doc.target),
        })
    return rows


# --- results -------------------------------------------------------------------------------------

ROLLING = {  # nats per word or byte -> the metric
    "word_perplexity": math.exp, "byte_perplexity": math.exp,
    "bits_per_byte": lambda nats: nats / math.log(2),
}


def summary(samples: Sequence[dict[str, Any]], rng: np.random.Generator) -> dict[str, float]:
    """Mean, standard error and a 95 % interval over stories, of each metric of a task."""
    stories, found = [row["doc"]["story"] for row in samples], {}
    for name in samples[0]["metrics"]:
        if name in ROLLING:
            total, units = np.sum([row[name] for row in samples], axis=0)
            found[f"{name},none"] = ROLLING[name](-total / units)
            continue
        values = [row[name] for row in samples]
        low, high = metrics.bootstrap_interval(values, stories, rng, BOOTSTRAP)
        found |= {
            f"{name},none": float(np.mean(values)),
            f"{name}_stderr,none": metrics.standard_error(values),
            f"{name}_low,none": low, f"{name}_high,none": high,
        }
    return found


def evaluate(
    model: Model, tasks: Sequence[Task], rng: np.random.Generator
) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    """(the content of results.json, the rows of samples_<task>.jsonl by task)."""
    samples = {task.name: samples_of(model, task) for task in tasks}
    results = {name: {"alias": name, **summary(rows, rng)} for name, rows in samples.items()}
    counts = {n: {"original": len(rows), "effective": len(rows)} for n, rows in samples.items()}
    kinds = {task.name: {"task": task.name, "output_type": task.output_type, "num_fewshot": 0}
             for task in tasks}
    return {
        "results": results, "configs": kinds, "n-samples": counts,
        "versions": dict.fromkeys(samples, 1.0), "n-shot": dict.fromkeys(samples, 0),
        "higher_is_better": {
            name: {metric: metric not in ROLLING for metric in rows[0]["metrics"]}
            for name, rows in samples.items()
        },
        "config": {"model": model.name, "bootstrap_iters": BOOTSTRAP, "limit": None},
    }, samples


def as_lines(rows: Sequence[dict[str, Any]]) -> str:
    """The rows as JSON, one a line, numbers to six digits."""
    return "".join(json.dumps(short(row), sort_keys=True) + "\n" for row in rows)


def short(value: Any) -> Any:
    """The value with its floats at six significant digits."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {name: short(part) for name, part in value.items()}
    return [short(part) for part in value] if isinstance(value, list | tuple) else value


def read_samples(path: Path) -> list[dict[str, Any]]:
    """The rows of a samples file. Raises DataError that names the line where one is damaged."""
    rows = []
    try:
        content = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read ({error}): evaluate again") from None
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            row = json.loads(line)
            missing = {"doc_id", "target", "metrics"} - row.keys()
        except (ValueError, RecursionError, AttributeError) as error:
            raise DataError(f"{path}, line {number} is no JSON object ({error})") from None
        if missing:
            raise DataError(f"{path}, line {number} has no {sorted(missing)[0]!r}")
        rows.append(row)
    return rows
