"""Letters without a glyph are refused by name: the text, its key, each letter."""

import pytest

from crlm.base.problems import InputError
from crlm.manuscript.letters import find_undrawn, require_letters


@pytest.mark.parametrize(
    "text", ["بدون انتكاس", "Рецидив", "Ωμέγα", "kg/m² ≥ 4 µmol/L °C", "e\u0301", "a\nb", "‑ ‒ −"]
)
def test_letters_of_the_font(text):
    assert [*find_undrawn({"title": text})] == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("再発あり", "再 (CJK UNIFIED IDEOGRAPH-518D), 発 (CJK UNIFIED IDEOGRAPH-767A), "
         "あ (HIRAGANA LETTER A), り (HIRAGANA LETTER RI)"),
        ("复发", "复 (CJK UNIFIED IDEOGRAPH-590D), 发 (CJK UNIFIED IDEOGRAPH-53D1)"),
        ("done 🧬", "🧬 (DNA DOUBLE HELIX)"),
        ("पुनः", "प (DEVANAGARI LETTER PA)"),
        ("a\x07b", "\x07 (U+0007)"),
    ],
)  # fmt: skip
def test_letters_without_glyph(text, named):
    levels = {"no": {"label": "No", "values": ["no"]}, "yes": {"label": text, "values": ["yes"]}}
    config = {"raw": ["再.csv"], "plan": {"variables": {"recurrence_1y": {"levels": levels}}}}
    (fault,) = find_undrawn(config)
    assert fault[:2] == (("plan", "variables", "recurrence_1y", "levels", "yes", "label"), text)
    assert named in fault[2]


def test_all_are_told_at_once():
    with pytest.raises(InputError) as caught:
        require_letters(
            {"a.yaml": {"title": "再", "setting": "発"}, "b.yaml": {"exclusions": ["り"]}}
        )
    assert [(p.file, p.value) for p in caught.value.problems] == [
        ("a.yaml, title", "再"), ("a.yaml, setting", "発"), ("b.yaml, exclusions.1", "り")
    ]  # fmt: skip


def test_a_sign_that_turns_the_direction_is_refused_by_name():
    ((keys, _, expected),) = find_undrawn({"title": "Response \u202eesrever"})
    assert keys == ("title",) and "RIGHT-TO-LEFT OVERRIDE" in expected
