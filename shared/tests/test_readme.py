"""README numbers: rewritten in the form they have, idempotent, and honest about dead links."""

import json

import pytest

from shared.readme import ReadmeError, in_the_form_of, look_up, refresh, source_of

RECORD = {"metrics": {"loss": 0.0312, "counts": [7, 12345], "name": "ridge", "fine": True}}


@pytest.fixture
def home(tmp_path):
    """A block with one record and one printed output."""
    (tmp_path / "results").mkdir()
    (tmp_path / "results/fit.json").write_text(json.dumps(RECORD))
    (tmp_path / "results/headline.txt").write_text("loss  0.0312\n")
    return tmp_path


PAGE = """The loss is [0.1](results/fit.json#metrics.loss), or [9 %](results/fit.json#metrics.loss),
of [1](results/fit.json#metrics.counts.1) rows, [2](results/fit.json#metrics.counts.0) of them odd;
[?](results/fit.json#metrics.name) is [false](results/fit.json#metrics.fine).
[A page](https://example.org/results/fit.json#metrics.loss), ![a picture](results/fit.png).

<!-- include results/headline.txt -->
<!-- end -->

Behind it.
"""


def test_numbers_and_outputs_are_brought_in(home):
    lines = refresh(PAGE, home).split("\n")
    assert lines[0].startswith("The loss is [3.1e-02](results/fit.json#metrics.loss), or [3 %](")
    assert lines[1].startswith("of [12,345](results/fit.json#metrics.counts.1) rows, [7](")
    assert (
        lines[2]
        == "[ridge](results/fit.json#metrics.name) is [true](results/fit.json#metrics.fine)."
    )
    assert lines[3] == PAGE.split("\n")[3]
    assert lines[5:] == ["<!-- include results/headline.txt -->", "```text", "loss  0.0312", "```",
                         "<!-- end -->", "", "Behind it.", ""]


def test_a_second_refresh_changes_nothing(home):
    once = refresh(PAGE, home)
    assert refresh(once, home) == once


def test_an_included_output_is_replaced_not_repeated(home):
    once = refresh(PAGE, home)
    (home / "results/headline.txt").write_text("loss  0.5\nsteps 3\n")
    twice = refresh(once, home)
    assert "0.0312" not in twice and twice.count("```") == 2 and "steps 3\n```\n<!-- end" in twice


@pytest.mark.parametrize(
    "page, message",
    [
        ("[1](results/gone.json#a)", r"\[1\]\(results/gone.json#a\).*No such file"),
        ("[1](results/fit.json#metrics.gain)", r"#metrics.gain\): there is no 'gain'"),
        ("[1](results/fit.json#metrics.counts.9)", "there is no '9'"),
        ("[1](results/fit.json#metrics.loss.x)", "there is no 'x'"),
        ("[1](results/fit.json#metrics)", "leads to a dict, not to one number"),
        ("<!-- include results/gone.txt -->\n<!-- end -->", "results/gone.txt.*No such file"),
        ("<!-- include a -->\nprose\n<!-- include b -->\n<!-- end -->", "a --> has no .* b -->"),
        ("<!-- end -->\n<!-- code a.py:f -->\nprose", "README: <!-- end --> ends nothing"),
        ("<!-- code a.py:f -->\nprose", "code a.py:f --> has no <!-- end -->"),
        ("<!-- include  a -->\n<!-- end -->", "include  a --> is not of the form"),
        ("<!--code a.py:f -->\n<!-- end -->", "code a.py:f --> is not of the form"),
        ("<!-- include a -->\n<!-- end  -->", "end  --> ends nothing"),
    ],
)
def test_a_dead_link_is_named(page, message, home):
    with pytest.raises(ValueError, match=message):
        refresh(page, home)


def test_a_damaged_record_is_named(home):
    (home / "results/fit.json").write_text("{")
    with pytest.raises(ValueError, match=r"README: \[0.1\]\(results/fit.json#metrics.loss\)"):
        refresh(PAGE, home)


@pytest.mark.parametrize(
    "old, value, new",
    [
        ("0.50", 0.123456, "0.12"),
        ("5", 0.6, "1"),
        ("0.5", 12, "12.0"),
        ("-0.5", 0.25, "0.2"),
        ("0.5", -0.75, "-0.8"),
        ("12.3 %", 0.0512, "5.1 %"),
        ("12%", 0.5, "50%"),
        ("1.50e-03", 123.456, "1.23e+02"),
        ("1,234", 999, "999"),
        ("1,234", 1234567, "1,234,567"),
        ("7", 10_000, "10,000"),
        ("7", 1234, "1234"),
        ("0.000", 0.0, "0.000"),
        ("0.000", 1.5e-7, "1.5e-07"),
        ("0.0 %", 2e-5, "2.0e-03 %"),
        ("", 0.0123456, "0.01235"),
        ("?", 3, "3"),
        ("0.5", None, "null"),
        ("1", False, "false"),
        ("1", 0.25, "0.25"),
        ("1.0e-02", 0.5, "0.50"),
        ("1.0e-02", -123.4, "-123"),
        ("1.0e-02", 0.0, "0.0"),
        ("1.00e-02", 0.5, "5.00e-01"),
        ("x", "word", "word"),
    ],
)
def test_the_form_is_kept_and_stays(old, value, new):
    assert in_the_form_of(old, value) == new
    assert in_the_form_of(new, value) == new


def test_a_number_that_was_tiny_for_a_while_comes_back_to_decimals():
    form, seen = "0.5", []
    for value in (0.01, 0.5, 1e-9, 0.0, 0.5):
        form = in_the_form_of(form, value)
        seen.append(form)
    assert seen == ["1.0e-02", "0.50", "1.0e-09", "0.0", "0.5"]


def test_look_up_refuses_what_is_not_there():
    assert look_up({"a": [{"b": 2}]}, "a.0.b") == 2
    for path in ("b", "a.1", "a.x", "a.0.b.c", ""):
        with pytest.raises(ValueError, match="there is no"):
            look_up({"a": [{"b": 2}]}, path)


CODE = """
STEPS = (1,
         2)
RATE: float = 0.1


@cached
def loss(x):
    \"\"\"The square.

    Two paragraphs.
    \"\"\"
    return x**2


class Model:
    \"\"\"One.\"\"\"

    def forward(self):
        \"\"\"Go.\"\"\"
        return 1
"""


def test_code_is_brought_in_without_its_docstring(home):
    (home / "loss.py").write_text(CODE)
    page = refresh("<!-- code loss.py:loss -->\nold\n<!-- end -->\n", home)
    assert page == (
        "<!-- code loss.py:loss -->\n```python\n@cached\ndef loss(x):\n    return x**2\n```\n"
        "<!-- end -->\n"
    )
    assert refresh(page, home) == page
    assert source_of(CODE, "STEPS") == "STEPS = (1,\n         2)"
    assert source_of(CODE, "RATE") == "RATE: float = 0.1"
    assert source_of("a = 1\na = 2\n", "a") == "a = 2"  # the one that counts
    assert source_of(CODE, "Model.forward") == "    def forward(self):\n        return 1"
    for dead in ("gain", "Model.backward", "loss.x"):
        with pytest.raises(ReadmeError, match="there is no"):
            refresh(f"<!-- code loss.py:{dead} -->\n<!-- end -->", home)


def test_what_would_end_the_fence_is_refused(home):
    for text in ("a\n<!-- end -->\nb", "```\n"):
        (home / "results/headline.txt").write_text(text)
        with pytest.raises(ReadmeError, match="an end of its own"):
            refresh(PAGE, home)


def test_files_about_to_be_written_count_before_those_on_the_disk(home):
    new = json.dumps(RECORD | {"metrics": {"loss": 9.0}}).encode()
    page = refresh("[0.1](results/fit.json#metrics.loss)", home, {"fit.json": new})
    assert page == "[9.0](results/fit.json#metrics.loss)"
