"""The run as a whole: bands, files, damaged data, seeds, and one quick run's numbers."""

import json
from pathlib import Path

from shared.tests.block_run import BlockRun, headline_of, metrics_of

RESULTS = Path(__file__).resolve().parent.parent / "results"


class TestRun(BlockRun):
    package = "block05_embeddings"
    data_files = ("tales.txt", "tales.json", "tales_questions.json")
    amounts = (
        "*.windows*", "*.widths*", "*.questions*", "*.settings.svd", "*.shares*", "*.judged",
        "*.frequent", "*.categories", "*.passages", "*.pairs", "retrieval.svd.window.*",
        "retrieval.svd.window", "retrieval.chosen.*",
    )
    unstable = ("texts.vectors.txt.*",)  # three decimals: last bits turn the last of them
    bands = {  # noqa: RUF012
        "analogy_accuracy_svd": (0.85, 1),
        "analogy_accuracy_skipgram": (0.80, 1),
        "neighbour_same_category": (0.90, 1),
        "cluster_purity": (0.85, 1),
        "retrieval_recall_at_1": (0.25, 1),
        "retrieval_recall_at_5": (0.6, 1),
        "retrieval_recall_at_5_bm25": (0, 0.6),
        "retrieval_recall_at_5_bm25_plain": (0.8, 1),
        "skipgram_gradient_max_relative_error": (0, 1e-7),
        "planted_bugs": (6, 100),
    }
    quick_bands = {  # noqa: RUF012  # a ninth of the stories, half of the words
        "analogy_accuracy_svd": (0.15, 1),
        "analogy_accuracy_skipgram": (0.05, 1),
        "neighbour_same_category": (0.8, 1),
        "cluster_purity": (0.75, 1),
        "retrieval_recall_at_1": (0, 1),
        "retrieval_recall_at_5": (0.1, 1),
        "planted_bugs": (2, 2),
    }


def test_vectors_find_at_least_as_much_in_other_words_as_shared_words_do():
    found = headline_of(RESULTS)
    assert found["retrieval_recall_at_5"] >= found["retrieval_recall_at_5_bm25"]


def test_committed_claims_are_true():
    windows, text = metrics_of(RESULTS, "windows"), metrics_of(RESULTS, "text_amount")
    for kind in ("one_table", "left_and_right_apart"):
        role, topic = windows[kind]["role"]["mean"], windows[kind]["topic"]["mean"]
        assert role == sorted(role, reverse=True) and topic[-1] > topic[0] + 0.5
    one, apart = windows["one_table"], windows["left_and_right_apart"]
    assert one["topic"]["mean"] == sorted(one["topic"]["mean"])
    assert all(a > b for a, b in zip(apart["role"]["mean"], one["role"]["mean"]))
    assert all(a <= b for a, b in zip(apart["topic"]["mean"], one["topic"]["mean"]))
    assert text["neighbours"]["mean"][0] > 0.75 and text["analogies"]["mean"][0] < 0.35
    cosine = metrics_of(RESULTS, "cosine")
    assert all(kind["cosine"]["same_category"] > kind["dot"]["same_category"]
               for kind in cosine.values())
    assert cosine["raw"]["dot"]["share_of_the_20_commonest_answers"] > 0.9
    shares = metrics_of(RESULTS, "swapping")["share"]
    assert shares == sorted(shares)
    correlation = metrics_of(RESULTS, "learned_table")["correlation"]
    assert correlation["often"] > correlation["seldom"] + 0.1
    search = metrics_of(RESULTS, "retrieval")
    assert search["plain"]["bm25"]["recall_at_1"] > 0.99
    found = {name: each["recall_at_1"] for name, each in search["other"].items()}
    assert found["svd"] > found["fused"] > found["bm25"]


def test_the_windows_that_the_page_names_are_those_chosen():
    found = metrics_of(RESULTS, "analogies")
    assert all(each.startswith("windows 2 and 40,") for each in found["svd"]["chosen"])
    learned = [each for seed in found["skipgram"]["chosen"] for each in seed]
    assert all(each.startswith("windows 2 and 20,") for each in learned)
    search = json.loads((RESULTS / "retrieval.json").read_text())["config"]
    assert search["chosen"] == ["windows 5 and 20", "windows 5 and 40"]


def test_what_is_claimed_of_failing_analogies():
    by_window = metrics_of(RESULTS, "failed_analogies")
    narrow, wide = by_window["window_2"], by_window["window_20"]
    assert min(each["right_category"] for each in narrow.values()) > 0.95
    wrong = [name for name, each in narrow.items() if each["right"] < 0.5]
    assert len(wrong) == 4 and all(wide[name]["right"] > 0.8 for name in wrong)
    assert wide["past"]["right"] < 0.5 and wide["past"]["right_category"] < 0.5
