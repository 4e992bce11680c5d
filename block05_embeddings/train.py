"""Settings, corpus, counted vectors, and the training loop: `python -m block05_embeddings.train`.

It trains skip-gram on the stories and prints its losses; change a setting and see. Nothing is
written; `make block05` runs the experiments too and writes results/.
"""

import functools
from typing import NamedTuple

import numpy as np

from block05_embeddings.cooccurrence import (
    ABSENT,
    cooccurrence,
    frequent_words,
    in_one_line,
    numbered,
    ppmi,
    random_pairs,
)
from block05_embeddings.skipgram import (
    noise_distribution,
    skipgram_gradient,
    skipgram_loss,
    start_vectors,
    with_made_up,
)
from block05_embeddings.svd_vectors import truncated_svd, word_vectors
from shared.optim import Adam
from shared.results import open_run
from shared.schedules import cosine_schedule
from shared.seeding import stream
from shared.tensor import Tensor
from shared.text import Question, load_questions, load_tales, words

NARROW_WINDOW, WIDE_WINDOW = 2, 20  # words on each side; the names mean these throughout


class Counted(NamedTuple):
    """How vectors are counted: PPMI of a window, then the SVD cut to `rank`, times S^power."""

    window: int
    rank: int
    power: float = 0.5  # with 0 and 1 the neighbours hardly change
    sided: bool = False  # left and right neighbours apart


class Learned(NamedTuple):
    """How skip-gram is trained."""

    window: int
    updates: int
    size: int = 100  # numbers a word; 64 know fewer analogies
    negatives: int = 5  # made-up neighbours a true one; with 2 analogies are lost
    learning_rate: float = 0.05  # the peak, of Adam with a cosine; twice as much is no better
    batch_size: int = 65536  # pairs; half of it needs twice the updates
    log_every: int = 25  # updates


NARROW = Counted(NARROW_WINDOW, rank=100, sided=True)  # ranks from 60 to 150 differ by 0.01
WIDE = Counted(WIDE_WINDOW, rank=200)  # with 100 the foods of the countries are mixed up
LEARNED_NARROW = Learned(NARROW_WINDOW, updates=100)  # each pair about six times
LEARNED_WIDE = Learned(WIDE_WINDOW, updates=250)  # each pair about one and a half times

# --- the corpus ----------------------------------------------------------------------------------

STORIES_OF_QUICK, PASSAGES_OF_QUICK = 200, 600
WORDS_OF_QUICK = 250  # the most frequent, and the words of the relations
OFTEN = 40  # a word that occurs less often has too few neighbours to be judged
NO_CATEGORY = "other"  # what the corpus calls words of no category
FEWEST = 4  # words of a category: three neighbours of its own kind have to be possible


class Corpus(NamedTuple):
    """Training texts and held-out ones, and the truth about the V words of the training texts.

    stories, held_out: lists of words, one a story
    vocabulary: V words, frequent first    counts (V,)    categories (V,) of names
    often (F,): the frequent words    judged (J,): those of them whose category can be judged
    relations: name -> (N, 2), pairs of word numbers    passages, questions: for retrieval
    """

    stories: list[list[str]]
    held_out: list[list[str]]
    vocabulary: list[str]
    counts: np.ndarray
    categories: np.ndarray
    often: np.ndarray
    judged: np.ndarray
    relations: dict[str, np.ndarray]
    passages: list[str]
    questions: list[Question]

    def number(self, word):
        """The number of a word."""
        return self.vocabulary.index(word)


def known_pairs(relations, vocabulary):
    """The relations as numbers, without the pairs of which a word is missing."""
    numbers = {word: number for number, word in enumerate(vocabulary)}
    known = {}
    for name, pairs in relations.items():
        rows = [[numbers[a], numbers[b]] for a, b in pairs if a in numbers and b in numbers]
        known[name] = np.array(rows, dtype=np.int64).reshape(-1, 2)
    return known


def can_be_judged(often, categories):
    """The frequent words of a category that has at least FEWEST of them. (F,), (V,) -> (J,)"""
    names, inverse, sizes = np.unique(categories[often], return_inverse=True, return_counts=True)
    return often[((names != NO_CATEGORY) & (sizes >= FEWEST))[inverse]]


def load_corpus(quick=False):
    """The training stories (all, or a few), with validation and test stories held out."""
    tales = load_tales()
    told = tales.stories["train"][: STORIES_OF_QUICK if quick else None]
    stories = [words(story.text) for story in told]
    held_out = [words(s.text) for s in tales.stories["validation"] + tales.stories["test"]]
    vocabulary = frequent_words(stories)
    if quick:
        related = {word for pairs in tales.relations.values() for pair in pairs for word in pair}
        vocabulary = [word for n, word in enumerate(vocabulary)
                      if n < WORDS_OF_QUICK or word in related]
    passages, questions = load_questions()
    if quick:
        passages = passages[:PASSAGES_OF_QUICK]
        questions = [each for each in questions if each.passage < PASSAGES_OF_QUICK]
    line = np.concatenate(numbered(stories, vocabulary))
    counts = np.bincount(line[line != ABSENT], minlength=len(vocabulary))
    category_of = {word: name for name, group in tales.categories.items() for word in group}
    categories = np.array([category_of[word] for word in vocabulary])
    often = np.flatnonzero(counts >= OFTEN * len(told) / len(tales.stories["train"]))
    return Corpus(
        stories, held_out, vocabulary, counts, categories, often,
        can_be_judged(often, categories), known_pairs(tales.relations, vocabulary),
        passages, questions,
    )


# --- counted vectors -----------------------------------------------------------------------------


def directions(stories, corpus, setting, seed):
    """U and S of the PPMI table of these stories (lists of words), for word_vectors."""
    ids, V = numbered(stories, corpus.vocabulary), len(corpus.vocabulary)
    table = ppmi(cooccurrence(ids, V, setting.window, sided=setting.sided))
    return truncated_svd(table, min(setting.rank, V), stream(seed, "svd"))[:2]


def count_vectors(stories, corpus, setting, seed):
    """The vectors of one setting, such as NARROW or WIDE. -> (V, rank)"""
    U, S = directions(stories, corpus, setting, seed)
    return word_vectors(U, S, len(S), setting.power)


# --- learned vectors: the loop -------------------------------------------------------------------


def train(W, C, line, noise, settings, rng, watch=None):
    """Adam on skip-gram's loss over random pairs of the line; changes the Tensors W and C (V, D).

    Calls watch(update) before the first update, then every log_every, and at the end.
    """
    optimizer = Adam({"W": W, "C": C}, settings.learning_rate)
    for update in range(settings.updates + 1):
        last = update == settings.updates
        if watch and (last or update % settings.log_every == 0):
            watch(update)
        if last:
            return
        words, true = random_pairs(line, settings.window, settings.batch_size, rng)  # (B,), (B,)
        neighbours = with_made_up(true, noise, settings.negatives, rng)  # (B, 1 + K)
        W.grad[...], C.grad[...] = skipgram_gradient(W.data, C.data, words, neighbours)
        optimizer.learning_rate = cosine_schedule(
            update, peak=settings.learning_rate, total=settings.updates
        )
        optimizer.step()


def first_vectors(corpus, settings, seed):
    """W and C before the first update, in float32, and the stream that goes on to draw pairs."""
    rng = stream(seed, "skip-gram", settings.window)
    start = start_vectors(len(corpus.vocabulary), settings.size, rng, np.float32)
    return *map(Tensor, start), rng


def learn(corpus, settings, seed, log=None):
    """Skip-gram on the training stories. -> W (V, D), C (V, D) float32

    log(update, {"train": loss, "validation": loss}) is told the losses on fixed samples of pairs:
    of the training stories, and of the held-out ones.
    """
    W, C, rng = first_vectors(corpus, settings, seed)
    noise = noise_distribution(corpus.counts)
    stories = {"train": corpus.stories, "validation": corpus.held_out}
    lines = {split: in_one_line(numbered(told, corpus.vocabulary), settings.window)
             for split, told in stories.items()}
    samples = {split: loss_sample(line, noise, settings, seed) for split, line in lines.items()}

    def watch(update):
        losses = {split: skipgram_loss(W.data, C.data, *pairs) for split, pairs in samples.items()}
        log(update, losses)

    train(W, C, lines["train"], noise, settings, rng, watch if log else None)
    return W.data, C.data


LOGGED_PAIRS = 20_000  # two samples of so many differ by about 0.01 nats


def loss_sample(line, noise, settings, seed):
    """Fixed pairs with fixed made-up neighbours: words (P,), neighbours (P, 1 + K)."""
    rng = stream(seed, "logged")
    words, true = random_pairs(line, settings.window, LOGGED_PAIRS, rng)
    return words, with_made_up(true, noise, settings.negatives, rng)


# --- what the experiments of a run share, made once ----------------------------------------------


@functools.lru_cache(maxsize=1)
def corpus_of(run):
    """The corpus of this run."""
    return load_corpus(run.quick)


@functools.lru_cache(maxsize=16)
def counted(run, setting):
    """The vectors (V, rank) of a setting, from all training stories of this run."""
    corpus = corpus_of(run)
    return count_vectors(corpus.stories, corpus, setting, run.seed)


@functools.lru_cache(maxsize=16)
def learned(run, settings, seed):
    """W and C (V, D) of this run and a seed; the wide ones of the run's own seed are logged."""
    log = run.log if (settings, seed) == (LEARNED_WIDE, run.seed) else None
    if run.quick:
        settings = settings._replace(updates=60, batch_size=8192, size=50, log_every=30)
    return learn(corpus_of(run), settings, seed, log)


if __name__ == "__main__":
    with open_run(__file__, "Train skip-gram and print its losses.", writes=False) as run:
        learned(run, LEARNED_WIDE, run.seed)
