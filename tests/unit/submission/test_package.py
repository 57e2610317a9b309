"""All that a journal asks for, from a hand-made manuscript."""

import hashlib
import re
import zipfile
from xml.etree import ElementTree

import pytest
from made import COHORT, QMD, draw, make_sources
from PIL import Image
from project import ROOT, parts_of, write_files

from crlm.base.problems import InputError
from crlm.wings.submission.documents import (
    IN_LATEX,
    anonymous,
    between_pages,
    names_of,
    require_anonymous,
)
from crlm.wings.submission.package import read_profile, save_figure, write_submission

PROFILE = {
    "name": "A journal",
    "line_spacing": 2,
    "figures": {"format": "tiff", "dpi": 300},
    "checklists": ["strobe", "remark"],
    "limits": {
        "title_characters": 10, "abstract_words": None, "text_words": 100, "keywords": None,
        "references": 2, "figures_and_tables": None,
    },
}  # fmt: skip
SCHEMA = str(ROOT / "workflow/schemas/journal.schema.yaml")


def text_in(path, part="word/document.xml"):
    return parts_of(path)[part].decode()


@pytest.fixture(scope="module")
def folder(sources, tmp_path_factory):
    target = tmp_path_factory.mktemp("submission") / "journal"
    write_submission(sources, PROFILE, target)
    return target


def test_the_folder_has_all_that_is_asked_for(folder):
    files = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert files == {
        "manuscript.docx", "manuscript_anonymous.docx", "title_page.docx", "tables.docx",
        "supplement.docx", "cover_facts.docx", "checklist_strobe.docx", "checklist_remark.docx",
        "manuscript.xml", "manuscript.odt", "latex/manuscript.tex", "latex/figures/Figure_1.pdf",
        "latex/figures/Figure_S1.pdf", "figures/Figure_1.tiff", "figures/Figure_S1.tiff",
        "paper.pdf", "submission.html",
    }  # fmt: skip
    page = (folder / "submission.html").read_text("utf-8")
    assert "characters of the title 7 too many" in page  # 17 of 10
    assert "CRediT roles of Bo Two" in page


@pytest.mark.parametrize("name", ["manuscript.docx", "manuscript_anonymous.docx"])
def test_the_manuscript_has_line_numbers_and_double_spacing(folder, name):
    assert "<w:lnNumType" in text_in(folder / name)
    assert {*re.findall(r'w:line="(\d+)"', text_in(folder / name, "word/styles.xml"))} == {"480"}
    text = text_in(folder / name)
    assert "Figure legends" in text and "Shares" in text
    assert "<w:tbl>" not in text and "<w:drawing>" not in text


def test_tables_and_supplement_are_documents_of_their_own(folder):
    tables = text_in(folder / "tables.docx")
    assert tables.count("<w:tbl>") == 1 and "Table\xa01:" in tables
    assert "w:lnNumType" in tables and 'w:line="480"' not in tables
    supplement = text_in(folder / "supplement.docx")
    assert "Figure\xa0S1" in supplement and "<w:drawing>" in supplement
    # The running head is the title: without one it has no rule either.
    heads = {
        name: text_in(folder / f"{name}.docx", "word/header1.xml")
        for name in ("supplement", "manuscript")
    }
    assert "<w:r>" not in heads["supplement"] and " TITLE " in heads["manuscript"]
    assert (
        "pageBreakBefore" in between_pages([{}, {}])[1]["c"][1]
    )  # on no page but the one it begins


def test_the_anonymous_manuscript_names_nobody(folder):
    signed, blind = (
        text_in(folder / name).casefold()
        for name in ("manuscript.docx", "manuscript_anonymous.docx")
    )
    for name in ("ada maria one", "bo two", "ada_one@example.org", "one am", "hospital"):
        assert name in signed and name not in blind, name
    assert "elsewhere" in blind  # the reference to others stays
    properties = text_in(folder / "manuscript_anonymous.docx", "docProps/core.xml")
    assert not re.search(r"(?i)\bada\b", properties)


def test_jats_names_the_authors_and_escapes_texts(folder):
    article = ElementTree.parse(folder / "manuscript.xml").getroot()
    surnames = [name.text for name in article.iter("surname")]
    assert surnames == ["One", "Two"]
    assert [e.text for e in article.iter("contrib-id")] == ["https://orcid.org/0000-0002-1825-0097"]
    roles = [role.get("vocab-term-identifier") for role in article.iter("role")]
    assert roles[0] == "https://credit.niso.org/contributor-roles/writing-original-draft/"
    assert next(article.iter("alt-text")).text == "Bars: < 4 cm & more."
    link = "{http://www.w3.org/1999/xlink}href"
    assert [g.get(link) for g in article.iter("graphic")] == [
        "figures/Figure_1.tiff", "figures/Figure_S1.tiff",
    ]  # fmt: skip
    assert [e.text for e in article.iter("corresp")] == ["* E-mail: "]
    known = {e.get("id") for e in article.iter()}
    assert {e.get("rid") for e in article.iter("xref")} <= known


def test_odt_has_abstract_authors_text_and_no_bold_column(folder):
    xml = text_in(folder / "manuscript.odt", "content.xml")
    table = xml[xml.index("</table:table-header-rows>") : xml.index("</table:table>")]
    assert "Table_20_Heading" not in table
    text = re.sub(r"<[^>]+>", " ", xml)
    places = [
        text.index(part) for part in ("Ada Maria One", "Abstract", "most responded", "Design")
    ]
    assert places == sorted(places)


def test_no_file_tells_where_it_was_made(sources, folder):
    here = str(sources.qmd.parent.resolve()).encode()
    for path in (p for p in folder.rglob("*") if p.is_file()):
        parts = parts_of(path).values() if zipfile.is_zipfile(path) else [path.read_bytes()]
        assert not any(here in part for part in parts), path.name


def test_what_nobody_signed_has_no_author(sources, tmp_path):
    (tmp_path / "m").mkdir()
    head, tail = QMD.index("author:"), QMD.index("abstract:")
    unsigned = QMD[:head] + QMD[tail:]
    asked = PROFILE | {"checklists": []}
    write_submission(make_sources(tmp_path / "m", unsigned), asked, tmp_path / "journal")
    assert not [*(tmp_path / "journal").glob("checklist_*")]
    article = ElementTree.parse(tmp_path / "journal/manuscript.xml").getroot()
    assert list(article.iter("contrib")) == []
    assert "\\author{}" in (tmp_path / "journal/latex/manuscript.tex").read_text("utf-8")
    assert ">true<" not in text_in(tmp_path / "journal/manuscript.odt", "content.xml")
    assert "did not write" in text_in(tmp_path / "journal/title_page.docx")


def test_latex_draws_the_vector_figures(folder):
    text = (folder / "latex/manuscript.tex").read_text("utf-8")
    assert re.findall(r"\{(figures/[^}]*)\}", text) == [
        "figures/Figure_1.pdf", "figures/Figure_S1.pdf",
    ]  # fmt: skip
    assert r"\usepackage[labelformat=empty]{caption}" in text  # else "Table 5: Table S1: ..."
    assert r"\floatplacement{figure}{H}" in text  # else a long table runs over the page's foot


@pytest.mark.parametrize(
    ("sign", "command"),  # as the Comprehensive LaTeX Symbol List has them
    [
        ("≥", r"\ensuremath{\geq}"), ("−", r"\ensuremath{-}"), ("λ", r"\ensuremath{\lambda}"),
        ("Ω", r"\ensuremath{\Omega}"), ("\u2003", r"\quad{}"), ("é", "é"), ("Α", "Α"),
    ],
)  # fmt: skip
def test_signs_that_no_font_of_latex_has_are_commands(sign, command):
    assert sign.translate(IN_LATEX) == command


def test_the_same_sources_give_the_same_bytes(sources, folder, tmp_path):
    def digests(where):
        return {
            p.relative_to(where).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
            for p in where.rglob("*")
            if p.is_file()
        }

    write_files(tmp_path, {"journal/checklist_of_the_last_one.docx": ""})
    write_submission(sources, PROFILE, tmp_path / "journal")
    assert digests(tmp_path / "journal") == digests(folder)  # and nothing of the last one
    assert [p.name for p in tmp_path.iterdir()] == ["journal"]


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("by Ada Maria One,", "by &#91;removed for review&#93;,"),
        ("(ada_one&#64;example.org)", "(&#91;removed for review&#93;)"),
        ("[St. A&#39;s Hospital]", "[&#91;removed for review&#93;]"),
        ("[Surgery, St. A&#39;s Hospital]{.typed}", "[&#91;removed for review&#93;]{.typed}"),
        (
            "by Ada Maria One, Bo Two ([Surgery, St. A&#39;s Hospital]{.typed}), who",
            "by &#91;removed for review&#93;, who",
        ),
        ("Bone Twofold", "Bone Twofold"),
    ],
)
def test_names_are_removed_however_they_are_written(text, hidden):
    assert anonymous(text, names_of(COHORT)) == hidden


def test_a_name_that_is_left_is_refused(folder):
    with pytest.raises(InputError, match=r"manuscript\.docx: found 'Bo Two'"):
        require_anonymous(folder / "manuscript.docx", names_of(COHORT))


def test_a_name_that_is_marked_up_stops_all_and_the_last_folder_stays(tmp_path):
    (tmp_path / "m").mkdir()
    split_name = QMD.replace("Here two words.", "Here two words by *Bo* Two.")
    sources = make_sources(tmp_path / "m", split_name)
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal/old.txt").touch()
    with pytest.raises(InputError, match="found 'Bo Two'"):
        write_submission(sources, PROFILE, tmp_path / "journal")
    assert [p.name for p in (tmp_path / "journal").iterdir()] == ["old.txt"]


@pytest.mark.parametrize("form", ["png", "tiff"])
def test_pictures_have_the_resolution_and_no_transparency(tmp_path, form):
    save_figure(draw(), tmp_path / f"a.{form}", 300)
    with Image.open(tmp_path / f"a.{form}") as image:
        assert image.size == (600, 300)  # 2 by 1 inches
        assert image.mode == "RGB"
        assert [round(n) for n in image.info["dpi"]] == [300, 300]


@pytest.mark.parametrize(("form", "start"), [("pdf", b"%PDF-"), ("eps", b"%!PS-Adobe-3.0 EPSF")])
def test_drawings_hold_no_date(tmp_path, form, start):
    save_figure(draw(), tmp_path / f"a.{form}", 300)
    data = (tmp_path / f"a.{form}").read_bytes()
    assert data.startswith(start)
    assert b"CreationDate" not in data


def test_a_faulty_profile_is_told_with_line_and_key(tmp_path):
    path = tmp_path / "mine.yaml"
    text = (ROOT / "config/journals/generic.yaml").read_text("utf-8")
    path.write_text(text.replace("format: png", "format: gif"), encoding="utf-8")
    with pytest.raises(InputError, match=r"mine\.yaml, line \d+, figures > format: found 'gif'"):
        read_profile(str(path), SCHEMA)


@pytest.mark.parametrize("path", sorted((ROOT / "config/journals").glob("*.yaml")))
def test_the_profiles_that_come_along_are_sound(path):
    assert read_profile(str(path), SCHEMA)["limits"].keys() == PROFILE["limits"].keys()
