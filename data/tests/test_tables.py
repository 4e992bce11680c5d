"""The tables are what README.md and shared/data.py say they are."""

import gzip
import hashlib
import json
import lzma
import re
from pathlib import Path

import numpy as np
import pytest

from shared import data

FOLDER = Path(__file__).resolve().parent.parent
PAGE = (FOLDER / "README.md").read_text(encoding="utf-8")
ROW = re.compile(r"\| \[(\S+)\]\(\1\) \|.*\| `(\w{64})` \|")
SHA256 = {match[1]: match[2] for match in ROW.finditer(PAGE)}
SIZE = re.compile(r"\| \[(\S+)\]\(\1\) \|.*?\| ([\d,]+) x (\d+) \|")
SIZES = {m[1]: (int(m[2].replace(",", "")), int(m[3])) for m in SIZE.finditer(PAGE)}


def header_and_values(name):
    """The column names and the numbers of a table."""
    content = (FOLDER / name).read_bytes()
    lines = (gzip.decompress(content) if name.endswith(".gz") else content).decode().splitlines()
    return lines[0].split(","), np.loadtxt(lines[1:], delimiter=",")


def test_the_page_lists_every_table():
    tables = {path.name for path in FOLDER.iterdir() if ".csv" in path.suffixes}
    assert tables == SIZES.keys()
    assert tables <= SHA256.keys() and data.SHA256.keys() <= SHA256.keys()


@pytest.mark.parametrize("name", SHA256)
def test_the_page_has_the_files_sha256(name):
    content = (FOLDER / name).read_bytes()
    content = lzma.decompress(content) if name.endswith(".xz") else content
    assert SHA256[name] == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("name", data.SHA256)
def test_the_loader_has_the_pages_sha256(name):
    assert data.SHA256[name] == SHA256[name]


@pytest.mark.parametrize("name", SIZES)
def test_the_page_has_the_tables_size(name):
    header, values = header_and_values(name)
    assert values.shape == SIZES[name]
    assert len(header) == values.shape[1] == len(set(header))
    assert np.isfinite(values).all()


def test_diabetes_has_its_published_numbers():
    X, y, names = data.load_diabetes()
    assert X.shape == (442, 10)
    assert y.mean() == pytest.approx(152.133, abs=5e-4)
    assert names == ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")
    A = np.column_stack([np.ones(len(y)), X])  # (442, 11)
    residual = y - A @ np.linalg.lstsq(A, y)[0]  # (442,)
    assert 1 - residual.var() / y.var() == pytest.approx(0.5177, abs=1e-4)


def test_diabetes_columns_and_ranges_stand_on_the_page():
    header, values = header_and_values("diabetes.csv")
    section = PAGE.split("## diabetes.csv")[1].split("\n## ")[0]
    found = re.findall(r"\| `(\w+)` \|.*\| ([\d.]+) (?:to|or) ([\d.]+) \|", section)
    assert [name for name, _, _ in found] == header
    assert [float(low) for _, low, _ in found] == values.min(axis=0).tolist()
    assert [float(high) for _, _, high in found] == values.max(axis=0).tolist()


def test_breast_cancer_has_its_published_numbers():
    header, values = header_and_values("breast_cancer.csv")
    assert header[0] == "mean_radius" and header[-1] == "benign"
    assert np.bincount(values[:, -1].astype(int)).tolist() == [212, 357]
    assert values[:, 0].mean() == pytest.approx(14.127, abs=5e-4)  # scikit-learn's description
    assert values[:, 0].min() == 6.981 and values[:, 0].max() == 28.11


def test_digits_have_their_published_numbers():
    header, values = header_and_values("digits.csv.gz")
    assert header == [*(f"p{row}{column}" for row in range(8) for column in range(8)), "digit"]
    assert values.min() == 0 and values[:, :-1].max() == 16
    counts = [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]  # UCI, class distribution
    assert np.bincount(values[:, -1].astype(int)).tolist() == counts


def test_the_page_has_the_floors_of_the_corpus():
    floors = json.loads((FOLDER / "tales.json").read_text())["floors"]
    for split, f in floors.items():
        cells = f"{f['stories']:,} | {f['characters']:,} | {f['bits_per_char']:.4f}"
        assert f"| {split} | {cells} | {f['bits'] / f['stories']:.1f} |" in PAGE
