"""Who looks where: words, the table, the escaped page, and the page in a real browser."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from block08_attention import show
from shared.command_line import RunError

WEIGHTS = np.array([np.tri(3, k=-1) * 0.5, np.eye(3, k=-1)])  # (H, T, T), a row of 0 first
WEIGHTS[0, 1, 0] = 1.0
HEADS = ["the word before", "the same word earlier"]
TEXT = "the cat saw the dog and the dog saw a cat"
NAMES = ("chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, NAMES)), None)


# --- words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "says"), [
    ("", "has 0 words"), (" \n", "has 0 words"), ("a " * 25, "has 25 words"),
])
def test_a_text_of_no_or_too_many_words_is_one_clear_line(text, says, capsys):
    with pytest.raises(SystemExit) as end:
        show.main([f"--text={text}"])
    error = capsys.readouterr().err
    assert end.value.code == 2 and says in error and error.count("\n") == 1


def test_any_letters_are_words():
    words = ["na\xefve", "\u732b", "\U0001f600", "a", "\ufffd"]
    assert show.words_of("na\xefve \u732b \U0001f600 a\ud800") == words


def test_capitals_are_the_same_word_and_codes_come_from_the_letters():
    one, other = show.batch_of(["The", "cat", "the"], 8), show.batch_of(["cat", "the"], 8)
    assert one.targets[0, :, 1].tolist() == [-1, -1, 0]
    places = show.batch_of(["x"], 8).answers[1]
    assert one.x[0, 1] - one.answers[1][1] == pytest.approx(other.x[0, 0] - places[0])


def test_the_saved_model_finds_the_word_before_and_the_same_word():
    parameters, heads = show.load_model()
    assert sorted(heads) == sorted(show.QUESTIONS)
    words = show.words_of(TEXT)
    weights = dict(zip(heads, show.look(parameters, words, 2)))
    before = weights["the word before"][np.arange(1, 11), np.arange(10)]
    assert before.mean() > 0.95
    same = weights["the same word earlier"]
    assert same[3, 0] > 0.9 and same[7, 4] > 0.9 and same[8, 2] > 0.9 and same[10, 1] > 0.9
    assert (same[0] == 0).all()


def test_a_model_that_is_missing_or_damaged_is_one_line(tmp_path):
    (tmp_path / "x.npz").write_bytes(b"none")
    for name in ("x.npz", "y.npz"):
        with pytest.raises(RunError, match=f"{name} cannot be read"):
            show.load_model(tmp_path / name)


# --- the table and the page ----------------------------------------------------------------------


def test_the_table_names_what_each_head_looks_at():
    lines = show.lines_of(["a", "b", "c"], WEIGHTS, HEADS)
    assert [re.split(r"\s{3,}", line) for line in lines] == [
        ["word", *HEADS], ["a (1)", "nothing", "nothing"], ["b (2)", "a (1) 100 %", "a (1) 100 %"],
        ["c (3)", "a (1) 50 %, b (2) 50 %", "b (2) 100 %"],
    ]


def test_the_page_escapes_the_text_and_needs_no_network():
    words = ["</script>", "<b>&'\"", "c"]
    page = show.page_of(words, WEIGHTS, [HEADS[0], "<i>"])
    assert page.count("</script>") == 2 and "<b>" not in page and "<i>" not in page
    assert page.count("&lt;/script&gt;") == page.count("&lt;b&gt;&amp;&#x27;&quot;") == 2
    assert "default-src 'none'" in page and not re.search(r"https?:|\bsrc=|@import|url\(", page)
    found = re.search(r'id="weights">(.*?)</script>', page)[1]
    assert np.array_equal(json.loads(found), WEIGHTS)


def test_a_word_that_looks_like_the_template_stays_a_word():
    page = show.page_of(["<!--WEIGHTS-->", r"\1", "c"], WEIGHTS, HEADS)
    assert "&lt;!--WEIGHTS--&gt;" in page and r"<span>\1</span>" in page


def test_the_command_prints_the_table_and_names_the_page_last(tmp_path, capsys):
    show.main(["--text=--quick the cat", "--out", str(tmp_path / "new")])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[0] == "-" and lines[-1] == f"written: {tmp_path / 'new/attention.html'}"
    first = (tmp_path / "new/attention.html").read_bytes()
    show.main(["--text=--quick the cat", "--out", str(tmp_path / "new")])
    assert (tmp_path / "new/attention.html").read_bytes() == first


@pytest.mark.parametrize("out", ["results", "other"])
def test_a_page_is_not_written_where_it_does_not_belong(out, tmp_path):
    folder = show.SAVED.parent if out == "results" else tmp_path
    (tmp_path / "something").touch()
    with pytest.raises(RunError, match=r"lies in block08|holds files of something else"):
        show.write_page("", str(folder))


# --- in a browser --------------------------------------------------------------------------------


# Puts the two ends of the pipes where the browser expects them, and becomes the browser.
START = """
import os, sys
ends = [os.dup(os.dup(int(number))) for number in sys.argv[1:3]]
for end, number in zip(ends, (3, 4)):
    os.dup2(end, number)
os.execv(sys.argv[3], sys.argv[3:])
"""


class Page:
    """A page in headless Chromium, driven through its debugging pipe (file descriptors 3 and 4)."""

    def __init__(self, profile):
        (its_in, self.out), (self.back, its_out) = os.pipe(), os.pipe()
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--window-size=1200,600",
                   "--remote-debugging-pipe", f"--user-data-dir={profile}", "about:blank"]
        self.process = subprocess.Popen(
            [sys.executable, "-c", START, str(its_in), str(its_out), BROWSER, *options],
            pass_fds=(its_in, its_out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        os.close(its_in), os.close(its_out)
        self.patience = threading.Timer(60, self.process.kill)  # a test must not hang
        self.patience.start()
        self.read, self.count, self.session = b"", 0, None

    def open(self, path):
        target = self.ask("Target.createTarget", url=path.as_uri())
        attached = self.ask("Target.attachToTarget", flatten=True, **target)
        self.session = attached["sessionId"]
        while not self.run("!!document.querySelector('.asking')"):
            time.sleep(0.05)

    def ask(self, method, **parameters):
        self.count += 1
        message = {"id": self.count, "method": method, "params": parameters}
        message |= {"sessionId": self.session} if self.session else {}
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            while b"\0" not in self.read:
                part = os.read(self.back, 1 << 20)
                assert part, "the browser is gone"
                self.read += part
            answer, self.read = self.read.split(b"\0", 1)
            answer = json.loads(answer)
            if answer.get("id") == self.count:
                assert "result" in answer, answer
                return answer["result"]

    def run(self, script):
        found = self.ask("Runtime.evaluate", expression=script, returnByValue=True)
        return found["result"]["value"]

    def point_at(self, head, token):
        x, y = self.run(f"(r => [r.x + r.width / 2, r.y + r.height / 2])(document.querySelector("
                        f"'section[data-head=\"{head}\"] button[data-token=\"{token}\"]')"
                        ".getBoundingClientRect())")
        self.ask("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=y)

    def press(self, key):
        for kind in ("rawKeyDown", "keyUp"):
            code = {"Tab": 9, "ArrowLeft": 37, "ArrowRight": 39, "ArrowDown": 40}[key]
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key,
                     windowsVirtualKeyCode=code)

    def lit(self, head):
        """The shares that stand below the words of a head."""
        return self.run("[...document.querySelectorAll("
                        f"'section[data-head=\"{head}\"] small')].map(s => s.textContent)")

    def asking(self):
        return self.run("[...document.querySelectorAll('button')].filter("
                        "b => b.classList.contains('asking')).map(b => +b.dataset.token)")

    def close(self):
        self.patience.cancel()
        self.process.kill()
        self.process.wait()
        os.close(self.out), os.close(self.back)


@pytest.fixture
def page(tmp_path):
    (tmp_path / "a.html").write_text(show.page_of(["<a>", "b", "c"], WEIGHTS, HEADS))
    page = Page(tmp_path / "profile")
    try:
        page.open(tmp_path / "a.html")
        yield page
    finally:
        page.close()


@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")
def test_mouse_and_keyboard_light_what_a_word_looks_at(page):
    assert page.run("document.querySelector('span').textContent") == "<a>"
    page.point_at(0, 1)
    assert page.asking() == [1, 1] and page.lit(0) == ["100 %", "", ""]
    page.point_at(1, 2)
    assert page.asking() == [2, 2]
    assert page.lit(0) == ["50 %", "50 %", ""] and page.lit(1) == ["", "100 %", ""]
    assert page.run("getComputedStyle(document.querySelectorAll('section')[1]"
                    ".querySelectorAll('button')[1]).backgroundColor") == "rgb(0, 114, 178)"
    page.point_at(0, 0)
    assert page.lit(0) == page.lit(1) == ["", "", ""]
    assert page.run("document.getElementById('said').textContent").count("nothing") == 2
    page.press("Tab")
    page.press("ArrowRight")
    assert page.asking() == [1, 1] and page.lit(1) == ["100 %", "", ""]
    page.press("ArrowDown")
    page.press("ArrowRight")
    assert page.asking() == [2, 2]
    page.press("ArrowRight")  # there is no further word
    page.press("ArrowLeft")
    assert page.asking() == [1, 1]
