"""Documents of Word, read: text, tracked changes, comments; what is no document is refused."""

import pytest
from project import parts_of, zipped
from written import WORD, body, comments, docx

from crlm.base.problems import InputError
from crlm.wings.merging import word
from crlm.wings.merging.sentences import sentences_of
from crlm.wings.merging.word import OBJECT, read_document, read_sent


@pytest.fixture
def read(tmp_path):
    def run(content: bytes):
        path = tmp_path / "reviewed.docx"
        path.write_bytes(content)
        return read_document(path)

    return run


def texts(document, side="accepted") -> list[str]:
    return [sentence.shown for sentence in sentences_of(document, side)]


@pytest.mark.parametrize(
    ("text", "accepted", "rejected"),
    [
        ("One. Two.", ["One.", "Two."], None),
        ("In a study [2]. The end, i.e. it.", ["In a study [2].", "The end, i.e. it."], None),
        ("A [-large-Ann][+small+Bob] cohort.", ["A small cohort."], ["A large cohort."]),
        ("[+A [-bad-Bob]+Ann]word.", ["A word."], ["word."]),  # of what another one inserted
        ("respon[-se-Ann][+ders+Ann] rose", ["responders rose"], ["response rose"]),
        ("{all.n|1[-0-Ann][+2+Ann]} of", ["12 of"], ["10 of"]),
        ("[<Moved.<Ann] Left. [>Moved.>Ann]", ["Left.", "Moved."], ["Moved.", "Left."]),
        ("One.¶-Ann\nTwo.", ["One.Two."], ["One.", "Two."]),  # the paragraphs are joined
        ("One.¶+Ann\nTwo.", ["One.", "Two."], ["One.Two."]),
        ("One.¶-Ann\n| x |", ["One.", "x"], None),  # no paragraph is joined with a table
        ("| a b | {all.n|3} |", ["a b", "3"], None),
        ("Heading1: 2.1 Methods. And more", ["2.1 Methods. And more"], None),
    ],
)
def test_changes_are_accepted_and_rejected(read, text, accepted, rejected):
    document = read(docx(text))
    assert texts(document) == accepted
    assert texts(document, "rejected") == (rejected or accepted)


def test_keys_authors_cells_and_digest_are_read(read):
    text = "Of {cohort.n|35} [-old-Ann][+new+Bob] ones [{#ref-a|2}].\n| x | y |\nTitle: T"
    document = read(docx(text, "0123456789abcdef"))
    first, x, y, title = sentences_of(document)
    found = [(t.text, t.key, t.inserted, t.removed) for t in first.tokens if t.text != " "]
    assert found == [
        ("Of", "", "", ()), ("35", "cohort.n", "", ()), ("new", "", "Bob", ("Ann",)),
        ("ones", "", "", ()), ("[", "", "", ()), ("2", "#ref-a", "", ()), ("]", "", "", ()),
        (".", "", "", ()),
    ]  # fmt: skip
    assert (x.cell, y.cell, title.style) == ((1, 1, 1), (1, 1, 2), "Title")
    assert document.digest == "0123456789abcdef"


def test_comments_have_author_date_text_and_place(read):
    part = comments(("Ann", "Why?"), ("Bob", "No."))
    document = read(docx("One.\nThe [1:first [+and only+Cy] site:1] is.", comments=part))
    told = [(c.author, c.date, c.text, c.about, c.paragraph) for c in document.comments]
    assert told == [
        ("Ann", "2026-01-03", "Why?", "first [+and only+Cy] site", 1),
        ("Bob", "2026-01-03", "No.", "", -1),
    ]


def test_a_note_and_a_formula_stand_as_objects(read):
    note = f'<w:footnote w:id="7">{body("See there.")}</w:footnote>'
    files = parts_of(docx("A claim.", footnotes=note))
    mark = b'<w:r><w:footnoteReference w:id="7"/></w:r></w:p>'
    files["word/document.xml"] = files["word/document.xml"].replace(b"</w:p>", mark)
    assert texts(read(zipped(files))) == [f"A claim.{OBJECT}See there."]


def test_a_strict_document_is_read_alike(read):
    files = parts_of(docx("One."))
    strict = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
    files["word/document.xml"] = files["word/document.xml"].replace(WORD.encode(), strict)
    assert texts(read(zipped(files))) == ["One."]


DTD = '<!DOCTYPE w [<!ENTITY a "b">]>'
EXTERNAL = '<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
ROOT = f'<w:document xmlns:w="{WORD}"><w:body>%s</w:body></w:document>'


def part(xml: str | bytes) -> bytes:
    return zipped({"word/document.xml": xml})


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no zip file, or a damaged one"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old Word, or a password", "no zip file, or"),
        (docx("One.")[:-30], "no zip file, or a damaged one"),
        (zipped({"content.xml": "<a/>"}), "found no text of Word in it"),
        (part("<a/>"), "found no text of Word in it"),
        (part("<a>"), "found XML to refuse"),
        (part(DTD + ROOT % "&a;"), "declares a document type"),
        (part(EXTERNAL + ROOT % "&a;"), "declares a document type"),
        (part((DTD + ROOT % "&a;").encode("utf-16")), "declares a document type"),
        (part(ROOT % ("<w:sdt>" * 100_000 + "</w:sdt>" * 100_000)), "too deep"),
        (part(ROOT % (" " * 3_000_000)), "of more than 2 MB"),
        (part(ROOT % "&undefined;"), "found XML to refuse"),
    ],
)  # fmt: skip
def test_what_is_no_document_is_refused(read, monkeypatch, content, told):
    monkeypatch.setattr(word, "LARGEST", 2_000_000)
    with pytest.raises(InputError) as refused:
        read(content)
    assert "reviewed.docx: " in str(refused.value) and told in str(refused.value)


def test_a_part_that_is_larger_than_it_says_is_refused(read, monkeypatch):
    monkeypatch.setattr(word, "LARGEST", 2_000_000)
    bomb = bytearray(part(ROOT % (" " * 3_000_000)))
    size = (3_000_000 + len(ROOT) - 2).to_bytes(4, "little")
    assert bomb.count(size) == 2
    with pytest.raises(InputError, match=r"CRC|damaged|more than"):
        read(bytes(bomb.replace(size, (900).to_bytes(4, "little"))))


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InputError, match="can't be read"):
        read_document(tmp_path / "absent.docx")
    assert read_sent(tmp_path, "0123456789abcdef") is None
    assert read_sent(tmp_path, "") is None
