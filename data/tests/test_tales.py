"""The corpus is what its program says: equal bytes, exact probabilities, true marks and answers."""

import collections
import itertools
import json
import lzma
import math
import re

import numpy as np
import pytest

from data.tales import __main__ as program
from data.tales import apart, files, grammar, questions, telling
from data.tales.telling import START, State

TEXT = (files.FOLDER / "tales.txt").read_text("ascii")
STORIES = TEXT.split(files.END)[:-1]
MORE_TEXT = lzma.decompress((files.FOLDER / "tales_more.txt.xz").read_bytes()).decode("ascii")
MORE = MORE_TEXT.split(files.END)[:-1]
FACTS = json.loads((files.FOLDER / "tales.json").read_text("ascii"))
ASKED = json.loads((files.FOLDER / "tales_questions.json").read_text("ascii"))
HELD_OUT = sorted(FACTS["splits"]["validation"] + FACTS["splits"]["test"])
SAMPLE = files.spread(40, len(STORIES))
NUMBERS = {word: i + 1 for i, word in enumerate(grammar.NUMBERS)}


@pytest.fixture(scope="module")
def told():
    return files.tell(files.SEED, 150)


def rows_of(number):
    """[(start, word, kind, {word: probability})] of a held-out story, from tales.json."""
    for start, length, kind, table in FACTS["slots"][str(number)]:
        flat = FACTS["distributions"][table]
        word = STORIES[number][start : start + length]
        yield start, word, FACTS["kinds"][kind], dict(zip(flat[::2], flat[1::2]))


# ------------------------------------------------------------------ the files


def test_the_first_stories_are_told_again_byte_for_byte(told):
    assert [t.text for t in told] == STORIES[: len(told)]
    assert [round(t.log2p, 9) for t in told] == FACTS["log2p"][: len(told)]
    more = files.tell(files.MORE_SEED, 20)
    assert [t.text for t in more] == MORE[:20]
    assert [round(t.log2p, 9) for t in more] == FACTS["more"]["log2p"][:20]


@pytest.mark.slow
def test_all_files_are_told_again_byte_for_byte(tmp_path):
    files.write_files(tmp_path)
    for name in ("tales.txt", "tales.json", "tales_questions.json"):
        assert (tmp_path / name).read_bytes() == (files.FOLDER / name).read_bytes(), name
    packed = (tmp_path / "tales_more.txt.xz").read_bytes()
    assert lzma.decompress(packed).decode() == MORE_TEXT


def test_the_recorded_places_sums_and_splits_are_those_of_the_text():
    for start, length, story in zip(FACTS["starts"], FACTS["lengths"], STORIES, strict=True):
        assert TEXT[start : start + length] == story
    assert FACTS["sha256"] == files.sha256(TEXT)
    assert FACTS["more"]["sha256"] == files.sha256(MORE_TEXT)
    parts = FACTS["splits"]
    assert sorted(i for part in parts.values() for i in part) == list(range(len(STORIES)))
    assert {name: len(part) for name, part in parts.items()} == {
        "train": 1760, "validation": 120, "test": 120
    }  # fmt: skip
    assert files.splits(len(STORIES)) == parts


def test_no_story_is_told_twice():
    assert len({*STORIES, *MORE}) == len(STORIES) + len(MORE)


def test_floors_are_the_bits_over_the_characters():
    logs = {name: [FACTS["log2p"][i] for i in part] for name, part in FACTS["splits"].items()}
    texts = {name: [STORIES[i] for i in part] for name, part in FACTS["splits"].items()}
    logs["more"], texts["more"] = FACTS["more"]["log2p"], MORE
    for name, floor in {**FACTS["floors"], "more": FACTS["more"]["floor"]}.items():
        characters = sum(len(text) + 2 for text in texts[name])
        assert floor["stories"] == len(texts[name]) and floor["characters"] == characters
        assert floor["bits"] == pytest.approx(-sum(logs[name]), abs=1e-3)
        assert floor["bits_per_char"] == pytest.approx(floor["bits"] / characters, abs=1e-8)
        assert 0.2 <= floor["bits_per_char"] <= 0.4


def test_a_floor_counts_two_characters_for_the_end_of_a_story(told):
    short = [told[0]._replace(text="abc", log2p=-2.0), told[0]._replace(text="abcde", log2p=-4.0)]
    expected = {"stories": 2, "characters": 12, "bits": 6.0, "bits_per_char": 0.5}
    assert files.floor(short) == expected


def test_the_check_counts_a_story_whose_recorded_probability_is_off(monkeypatch, tmp_path):
    assert files.check(4) == {"parsed": 6, "mismatches": 0}
    for name in ("tales.txt", "tales_more.txt.xz"):
        (tmp_path / name).write_bytes((files.FOLDER / name).read_bytes())
    off = {**FACTS, "log2p": [FACTS["log2p"][0] + 1e-6, *FACTS["log2p"][1:]]}
    off["more"] = {**off["more"], "log2p": [x + 1e-6 for x in off["more"]["log2p"]]}
    (tmp_path / "tales.json").write_text(json.dumps(off))
    monkeypatch.setattr(program, "check", lambda count: files.check(count, tmp_path))
    assert files.check(4, tmp_path) == {"parsed": 6, "mismatches": 3}
    with pytest.raises(SystemExit) as end:
        program.main(["--check", "4"])
    assert end.value.code == 1


@pytest.mark.parametrize("option", ["--check", "--story"])
@pytest.mark.parametrize("count", ["-1", "99999", "x"])
def test_a_story_that_is_not_there_is_refused(option, count, capsys):
    with pytest.raises(SystemExit) as end:
        program.main([option, count])
    assert end.value.code == 2
    assert capsys.readouterr().out == ""


# ------------------------------------------------------------------ the probabilities


def test_a_sample_has_exactly_one_derivation_each_with_the_recorded_probability():
    for i in SAMPLE:
        assert files.agrees(STORIES[i], FACTS["log2p"][i])
        assert not files.agrees(STORIES[i], FACTS["log2p"][i] + 1e-6)
        assert files.agrees(MORE[i], FACTS["more"]["log2p"][i])


@pytest.mark.slow
def test_every_story_has_exactly_one_derivation_with_the_recorded_probability():
    assert files.check(len(STORIES)) == {"parsed": 3000, "mismatches": 0}


RIVALS = {  # kind: words that could stand there in another story
    "name": ("Mia", "Tom"), "pet": ("dog", "cat"), "thing": ("kite", "drum"),
    "colour": ("red", "blue"), "place": ("mill", "lake"), "sum": ("seventeen", "eleven"),
    "tense": ("sang", "drew"), "sound": ("purred", "barked"), "tool": ("shuttle", "whisk"),
    "pronoun": ("his", "her"),
}  # fmt: skip


@pytest.mark.parametrize("kind", RIVALS)
def test_a_word_that_contradicts_the_story_so_far_cannot_be_read(kind):
    broken = 0
    for i in HELD_OUT:
        rows = [row for row in rows_of(i) if row[2] == kind and len(row[3]) == 1]
        if not rows or not rows[-1][1].islower() ^ (kind == "name"):
            continue
        start, right = rows[-1][:2]
        wrong = next(word for word in RIVALS[kind] if word != right)
        text = STORIES[i][:start] + wrong + STORIES[i][start + len(right) :]
        assert telling.read(text, marks=False)[0] == [], text
        broken += 1
        if broken == 6:
            return
    assert broken >= 5


def program_of(text):
    """The state before a sentence that is the whole program."""
    return State((grammar.parse(text), 0, None), {}, 1.0)


TINY = "<hero> met {<a trait> }[men|boys] and <his> <a pet>."


def all_texts(start):
    """{text: [probability of each derivation]}, by taking every option of every choice."""
    found, left = collections.defaultdict(list), [(start, "")]
    while left:
        state, said = left.pop()
        part, after, options = telling.step(state.frame, state.bound)
        if options:
            left += [(telling.follow(state, option, after), said) for option in options]
        elif part is None:
            found[said].append(state.p)
        else:
            left.append((state._replace(frame=after), said + part.text))
    return found


def test_all_texts_of_a_tiny_program_are_as_probable_as_counted_by_hand():
    texts = all_texts(program_of(TINY))
    names, traits, pets = (len(grammar.LISTS_OF_WORDS[name]) for name in ("name", "trait", "pet"))
    assert len(texts) == names * (1 + traits) * 2 * pets
    assert texts["Mia met men and her a dog."] == [pytest.approx(1 / names / 2 / 2 / pets)]
    kind = "Tom met a kind boys and his a dog."
    assert texts[kind] == [pytest.approx(1 / names / 2 / traits / 2 / pets)]
    assert math.fsum(p for found in texts.values() for p in found) == pytest.approx(1, abs=1e-9)


def test_the_reader_agrees_with_all_texts_of_a_tiny_program():
    start = program_of(TINY)
    texts = all_texts(start)
    for text in list(texts)[::397]:
        (state,), places = telling.read(text, start)
        assert state.p == pytest.approx(texts[text][0], rel=1e-12)
        assert sum(place.bits for place in places) == pytest.approx(-math.log2(state.p))
    assert telling.read("Mia met men and his a dog.", start)[0] == []
    assert telling.read("Mia met men", start)[0] == []


def test_two_ways_to_a_text_are_two_derivations_and_their_probabilities_add_up():
    start = program_of("[a <pet>|a dog|a red <pet>]!")
    states, places = telling.read("a dog!", start)
    assert sorted(state.p for state in states) == pytest.approx([1 / 24, 1 / 3])
    assert sum(place.bits for place in places) == pytest.approx(-math.log2(1 / 24 + 1 / 3))


def test_an_adjective_tells_which_nouns_can_follow():
    """old: forest, mill, ... by Bayes' rule, each home with the share of "old" in its column."""
    start = program_of("<home.view> <home>")
    homes = grammar.LISTS_OF_WORDS["home"]
    share = {
        home: 1 / len(views) for home in homes
        if "old" in (views := grammar.FACTS["home", "view", home])
    }  # fmt: skip
    _, places = telling.read("old mill", start)
    assert places[2].kind == "home" and places[2].text == "mill"
    expected = {home: p / sum(share.values()) for home, p in share.items()}
    assert places[2].distribution == pytest.approx(expected)


def test_an_option_falls_as_often_as_its_probability_says():
    options = telling.weighted([(3.0, ("a",)), (1.0, ("b",)), (4.0, ("c",))])
    drawn = [telling.draw(options, (k + 0.5) / 800).parts[0] for k in range(800)]
    assert collections.Counter(drawn) == {"a": 300, "b": 100, "c": 400}
    assert [option.p for option in options] == [0.375, 0.125, 0.5]


def test_plots_come_as_often_as_their_weights_say():
    """Pearson's chi-square of plots that one word gives away, over all 14,000 stories."""
    weights = {parts[0].name: weight for weight, parts in grammar.SENTENCES["plot"]}
    total = sum(weights.values())
    signs = {"help plot": "cannot (?:fetch it|go back)", "trip plot": "Where can I"}
    for plot, sign in signs.items():
        n, p = len(STORIES) + len(MORE), weights[plot] / total
        found = sum(bool(re.search(sign, story)) for story in [*STORIES, *MORE])
        assert abs(found - n * p) <= 4 * math.sqrt(n * p * (1 - p)), plot


def test_words_fall_as_often_as_their_distributions_say():
    """The surprise at all open marked places, against its mean and variance: within 4 sigma."""
    surprise = variance = 0.0
    for i in HELD_OUT:
        for _, word, _, words in rows_of(i):
            terms = {w: -math.log2(p) for w, p in words.items()}
            mean = sum(p * terms[w] for w, p in words.items())
            variance += sum(p * (terms[w] - mean) ** 2 for w, p in words.items())
            surprise += terms[word] - mean
    assert variance > 10
    assert abs(surprise) <= 4 * math.sqrt(variance)


# ------------------------------------------------------------------ the marks


def test_marks_and_bits_of_some_stories_are_found_again(told):
    numbers = [i for i in HELD_OUT if i < len(told)][:4]
    found = files.known_places(told, numbers)
    for i in numbers:
        assert found["bits"][i] == FACTS["bits"][str(i)]
        here = [
            (start, found["kinds"][kind], found["distributions"][table])
            for start, _, kind, table in found["slots"][i]
        ]
        flat = [
            (start, kind, [x for pair in words.items() for x in pair])
            for start, _, kind, words in rows_of(i)
        ]
        assert here == flat


@pytest.mark.parametrize("split", ["validation", "test"])
def test_the_bits_of_all_places_of_a_story_sum_to_its_probability(split):
    for i in FACTS["splits"][split]:
        bits = FACTS["bits"][str(i)]
        assert sum(bits[1::2]) == pytest.approx(-FACTS["log2p"][i], abs=1e-6)
        assert bits[::2] == sorted(bits[::2]) and min(bits[1::2]) > 0


def test_marks_point_at_whole_words_that_their_distributions_know():
    for i in HELD_OUT:
        for start, word, _, words in rows_of(i):
            assert re.match(r"[A-Za-z]+", STORIES[i][start:])[0] == word and word in words
            assert not STORIES[i][start - 1].isalpha()
            assert sum(words.values()) == pytest.approx(1, abs=1e-9) and min(words.values()) > 0


def test_what_was_settled_is_certain_and_what_follows_in_several_ways_is_not():
    open_kinds, certain = collections.Counter(), collections.Counter()
    for i in HELD_OUT:
        for _, _, kind, words in rows_of(i):
            (certain if len(words) == 1 else open_kinds)[kind] += 1
    assert {"name", "colour", "place", "thing", "pet", "sum", "tense", "young"} <= certain.keys()
    assert min(open_kinds[kind] for kind in ("object", "place", "home", "home/house")) >= 10
    assert "tense" not in open_kinds and "sum" not in open_kinds and "colour" not in open_kinds


def test_each_story_recalls_words_over_short_middle_and_long_distances():
    """Back to the same word; for a pronoun also to the hero, for a sum to the last number."""
    numbers = "|".join(NUMBERS)
    for i in HELD_OUT:
        distances, story = [], STORIES[i]
        also = {"pronoun": people(story).most_common(1)[0][0], "sum": numbers}
        for start, word, kind, _ in rows_of(i):
            said = re.finditer(rf"\b(?:{word}|{also.get(kind, word)})\b", story[: start - 1])
            before = [match.end() for match in said]
            distances += [start - before[-1]] if before else []
        assert min(distances) < 60 and max(distances) > 300
        assert any(60 <= distance <= 300 for distance in distances)


def test_every_common_kind_is_marked_often_enough_to_be_scored():
    counts = collections.Counter(kind for i in HELD_OUT for _, _, kind, _ in rows_of(i))
    kinds = ("name", "pronoun", "pet", "pet name", "thing", "colour", "place", "home", "worker",
             "tool", "number", "sum", "tense", "young", "capital", "food", "sound")  # fmt: skip
    assert min(counts[kind] for kind in kinds) >= 40


# ------------------------------------------------------------------ the stories


def count(word, text):
    return len(re.findall(rf"\b{word}\b", text, re.IGNORECASE))


def test_hero_thing_colour_place_and_pet_are_recalled_three_times(told):
    for t in told:
        b = t.bound
        thing = next(b[k] for k in ("toy", "maker.product", "person.good", "band") if k in b)
        assert count(thing, t.text) + count(thing + "s", t.text) + (thing == "scarf") >= 4
        assert count(b["petname"], t.text) + count(b["pet"], t.text) >= 4
        assert min(count(b[name], t.text) for name in ("hero", "colour", "place")) >= 4 or (
            count(b["hero"], t.text) == 3
        )


def people(story):
    """{name or title: how often} of a story, animals' mothers left out."""
    lists = ("name", "worker", "person", "giver", "relative")
    known = {word for name in lists for word in grammar.LISTS_OF_WORDS[name]}
    told = re.sub("[Tt]he mother (?:had|now)|[Ii]ts mother", "", story)
    words = [w for w in grammar.tokens(told) if w in known]
    return collections.Counter(words)


def test_at_most_four_persons_and_nobody_is_mentioned_once_only():
    pets = set(grammar.LISTS_OF_WORDS["petname"])
    names = []
    for story in STORIES:
        persons = people(story)
        named = collections.Counter(w for w in grammar.tokens(story) if w in pets)
        assert len(persons) <= 4 and len(named) == 1, story
        assert min(*persons.values(), *named.values()) >= 2, story
        names.append(len([w for w in persons if w[0].isupper()]) + 1)
    assert np.mean(names) <= 4


def test_stories_give_reasons():
    without = [s for s in STORIES if not re.search(r"\b(because|so)\b", s, re.IGNORECASE)]
    assert len(without) <= 0.1 * len(STORIES)


def test_stories_have_80_to_170_words():
    words = [len(questions.words_of(story)) for story in STORIES]
    assert min(words) >= 80 and max(words) <= 170


def test_a_story_has_about_seven_adjectives_and_at_most_one_stands_before_a_noun():
    names = ("character", "look", "colour", "size", "landscape", "weather")
    adjectives = {word for name in names for word in FACTS["categories"][name]}
    counts = []
    for story in STORIES:
        words = questions.words_of(story)
        counts.append(len(adjectives & set(words)))
        assert not any(a in adjectives and b in adjectives for a, b in itertools.pairwise(words))
    assert 6 <= np.mean(counts) <= 9


def test_endings_and_beginnings_vary():
    last = collections.Counter(" ".join(story.split()[-2:]) for story in STORIES)
    assert max(last.values()) <= 0.05 * len(STORIES)


SLIPS = [
    r"\b[Aa] [aeiou]", r"\b[Aa]n (?!hour)[^aeiou]", r"\b(\w+) \1\b", r"  ", r" [.,!?:]",
    r'[.!?] "?[a-z]', r': "[a-z]', r"\bI (?:is|has|was so sad that it)\b",
]  # fmt: skip


@pytest.mark.parametrize("slip", SLIPS)
def test_english_slips_are_absent(slip):
    quoted = r'[!?]" [a-z]'  # "To the mill!" called Tom: no slip
    found = [m[0] for m in re.finditer(slip, re.sub(quoted, "", TEXT + MORE_TEXT))]
    assert not found, found[:3]


def test_mood_decides_the_pets_sound(told):
    for t in told:
        happy, sad = (grammar.FACTS["pet", mood, t.bound["pet"]][0] for mood in ("happy", "sad"))
        for heading, start, end in t.spans:
            if heading in ("sad pet", "person sad pet", "young sad pet"):
                assert sad in t.text[start:end] and happy not in t.text[start:end]
            if heading in ("glad pet", "alone glad", "away glad", "mother treat"):
                assert happy in t.text[start:end] and sad not in t.text[start:end]


# ------------------------------------------------------------------ the words


def test_the_vocabulary_covers_the_text_and_is_small():
    said = set(questions.words_of(TEXT + MORE_TEXT))
    assert said == set(FACTS["vocabulary"]) and len(said) <= 1000
    filed = [word for group in FACTS["categories"].values() for word in group]
    assert sorted(filed) == FACTS["vocabulary"]


def test_relations_and_categories_are_those_of_the_words():
    assert files.relations() == FACTS["relations"]
    assert files.categories(FACTS["vocabulary"]) == FACTS["categories"]
    assert ["baker", "whisk"] in FACTS["relations"]["tool"]


def test_every_relation_word_occurs_at_least_40_times_in_training():
    train = "".join(STORIES[i] + "\n" for i in FACTS["splits"]["train"])
    counts = collections.Counter(questions.words_of(train))
    for name, pairs in FACTS["relations"].items():
        assert len(pairs) >= 4, name
        assert min(counts[word] for pair in pairs for word in pair) >= 40, name
        assert len({tuple(pair) for pair in pairs}) == len(pairs)


# ------------------------------------------------------------------ the questions


def stories_asked():
    return [(STORIES[int(number)], rows) for number, rows in ASKED["stories"].items()]


def test_every_held_out_story_has_questions_of_several_kinds():
    assert set(map(str, HELD_OUT)) <= ASKED["stories"].keys()
    kinds = {"who", "where", "what colour", "how many", "why", "what did the pet do"}
    for _, rows in stories_asked():
        assert {kind for kind, _, _ in rows} == kinds
        assert len({question for _, question, _ in rows}) == len(rows)


def test_questions_are_asked_again(told):
    for number, rows in list(ASKED["stories"].items())[:60]:
        if int(number) < len(told):
            assert questions.questions(told[int(number)]) == rows


def test_the_words_of_an_answer_stand_in_the_story():
    known = set(questions.words_of("because it he she by the in a an had its his her and cost was"))
    for story, rows in stories_asked():
        said = set(questions.words_of(story))
        for _, question, answer in rows:
            assert set(questions.words_of(answer)) - known <= said, (story, question, answer)
            names = {w for w in grammar.tokens(question)[1:] if w[0].isupper()}
            assert names <= set(grammar.tokens(story)), question


def test_a_colour_is_said_of_the_thing_that_is_asked_about():
    for story, rows in stories_asked():
        for kind, question, answer in rows:
            if kind == "what colour":
                thing = re.match(r"What colour was the (\w+)", question)[1]
                assert f"{answer} {thing}" in story


def test_where_something_is_stands_at_least_three_times_in_the_story():
    for story, rows in stories_asked():
        places = [answer for kind, _, answer in rows if kind == "where"]
        assert count(places[1].split()[-1], story) >= 3
        assert re.match(r"in an? \w+ by the \w+$", places[0])
        assert re.search(rf"\b{places[0].split()[-1]}\b", story[:180])


def test_a_number_that_is_asked_for_adds_up():
    """It is the sum of two numbers before it (or the rest of a price, or one more than others)."""
    for story, rows in stories_asked():
        said = [NUMBERS[w] for w in questions.words_of(story) if w in NUMBERS]
        for kind, question, answer in rows:
            if kind == "how many" and "cost" not in question:
                n = NUMBERS[answer]
                sums = any(a + b == n for a in said for b in said)
                rest = any(a + n in said for a in said)
                assert sums or rest or n - 1 in said, (story, question, answer)


def test_sad_and_happy_sounds_answer_the_right_questions():
    sad = {FACT[0] for key, FACT in grammar.FACTS.items() if key[:2] == ("pet", "sad")}
    for _, rows in stories_asked():
        for kind, question, answer in rows:
            if kind == "what did the pet do":
                name = re.match(r"What did (\w+) do", question)[1]
                assert name in grammar.LISTS_OF_WORDS["petname"]
                wanted = re.search("was sad|was lost", question) is not None
                assert (answer.split()[1] in sad) == wanted, question


def test_reasons_are_those_of_the_story():
    for story, rows in stories_asked():
        (answer,) = {answer for kind, _, answer in rows if kind == "why"}
        reason = answer.removeprefix("because ")
        tail = " ".join(reason.split()[2:])
        assert answer.startswith("because ") and (tail in story or "coins and" in reason), reason


def test_the_pronouns_of_a_question_are_those_of_the_hero():
    girls = set(grammar.LISTS_OF_WORDS["girl"])
    for _, rows in stories_asked():
        hero = re.match(r"Where did (\w+) live", rows[0][1])[1]
        for _, question, answer in rows:
            if re.search("^(his|her) ", answer):
                assert answer.startswith("her") == (hero in girls)
            if question.endswith(("give him?", "give her?")):
                assert question.endswith("her?") == (hero in girls)


def test_an_open_answer_is_refused(told):
    with pytest.raises(ValueError, match="does not say what <band> is"):
        questions.filled("<band>", told[0]._replace(bound={}), {})


def content(question):
    return set(questions.words_of(question)) - questions.FRAME


def test_there_are_100_passage_questions_and_one_passage_says_all_their_words():
    places = ASKED["passages"]
    said = [set(questions.words_of(STORIES[n][s : s + length])) for n, s, length in places]
    assert len(ASKED["questions"]) >= 100
    for question in ASKED["questions"]:
        answering = [k for k, words in enumerate(said) if content(question["plain"]) <= words]
        assert answering == [question["passage"]]


def test_questions_in_other_words_share_only_names_with_their_passage():
    names = {name.lower() for name in grammar.LISTS_OF_WORDS["name"]}
    for question in ASKED["questions"]:
        n, start, length = ASKED["passages"][question["passage"]]
        said = set(questions.words_of(STORIES[n][start : start + length]))
        shared = content(question["other"]) & said
        assert shared <= names and len(shared) <= 2
        assert content(question["other"]) - said, question


def test_passages_are_asked_about_again(told):
    found = questions.retrieval(told[:80])
    assert found["passages"] == ASKED["passages"][: len(found["passages"])]
    mine = [q for q in ASKED["questions"] if q["passage"] < len(found["passages"])]
    assert len(mine) >= 20 and all(question in found["questions"] for question in mine)


def test_a_story_is_cut_into_passages_without_loss(told):
    for i, t in enumerate(told[:20]):
        mine = [place for place in ASKED["passages"] if place[0] == i]
        assert " ".join(t.text[s : s + length] for _, s, length in mine) == t.text


# ------------------------------------------------------------------ a story taken apart


def test_the_choices_of_a_story_cost_what_the_story_costs(told):
    for t in told[:20]:
        rows = apart.rows_of(t)
        assert " ".join(text for _, text, _ in rows) == t.text
        bits = sum(bits for _, _, choices in rows for _, bits in choices)
        assert bits == pytest.approx(-t.log2p)


def test_the_page_shows_a_story_as_the_program_takes_it_apart(told):
    page = (files.FOLDER / "README.md").read_text("utf-8")
    number = int(re.search(r"--story (\d+)", page)[1])
    assert apart.table(told[number]) in page
    for name, floor in {**FACTS["floors"], "more": FACTS["more"]["floor"]}.items():
        row = f"| {floor['stories']:,} | {floor['characters']:,} | {floor['bits_per_char']:.4f} |"
        assert f"| {name} {row}" in page


def test_an_unknown_column_count_and_an_unknown_macro_are_errors():
    with pytest.raises(ValueError, match="zip"):
        grammar.read_words("table pet: young; treat\n  dog: puppy")
    with pytest.raises(KeyError, match="nobody"):
        grammar.read_sentences("= x\n@nobody ran.")


def test_the_start_of_every_story_is_the_heading_story():
    assert START.frame[0] == (grammar.Heading("story"),) and START.p == 1
