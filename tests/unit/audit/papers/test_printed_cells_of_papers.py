"""Cells as people print them, in many spellings; what can't be read is not guessed."""

import pytest

from crlm.wings.audit.papers.printed import read_printed

READ = [
    ("51.4 ± 11.0", "mean_sd", "mean 51.4, sd 11.0"),
    ("51.4 (11.0)", "mean_sd", "mean 51.4, sd 11.0"),
    ("51.4 (± 11.0)", "mean_sd", "mean 51.4, sd 11.0"),
    ("12,5 +/- 3,1", "mean_sd", "mean 12.5, sd 3.1"),
    ("97.6 ± 90.6 (9-588)", "mean_sd", "mean 97.6, sd 90.6, min 9, max 588"),
    ("1.4 (0.1)", "mean_se", "mean 1.4, se 0.1"),
    ("14 (8.9 %)", "count", "n 14, percent 8.9"),
    ("14 (8.9)", "count", "n 14, percent 8.9"),
    ("14, 8.9%", "count", "n 14, percent 8.9"),
    ("8.9% (14)", "count", "percent 8.9, n 14"),
    ("12/40 (30%)", "count", "n 12, of 40, percent 30"),
    ("115/113", "count", "n 115, of 113"),
    ("1,234 (56.1)", "count", "n 1234, percent 56.1"),
    ("3\u202f329,1 ± 478,4", "mean_sd", "mean 3329.1, sd 478.4"),
    ("1,000", "p", "p 1.000"),
    ("45 (30.5 %)†", "count", "n 45, percent 30.5"),
    ("10 (6%)b", "count", "n 10, percent 6"),
    ("1.8 (0.7–3.4)", "median_iqr", "median 1.8, q1 0.7, q3 3.4"),
    ("1.8 [0.7, 3.4]", "median_iqr", "median 1.8, q1 0.7, q3 3.4"),
    ("1.8 (IQR 0.7 to 3.4)", "median_iqr", "median 1.8, q1 0.7, q3 3.4"),
    ("1·8 (0·7; 3·4)", "median_iqr", "median 1.8, q1 0.7, q3 3.4"),
    ("50 (27–78)", "median_range", "median 50, min 27, max 78"),
    ("<0.001", "p", "p <0.001"),
    ("P < .001**", "p", "p <0.001"),
    ("≤0.05", "p", "p <0.05"),
    ("> 0.99", "p", "p >0.99"),
    ("P = .04*", "p", "p 0.04"),
    ("0.04a", "p", "p 0.04"),
    ("NS", "p", "p >0.05"),
    ("0.399 (NS)", "p", "p 0.399"),
    ("0.004 (HS)", "p", "p 0.004"),
    ("0.66–1.34", "ratio", "low 0.66, high 1.34"),
    ("n.s.", "p", "p >0.05"),
    ("1.3e-09", "p", "p 0.0000000013"),
    ("0.94 (95% CI 0.66-1.34)", "ratio", "estimate 0.94, low 0.66, high 1.34"),
    ("0.94 (0.66–1.34), p = 0.75", "ratio", "estimate 0.94, low 0.66, high 1.34, p 0.75"),
    ("−0.4 (−1.2 to −0.1)", "difference", "estimate -0.4, low -1.2, high -0.1"),
    ("0.42 (0.52)", "F", "F 0.42, p 0.52"),
    ("−2.39", "t", "t -2.39"),
    ("—", "count", ""),
    ("N/A", "p", ""),
    ("Reference", "ratio", ""),
    ("", "mean_sd", ""),
    ("abc", "count", None),
    ("12.5 (3)", "count", None),  # no number of patients
    ("20 (13%), 4", "count", None),
    ("3.0 (-)", "mean_sd", None),
    ("1.5", "p", None),
    ("(", "p", None),
    ("<5 (3%)", "count", None),
]


@pytest.mark.parametrize(("text", "kind", "expected"), READ)
def test_a_cell_is_read_by_its_kind_or_not_at_all(text, kind, expected):
    read = read_printed(text, kind)
    told = None if read is None else ", ".join(f"{s} {sign}{n}" for s, n, sign in read)
    assert told == expected
