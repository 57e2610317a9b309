"""Papers of a few rows: what is accused, what is innocent, and what no missing piece breaks."""

import re
from pathlib import Path

import pytest
import yaml
from project import ROOT

from crlm.base.files import read_yaml
from crlm.base.problems import InputError
from crlm.wings.audit.papers.auditing import audit_folder
from crlm.wings.audit.papers.proposal import draft_paper, main
from crlm.wings.audit.papers.reading import SETTINGS, read_paper
from crlm.wings.audit.verdict import HELD, WRONG, Verdict

EXAMPLES = ROOT / "tests/audit_example/papers"
SCHEMA = read_yaml(ROOT / "workflow/schemas/paper.schema.yaml")


def write(folder: Path, table: str, text: str = "", **changes: str) -> Path:
    """Write a paper of one table with its drafted settings, all guesses of which are accepted."""
    (folder / "table.csv").write_text(table, encoding="utf-8")
    (folder / "text.md").write_text(text, encoding="utf-8")
    draft_paper(folder)
    settings = (folder / SETTINGS).read_text(encoding="utf-8")
    settings = re.sub(r" +# (GUESS|TODO).*", "", settings).replace('title: ""', "title: A paper")
    changes = {"counts: unknown": "counts: independence", "means: unknown": "means: t"} | changes
    for old, new in changes.items():
        settings = re.sub(old, new, settings)
    (folder / SETTINGS).write_text(settings, encoding="utf-8")
    return folder


def audit(folder: Path) -> tuple[dict[str, str], dict]:
    """Audit a paper: the numbers that are at fault, alone or as one of several, and the page."""
    found, page = audit_folder(folder, SCHEMA)
    wrong = found[found["verdict"].isin([*WRONG, Verdict.ONE_OF])]
    return dict(zip(wrong["printed"], wrong["explanation"], strict=True)), page


HEAD = ',"A (n = 20)","B (n = 20)",P\n'
TOTAL = ',"All (n = 40)","A (n = 20)","B (n = 20)"\n'
COLUMNS = ',"A, n","A, mean","A, SD","B, n","B, mean","B, SD",P\n'
LEVELS = "Stage,,,{}\n  I,{},10 (50),\n  II,6 (30),5 (25),\n  III,6 (30),5 (25),\n"
# sqrt(0.1) × 10 × qt(.975, 38) = 6.40
DIFFERENCE = (',"A (n = 20)","B (n = 20)",Difference (95% CI)\n'
              '"Age, mean ± SD",50.0 ± 10.0,58.0 ± 10.0,-8.0 (-14.4 to -1.6)\n')  # fmt: skip
MORE = ',"A (n = 38)","B (n = 75)",{}\n"Men, n (%)",21 (55.3),25 (33.3),{}\n'
STOPPED = '"Stopped, n (%)",10 (50),8 (40),\n  Death,4 ({}),2 (25),\n  Other,6 (60),6 (75),\n'
# What is printed, and what of it can't be right. Tests by R: see the tests of `statistics`.
ACCUSED = {
    # t = 8 / (10 sqrt(0.1)) = 2.53, p = 0.0157
    "a p of means with columns of n": (
        COLUMNS + "Age,20,50.0,10.0,20,58.0,10.0,0.16\n",
        {"0.16", "50.0", "58.0"},
    ),
    "sizes that do not add up": (
        ',"All (n = 41)","A (n = 20)","B (n = 20)"\n"Men, n (%)",20 (49),12 (60),8 (40)\n',
        {"41", "20"},
    ),
    # Woolf's is 2.47 (exp(log(2.47) ± 1.96 × 0.408) is 1.11 to 5.50), R's 2.45, Haldane's 2.43
    "a ratio between those in use": (MORE.format("OR (95% CI)", "2.46 (1.11–5.50)"), {"2.46"}),
    "a percentage of an image that is weighted": (
        HEAD + '"T2-weighted lesion, n (%)",12 (62),8 (40),\n',
        {"62"},
    ),
    "a percentage of cardiovascular deaths": (HEAD + '"CV death",12 (62),8 (40),\n', {"62"}),
    "a percentage": (HEAD + '"Men, n (%)",12 (62),8 (40),\n', {"62"}),
    "a count that the sum knows": (HEAD + LEVELS.format("", "9 (40)"), {"9"}),
    "a percentage that the sum knows": (HEAD + LEVELS.format("", "8 (45)"), {"45"}),
    # 1 fits 9 and 8 of 20 (Fisher's test) as it does others
    "a count beside a p of 1": (HEAD + '"Men, n (%)",9 (35),8 (40),1.0\n', {"9", "35"}),
    "more than there are": (HEAD + '"Men, n (%)",21 (105),8 (40),\n', {"21", "20"}),
    "more than there are, of a printed number": (HEAD + "Men,115/113,8/20,\n", {"115", "113"}),
    "a column of all": (TOTAL + '"Men, n (%)",21 (51),12 (60),8 (40)\n', {"21"}),
    # m <- matrix(c(12,8,8,12),2): chisq.test(m, correct=FALSE) 0.206; corrected 0.343; Fisher 0.343
    "a p of no test": (HEAD + '"Men, n (%)",12 (60),8 (40),0.040\n', {"0.040"}),
    "a decimal point": (HEAD + '"Men, n (%)",12 (60),8 (40),0.021\n', {"0.021"}),
    # t from 50 ± 10 and 58 ± 10 (n = 20 each): 2.53, p = 0.0157
    "a p of means": (HEAD + '"Age, mean ± SD",50.0 ± 10.0,58.0 ± 10.0,0.16\n', {"0.16"}),
    "a mean of whole numbers": (HEAD + '"Cycles, mean ± SD",5.03 ± 1.00,5.00 ± 1.03,\n', {"5.03"}),
    "quartiles in the wrong order": (HEAD + '"LDH, median (IQR)",5 (7–9),5 (3–9),\n', {"5", "7"}),
    "a median beyond the range": (HEAD + '"LDH, median (range)",6 (3–4),5 (3–9),\n', {"6", "4"}),
    # At most sqrt(20/19 × 5 × 5) = 5.13
    "an SD beyond the range": (HEAD + '"LDH, mean ± SD",5.0 ± 6.0 (0–10),5.0 ± 2.0 (0–10),\n',
                               {"6.0"}),
    "an estimate outside of its interval": (",OR (95% CI)\nAge,2.5 (0.8–2.2)\n",
                                            {"2.5", "0.8", "2.2"}),
    "an estimate far from the middle": (",OR (95% CI)\nAge,2.0 (0.5–2.2)\n",
                                        {"2.0", "0.5", "2.2"}),
    # z = log(1.5) / (log(2.25 / 1) / 3.92) = 1.96
    "a p of an interval": (",OR (95% CI),P\nAge,1.50 (1.00–2.25),0.50\n", {"0.50"}),
    # 12 × 12 / (8 × 8) = 2.25
    "an odds ratio": (',"A (n = 20)","B (n = 20)",OR (95% CI)\n'
                      '"Men, n (%)",12 (60),8 (40),3.52 (0.64–7.97)\n', {"3.52"}),
    # exp(2 × 1.96 × sqrt(1/205 + 1/94)) = 1.63, and 0.77 / 0.62 = 1.24
    "an interval that is narrower than its events allow": (
        ',"A (n = 440)","B (n = 246)",HR (95% CI)\nRelapse,205/440,94/246,0.69 (0.62–0.77)\n',
        {"0.69", "0.62", "0.77"}),
    # sqrt(0.49 × 0.88) = 0.657: z = log(0.657) / (log(0.88 / 0.49) / 3.92) = 2.82, p = 0.005
    "an estimate, by the p of the interval": (",HR (95% CI),P\nAge,0.56 (0.49–0.88),0.005\n",
                                              {"0.56"}),
    "a difference": (DIFFERENCE + "Mass,50.0 ± 10.0,58.0 ± 10.0,-5.0 (-14.4 to -1.6)\n", {"-5.0"}),
    "an analysis of variance": (",df,F,P\nWool,1,3.77,0.58\nResidual,48,,\n", {"3.77", "0.58"}),
    "a p by sizes in a row": (',A,B,P\nn,20,20,\n"Men, n (%)",12 (60),8 (40),0.040\n', {"0.040"}),
    "an interval in a column of its own": (",OR,95% CI,P\nAge,1.50,1.00–2.25,0.50\n", {"0.50"}),
    "a p in a footnote": (HEAD + '"Men, n (%)",12 (60),8 (40)*,\n*P = 0.04,,,\n', {"0.04"}),
    "counts under their head": (
        ',"A, n (%)","B n (%)",P\nNo. of patients,20,20,\nMen,12 (62),8 (40),\n', {"62"}),
    # 8 of 20 are 40 %, a risk ratio of 1.50 and p = 0.206
    "of how many": (",A,B,RR,P\nMen,12/20 (60),8/30 (40),1.50,0.206\n", {"30"}),
    "a size in brackets": (",A (20),B (20),P\nAge,50.0 ± 10.0,58.0 ± 10.0,0.16\n", {"0.16"}),
    "a percentage in a column of its own, the size at the counts'": (
        ',"A (n = 20) No.",A %,"B (n = 20) No.",B %\nMen,12,60,8,41\n', {"41"}),
    "a p beside another column": (',"A (n = 20)","B (n = 20)",Test statistic,SMD,P\n'
                                  "Age,50.0 ± 10.0,58.0 ± 10.0,t = -2.53,0.80,0.16\n", {"0.16"}),
    "a p neither of the counts nor of the interval": (
        ',"A (n = 20)","B (n = 20)",OR (95% CI),P\nMen,12 (60),8 (40),2.25 (0.64–7.97),0.040\n',
        {"0.040"}),
    "a percentage in a column of its own": (
        ",A,,B,\n,n,%,n,%\nMen,12,60,8,41\nWomen,8,40,12,60\nTotal,20,100,20,100\n", {"41"}),
}  # fmt: skip
INNOCENT = {
    "the corrected chi-square": HEAD + '"Men, n (%)",12 (60),8 (40),0.343\n',
    "Pearson's": HEAD + '"Men, n (%)",12 (60),8 (40),0.206\n',
    "a percentage that is cut": HEAD + '"Men, n (%)",13 (65),7 (34.9),\n'.replace("34.9", "35"),
    "Welch's t": HEAD + '"Age, mean ± SD",50.0 ± 10.0,58.0 ± 10.0,0.016\n',
    "a p at the level": HEAD + '"Age, mean ± SD",50.0 ± 10.0,58.0 ± 10.0,<0.05\n',
    "levels with some missing": HEAD + "Stage,,,\n  I,8 (42.1),10 (50),\n  II,11 (57.9),10 (50),\n",
    "an odds ratio, the other way round": ',"A (n = 20)","B (n = 20)",OR (95% CI)\n'
    '"Men, n (%)",12 (60),8 (40),0.44 (0.13–1.57)\n',
    "a risk ratio": ',"A (n = 20)","B (n = 20)",RR\n"Men, n (%)",12 (60),8 (40),1.50\n',
    # exp(log(1.5) ± 1.96 × sqrt(1/12 − 1/20 + 1/8 − 1/20)); Fisher's p as above, Wald's is 0.218
    "a relative risk, its interval and the p of the counts": ',"A (n = 20)","B (n = 20)",'
    "Relative risk (95% CI),P\nMen,12 (60),8 (40),1.50 (0.79–2.86),0.343\n",
    # chisq.test(matrix(c(6, 12, 12, 6), 2), correct = FALSE) 0.0455; of all three levels 0.135
    "a p of those in whom it is known": HEAD
    + "KRAS,,,0.046\n  Mutant,6 (30),12 (60),\n  Wild type,12 (60),6 (30),\n"
    "  Unknown,2 (10),2 (10),\n",
    "percentages of those in whom it is known": HEAD
    + "Grade,,,\n  Low,8 (44.4),10 (50),\n  High,10 (55.6),10 (50),\n  Missing,2,0,\n",
    "an aOR and its p": ',"A (n = 20)","B (n = 20)",aOR (95% CI),P\n'
    "Men,12 (60),8 (40),1.50 (1.00–2.25),0.050\n",
    "men to women": HEAD + '"Sex (M/F)",12/8,8/12,0.343\n',
    "grade 1 to grade 2": HEAD + '"Grade (1/2)",12/8,8/12,0.343\n',
    # Woolf: 11 × 73 / (15 × 23) = 2.33, exp(1.96 × sqrt(1/11 + 1/73 + 1/15 + 1/23)) = 2.48
    "odds ratios against a level": ',"Low (n = 59)","Normal (n = 130)",OR (95% CI)\nRace,,,\n'
    "  White,23 (39.0),73 (56.2),1\n  Black,11 (18.6),15 (11.5),2.33 (0.94–5.77)\n"
    "  Other,25 (42.4),42 (32.3),1.89 (0.96–3.74)\n",
    # log(1.5) / (log(2.11 / 1.07) / (2 × 1.645)) = 1.97
    "an interval of 90 %": ",OR (90% CI),P\nAge,1.50 (1.07–2.11),0.049\n",
    "a log-rank test": ',"A (n = 440)","B (n = 246)",HR (95% CI),P\n'
    "Relapse,205/440,94/246,0.69 (0.54–0.89),0.004\n",
    "two models": ",HR (95% CI),P,Adjusted HR (95% CI),P\n"
    "Test,1.02 (0.71–1.45),0.922,1.35 (0.90–2.03),0.141\nStandard,1 (reference),,1.00,\n",
    "a difference": DIFFERENCE,
    # of two factors: neither is the F of all four means
    "two factors": ",a (n = 10),b (n = 10),c (n = 10),d (n = 10),F diet,P,F sex,P\n"
    "Taste,5.0 ± 2.0,6.0 ± 2.0,7.0 ± 2.0,7.5 ± 2.0,7.66,0.009,1.41,0.244\n",
    "an adjusted difference": DIFFERENCE
    + '"Change, LS mean (SE)",1.0 (0.3),0.4 (0.3),0.5 (0.1 to 0.9)\n',
    "a star for a comparison with before": HEAD
    + '"Men, n (%)",12 (60),8 (40)*,\n*P < 0.05 versus baseline,,,\n',
    "an interval of a median": TOTAL + '"OS, median (95% CI)",8 (7–9),7 (5–8.5),9 (6.5–12)\n',
    # R: p <- 21/38; q <- 25/75; 2 * pnorm((q - p) / sqrt(p * (1 - p) / 38 + q * (1 - q) / 75))
    "a z test of two shares": MORE.format("P", "0.024"),
    # R: m <- matrix(c(21, 17, 25, 50), 2); 2 * fisher.test(m, alternative = "greater")$p.value
    "twice a one-sided p": MORE.format("P", "0.042"),
    # R: x <- rep(1:0, m[, 1]); y <- rep(1:0, m[, 2]); wilcox.test(x, y); t.test(x, y)
    "a rank-sum test of two shares": MORE.format("P", "0.026"),
    "Welch's test of two shares": MORE.format("P", "0.029"),
    # R: fisher.test(m), its estimate and interval; a * d / (b * c) is 2.47
    "R's odds ratio": MORE.format("OR (95% CI)", "2.45 (1.03–5.94)"),
    # 21.5 × 50.5 / (17.5 × 25.5) = 2.43, exp(1.96 × sqrt(1/21.5 + 1/17.5 + 1/25.5 + 1/50.5)) = 2.20
    "Haldane's odds ratio": MORE.format("OR (95% CI)", "2.43 (1.10–5.36)"),
    "Peto's odds ratio": MORE.format("Peto OR", "2.46"),
    # 2 pnorm(−8 / (10 sqrt(0.1))) = 0.0114, where t has 0.0157
    "a z test of means": HEAD + '"Age, mean ± SD",50.0 ± 10.0,58.0 ± 10.0,0.011\n',
    # 10.0 sqrt(20 / 19) = 10.26: t = 8 / (10.26 sqrt(0.1)) = 2.466, p = 0.0183
    "an SD that is divided by n": HEAD + '"Age, mean ± SD",50.0 ± 10.0,58.0 ± 10.0,0.018\n',
    "weighted percentages": HEAD + '"Men, n (weighted %)",12 (63.1),8 (37.9),\n',
    "a geometric mean": HEAD + '"LDH, geometric mean (CV%)",18.0 (38.2),21.4 (41.0),0.057\n',
    "semicolons": ";A (n = 20);B (n = 20);P\nMen, n (%);12 (60,0);8 (40,0);0,206\n",
    "a p with columns of n": COLUMNS + "Age,20,50.0,10.0,20,58.0,10.0,0.016\n",
    "a rate": HEAD + '"Falls per 1000 person-years",39.7,2410.3,\n',
    "a group called No": ',"Relapse: Yes (n = 20)","Relapse: No (n = 20)",P\n'
    '"Age, mean ± SD",50.0 ± 10.0,58.0 ± 10.0,0.016\n',
    "ages that no whole numbers have": HEAD
    + '"Age, median (IQR)",46.3 (39.6–52.1),48.0 (42–52),\n',
    "sizes at the head of columns of n and %": ',"A, n = 20",,"B, n = 20",,P\n,n,%,n,%,\n'
    'Men,12,60,8,40,0.206\n"Age, mean ± SD",50.0 ± 10.0,,58.0 ± 10.0,,0.016\n',
    "percentages alone": HEAD + '"Stage, %",,,\n  I,60,40,0.206\n"Men (%)",60,40,0.206\n',
    # chisq.test(matrix(c(8, 6, 6, 4, 6, 10), 3)) 0.311
    "shares before counts": HEAD + "Stage,,,\nI,40% (8),20% (4),0.311\nII,30% (6),30% (6),\n"
    "III,30% (6),50% (10),\n",
    # 2 pt(−8 / (10 sqrt(1/19 + 1/18)), 35) = 0.0203
    "a number known of each variable": HEAD + "Week 2,,,\n  n,19,18,\n"
    "  Mean (SD),50.0 (10.0),58.0 (10.0),0.020\n  Median,50,58,\nMen,12 (60),8 (40),0.206\n",
    "percentages of the row above": HEAD + STOPPED.format(40),
    "spaces for thousands": ';"A (n = 20)";"B (n = 20)";P\n'
    "Mass, mean ± SD;3 050,0 ± 10,0;3 058,0 ± 10,0;0,016\nMen;12 (60);12 (60);1,000\n",
    "a caption": "Table 1. Patients,,,\n" + HEAD + '"Men, n (%)",12 (60),8 (40),0.343\n',
    "sizes in a second row of heads": ',A,B,P\n,(n = 20),(n = 20),\n"Men, n (%)",12 (60),8 (40),\n',
}


@pytest.mark.parametrize("name", ACCUSED)
def test_what_can_not_be_right_is_told(tmp_path, name):
    table, wrong = ACCUSED[name]
    found, page = audit(write(tmp_path, table))
    assert wrong <= found.keys() and page["faults"], page["unread"]


@pytest.mark.parametrize("name", INNOCENT)
def test_what_can_be_right_is_not_accused(tmp_path, name):
    found, page = audit(write(tmp_path, INNOCENT[name]))
    assert (found, page["unread"]) == ({}, [])


def test_one_sided_tests_that_are_told_of_are_no_fault(tmp_path):
    # half of 0.0157 and of 0.206, as above
    rows = '"Age, mean ± SD",50.0 ± 10.0,58.0 ± 10.0,0.008\n"Men, n (%)",12 (60),8 (40),0.103\n'
    found, _ = audit(write(tmp_path, HEAD + rows, "Bidirectional stents."))
    assert "0.206 (Pearson’s chi-square, one-sided the half)" in " ".join(found.values())
    (tmp_path / "text.md").write_text("All tests were one-tailed.", encoding="utf-8")
    assert audit(tmp_path)[0] == {}


# What the text says of tests, and whether it may be that of the p-values of counts, of means.
TOLD = {
    "Fisher’s test, t test; Bonferroni’s correction.": ("unknown", "unknown"),
    "Fisher’s test, t test; multiple comparisons by Holm.": ("unknown", "unknown"),
    "Fisher’s test, t test; no correction was made for multiple testing.": ("independence", "t"),
    "Chi² and unpaired t tests in Stockholm, log-rank test.": ("independence", "t"),
    "Chi-squared tests and t tests, else paired.": ("independence", "unknown"),
    "Children in Chicago.": ("unknown", "unknown"),
}


@pytest.mark.parametrize("text", TOLD)
def test_a_draft_proposes_the_tests_that_the_text_tells_of(tmp_path, text):
    (tmp_path / "table.csv").write_text(HEAD + '"Men, n (%)",12 (60),8 (40),1.000\n', "utf-8")
    (tmp_path / "text.md").write_text(text, "utf-8")
    draft_paper(tmp_path)
    settings = (tmp_path / SETTINGS).read_text("utf-8")
    assert tuple(re.findall(r"^ +(?:counts|means): (\w+)", settings, re.MULTILINE)) == TOLD[text]


# The same with other settings than those drafted: table, the change, and what can't be right.
SETTLED = {
    # 8 zeros and ones of 20: sqrt(0.4 × 0.6 × 20 / 19) = 0.503
    "DEBIT": ('"Smokers, mean ± SD",0.40 ± 0.35,0.40 ± 0.50,\n',
              {"is: mean_sd": "is: mean_sd, step: 1, bounds: [0, 1]"}, {"0.35", "0.40"}),
    # from 1 to 9 with a mean of 2 at most sqrt(1 × 7 × 20 / 19) = 2.71
    "an SD beyond the scale": ('"Pain, mean ± SD",2.0 ± 5.0,2.0 ± 1.0,\n',
                               {"is: mean_sd": "is: mean_sd, bounds: [1, 9]"}, {"5.0", "2.0"}),
    "a mean beyond the scale": ('"Pain, mean ± SD",9.9 ± 0.1,2.0 ± 1.0,\n',
                                {"is: mean_sd": "is: mean_sd, bounds: [1, 9]"}, {"9.9"}),
    "a percentage of the row": ('"Men, n (%)",12 (60),8 (41),\n',
                                {"percent_of: column": "percent_of: row"}, {"41"}),
    "percentages of the row": ('"Men, n (%)",12 (60),8 (40),0.206\n',
                               {"percent_of: column": "percent_of: row"}, set()),
    "a percentage alone": ("Men,62%,40%,\n", {}, {"62", "20"}),
    # an SE of 2.24 is an SD of 10.0: p = 0.0157, as above
    "a p of means with SE": ('"Age, mean ± SEM",50.0 ± 2.24,58.0 ± 2.24,0.16\n', {},
                             {"0.16", "2.24", "50.0", "58.0"}),
    # as means with SE p = 0.27 (t = 16 / (10 sqrt(2))), but so would be nearly any
    "NS between means far apart": ('"Age, mean ± SD",50.0 ± 10.0,66.0 ± 10.0,NS\n', {},
                                   {"> 0.05", "10.0", "50.0", "66.0"}),
    "means with SE": ('"Age, mean ± SEM",50.0 ± 2.24,58.0 ± 2.24,0.016\n', {}, set()),
    "86 in 17 where some may be missing": ('"Cycles, mean ± SD",5.06 ± 1.00,5.00 ± 1.03,\n',
                                           {"complete: true": "complete: false"}, set()),
    "a p of fewer where some may be missing": ('"Age, mean ± SD",50.0 ± 10.0,58.0 ± 10.0,0.02\n',
                                               {"complete: true": "complete: false"}, set()),
    "12 of 19 where one may be missing": ('"Men, n (%)",12 (63.2),8 (40),\n',
                                          {"complete: true": "complete: false"}, set()),
    "12 of 19 where one is": ('"Men, n (%)",12 (63.2),8 (40),0.119\n',  # Fisher: 0.205
                              {"is: count": "is: count, n: [19, 20]"}, {"0.119"}),
    # F(1, 38) = 2.53² = 6.40, p = 0.0157; t has the same p
    # the p is of 8, 6, 6 and 4, 6, 10, as above
    "a percentage of a row above": (STOPPED.format(45), {}, {"45"}),
    "a level that the p beside another is of": (
        "Stage,,,\n  I,8 (40),4 (20),0.311\n  II,6 (30),6 (30),\n  III,9 (30),10 (50),\n",
        {r"add_up: \[\]": "add_up: [Stage]"}, {"9"}),
    "a p of fewer counts where some may be missing": (
        '"Men, n (%)",12 (60),8 (40),0.264\n', {"complete: true": "complete: false"}, set()),
    "an F": ('"Age, mean ± SD",50.0 ± 10.0,58.0 ± 10.0,6.40\n', {"is: p": "is: F"}, set()),
    "a wrong F": ('"Age, mean ± SD",50.0 ± 10.0,58.0 ± 10.0,4.60\n',
                  {"is: p": "is: F"}, {"4.60"}),
    "a t with its p": ('"Age, mean ± SD",50.0 ± 10.0,58.0 ± 10.0,-2.53 (0.016)\n',
                       {"is: p": "is: t"}, set()),
    "a χ²": ('"Men, n (%)",12 (60),8 (40),1.60\n', {"is: p": "is: chi2"}, set()),
    "a wrong χ²": ('"Men, n (%)",12 (60),8 (40),2.60\n', {"is: p": "is: chi2"}, {"2.60"}),
    "rows that are not read": ('"Men, n (%)",12 (99),8 (40),\n', {"is: count": "is: skip"}, set()),
}  # fmt: skip


@pytest.mark.parametrize("name", SETTLED)
def test_what_the_settings_tell_is_used(tmp_path, name):
    rows, changes, wrong = SETTLED[name]
    assert set(audit(write(tmp_path, HEAD + rows, **changes))[0]) == wrong


# All of 20 and 20: (50.0 + 50.4) / 2 = 50.2; least 20, greatest 90.
WHOLE = [
    ('"Age, mean ± SD",50.2 ± 9.0,50.0 ± 9.0,50.4 ± 9.1\n', set()),
    ('"Age, mean ± SD",53.0 ± 9.0,50.0 ± 9.0,50.4 ± 9.1\n', {"53.0", "50.0", "50.4"}),
    ('"Age, mean ± SD",52.0 ± 9.0,50.0 ± 9.0,50.4 ± 9.1\n', {"52.0"}),  # two digits of 50.2
    ('"Age, mean ± SD",50.2 ± 9.0,50.0 ± 2.0,50.4 ± 9.1\n', {"2.0"}),  # SE: 9.0 / sqrt(20) = 2.01
    # at most 3 × (61 − 43) / 10 = 5.4 beyond 52
    ('"Age, median (IQR)",60 (44–61),50 (45–60),52 (43–61)\n', {"60", "50", "52"}),
    ('"Age, median (IQR)",56 (44–61),50 (45–60),52 (43–61)\n', set()),
    ('"Age, median (IQR)",51 (44–60),50 (45–60),52 (43–61)\n', set()),
    (
        '"Men, n (%)",20 (50),12 (60),8 (40)\n"Women, n (%)",20 (50),8 (40),12 (60)\n'
        "Total,40 (100),20 (100),20 (100)\n",
        set(),
    ),
    (
        '"Men, n (%)",20 (50),12 (60),8 (40)\n"Women, n (%)",20 (50),8 (40),12 (60)\n'
        "Total,41 (100),20 (100),20 (100)\n",
        {"41"},
    ),
    ('"Age, mean ± SD",50.2 ± 7.0,50.0 ± 9.0,50.4 ± 9.1\n', {"7.0", "9.0", "9.1"}),
    ('"Age, median (range)",50 (20–90),50 (20–80),52 (30–90)\n', set()),
    ('"Age, median (range)",50 (25–90),50 (20–80),52 (30–90)\n', {"25", "20", "30"}),
    ('"Men, n (%)",20 (50),12 (60),8 (40)\n', set()),
    # of fewer in one group, where some may be missing, as a person then says
    ('"Age, mean ± SD",50.6 ± 9.0,50.0 ± 9.0,50.8 ± 9.1\nUnknown,2 (5),1 (5),1 (5)\n', set()),
    (
        '"Age, mean ± SD",51.6 ± 9.0,50.0 ± 9.0,50.8 ± 9.1\nUnknown,2 (5),1 (5),1 (5)\n',
        {"51.6", "50.0", "50.8"},
    ),
]


@pytest.mark.parametrize(("row", "wrong"), WHOLE)
def test_what_is_printed_of_all_is_held_against_the_groups(tmp_path, row, wrong):
    assert set(audit(write(tmp_path, TOTAL + row))[0]) == wrong


# What is missing, and how many cells are told as not read; none is accused, nothing breaks.
MISSING = {
    "no p-values": (',"A (n = 20)","B (n = 20)"\n"Men, n (%)",12 (60),8 (40)\n', 0),
    "no size of an arm": (',A,"B (n = 20)",P\n"Men, n (%)",12 (60),8 (40),0.2\n', 0),
    "no size of any arm": (',A,B,P\n"Men, n (%)",12 (60),8 (40),0.2\n'
                           "Age,5.0 ± 1.0,6.0 ± 1.0,<0.001\n", 0),
    "p below a limit": (HEAD + '"Men, n (%)",20 (100),1 (5),<0.001\n', 0),
    "NS, dashes, footnotes": (HEAD + '"Men, n (%)",12 (60)*,8 (40)†,NS\nAge,—,5.0 ± 1.0,–\n', 0),
    "no step": (HEAD + '"Albumin, mean ± SD",3.52 ± 0.44,3.52 ± 0.40,1.0\n', 0),
    "a mean without SD": (HEAD + '"Albumin, mean",3.52,3.52,0.9\n', 0),
    "one group": (',"A (n = 20)",P\n"Men, n (%)",12 (60),0.2\nAge,50.0 ± 9.0,0.2\n', 0),
    "no group": (",P\nMen,0.2\nAge,<0.001\n", 0),
    "an empty group": (',"A (n = 0)","B (n = 20)",P\n"Men, n (%)",0 (0),8 (40),1.0\n'
                       "Age,—,5.0 ± 1.0,\n", 0),
    "a group of one": (',"A (n = 1)","B (n = 20)",P\nAge,50.0 ± 0.0,51.0 ± 9.0,0.9\n', 0),
    "nobody in a row": (HEAD + '"Men, n (%)",0 (0),0 (0),1.0\n', 0),
    "all in a row": (HEAD + '"Men, n (%)",20 (100),20 (100),—\n', 0),
    "an SD of zero": (HEAD + "Age,50.0 ± 0.0,50.0 ± 0.0,1.0\n", 0),
    "seven groups": ("," + ",".join(f"{g} (n = 9)" for g in "ABCDEFG") + ",P\nAge"
                     + ",50.0 ± 9.0" * 7 + ",1.0\n", 0),
    "a level of nobody": (HEAD + "Stage,,,1.0\n  I,0 (0),0 (0),\n  II,20 (100),20 (100),\n", 0),
    "rows of nothing but words": (HEAD + "Patients of both arms,,,\n", 0),
    "cells of words": (HEAD + '"Men, n (%)",most,8 (40),0.2\n', 1),
    "a ratio of zero": (",OR (95% CI),P\nAge,0.0 (0.0–0.0),1.0\n", 0),
    "a ratio that rounds to nothing": (",OR (95% CI),P\nAge,0 (0.3–1.4),0.3\n", 0),
    "a ratio without interval": (",HR,P\nAge,1.2,0.4\n", 0),
    "fewer cells than columns": (HEAD + '"Men, n (%)",12 (60)\n', 0),
}  # fmt: skip


@pytest.mark.parametrize("name", MISSING)
def test_no_missing_piece_breaks_the_audit_or_is_held_against_the_paper(tmp_path, name):
    table, unread = MISSING[name]
    found, page = audit(write(tmp_path, table))
    assert found == {}
    assert len(page["unread"]) == unread, page["unread"]


def test_what_the_methods_do_not_say_is_a_question_and_no_fault(tmp_path):
    table = HEAD + '"Age, mean ± SD",50.0 ± 10.0,58.0 ± 10.0,0.16\n'
    found, page = audit(write(tmp_path, table, **{"means: t": "means: unknown"}))
    assert found == {}
    assert ["does not say" in doubt["words"] for doubt in page["doubts"]] == [True]


def test_a_p_by_a_seldom_test_is_a_question_beside_others_by_usual_ones(tmp_path):
    # R: chisq.test(matrix(c(12, 26, 14, 61), 2), correct = FALSE) 0.123, and so on; z as above
    rows = ('"Old, n (%)",12 (31.6),14 (18.7),0.123\n"Ill, n (%)",20 (52.6),30 (40.0),0.202\n'
            '"Thin, n (%)",9 (23.7),25 (33.3),0.291\n')  # fmt: skip
    found, page = audit(write(tmp_path, MORE.format("P", "0.024") + rows))
    assert found == {}
    assert [("0.024 (z of" in k["words"], "seldom" in k["words"]) for k in page["doubts"]] == [
        (True, True)
    ]


def test_rows_that_are_alike_have_one_test(tmp_path):
    row = ",6.68 (1.49),7.97 (1.21),{}\n"
    table = ',"A (n = 41)","B (n = 26)",F\nTaste' + row.format(13.72) + "Joy" + row.format(13.9)
    found, page = audit(write(tmp_path, table))
    assert "have the same numbers" in found["13.90" if "13.90" in found else "13.9"]
    assert any("copied" in doubt["words"] for doubt in page["doubts"])


# Text, and the numbers in it that are at fault. p by R: 2 * pt(-2.2, 28) = 0.0362; pf(3.1, 2, 45,
# lower = FALSE) = 0.0548; r = 0.45, n = 22: 0.0356; pchisq(3.84, 1, lower = FALSE) = 0.0500;
# 2 * pnorm(-1.96) = 0.0500; 2 * pt(-1.8, 28) = 0.0826.
PROSE = [
    ("It rose, t(28) = 2.20, p = .036.", set()),
    ("It rose, t(28) = 2.20, p = .03.", {"2.20", "0.03"}),
    ("It fell, t(28) = −2.20, p < .05.", set()),
    ("They differed, F(2, 45) = 3.10, p = .10.", {"3.10", "0.10"}),
    ("They differed, F(2, 45) = 3.10, p = .055.", set()),
    ("It was related, r(20) = .45, p < .05; and r(20) = .45, p = .36.", {"0.45", "0.36"}),
    ("More did, χ²(1, N = 90) = 3.84, p = .05.", set()),
    ("More did, χ2(1) = 3.84, p = .01.", {"3.84", "0.01"}),
    ("More did, z = 1.96, p = .05.", set()),
    ("No sign, t(28) = 0.50, ns.", set()),
    ("No sign, t(28) = 5.50, ns.", {"5.50", "> 0.05"}),
    ("It rose, t(28) = 1.80, p = .041 (one-tailed).", set()),
    ("It rose, t(28) = 1.80, p = .041.", {"1.80", "0.041"}),
    ("It is no r: r(20) = 1.45, p = .01.", {"1.45"}),
    ("It was related, r = .45, n = 22, p = .036.", set()),
    ("They differed, F(2,45) = 3.10, p = .10.", {"3.10", "0.10"}),
    ("More did, χ2 = 3.84, df = 1, p = .01.", {"3.84", "0.01"}),
    # sleep of R: t.test(extra ~ group, paired = TRUE)
    ("The difference was -1.58 h (95% CI -2.46 to -0.70; p = 0.003).", set()),
    ("The difference was -1.58 h (95% CI -2.46 to -0.70; p = 0.30).", {"0.30"}),
    ("It was 12 of 40 (30%), and 7 of the 40 patients (18%).", set()),
    ("It was 12 of 40 (35%).", {"12", "40", "35"}),
    ("It was 45 of 40 (35%).", {"45", "40"}),
    ("The hazard ratio was 0.94 (95% CI 0.66 to 1.34; p = 0.73).", set()),
    ("The hazard ratio was 0.94 (95% CI 0.66 to 1.34; p = 0.003).", {"0.003"}),
    ("The OR was 3.94 (95% CI 0.66–1.34).", {"3.94", "0.66", "1.34"}),
    ("It was longer (HR 0.94, 95% CI 0.66–1.34).", set()),
    ("It was longer (HR 0.94, 95% CI, 0.66 to 1.34; P = 0.003).", {"0.003"}),
    ("Hepatomegaly was found in 8 (40%) and 9 (45%).", set()),
    ("Hepatomegaly was found in 8 (40%) and 9 (54%).", {"54"}),
    ("Hepatomegaly was found in 8 (40%) and 9 (45%), p = 0.749.", set()),
    ("Hepatomegaly was found in 8 (40%) and 9 (45%), p = 0.479.", {"0.479"}),
    ("Hepatomegaly was found in 8 (40%) and 9 (45%), p = 0.752.", set()),  # of another test
    ("Hepatomegaly was found in 8 (40%) and 9 (45%), p = 0.748.", set()),  # of another one
    # R: pchisq(0.094, 1, lower.tail = FALSE) is 0.759
    ("Hepatomegaly: 8 (40%) and 9 (45%), χ2(1) = 0.094, p = 0.759.", set()),
    ("Hepatomegaly was found in 8/20 and 9/21.", {"21"}),
    ("Hepatomegaly was found in 8 of 40 men.", set()),  # of other patients
    ("Hepatomegaly was found elsewhere in 31 (77%).", set()),  # of other patients
    ("Hepatomegaly came back in 8 (62%).", set()),  # of other patients, too
    ("Hepatomegaly was found in 8 (04%).", {"04"}),
    ("Age was 50.0 ± 10.0 and 51.3 ± 9.0.", {"51.3"}),
    ("Nothing was found in 2019, nor in 12 (30) others.", set()),
]  # fmt: skip
ROWS = (
    HEAD + '"Hepatomegaly, n (%)",8 (40),9 (45),0.749\n"Age, mean ± SD",50.0 ± 10.0,53.1 ± 9.0,\n'
)


@pytest.mark.parametrize(("text", "wrong"), PROSE)
def test_numbers_of_the_text_are_held_against_themselves_and_the_tables(tmp_path, text, wrong):
    found, _ = audit(write(tmp_path, ROWS, text))
    assert set(found) == wrong


def test_markdown_tables_and_heads_of_two_rows_are_read(tmp_path):
    (tmp_path / "paper.md").write_text(
        "Text above.\n\n| | A (n = 20) | | P |\n| --- | --- | --- | --- |\n|| n | % ||\n"
        "| Men | 12 | 60 | 0.2 |\n| Women | 8 | 41 | |\n\nText below.\n", encoding="utf-8"
    )  # fmt: skip
    columns = ["is: label", "is: group, group: A, n: 20, holds: count",
               "is: group, group: A, n: 20, holds: percent", "is: p"]  # fmt: skip
    (tmp_path / SETTINGS).write_text(
        "title: A\ncomplete: true\ntests: {counts: unknown, means: unknown}\ntables:\n  paper.md:\n"
        "    percent_of: column\n    columns:\n"
        + "".join(f"      - {{head: '', {column}}}\n" for column in columns)
        + "    rows:\n"
        + "".join(f"      - {{row: {n}, label: '', is: count}}\n" for n in (6, 7)),
        encoding="utf-8",
    )
    found, page = audit(tmp_path)
    assert set(found) == {"41"} and page["unread"] == []
    assert page["tables"][0]["heads"] == ["", "A (n = 20), n", "A (n = 20), %", "P"]


def test_a_row_that_is_not_named_is_listed(tmp_path):
    folder = write(tmp_path, HEAD + '"Men, n (%)",12 (60),8 (40),\n"Old, n (%)",1 (5),2 (10),\n')
    settings = (folder / SETTINGS).read_text(encoding="utf-8")
    (folder / SETTINGS).write_text(re.sub(r".*row: 3.*\n", "", settings), encoding="utf-8")
    assert [p["row"] for p in audit(folder)[1]["unread"]] == [3]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("means: t", "means: t # GUESS: by the text", "line 8 waits for a decision"),
        ("complete: true", "complete: yes, all", "complete"),
        ("is: p", "is: q", "columns > entry 4 > is: found 'q'; expected one of label"),
        ("row: 2", "row: 9", "table.csv has no row in line 9"),
        ('"table.csv"', '"table2.csv"', "there is no table table2.csv"),
        (r"      - \{head: \"P\", is: p\}\n", "", "3 columns of table.csv; expected 4"),
        (r", group: \"A\"", "", "no group; expected its name"),
        ("is: count", "is: count, n: [1, 2, 3]", "n of 3; expected 2"),
    ],
)
def test_settings_that_do_not_fit_are_told_with_their_place(tmp_path, old, new, told):
    folder = write(tmp_path, HEAD + '"Men, n (%)",12 (60),8 (40),\n')
    settings = re.sub(old, new, (folder / SETTINGS).read_text(encoding="utf-8"))
    (folder / SETTINGS).write_text(settings, encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(told)):
        read_paper(folder, SCHEMA)


# --- The draft ------------------------------------------------------------------------------------


def test_a_draft_says_what_rows_and_columns_hold_and_marks_its_guesses(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "data/published/pbc"
    folder.mkdir(parents=True)
    for path in [*EXAMPLES.glob("pbc/*.csv"), EXAMPLES / "pbc/text.md"]:
        (folder / path.name).write_bytes(path.read_bytes())
    with pytest.raises(SystemExit, match="decide each GUESS and TODO"):
        main("pbc")
    text = (folder / SETTINGS).read_text(encoding="utf-8")
    drafted, decided = yaml.safe_load(text), read_yaml(EXAMPLES / "pbc" / SETTINGS)
    guessed = [line.split("#")[0].strip() for line in text.split("\n") if "GUESS" in line]
    del drafted["tables"]["table1.csv"]["rows"][0]["step"]  # a guess, and wrong
    assert [line for line in guessed if "step: 1" in line] and drafted["tables"] == decided[
        "tables"
    ]
    with pytest.raises(InputError, match=f"{len(guessed) + 2} problems"):
        read_paper(folder, SCHEMA)
    assert main("pbc") is None  # what is there stays


# A table, and what is drafted of it.
DRAFTED = [
    (",A,B,P\nNo. of patients,20,20,\n", ["row: 2", "is: size"]),
    (HEAD + "Stage,,,0.5\nI,10 (50),5 (25),\nII,10 (50),15 (75),\nOld,1 (5),2 (10),\n",
     ['add_up: ["Stage"]', '"II", is: count, of: "Stage"}   # GUESS', '"Old", is: count}']),
    (HEAD + "Men,12 (60),8 (40),\nWomen,9 (45),11 (55),\n", ["percent_of: row   # GUESS"]),
    (HEAD + "Yes,12 (60),8 (40),\nNo,8 (40),12 (60),\nTotal,20 (100),20 (100),\n", ["is: total"]),
    (HEAD + "Total,12 (60),8 (40),\n", ['label: "Total", is: count']),
    (HEAD + "Men (%),60.0,40.0,\n", ["is: percent"]),
    (HEAD + '"LDH, median",3 (1–5),4 (1–6),\n', ["is: median_iqr}   # GUESS: or median_range"]),
    (HEAD + '"LDH, mean ± SD (range)",3.0 ± 1.0 (1–5),4.0 ± 1.0 (1–6),\n', ["is: mean_sd"]),
    (",A,,Estimate (95% CI)\n,n,%,\nMen,12,60,0.1 (-0.1 to 0.3)\n",
     ['group: "A", n: null, holds: percent}', "is: difference"]),
]  # fmt: skip


@pytest.mark.parametrize(("table", "lines"), DRAFTED)
def test_rows_and_columns_are_drafted_by_what_they_say_and_how_they_read(tmp_path, table, lines):
    write(tmp_path, table)
    (tmp_path / SETTINGS).unlink()
    draft_paper(tmp_path)
    text = (tmp_path / SETTINGS).read_text(encoding="utf-8")
    assert all(line in text for line in lines), text


def test_a_name_that_leads_elsewhere_is_refused():
    with pytest.raises(SystemExit, match="expected letters, digits"):
        main("../raw")


@pytest.mark.parametrize("files", [[], ["note.pdf"], ["text.md"]])
def test_a_folder_without_tables_is_told(tmp_path, files):
    for name in files:
        (tmp_path / name).write_text("Nothing.\n", encoding="utf-8")
    with pytest.raises(InputError, match="found no table" if files else "found no such folder"):
        draft_paper(tmp_path if files else tmp_path / "nowhere")


# --- The two examples -----------------------------------------------------------------------------


def test_a_clean_trial_is_not_accused_of_anything():
    found, page = audit_folder(EXAMPLES / "pbc", SCHEMA)
    assert (page["faults"], page["doubts"], page["unread"]) == ([], [], [])
    assert found["verdict"].isin(HELD).mean() > 0.9


def test_the_published_errors_of_a_retracted_paper_are_found():
    wrong, page = audit(EXAMPLES / "regret")
    # Means that van der Zee, Anaya & Brown (BMC Nutr 2017;3:54) call impossible, and statistics
    # that their reanalysis (github.com/OmnesRes/pizzapizza) can't reach.
    assert {"2.63", "1.97", "1.67", "3.92", "1.38", "0.52", "10.36"} <= wrong.keys()
    assert page["unread"] == []
