"""The head that looks back: where the attention goes when a name comes next."""

import numpy as np

from block09_transformer.examples import characters
from block09_transformer.experiments.rivals import as_example
from block09_transformer.proofs import as_textbook
from block09_transformer.train import trained
from shared.plots import new_figure
from shared.tensor import no_grad

LETTERS = 140  # in a line of the picture


def head_that_looks(run):
    """Before a name, one head rests most of its weight where that name was said: on the places
    that hold it, the name itself and the tokens after it, to which the token shift adds it.

    The textbook's model with the trained weights, a mean over the slots whose name is settled. The
    head is chosen on validation stories, and measured on test stories.
    """
    learned = trained(run)
    textbook = as_textbook(learned.shape, learned.parameters)
    tokenizer, tales = learned.texts.tokenizer, learned.tales
    found = {}
    for split in ("validation", "test"):
        stories = tales.stories[split][: 2 if run.quick else 40]
        found[split] = weights_on_names(textbook, tokenizer, stories)
    chosen_by = found["validation"][0].sum(axis=0)  # (L, H)
    best = np.unravel_index(chosen_by.argmax(), chosen_by.shape)
    weights, share = found["test"]
    run.figure(draw(textbook, tokenizer, tales.stories["test"], best))
    run.record(
        config={"stories_a_split": len(stories), "shift": learned.shape.shift},
        metrics={
            "layer": best[0] + 1, "head": best[1] + 1, "by_head": weights.sum(axis=0),
            "by_distance": {k: weights[(k, *best)] for k in range(len(weights))},
            "weight": weights.sum(axis=0)[best], "if_spread_evenly": share,
        },
    )
    run.headline({"name_head_weight_on_truth": weights.sum(axis=0)[best]})


def name_places(story, tokenizer):
    """The example, and the places in it of settled names that were said before, of one token."""
    example = as_example(story, tokenizer)
    ends = characters(example[1:], tokenizer.tokens)
    found = []
    for slot in story.slots:
        inside = np.flatnonzero((ends >= slot.start) & (ends < slot.start + slot.length)) + 1
        settled = slot.kind == "name" and max(slot.distribution.values()) > 0.999
        if settled and len(inside) == 1 and example[inside[0]] in example[: inside[0]]:
            found.append(inside[0])
    return example, found


def weights_on_names(textbook, tokenizer, stories):
    """Mean weights by distance from the last mention of the name that comes next, 0 to the shift.

    -> (1 + shift, layers, heads), and the mean share of all places that these are
    """
    shift, rows, shares = textbook.shape.shift, [], []
    for story in stories:
        example, places = name_places(story, tokenizer)
        with no_grad():
            seen = textbook.look(example[:-1])[1]
        weights = np.array([[head.data for head in layer] for layer in seen])  # (L, H, T, T)
        for t in places:
            distance = distances(example[:t], example[t])
            at = [weights[:, :, t - 1, :t][:, :, distance == k].sum(axis=-1)
                  for k in range(shift + 1)]
            rows.append(at)  # (1 + shift, L, H)
            shares.append(np.mean(distance <= shift))
    return np.mean(rows, axis=0), np.mean(shares)


def distances(ids, token):
    """How many tokens before each place the token was last said; as many as there are if never.

    >>> distances(np.array([5, 7, 5, 5, 8]), 7).tolist()
    [5, 0, 1, 2, 3]
    """
    said = np.where(ids == token, np.arange(len(ids)), -len(ids))
    return np.minimum(np.arange(len(ids)) - np.maximum.accumulate(said), len(ids))


def draw(textbook, tokenizer, stories, best):
    """The chosen head's weights over a story, as marks under its words, at the last name slot."""
    example, places = next(
        (e, p) for e, p in (name_places(story, tokenizer) for story in stories) if p
    )
    t = places[-1]
    with no_grad():
        weights = textbook.look(example[:t])[1][best[0]][best[1]].data[-1]  # (T,)
    words = [tokenizer.decode([n]) for n in example[:t]]
    name = tokenizer.decode([example[t]]).strip()
    title = f"Before {name} comes: where head {best[1] + 1} of layer {best[0] + 1} looks"
    figure, (axes,) = new_figure(title, width=11, height=3.6)
    write_words(axes, words, weights)
    return figure


def write_words(axes, words, weights):
    """The story's words in lines, each on a ground as dark as its weight."""
    column, line = 0.0, 0
    for word, weight in zip(words, weights):
        if column + len(word) > LETTERS - 6:
            column, line = 0.0, line + 1
        axes.text(
            column, -line, word, family="monospace", fontsize=9, va="center",
            bbox={"facecolor": (0.9, 0.37, 0.0, min(float(weight), 1.0)), "edgecolor": "none",
                  "pad": 1.5},
        )
        column += len(word)
    axes.text(0, -line - 1.2, "ground: white is weight 0, orange 1", fontsize=8, color="0.4")
    axes.set(xlim=(0, LETTERS), ylim=(-line - 1.5, 1))
    axes.axis("off")
