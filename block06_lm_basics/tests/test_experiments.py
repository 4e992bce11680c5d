"""The experiments measure what they say: on models and stories whose answer is known."""

import json
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from block06_lm_basics import true_bits
from block06_lm_basics.experiments import (
    calibration,
    compression,
    excess,
    ladder,
    smoothing,
    window,
)
from block06_lm_basics.train import Models, Texts, score_orders
from block06_lm_basics.window_model import WindowModel
from shared import ngram, plots
from shared.seeding import stream
from shared.tests.ways import a_run
from shared.text import Slot, Story, Vocabulary, load_tales

TALES = load_tales()
POISON = "\u4e2d" * 500  # each of its characters would be unknown


def models_of(train, validation, test, order=4):
    """n-grams fitted on the first part and an untrained network: it gives every symbol 1 / V."""
    vocabulary = Vocabulary(train)
    ngrams = ngram.fit(vocabulary.encode(train), order, len(vocabulary))
    network = WindowModel(len(vocabulary), 4, 2, 3, stream(0, "start"))
    texts = Texts(train, validation, test, TALES)
    by_order = score_orders(ngrams, vocabulary, validation)
    return Models(texts, vocabulary, ngrams, by_order, network)


def recorded(experiment, models, tmp_path, monkeypatch):
    """The metrics that an experiment records with these models, and the run."""
    module = {"ladder": ladder, "orders": ladder, "excess": excess, "window": window,
              "compression": compression, "calibration": calibration}[experiment.__name__]
    monkeypatch.setattr(module, "learn", lambda run: models)
    monkeypatch.setattr(plots, "png", lambda figure: b"")
    run = a_run(tmp_path)
    run.experiments([experiment])
    return json.loads(run.files[f"{experiment.__name__}.json"])["metrics"], run


@pytest.fixture(scope="module")
def small():
    test = TALES.text("test")
    alphabet = "".join(sorted(set(test)))  # so that no character of the test part is unknown
    return models_of(TALES.text("train")[:20_000] + alphabet, TALES.text("validation")[:2000], test)


# --- ladder and orders ---------------------------------------------------------------------------


def test_the_ladder_stands_on_the_test_part_alone(small, tmp_path, monkeypatch):
    texts = small.texts._replace(train=POISON, validation=POISON)
    found, run = recorded(ladder.ladder, small._replace(texts=texts), tmp_path, monkeypatch)
    ids = small.vocabulary.encode(small.texts.test)
    assert not (ids == 0).any()
    named = {"unigram": 1, "bigram": 2, "best_ngram": small.best_order}
    for name, order in named.items():
        nats = -np.log(ngram.probabilities(small.ngrams, ids, order)).mean()
        assert found["scores"][name]["nats_per_char"] == pytest.approx(nats, rel=1e-5)
        bits = run.headline_numbers[f"bits_per_char_{name}"]
        assert bits == pytest.approx(nats / np.log(2), rel=1e-5)
        assert found["nats_by_order"][order - 1] == pytest.approx(nats, rel=1e-5)
    for name in ("uniform", "mlp"):
        bits = run.headline_numbers[f"bits_per_char_{name}"]
        assert bits == pytest.approx(np.log2(len(small.vocabulary)), rel=1e-5)
    floor = TALES.floor("test")
    assert run.headline_numbers["floor_bits_per_char_test"] == pytest.approx(floor, rel=1e-5)
    over = run.headline_numbers["bits_per_char_best_ngram"] / floor
    assert run.headline_numbers["best_ngram_over_floor"] == pytest.approx(over, rel=1e-5)
    last = run.files["ladder.txt"].decode().split("\n")[-2].split()
    assert last == ["floor", f"{floor * np.log(2):.4f}", f"{floor:.4f}", f"{2**floor:.3f}"]
    train = small.texts.train
    pairs = [{train[t - n : t + 1] for t in range(n, len(train))} for n in range(4)]
    assert found["table_entries"] == sum(map(len, pairs[: small.best_order]))


def test_the_table_of_an_order_is_counted_as_sets_of_strings(small, tmp_path, monkeypatch):
    found, _ = recorded(ladder.orders, small, tmp_path, monkeypatch)
    text = small.texts.train
    for n in range(4):
        contexts = [text[t - n : t] for t in range(n, len(text))]
        assert found["contexts"][n] == len(set(contexts))
    once = sum(times == 1 for times in Counter(contexts).values())
    assert found["share_seen_once"][3] == pytest.approx(once / len(set(contexts)), rel=1e-5)
    validation = [score.bits_per_char for score in small.by_order]
    assert found["validation_bits"] == pytest.approx(validation, rel=1e-5)
    ids = small.vocabulary.encode(text[:5000])
    bits = [-np.log2(ngram.probabilities(small.ngrams, ids, n)).mean() for n in range(1, 5)]
    assert found["train_bits"] == pytest.approx(bits, rel=1e-5)


# --- smoothing -----------------------------------------------------------------------------------


def test_what_one_order_costs_by_hand():
    """Trained on banana: after a comes n, n; V = 4. The text "ab": a from nothing, b after a."""
    tables = smoothing.fit("banana", 2)
    impossible, bits = smoothing.one_order(tables, "an" + "ab", 4)
    assert impossible == 2 / 4  # the first character, which has no whole context, and b after a
    p = [1 / 4, (2 + 1) / (2 + 4), (2 + 1) / (2 + 4), (0 + 1) / (2 + 4)]
    assert bits["add 1"] == pytest.approx(-np.log2(p).mean())
    a, n, b = (3 + 3 / 4) / 9, (2 + 3 / 4) / 9, (1 + 3 / 4) / 9
    p = [a, (2 + n) / 3, (2 + a) / 3, (0 + b) / 3]
    assert bits["Witten-Bell"] == pytest.approx(-np.log2(p).mean())


def test_writing_counts_the_contexts_that_the_training_text_has(small, tmp_path):
    tables = smoothing.fit(small.texts.train, 6)
    run = a_run(tmp_path)
    seen = smoothing.write_both(run, small, tables)
    add_one, witten_bell = run.files["before_after.txt"].decode().split("\n\n")
    for told, share in ((add_one, seen["add one"]), (witten_bell, seen["Witten-Bell"])):
        text = eval_text(told.split("\n")[1])
        contexts = [text[t - 5 : t] in small.texts.train for t in range(5, len(text))]
        assert len(contexts) == 120 and np.mean(contexts) == pytest.approx(share, abs=0.01)
    assert seen["add one"] < 0.3 < 0.9 < seen["Witten-Bell"]


def eval_text(shown):
    """The text that repr has shown, in single quotes."""
    return shown[1:-1].replace("\\n", "\n").replace("\\'", "'")


# --- windows -------------------------------------------------------------------------------------


def test_windows_are_summed_up_over_the_seeds():
    found = window.summary((1, 2, 4), np.array([[3.0, 2.0, 2.2], [5.0, 2.0, 2.4]]))
    assert found["bits"].tolist() == [4, 2, pytest.approx(2.3)]
    assert found["bits_sd"].tolist() == [1, 0, pytest.approx(0.1)]
    assert found["best_context"] == 2


def test_a_small_network_has_the_window_seed_and_updates_it_is_asked_for(small, monkeypatch):
    asked = []
    monkeypatch.setattr(window, "trained", lambda *given: asked.append(given))
    for quick in (False, True):
        window.small(small, "ids", 7, 5, 200, quick)
    for (ids, V, settings, seed), steps in zip(asked, (200, 20)):
        assert (ids, V, seed) == ("ids", len(small.vocabulary), 7)
        assert settings == window.SMALL._replace(context=5, steps=steps)


def test_an_ngram_beside_a_window_sees_as_many_characters(small, tmp_path, monkeypatch):
    untrained = lambda *given: small.window  # noqa: E731
    monkeypatch.setattr(window, "trained", untrained)
    found, _ = recorded(window.window, small, tmp_path, monkeypatch)
    ids = small.vocabulary.encode(small.texts.validation)
    bits = [-np.log2(ngram.probabilities(small.ngrams, ids, n + 1)).mean() for n in (1, 2)]
    assert found["ngram_bits"] == pytest.approx(bits, rel=1e-5)  # contexts 1, 2; 4 is order 5
    assert found["200_updates"]["bits"] == pytest.approx([np.log2(len(small.vocabulary))] * 3)


# --- calibration ---------------------------------------------------------------------------------


def test_a_model_that_says_the_truth_is_reliable_and_one_that_does_not_is_not():
    p = stream(0, "truth").dirichlet(np.ones(5), size=3000)
    came = np.array([stream(0, "came", i).choice(5, p=row) for i, row in enumerate(p)])
    bins = calibration.reliability(p, came)
    assert sum(number for *_, number in bins) == 5 * 3000
    assert all(abs(q - share) < 0.05 for q, share, _ in bins)
    sharp = np.eye(5)[np.arange(3000) % 5]
    assert max(abs(q - share) for q, share, _ in calibration.reliability(sharp, came)) > 0.5


def test_each_distribution_is_that_of_its_place(small):
    ids = small.vocabulary.encode(small.texts.test[:200])
    places = np.array([50, 9, 120])
    for name, one in (("n-gram", lambda x: ngram.distribution(small.ngrams, x, small.best_order)),
                      ("network", small.window.distribution)):
        found = calibration.distributions(small, name, ids, places)
        assert found == pytest.approx(np.array([one(ids[:t]) for t in places]))


def test_the_distance_of_two_distributions():
    distance = true_bits.total_variation
    assert distance(np.array([1.0, 0.0]), np.array([0.0, 1.0])) == 1
    assert distance(np.array([0.5, 0.5]), np.array([0.5, 0.5])) == 0
    assert distance(np.array([0.5, 0.5]), np.array([0.5, 0.0])) == 0.5  # the rest elsewhere


def test_kinds_with_a_word_that_begins_another_are_left_out():
    slots = tuple(Slot(0, 1, kind, dict.fromkeys(words, 0.5)) for kind, words in [
        ("pet", ["dog", "cat"]), ("pet", ["cow"]), ("pronoun", ["he", "her"]), ("end", ["end"])])
    assert true_bits.words_of_kinds([Story("", slots, 0)]) == {"pet": ["cat", "cow", "dog"]}


def test_a_word_is_as_probable_as_its_characters_in_a_row():
    vocabulary = Vocabulary("abcde ")
    table = dict(zip(vocabulary.symbols, np.arange(7) / 21))
    asked = true_bits.Asked("e ", ["ab", "c"], np.array([1, 0]), np.array([0.5, 0.5]))

    def bigram(ids):  # after a space a symbol is half as probable
        halved = np.concatenate([[False], ids[:-1] == 1])
        return np.log([table[vocabulary.symbols[i]] for i in ids]) - np.log(2) * halved

    found = true_bits.answer(bigram, vocabulary, asked)
    assert found == pytest.approx([table["a"] / 2 * table["b"], table["c"] / 2])


def test_a_question_has_this_storys_truth_and_the_average_of_the_training_text(monkeypatch):
    """Before each marked pet stands "saw the "; where something else follows too, none is asked."""
    words = {"cat": 0.9, "dog": 0.1}
    test = [Story("Ann saw the cat. She fed the dog.\n\n",
                  (Slot(12, 3, "pet", words), Slot(29, 3, "pet", {"dog": 1.0})), 0)]
    tales = TALES._replace(stories={"validation": [], "test": test})
    monkeypatch.setattr(true_bits, "load_tales", lambda: tales)
    train = "I saw the cat. I saw the dog. I saw the cat. I saw the cat. I fed the fire. " * 2
    asked = true_bits.questions(Texts(train, "", "", tales), 8, alike=8)
    assert [one.view for one in asked] == ["saw the "]
    assert asked[0].truth.tolist() == [0.9, 0.1] and asked[0].average.tolist() == [0.75, 0.25]
    assert true_bits.questions(Texts(train, "", "", tales), 8, alike=9) == []
    found = calibration.mean_distances(asked * 2, [np.array([0.75, 0.25]), np.array([0.5, 0.1])])
    assert found == pytest.approx({"to_truth": (0.15 + 0.4) / 2, "to_average": 0.2,
                                   "outside_the_words": 0.2})


# --- excess --------------------------------------------------------------------------------------

TEXT = "Tom met Ann. Later Ann fed a cat. " + "So it was, and so on. " * 2 + "Ann told the cat.\n\n"
PLACES = {word: TEXT.index(word) for word in ("Tom", "Later", "told")}
MADE_UP = Story(
    TEXT,
    (
        Slot(TEXT.index("fed"), 3, "tense", {"fed": 1.0}),
        Slot(TEXT.rindex("cat"), 3, "pet", {"cat": 0.25, "dog": 0.75}),
    ),
    -7.0,
    ((PLACES["Tom"], 2.0), (PLACES["Later"] + 6, 1.0), (TEXT.rindex("Ann"), 1.5),
     (TEXT.index("."), 0.5), (TEXT.rindex("cat"), 2.0)),
)


def test_every_character_of_a_story_has_its_kind():
    found = true_bits.kinds_of(MADE_UP)
    told = {word: true_bits.KINDS[found[place]] for word, place in {
        "Tom": 0, "Ann": PLACES["Later"] + 6, "fed": TEXT.index("fed"), "cat": TEXT.rindex("cat"),
        "m": TEXT.index("met"), "et": TEXT.index("met") + 1, ".": TEXT.index("."),
    }.items()}
    assert told == {
        "Tom": "chosen word, new to the story", "Ann": "chosen word, said before",
        "fed": "word that follows from the story",
        "cat": "recalled word, said 60 to 300 characters ago",
        "m": "settled word, its first letter", "et": "settled word, the letters after it",
        ".": "space or sign",
    }
    assert (found[TEXT.rindex("cat") :][:3] == found[TEXT.rindex("cat")]).all()
    assert (found[:3] == 0).all()
    assert true_bits.NUMBER["other"] not in found
    assert [true_bits.recalled(d)[-20:] for d in (59, 60, 300)] == [
        "an 60 characters ago", "o 300 characters ago", "o 300 characters ago"]
    assert "more than 300" in true_bits.recalled(301)


def test_the_truth_pays_where_something_was_drawn_and_all_of_it_is_the_floor():
    truth = true_bits.truth_of(MADE_UP)
    assert truth.sum() == 7 and truth[TEXT.rindex("cat")] == 2 and truth[0] == 2
    for story in TALES.stories["test"]:
        assert true_bits.truth_of(story).sum() == pytest.approx(-story.log2_probability, abs=1e-6)
    slot = MADE_UP.slots[1]._replace(distribution={"cat": 0.5})  # another truth is another sum
    assert true_bits.truth_of(MADE_UP._replace(slots=(slot,))).sum() == 6


def fake(stories, bits):
    """Two models that pay these bits for the characters of the stories: {name: (T,)}."""
    text = "".join(story.text for story in stories)
    tales = TALES._replace(stories={"test": stories})
    by_name = {name: lambda ids, b=b: -b * np.log(2) for name, b in bits.items()}
    return SimpleNamespace(
        texts=Texts("", "", text, tales), vocabulary=Vocabulary(text), best_order=4,
        by_name=lambda: by_name, ngrams=SimpleNamespace(order=4),
        table=lambda ids, order: -bits["n-gram"] * np.log(2) * order,
    )


def test_the_kinds_add_up_to_the_gap_and_would_not_with_another_truth(tmp_path, monkeypatch):
    stories = TALES.stories["test"][:3]
    kinds, truth = true_bits.kinds_and_truth(stories)
    inside = true_bits.NUMBER["settled word, the letters after it"]
    signs = true_bits.NUMBER["space or sign"]
    bits = {"n-gram": truth + 0.5 * (kinds == inside) + 1.5 * (kinds == signs),
            "network": truth + 0.25}
    found, run = recorded(excess.excess, fake(stories, bits), tmp_path, monkeypatch)
    gap = 0.5 * (kinds == inside).sum() + 1.5 * (kinds == signs).sum()
    share = found["n-gram"]["share_of_gap"]
    assert share["space_or_sign"] == pytest.approx(1.5 * (kinds == signs).sum() / gap, rel=1e-5)
    assert share["chosen_word_new_to_the_story"] == pytest.approx(0, abs=1e-9)
    assert found["n-gram"]["gap_bits_per_char"] == pytest.approx(gap / len(kinds), rel=1e-5)
    assert found["network"]["gap_bits_per_char"] == pytest.approx(0.25, rel=1e-5)
    assert run.headline_numbers["excess_explained"] == pytest.approx(1)
    names = [bits["n-gram"][start : start + slot.length].sum() for story, begin in zip(
        stories, np.cumsum([0] + [len(s.text) for s in stories])) for slot in story.slots
        if slot.kind == "name" for start in [begin + slot.start]]
    assert found["names"]["bits"]["order_2"] == pytest.approx(2 * np.mean(names), rel=1e-5)
    wrong = [story._replace(log2_probability=story.log2_probability - 50) for story in stories]
    found, _ = recorded(excess.excess, fake(wrong, bits), tmp_path, monkeypatch)
    assert found["n-gram"]["explained"] == pytest.approx(gap / (gap - 150), rel=1e-5)


# --- compression ---------------------------------------------------------------------------------


def test_a_text_comes_back_and_the_message_is_as_long_as_the_loss(small, tmp_path, monkeypatch):
    xz_bytes = compression.xz_bytes
    monkeypatch.setattr(compression, "xz_bytes", lambda text: len(text) ** 2)
    found, _ = recorded(compression.compression, small, tmp_path, monkeypatch)
    text = small.texts.test[:1000]
    costs = -np.log2(ngram.probabilities(small.ngrams, small.vocabulary.encode(text),
                                         small.best_order))
    assert found["characters"] == 1000 and found["same_bytes"] is True
    assert found["model_bits_per_char"] == pytest.approx(costs.mean(), rel=1e-5)
    assert 0 <= 8 * found["message_bytes"] - costs.sum() < 9
    assert found["largest_cost_bits"] == pytest.approx(costs.max(), rel=1e-5)
    assert found["xz_bits_per_char"] == 8 * 1000**2 / 1000
    train = len(small.texts.train)
    bits = 8 * ((train + 1000) ** 2 - train**2) / 1000
    assert found["xz_after_training_text_bits_per_char"] == pytest.approx(bits, rel=1e-5)
    assert xz_bytes("a" * 1000) < 100 < xz_bytes(text) < 1000


def test_a_text_that_does_not_come_back_ends_the_run(small, tmp_path, monkeypatch):
    monkeypatch.setattr(compression, "decode", lambda model, message, T: np.ones(T, int))
    monkeypatch.setattr(compression, "xz_bytes", len)
    with pytest.raises(ValueError, match="not the one that was encoded"):
        recorded(compression.compression, small, tmp_path, monkeypatch)


def test_coarse_frequencies_make_the_impossible_cheap():
    costs = np.array([1.0, 44.0])
    assert compression.coarse_bits(costs, 2) == pytest.approx(1 + 20, abs=1e-4)
