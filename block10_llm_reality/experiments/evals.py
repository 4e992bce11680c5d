"""The harness on the run's models, and an eval that a cheat wins until it is hardened."""

from block10_llm_reality.evaluation import cheating, harness, tasks
from block10_llm_reality.experiments.models import NAMES, answering, learned, legend_above
from block10_llm_reality.experiments.tuning import task_of
from block10_llm_reality.finetuning.instructions import prompt_of
from block10_llm_reality.pipeline import leakage
from shared.files import to_json
from shared.plots import COLOURS, label, new_figure
from shared.seeding import stream

CHANCE = 0.5


def scores(run):
    """The base model knows the stories and no format: it fills long-range gaps well and answers
    nothing, and fine-tuning turns that around without loss to the gaps.

    Results and samples under lm-evaluation-harness's key names in results/eval/.
    """
    data, found = learned(run).data, {}
    stories = data.tales.stories["test"][: 4 if run.quick else 60]
    chosen = [cloze_task(run), hard_task(run), task_of(run, "known")]
    texts = tasks.perplexity("stories", stories)
    for name in ("base", "tuned"):
        model = answering(name, getattr(learned(run), name))
        rng = stream(run.seed, "scores", name)
        results, samples = harness.evaluate(model, [*chosen, texts], rng)
        found[name] = results["results"]
        run.file(f"eval/{name}/results.json", to_json(results))
        for task, rows in samples.items():
            few = [short_sample(row) for row in rows[:40]]
            run.file(f"eval/{name}/samples_{task.replace(' ', '_')}.jsonl", harness.as_lines(few))
    training = data.stories[: 200 if run.quick else 4000]
    dirty = cheating.contaminated(chosen[1].docs, training, leakage.Settings())
    run.record(
        config={"tasks": {task.name: len(task.docs) for task in chosen}, "samples_kept": 40},
        metrics={name: {task.name: score_of(found[name], task) for task in chosen}
                 | {"stories": perplexities(found[name]["stories"])} for name in found}
        | {"contaminated": len(dirty)},
    )
    run.figure(draw(found, chosen))


def perplexities(row):
    """{metric: value} without the harness's suffix."""
    return {name.removesuffix(",none"): value for name, value in row.items() if name != "alias"}


def short_sample(row):
    """A sample whose story stands once: the arguments repeat it for each choice."""
    doc = {**row["doc"], "context": "..." + row["doc"]["context"][-200:]}
    doc["target"] = doc["target"][:200]
    requests = {n: {**parts, "arg_0": doc["context"]} for n, parts in row["arguments"].items()}
    return {**row, "doc": doc, "target": doc["target"], "arguments": requests}


def score_of(results, task):
    name = "acc" if task.output_type == "multiple_choice" else "exact_match"
    row = results[task.name]
    return {"score": row[f"{name},none"], "standard_error": row[f"{name}_stderr,none"],
            "interval": [row[f"{name}_low,none"], row[f"{name}_high,none"]]}


def cloze_task(run):
    stories = learned(run).data.tales.stories["test"][: 4 if run.quick else 30]
    return tasks.cloze("cloze", stories, stream(0, "cloze"))


def hard_task(run):
    return tasks.hard_choices("choices", learned(run).data.asked["test"], prompt_of)


def draw(found, chosen):
    figure, (axes,) = new_figure("Three tasks, before and after fine-tuning")
    for n, (name, colour) in enumerate((("base", COLOURS[0]), ("tuned", COLOURS[1]))):
        rows = [score_of(found[name], task) for task in chosen]
        means = [row["score"] for row in rows]
        bars = [[abs(row["interval"][k] - row["score"]) for row in rows] for k in (0, 1)]
        places = [place + 0.4 * n - 0.2 for place in range(len(chosen))]
        axes.bar(places, means, 0.38, color=colour, label=NAMES[name], yerr=bars)
    names = ["cloze, 4 choices", "2 answers of one\nstory", "free answer"]
    axes.set_xticks(range(len(chosen)), names)
    axes.set_ylim(0, 1)
    label(axes, "test stories (bars: 95 % bootstrap interval over stories)", "share right",
          legend=False)
    legend_above(axes, 2)
    return figure


def cheat(run):
    """A word finder without a parameter wins a multiple-choice eval whose wrong answers come from
    other stories; where both choices come from the story and each answers one of two questions,
    it is at chance.

    The fine-tuned model is measured on both.
    """
    asked = learned(run).data.asked["test"][::2]
    easy = tasks.easy_choices("easy", asked, prompt_of, stream(0, "easy"))
    pair = [easy, hard_task(run)._replace(name="hard")]
    players = {"word finder": cheating.word_finder(),
               "longest choice": cheating.always_the_longest(),
               "fine-tuned": answering("tuned", learned(run).tuned)}
    found = {}
    for name, player in players.items():
        results = harness.evaluate(player, pair, stream(run.seed, "cheat", name))[0]["results"]
        found[name] = {task.name: score_of(results, task) for task in pair}
    figure, (axes,) = new_figure("The cheat wins the first eval and not the hardened one")
    for n, (name, colour) in enumerate(zip(found, (COLOURS[3], COLOURS[4], COLOURS[1]))):
        heights = [found[name][task.name]["score"] for task in pair]
        places = [place + 0.27 * (n - 1) for place in (0, 1)]
        axes.bar(places, heights, 0.25, color=colour, label=name)
    axes.axhline(CHANCE, color=COLOURS[7], linestyle="--", label="chance")
    axes.set_xticks([0, 1], ["wrong answer from\nanother story", "both answers from\nthe story"])
    axes.set_ylim(0, 1)
    label(axes, "where the wrong choice comes from", "accuracy", legend=False)
    legend_above(axes, 4)
    run.figure(figure)
    run.record(config={"easy": len(easy.docs), "hard": len(pair[1].docs)}, metrics=found)
    run.headline({
        "eval_cheat_score_before_hardening": found["word finder"]["easy"]["score"],
        "eval_cheat_score_after_hardening": found["word finder"]["hard"]["score"],
        "eval_chance": CHANCE,
    })
