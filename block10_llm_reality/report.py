"""loss_curve.png, outputs.md, and the weights that ship."""

from block10_llm_reality.evaluation.metrics import exact_match
from block10_llm_reality.experiments.models import NAMES, learned, write_texts
from block10_llm_reality.finetuning.instructions import JSON_REQUEST, prompt_of
from block10_llm_reality.train import as_bytes
from shared.generate import Rules
from shared.plots import COLOURS, label, new_figure
from shared.seeding import stream

OPENING = "One year, a daring child named Seth lived in a tiny hut near the narrow stream."
WRITTEN = {"greedy": None, "temperature 1": Rules(), "temperature 2": Rules(temperature=2.0),
           "top-p 0.9": Rules(top_p=0.9)}


def draw_losses(run):
    """Training and validation loss of the three trainings, nats per learnt token."""
    figure, axes = new_figure("The base model, and two ways to fine-tune it", columns=3, width=11)
    for ax, (problem, name) in zip(axes, NAMES.items()):
        for split, colour in (("train", COLOURS[5]), ("validation", COLOURS[0])):
            ax.plot(*run.logged(split=split, problem=problem), "o-", markersize=3, color=colour,
                    label=split)
        ax.set_yscale("log")
        label(ax, "step", "nats per learnt token", name)
    run.figure(figure, "loss_curve")


def ship(run):
    """weights.npz: the base model and the adapters, as float16."""
    run.file("weights.npz", as_bytes(learned(run).base, learned(run).adapters))


def quoted(text):
    return ["> " + (" ".join(text.split()) or "(nothing)"), ""]


def show_outputs(run):
    """outputs.md: one opening under four rules; a story's questions before and after tuning."""
    models, most = learned(run), 20 if run.quick else 260
    lines = ["# One opening, four ways to draw", "", f"Given: {OPENING}", ""]
    for name, rules in WRITTEN.items():
        rng = stream(run.seed, "outputs", name)
        text = write_texts(models.base, [OPENING], most, rules, rng)[0]
        lines += [f"{name}:", "", *quoted(text)]
    asked = models.data.asked["test"]
    story = asked[0].story
    rows = [(one.question, one.answer) for one in asked if one.story == story]
    lines += ["# Before and after fine-tuning", "", "A test story:", "", *quoted(story)]
    lines += ["| question | right | before | after |", "|---|---|---|---|"]
    prompts = [prompt_of(story, question) for question, _ in rows]
    texts = [write_texts(model, prompts, 16) for model in (models.base, models.tuned)]
    for (question, answer), before, after in zip(rows, *texts):
        mark = "" if exact_match(after, answer) else " (wrong)"
        cells = (question, answer, short(before), short(after) + mark)
        lines.append("| " + " | ".join(cells) + " |")
    text = write_texts(models.tuned, [prompt_of(story, JSON_REQUEST)], 80)[0]
    lines += ["", f"{JSON_REQUEST}", "", *quoted(text)]
    run.file("outputs.md", "\n".join(lines))


def short(text):
    return " ".join(text.replace("|", "/").split())[:50] or "(nothing)"
