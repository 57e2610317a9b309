"""Reading and writing tables: nothing guessed, and whatever can't be read is said."""

import math
import os
from errno import EXDEV
from itertools import count
from pathlib import Path

import pandas as pd
import pytest

from crlm.base.files import folder_whole, read_frame, read_marked_yaml, read_yaml, write_frame
from crlm.base.problems import InputError


def test_frames_survive_the_round_trip(tmp_path):
    frame = pd.DataFrame(
        {
            "patient_id": ["P1", "P2", "007"],
            "level": ["none", "NA", None],  # a level that pandas would read as missing
            "count": [3.0, math.nan, 12.0],
            "share": [100 / 3, 0.1 + 0.2, 1e-12],
            "empty": [math.nan] * 3,
        }
    )
    path = tmp_path / "frame.csv"
    write_frame(frame, str(path))
    again = read_frame(str(path), ["count", "share", "empty", "not a column"])
    assert again[["count", "share", "empty"]].equals(frame[["count", "share", "empty"]])
    assert again["patient_id"].tolist() == ["P1", "P2", "007"]
    assert again["level"].tolist()[:2] == ["none", "NA"]
    assert pd.isna(again["level"].iloc[2])


@pytest.mark.parametrize(
    "text", ["=1+1", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "'=1+1", "=1\n", "-5\n", "\n=1", "＝1+1"]
)
def test_a_text_that_a_spreadsheet_would_run_is_marked_in_the_file_alone(tmp_path, text):
    """Numbers, and signs alone, are nothing that runs: OWASP, CSV Injection."""
    texts = [text, "-5", "+1,234.5", "-1.5e-3", "-20%", "-", "a=b", "'tis", ""]
    path = str(tmp_path / "frame.csv")
    write_frame(pd.DataFrame({"text": texts}), path)
    assert pd.read_csv(path, dtype=str, keep_default_na=False)["text"].tolist() == [
        f"'{text}",
        *texts[1:],
    ]
    assert read_frame(path, [])["text"].tolist()[:-1] == texts[:-1]


def test_written_bytes(tmp_path):
    """UTF-8, comma, \\n; whole numbers without decimals, an empty cell for what is missing.

    No carriage return within a text, after which =1 would begin a row.
    """
    frame = pd.DataFrame({"a": ["é\r=1", "x,y"], "n": [3.0, math.nan], "x": [0.1, 2.0]})
    path = tmp_path / "frame.csv"
    write_frame(frame, str(path))
    assert path.read_bytes() == 'a,n,x\n"é\n=1",3,0.1\n"x,y",,2.0\n'.encode()
    assert frame["n"].dtype == "float64"  # the caller's frame is left as it was


def test_a_frame_without_rows_keeps_its_header(tmp_path):
    path = tmp_path / "log.csv"
    write_frame(pd.DataFrame([], columns=["file", "row"]), str(path))
    assert path.read_text(encoding="utf-8") == "file,row\n"
    assert read_frame(str(path), ["row"]).empty


def test_read_yaml(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text('levels: {"≥ 4 cm": .inf}\n', encoding="utf-8")
    assert read_yaml(str(path)) == {"levels": {"≥ 4 cm": math.inf}}


# Nine lines that stand for 10 to the power of 9 texts.
BOMB = "a0: &a0 [x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 10)
)


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("a: 1\n\tb: 2\n", 2, "found a tab; expected blanks"),
        ('a: "x\nb: 2\nc: 3\n', 1, "found a quotation mark that is not closed"),
        ("a: 'it's'\n", 1, "text after a closed quotation mark"),
        ("a: 1\nb: 2\na: 3\n", 3, "found the key 'a' twice (also in line 1)"),
        ("yes: 1\ntrue: 2\n", 2, "found the key 'true' twice (also in line 1)"),
        ("a:\n  b: 1\n  b: 2\n", 3, "found the key 'b' twice (also in line 2)"),
        ("a:\n  b: 1\n c: 2\n", 3, "found an indentation that does not fit"),
        ("a: 1\n  b: 2\n", 2, "found a colon where no key can stand"),
        ("a: [1, 2\nb: 3\n", 1, "found brackets that are not closed"),
        ("a: {x: 1, y: 2\nb: 3\n", 1, "found brackets that are not closed"),
        ("a: 1\nfoo\nb: 2\n", 3, "found a line without `key: value`"),
        ("a: @x\n", 1, "begins with a sign that YAML keeps for itself; expected quotation marks"),
        ("a: >= 3\n", 1, "begins with a sign that YAML keeps for itself; expected quotation marks"),
        ("a: *x\n", 1, "found a * before a text; expected quotation marks"),
        ("a: !x 3\n", 1, "found a ! before a text; expected quotation marks"),
        ('a: "\\d"\n', 1, "found a backslash within double quotation marks"),
        ("a: 2024-13-45\n", 1, "found 2024-13-45, which is no date or number"),
        (f"a: 0x{'f' * 9000}\n", 1, "which is no date or number"),
        (f"a: {':'.join(['59'] * 3000)}\n", 1, "which is no date or number"),
        (f"a: {':'.join(['59'] * 600)}.5\n", 1, "which is no date or number"),
        ("a:\n  <<: {b: 1}\n", 2, "found << as a key"),
        ("a: 1\n---\nb: 2\n", 2, "found a second line ---"),
        ("a: {{x}}\n", 1, "found a key that is a list or holds braces"),
        ("a: &a [*a]\n", 1, "found a & before a text"),
        ("a: &a {b: 1}\nc: {<<: *a}\n", 1, "found a & before a text"),
        (BOMB, 1, "found a & before a text"),
        ("a: !!python/object/apply:os.getcwd []\n", 1, "found a ! before a text"),
        ("a: 1\nb: \x00\n", 2, "found a control character (0x00)"),
        (b"a: 1\nb: \xe9t\xe9\n", 2, "found letters that are not UTF-8"),
        ("a: 1\n".encode("utf-16"), 1, "found letters that are not UTF-8"),
        ("a: 1\nb: " + "9" * 20_001, 2, "found a text of 20001 letters; expected at most 20000"),
        ("a: " + "[" * 1200 + "]" * 1200, 1, "found more than 50 levels of keys and brackets"),
    ],
)  # fmt: skip
def test_what_is_no_yaml_is_told_with_its_place(tmp_path, text, line, told):
    path = tmp_path / "cohort.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as caught:
        read_yaml(str(path))
    (problem,) = caught.value.problems
    assert problem.startswith(f"{path}, line {line}")
    assert told in problem


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda path: None, "which is not there"),
        (lambda path: path.mkdir(), "which is a folder"),
        (os.mkfifo, "which is no file but a device or a pipe"),
        (lambda path: path.symlink_to("/dev/zero"), "which is outside of the project's folder"),
        (lambda path: path.symlink_to(path.name), "which is not there"),
        (lambda path: path.write_text("#" * 250_001), "of 250001 bytes, above 250000"),
    ],
)
def test_what_is_no_file_of_yaml_is_told(tmp_path, monkeypatch, make, told):
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "plan.yaml")
    with pytest.raises(InputError) as caught:
        read_yaml("plan.yaml")
    assert caught.value.problems == [f"plan.yaml, {told}: expected a file of YAML"]


def test_a_key_may_stand_twice_where_it_is_another(tmp_path):
    path = tmp_path / "cohort.yaml"
    path.write_text("a: {b: 1}\nc:\n  b: 1\n'yes': [x]\n", encoding="utf-8")
    content, lines, _ = read_marked_yaml(str(path))
    assert content == {"a": {"b": 1}, "c": {"b": 1}, "yes": ["x"]}
    assert lines == {
        ("a",): 1, ("a", "b"): 1, ("c",): 2, ("c", "b"): 3, ("yes",): 4, ("yes", "0"): 4,
    }  # fmt: skip


def kill_after(changes, other_disk, monkeypatch):
    """Kill this process at a change of a folder; `.snakemake` is on the same disk or another."""
    done = count()

    def of(name):
        call = getattr(os, name)

        def stepping(*arguments, **options):
            if next(done) == changes:
                os._exit(9)
            if other_disk and name == "rename" and ".snakemake" in str(arguments[0]):
                raise OSError(EXDEV, "Invalid cross-device link")
            return call(*arguments, **options)

        monkeypatch.setattr(os, name, stepping)

    for name in ("rename", "unlink", "rmdir", "mkdir"):
        of(name)


def rewrite(target, text):
    with folder_whole(target) as folder:
        for name in "ab":
            (folder / name).write_text(text)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the run that is killed is a fork")
@pytest.mark.parametrize("other_disk", [False, True])
def test_wherever_a_run_is_killed_the_old_folder_or_the_new_one_is_whole(
    tmp_path, monkeypatch, other_disk
):
    monkeypatch.chdir(tmp_path)
    target, ended = Path("results/made"), []
    while not ended or ended[-1]:
        rewrite(target, "old")
        if not (run := os.fork()):
            kill_after(len(ended), other_disk, monkeypatch)
            rewrite(target, "new")
            os._exit(0)
        ended.append(os.waitstatus_to_exitcode(os.waitpid(run, 0)[1]))
        with pytest.raises(ZeroDivisionError), folder_whole(target):
            raise ZeroDivisionError  # the next run
        found = {str(p): p.read_text() for p in Path().rglob("*") if p.is_file()}
        assert found in [{f"results/made/{n}": text for n in "ab"} for text in ("old", "new")]
    assert len(ended) > 8


def test_where_a_new_folder_finds_no_room_the_old_one_stays(tmp_path, monkeypatch):
    """As where the results are on another disk than what is unfinished: a move is a copy then."""
    monkeypatch.chdir(tmp_path)
    target = Path("results/made")
    rewrite(target, "old")

    def full(_, to):
        to.mkdir()
        (to / "a").write_text("ne")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.move", full)
    with pytest.raises(OSError, match="No space"):
        rewrite(target, "new")
    found = {str(p): p.read_text() for p in Path().rglob("*") if p.is_file()}
    assert found == {"results/made/a": "old", "results/made/b": "old"}
