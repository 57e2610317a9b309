"""The manuscript's source: typed numbers and unbound words are found where they stand."""

from contextlib import nullcontext

import pytest
from project import ROOT

from crlm.base.files import read_yaml
from crlm.base.problems import InputError
from crlm.manuscript.placement import misplaced_in
from crlm.manuscript.prose import check_prose, check_titles, read_rules, require_bound

RULES = read_rules(ROOT / "manuscript/prose.yaml")
TEMPLATE = (ROOT / "manuscript/paper.qmd.j2").read_text(encoding="utf-8")
FRONT = '---\ntitle: "{}"\nabstract: |\n  {}\n\nformat:\n  typst:\n    papersize: a4\n---\n'


def found(source: str) -> list[tuple[int, str]]:
    return [(p.row, p.value) for p in check_prose(source, "paper.qmd.j2", RULES)]


def test_the_manuscript_itself_is_clean():
    require_bound(TEMPLATE, "paper.qmd.j2", RULES)


@pytest.mark.parametrize(
    "text",
    [
        "Of 25 patients.", "It was 44.5%.", "At twelve months.", "Half of the patients.",
        "One third responded.", "A twofold rise.", "A dozen cases.", "| a | 12 (3.4) |",
        "![Response (n = 25).](figures/figure1){#fig-a}", "A note.^[Since 2019.]", "*p* = .043",
        "ten per cent", "He came twice.", "Forty patients", '<< "seventh" >> of all',
        "<% set x = 'seven' %>", "<< 25 >> men", "<b title='7'>men</b>", "<i>seven</i>",
        "![x](y){#fig-a fig-alt=\"seventeen\"}", "```{=html}\n17 men\n```", "XVII men", "n25",
        "Nearly ½ of them.", "¹⁴ men", "Of ٢٥ men.", "二十五", "&#50;&#53; men", "se*ven* men",
        "A pair of men.", "A handful of women.", "Several dozens.", "Every other man.",
        "A single patient died.", "It was halved.",
        # what only looks like a name with a digit
        "R0 in 18.", "18of25 men.", "T3 in 15.", "CR3, PR12, SD8.", "OR2.3", "CI95", "XELOX 13.",
        "XELOX-13 men.", "R0in18", "MEN18OF25", "Grade 3 in 7.", "Phase 2 of 25.", "Type 2 in 9.",
        "SPSS 26 patients.", "AGE65", "version 25 of it",
        "Day-30", "v 25", "RECIST 25 patients.", "N25", "M18", "p43", "N4",
    ],
)  # fmt: skip
def test_a_typed_number_is_found(text):
    assert found(f"A line.\n\n{text}\n"), text
    assert {row for row, _ in found(f"A line.\n\n{text}\n")} <= {3, 4}


def test_typed_numbers_in_title_and_abstract_are_found():
    source = FRONT.format("Response in 25 patients", "Half of them.")
    assert found(source) == [(2, "25"), (4, "Half")]


NAMES = [
    "HER2, CA 19-9, IL-10, TGF-β1, KRAS G12C, p53, Ki-67, CO2, SpO2, 5-FU and mFOLFOX6.",
    "SPSS 26.0, Python 3.11, version 4.2.1, CTCAE v5.0, ICD-10, QLQ-C30, SF-36 and GPT-4.",
    "NCT01278537, BTH1677, type 2 diabetes, a phase 3 trial, grades 3 or 4, ypT3N1 and R0.",
]


@pytest.mark.parametrize(
    "text",
    [
        "<< all.sex.male.n >> of << cohort.n >> men.", "<# twelve of 25 #>", "See @fig-figure1.",
        "By RECIST 1.1 [@eisenhauer2009].", "# Methods {#sec-2}", "Stage T2 and N0.",
        "<% set x = test.t_stage %>", "Tests are two-sided.", "```{=typst}\n#set text(9pt)\n```",
        "Someone came alone.", "https://doi.org/10.1000/182",
        '<% if meta.rule == "recist_1_1" %><< named("alive_1y") >><% endif %>',
        "One should read on.", "On the one hand, it may help.", "It is one of the options.",
        "A third party may help.", "At first, second-line drugs may fail.",
        "Its half-life is known.",
        *NAMES, "A one-way analysis.",
        "Grade III or IV, segment VII.", "NFκB may be high.", "The BDI-II may help.",
    ],
)  # fmt: skip
def test_what_is_not_a_typed_number_passes(text):
    assert found(text) == []


def test_words_that_a_tag_prints_are_read():
    assert found('<% set x = ["twelve months", test.a] %>') == [(1, "twelve")]


# By kind, as `prose.yaml` has them; each is found in the results and in the discussion.
STATEMENTS = [
    "Response was higher after more cycles.", "The effect was hig*her* in men.", "They did better.",
    "Response was hi<!-- -->gher in men.", "Response was hіgher in men.",  # a Cyrillic letter
    "Progression was more common in men.", "Larger tumours responded.", "Men were superior.",
    "Men outnumbered women.", "More patients responded than progressed.", "Older men benefit less.",
    "Mortality decreased.", "Chemotherapy shrinks metastases.", "Cycles improve survival.",
    "Recurrence was associated with response.", "Age predicts response.",
    "It depends on age.", "The groups were similar.", "There was no difference.",
    "Sex had no influence.", "It was equal.",
    "Age and response were unrelated.", "The groups differed in age.", "Response did not\ndiffer.",
    "None of the patients died.", "Most patients progressed.", "The majority responded.",
    "All survived.", "There were no deaths.", "Almost everyone responded.",
    "It was seen in only << a.n >> of them.", "Drains were common.", "No patient was lost.",
    "It did not help.", "It is safe and effective.", "It was well tolerated.",
    "It can safely be done.",
    "There was a trend towards relapse.", "It was borderline.", "Significance was reached.",
    "In our patients, the rate was higher [@guo2021].", "We found more deaths [@guo2021].",
    "In this cohort, survival was longer, which may be chance.", "Longer courses paid off.",
    "Both sexes benefited alike.", "We recorded no deaths.", "We lost no patient.",
    "Such series overestimated response rates.", "Such series underestimated response rates.",
    "These results suggest a benefit.", "The number is in @tbl-table3 and everybody survived.",
    "These findings are in line with a series [@guo2021].", "More drains were needed in men.",
    "In the patients reported here, mortality was lower [@guo2021].", "Chemotherapy works.",
    "The number matters.", "It drives response.", "It is of no importance.", "Men outdid women.",
    "Deaths were confined to men.", "The difference approached significance.",
    "Drains were rarely used.", "Relapses were treated alike, and all resolved in both groups.",
    "Stomatitis occurred more often in men.", "The larger lesions tilted the balance.",
    "There was a relation to the place where services were located.", "The curves parted early.",
    "When men were compared, mortality was lower.", "Small lesions melted away.",
    "This is in accordance with another series [@guo2021].", "More cycles bought more time.",
    "No patient in the other group developed leakage.", "Fewer men received it.",
]  # fmt: skip


@pytest.mark.parametrize("sentence", STATEMENTS)
@pytest.mark.parametrize("section", ["Results", "Discussion"])
def test_a_statement_that_hangs_on_data_needs_a_claim(section, sentence):
    assert found(f"# {section}\n\n{sentence}\n"), sentence


@pytest.mark.parametrize(
    "sentence",
    ["Response was higher in men.", "It was similar in men.", "Most patients progressed."],
)
def test_a_statement_may_stand_in_a_claim_or_cite_another_study(sentence):
    claim = (
        "<% claim x %>\n<% when a.sex.n > b %>\n{}\n<% when not a.sex.n > b %>\n<% endclaim %>\n"
    )
    assert found(claim.format(f"{sentence[:-1]} (<< a.sex.n >>).")) == []
    assert found(claim.format(f"It was << a.sex.n >>. All survived: {sentence}")), "not of it"
    (refused,) = check_prose(sentence, "paper.qmd.j2", RULES)
    assert all(way in refused.expected for way in ("a claim", "citation", "may, perhaps"))
    assert found(f"{sentence[:-1]} [@guo2021].") == found(f"Perhaps {sentence.lower()}") == []
    assert found(f"{sentence[:-1]} (@fig-figure1, [@tbl-table1])."), "no study is cited"
    assert found(f"Others saw this [@guo2021]. {sentence}"), "the citation is of another sentence"


@pytest.mark.parametrize(
    ("section", "sentence"),
    [
        ("Results", "@tbl-table3 gives the share by factor."),
        ("Results", "The number of metastases is in @tbl-table5 and @fig-figure2."),
        ("Results", "Response was seen in << a.n >>."),
        ("Results", "The images were read again by hand."),
        ("Results", "Baseline characteristics are summarised in @tbl-table1."),
        ("Results", "Does age predict response?"),
        ("Results", "Bars stand for patients, sorted by size."),
        ("Results", "Complications are graded by Clavien and Dindo."),
        ("Results", "Responders are patients with regressive disease."),
        ("Results", "Given the small groups, we did not adjust for other factors."),
        ("Discussion", "These results suggest that size may drive response."),
        ("Discussion", "We recommend that fewer cycles be given."),
        ("Methods", "All patients gave informed consent."),
        ("Methods", "Groups were compared, to find factors associated with response."),
        ("Methods", "A difference was considered significant below << plan.alpha >>."),
        ("Discussion", "Older age is no contraindication."),
        ("Discussion", "A higher dose may be tolerated better."),
        ("Discussion", "Whether response predicts survival is unknown."),
        ("Discussion", "Larger trials are needed."),
        ("Discussion", "Selection bias cannot be excluded."),
        ("Discussion", "This study is limited by its retrospective design."),
        ("Discussion", "Another limitation was the lack of a control group."),
        ("Discussion", "This is likely due to selection."),
        ("Discussion", "The operators were trained in a course."),
        ("Discussion", "The register was then searched by hand."),
        ("Discussion", "All patients were instructed to fast."),
        ("Discussion", "A trial will show whether this is better."),
        ("Discussion", "The drug given in this disease remains unknown to most registers."),
        ("Discussion", "There were some limitations."),
        ("Introduction", "Others report a significantly higher rate [@guo2021]."),
        ("Introduction", "Relapse is a significant problem."),
        ("Introduction", "There have been significant advances in imaging."),
        ("Introduction", "Many patients develop pain after surgery."),
        ("Introduction", "We have previously shown that the drug reduces pain [@guo2021]."),
        ("Methods", "Any event that led to a stay in hospital was described as serious."),
        ("Results", "All patients were included in the analysis."),
        ("Discussion", "They recommended a trial of the drugs which are best suited."),
        ("Discussion", "These analyses were, however, prompted by a guideline."),
        ("Discussion", "These results suggest that the dose, not the drug, might help."),
        ("Discussion", "We asked about the short but not the longer term."),
        ("Discussion", "The desire of surgeons is to improve what they do."),
        ("Discussion", "The study had some limitations."),
        ("Discussion", "It remains possible that groups with a higher risk do better."),
        ("Discussion", "The authors have no conflicts of interest."),
        ("Discussion", "To our knowledge, this was the first prospective study of it."),
        ("Discussion", "In patients with more lesions a better test is needed."),
        ("Discussion", "It is now recognised as a useful adjunct."),
    ],
)
def test_what_states_nothing_of_the_data_passes(section, sentence):
    assert found(f"# {section}\n\n{sentence}\n") == []


@pytest.mark.parametrize(
    "sentence",
    [
        "There were no deaths.", "Both groups had similar age, and none was excluded.",
        "Mortality decreased over time.", "Most of the men progressed.", "The rate was very low.",
        "No leakage was noted.", "All patients completed treatment.", "Recurrence occurred early.",
        "The most common complication was fever.", "The groups were well balanced.",
        "Leakage due to hepatitis was not observed.", "The drains did not help in either group.",
        "These data suggest a benefit.", "Patients reported that they slept.",
        "Bleeding was far rarer than leakage.", "Men had a lower risk.", "Drugs reduced the risk.",
        "No other leakage, such as bile, was detected.", "None of them needed help.",
        "Chemotherapy worked.", "Deaths were few.",
        "More patients slept than others.", "The main complication was leakage after that.",
        "A difference by age was apparent to all.", "Responders spent less time there.",
        "Majority of the men slept.", "No cases were resistant to the drug.",
        "Response predicts recurrence.", "Response tracked the number of cycles.",
        "Improvements continued after that.", "This report confirms a benefit.",
        "The marker was undetectable in men.", "The second reading confirmed the finding.",
        "When all are counted, men had a lower rate.", "We did not find a difference.",
        "Women were more likely to bleed.", "The bigger the lesion, the sooner it grew.",
        "To compare men and women, Fisher’s exact test was used.", "Mann-Whitney tests were done.",
        "Size correlated overall with age.", "Doses are lower than elsewhere.",
    ],
)  # fmt: skip
def test_a_result_in_the_methods_is_a_statement(sentence):
    assert found(f"# Methods\n\n{sentence}\n")


@pytest.mark.parametrize(
    "sentence",
    [
        "All operations were done by the same surgeon.", "Teams remained blind to the groups.",
        "Patients had to give consent.", "Deaths that occurred at home were recorded.",
        "Those with improved images were read again.",
        "A case where there was doubt was read anew.",
        "None of the exclusion criteria was met by those enrolled.",
        "The protocol did not require imaging.", "We did not correct for drop-outs.",
        "When leakage was observed, a drain was placed.",
        "Nurses who did not know the groups took the blood.",
        "Images were read again.", "Consent was waived.", "The teams remained in the room.",
        "Patients had the option of a further visit.", "Follow-up lasted a year.",
        "The study ended early.", "Nurses gave the drugs.", "The readers were unaware of it.",
        "A drain was placed when the margin was positive.", "The register was searched by hand.",
        "Because lesions grew, images were repeated.", "Nurses signed the form.",
    ],
)  # fmt: skip
def test_a_procedure_in_the_methods_passes(sentence):
    assert not found(f"# Methods\n\n{sentence}\n")


def test_without_a_value_all_that_tells_in_the_results_is_a_statement():
    assert found("# Results\n\nThe drains stayed dry.\n")
    assert not found("# Methods\n\nThe drains stayed in place.\n")


@pytest.mark.parametrize(
    "text",
    [
        "Lesions of more than << label.size_pre_class.ge_4_cm >>.", "This is most likely chance.",
        "This is mostly due to chance.", "Response by less than << label.cycles_class.ge_6 >>.",
    ],
)  # fmt: skip
def test_a_cut_point_or_a_guess_needs_no_claim(text):
    assert found(text) == []


CLAIM = """\
<% claim c %>
<% when answer.cycles.below > 0 and r.cycles.ge_6.percent > r.cycles.lt_6.percent %>
Response was more frequent with << label.cycles.ge_6 >> cycles than with fewer.
<% when answer.cycles.below > 0 and r.cycles.ge_6.percent < r.cycles.lt_6.percent %>
Response was less frequent with << label.cycles.ge_6 >> cycles.
<% when answer.cycles.below > 0 %>
By cycles it differed.
<% when not answer.cycles.below > 0 %>
A relation with cycles was not shown.
<% endclaim %>
Of << label.cycles.ge_6 >>, << r.cycles.ge_6.n >>, and of << label.cycles.lt_6 >>, \
<< r.cycles.lt_6.n >> did.
By << plan.label >>, << responders.meaning >> was in << responders.n >>, \
<< progressive.meaning >> in << progressive.n >>.
"""


@pytest.mark.parametrize(
    ("old", "new", "rows"),
    [
        ("", "", []),
        ("with << label.cycles.ge_6", "with << label.cycles.lt_6", [2, 3, 4]),
        ("more frequent", "less frequent", [2]),
        ("ge_6.percent < r", "ge_6.percent > r", [4]),
        ("A relation with cycles was not shown.", "It was related to cycles.", [8]),
        ("not answer.cycles.below > 0", "answer.cycles.below > 0", [8]),
        # it would be printed where the shares are equal, or one of them is of nobody
        (" and r.cycles.ge_6.percent < r.cycles.lt_6.percent", "", [4, 6]),
        ("<< r.cycles.ge_6.n >>", "<< r.cycles.lt_6.n >>", [11]),
        ("<< responders.n >>", "<< progressive.n >>", [12]),
        (
            "By << plan",
            "<< progressive.a >> in responders, << responders.a >> in the others.\nBy << plan",
            [12],
        ),
        ("By << plan", "The responders were << progressive.n >>.\nBy << plan", [12]),
        ("ge_6 >> cycles than", "ge_6 >> (<< r.cycles.lt_6.n >>, << r.cycles.ge_6.n >>) than", [3]),
        (
            "answer.cycles.below > 0 and r.cycles.ge_6.percent >",
            "not answer.cycles.below > 0 and r.cycles.ge_6.percent >",
            [2],
        ),
        (
            "Response was less frequent with << label.cycles.ge_6 >> cycles.",
            "By cycles it was different.",
            [],
        ),
        (
            "<% when answer.cycles.below > 0 %>\nBy cycles it differed.\n",
            "",
            [6],
        ),  # no variant of equal shares
        ("By cycles it differed.", "A relation with cycles was not shown.", [6, 8]),
        ("By cycles it differed.", "On cycles the tests disagree.", []),
        (
            "By << plan",
            "A share of responders was << each(progressive.cycles) >>.\nBy << plan",
            [12],
        ),
        ("By << plan", "In << r.a >> and << r.b >> here, << r.a >> there.\nBy << plan", []),
        ("By << plan", "In << responders.a >> and << responders.a >>.\nBy << plan", [12]),
        ("A relation with cycles was not shown.", "Cycles point to a difference.", [8]),
        ("By << plan", "A single lesion was in << r.e.single.n >>.\nBy << plan", []),
        ("By << plan", "A single lesion was in << r.e.two.n >>.\nBy << plan", [12]),
        ("did.", "did, respectively.", [11]),
        (
            "By << plan",
            "In << r.cycles.lt_6.n >> and << r.cycles.ge_6.n >> with << label.cycles.ge_6 >>.\n"
            "By << plan",
            [],
        ),
        (
            "By << plan",
            "In << r.cycles.lt_6.n >> with less than << label.cycles.ge_6 >>.\nBy << plan",
            [],
        ),
        (
            "By << plan",
            "In << r.cycles.lt_6.n >> with << label.cycles.ge_6 >>, << r.cycles.ge_6.n >>.\n"
            "By << plan",
            [12],
        ),
    ],
)
def test_a_claim_says_what_its_condition_does_and_a_key_stands_by_its_name(old, new, rows):
    mutated = CLAIM.replace(old, new) if old else CLAIM
    assert sorted({p.row for p in check_prose(mutated, "", RULES)}) == rows


DOSE = (
    "answer.cycles.tests > 0 and not answer.cycles.below > 0 and correlation.cycles.p < plan.alpha"
)


RHO = "correlation.cycles.rho_ci", "correlation.duration_months.rho_ci"


@pytest.mark.parametrize(
    ("sentence", "one", "other"),
    [
        ("Observed agreement was {} (kappa {}).", "agreement.x.observed_percent",
         "agreement.x.kappa"),
        ("Kappa was {}; the observed agreement {}.", "agreement.x.kappa",
         "agreement.x.observed_percent"),
        ("Rho for cycles was {} (<< correlation.cycles.p >>), and for duration {}.", *RHO),
        ("Rho ranges from {} for cycles and from {} for duration.", *RHO),
        ("The data of {} were received, and after the exclusion of {} the rest.",
         "cohort.received_patients", "cohort.excluded_patients"),
        ("Of {} received, {} were analysed.", "cohort.received_patients", "cohort.n_patients"),
        ("After Holm for the {} comparisons, no p-value is below {}.", "ledger.family.tests",
         "plan.alpha"),
        ("By T stage ({}) and by N stage ({}).", "test.t_stage.p", "test.n_stage.p"),
        ("Partial responses were {}, complete ones {} [@x].", "lit.x.partial", "lit.x.complete"),
        ("The mean age was {} years, the median {}.", "all.age_years.mean", "all.age_years.median"),
        ("For categorical variables, by {}; for numerical ones, by {}.", "methods.categorical",
         "methods.numerical"),
    ],
)  # fmt: skip
def test_numbers_exchanged_in_a_sentence_leave_their_names(sentence, one, other):
    bound = [f"<< {key} >>" for key in (one, other)]
    assert not [*misplaced_in(sentence.format(*bound), RULES)]
    assert [*misplaced_in(sentence.format(*bound[::-1]), RULES)]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("<< all.cycles.known_patients >> have known cycles.",
         "<< all.cycles.missing_patients >> have known cycles."),
        ("With recurrence << responders.recurrence_1y.yes.n >> had responded.",
         "With recurrence << responders.recurrence_1y.yes.n >> had progressed."),
        ("Of << label.cycles.ge_6 >> cycles more than with fewer.",
         "Of << label.cycles.ge_6 >> cycles more than with more."),
        ("The share by cycles is x. This difference is << significance(test.cycles_class) >>.",
         "The share by cycles is x. This difference is << significance(test.duration_class) >>."),
        ("Regression was seen in << all.response.regressive.n >>.",
         "Regression was seen in << all.response.progressive.n >>."),
        ("Hepatectomies were << all.surgery.hepatectomy.n_percent >>.",
         "Hepatectomies were << all.surgery.segmentectomy.n_percent >>."),
        ("<< r.c.single_agent.n >> of << r.c.single_agent.denominator >> with a single agent.",
         "<< r.c.combination.n >> of << r.c.combination.denominator >> with a single agent."),
        ("Nodes were free of tumour (N0) in << all.n_stage.n0.n >>.",
         "Positive nodes were found in << all.n_stage.n0.n >>."),
        ("In pathology, the size was << all.size_pathology_cm.median >> cm.",
         "In pathology, the size was << all.size_pre_cm.median >> cm."),
        ("The size was << all.size_pre_cm.median >> cm before and "
         "<< all.size_pathology_cm.median >> cm in pathology.",
         "The size was << all.size_post_cm.median >> cm before and "
         "<< all.size_pathology_cm.median >> cm in pathology."),
        ("By N stage (<< test.n_stage.p >>), x << evidence(test.n_stage) >>.",
         "By N stage (<< test.t_stage.p >>), x << evidence(test.n_stage) >>."),
        ("Change in size and cycles: << correlation.cycles.rho >>.",
         "Change in size and cycles: << correlation.duration_months.rho >>."),
        ("They agreed in << agreement.a.observed_percent >> (kappa << agreement.a.kappa >>).",
         "They agreed in << agreement.a.kappa >> (kappa << agreement.a.observed_percent >>)."),
        ("Agreement with RECIST was << agreement.recist_1_1.observed_percent >>.",
         "Agreement with RECIST was << agreement.radiologist.observed_percent >>."),
        ("After Holm's adjustment << ledger.cycles.p_holm >> for cycles.",
         "After Holm's adjustment << ledger.cycles.p_bh >> for cycles."),
        ("No comorbidity was present in << all.comorbidity.no.n >>.",
         "No comorbidity was present in << all.comorbidity.yes.n >>."),
        ("The tests gave << test.t_stage.p >> (T stage) and << test.n_stage.p >> (N stage).",
         "The tests gave << test.n_stage.p >> (T stage) and << test.t_stage.p >> (N stage)."),
        ("Survival at << lit.a.horizon >> survival was << lit.a.cea >> of antigen.",
         "Survival at << lit.a.cea >> survival was << lit.a.horizon >> of antigen."),
    ],
)  # fmt: skip
def test_a_number_stands_by_the_words_of_what_it_is_of(right, wrong):
    assert not [*misplaced_in(right, RULES)]
    assert [*misplaced_in(wrong, RULES)]


@pytest.mark.parametrize(
    ("asks", "right", "wrong"),
    [
        ("responders.c.mean > progressive.c.mean", "Responders waited longer.",
         "The others waited longer."),
        ("responders.c.mean < progressive.c.mean", "The others waited longer.",
         "Responders waited longer."),
        ("responders.sex.female.percent > responders.sex.male.percent",
         "Women responded more often.", "Women progressed more often."),
        ("responders.sex.female.percent > responders.sex.male.percent",
         "Men progressed more often.", "Men responded more often."),
        ("r.c.one.percent > r.c.two.percent and not test.c.effect < 0", "One did more often.",
         "One did less often."),
    ],
)  # fmt: skip
def test_a_direction_is_that_of_the_group_and_level_that_a_claim_names(asks, right, wrong):
    claim = "<% claim c %>\n<% when {0} %>\n{1}\n<% when not ({0}) %>\n<% endclaim %>"

    def denied(asks: str, sentence: str) -> bool:
        problems = check_prose(claim.format(asks, sentence), "", RULES)
        return any("compares it so" in p.expected for p in problems)

    assert (denied(asks, right), denied(asks, wrong)) == (False, True)
    assert denied(asks.replace("not test.c.effect <", "not test.c.effect >"), right) == (
        "effect" in asks
    )


@pytest.mark.parametrize(
    "asks",
    [
        "answer.sex.below > 0 and answer.age.below >= answer.sex.tests",
        "responders.sex.female.percent > progressive.sex.male.percent",
        "responders.c.median > responders.c.median",
        "answer.sex.below > 0 and answer.sex.below <= answer.sex.tests",
        "not methods.spearman < 0",
    ],
)
def test_a_condition_compares_what_is_alike_and_hangs_on_the_data(asks):
    claim = f"<% claim c %>\n<% when {asks} %>\n<% when not ({asks}) %>\nx\n<% endclaim %>"
    told = [p.expected for p in check_prose(claim, "", RULES)]
    assert any("quantities of a kind" in t or "hangs on the data" in t for t in told)


def test_a_sentence_is_held_against_the_tests_that_it_names():
    only_age = "test.age_years.p < plan.alpha and not test.cycles.p < plan.alpha"
    claim = (
        f"<% claim c %>\n<% when {only_age} %>\n{{}}.\n<% when not ({only_age}) %>\n<% endclaim %>"
    )
    assert not found(claim.format("Response was related to << label.age_years >>"))
    assert not found(claim.format("Response was not related to << label.cycles >>"))
    assert found(claim.format("Response was not related to << label.age_years >>"))
    assert found(claim.format("Response was related to << label.cycles >>"))
    assert found(claim.format("Response was related to age and the number of cycles"))


@pytest.mark.parametrize(
    "sentence",
    [
        "Response was related to tumour size.", "Women responded more often.",
        "Response was related to the number of metastases.", "XELOX was superior.",
        "Response was not related to relapse.", "The T category did not differ.",
        "Response favoured females.",  # whatever its verb says
        "Toxicity was related to the number of cycles.",  # of nobody recorded
        "The year of treatment was related to response.",  # and no word on the cycles
        "Response was related to the number of cycles and to age.",
        'By << named("sex") >>, the odds ratio is << ledger.cycles_class.odds_ratio >>.',
    ],
)  # fmt: skip
def test_a_claim_names_what_its_condition_asks_of(sentence):
    claim = "<% claim c %>\n<% when {0} %>\n{1}\n<% when not {0} %>\n<% endclaim %>"
    asks = "answer.cycles.below > 0"
    assert not found(claim.format(asks, "Response was related to the number of cycles."))
    assert (2, sentence) in found(claim.format(asks, sentence))


@pytest.mark.parametrize(
    ("variants", "expected"),
    [
        (["k.a > 0.8|Both agreed well (<< k.a >>).", "k.a <= 0.8|Not so.", "not k.n > 0|"], ""),
        (["c.p < plan.alpha and c.rho < 0|By << c.rho >> it fell.",
          "not c.p < plan.alpha or c.rho >= 0|"], ""),
        (["a.age_years.mean > 60|Patients (<< a.age_years.mean >>) were older than elsewhere.",
          "not a.age_years.mean > 60|"], ""),
        (["a.age_years.mean > 60|Patients were younger than elsewhere.",
          "not a.age_years.mean > 60|"], "> 60"),
        (["test.x.p < plan.alpha|", "not test.x.p < plan.alpha|That more did was not shown."], ""),
        (["a.n > 3|Some did.", "a.n < 3|Fewer did not."], "one more `when`, for a.n == 3"),
        (["cohort.excluded > 0|No patient was excluded.", "not cohort.excluded > 0|"], "excluded"),
        (["cohort.excluded > 0|", "not cohort.excluded > 0|No patient was excluded."], ""),
        (["methods.numerical > 0|It could not be compared.", "not methods.numerical > 0|"], "> 0"),
        (["those_below(f)|The p-values of the factors compared were below << plan.alpha >>.",
          "not those_below(f)|"], ""),
        (["those_below(f)|The p-values of the factors compared were above << plan.alpha >>.",
          "not those_below(f)|"], "says"),
        (["tested(test.x) and a.n > 0|It did."], "one more `when`, for not tested(test.x)"),
        (["tested(test.x)|", "not tested(test.x)|It gave << test.x.p >>."], "that there is"),
        (["agreement.x.n > 0|", "not agreement.x.n > 0|It is << agreement.x.n_patients >>."], ""),
        (["a.mean > b.mean|", "a.mean < b.mean|",
          "a.mean >= b.mean|<< a.mean >> was as frequent as b.", "not a.mean >= b.mean|"], ""),
        (["a.mean > b.mean|It was as frequent as that.", "not a.mean > b.mean|"], "compares"),
        (["not responders.n > 0|Nobody responded: there is no group.", "responders.n > 0|"], ""),
        (["responders.n > 0|All patients had << progressive.meaning >>.",
          "not responders.n > 0|"], "says"),
        (["test.x.p < plan.alpha|", "not test.x.p < plan.alpha|Both groups are alike."], "asks"),
        ([f"{DOSE}|No direction by cycles was shown (<< a >>); the change in size was correlated.",
          f"not ({DOSE})|"], ""),
        ([f"{DOSE}|No direction by cycles was shown; the change in size was not correlated.",
          f"not ({DOSE})|"], "says"),
    ],
)  # fmt: skip
def test_a_number_may_not_exist_or_be_below_nil_and_a_gap_is_told(variants, expected):
    parts = "".join("<% when {} %>\n{}\n".format(*v.split("|")) for v in variants)
    told = [p.expected for p in check_prose(f"<% claim c %>\n{parts}<% endclaim %>\n", "", RULES)]
    assert bool(told) == bool(expected) and expected in " ".join(told)


@pytest.mark.parametrize(
    ("text", "title", "label"),
    [
        ("number of cycles", True, True), ("Three or more", False, True), ("None", False, True),
        ("Poor", False, True), ("response, higher with more cycles", False, True),
        ("Sex, significant", False, False), ("cycles: more is better", False, False),
        ("response in 14 of 25", False, True), ("no difference by sex", False, False),
    ],
)  # fmt: skip
def test_a_title_or_label_states_nothing(text, title, label):
    assert (not [*check_titles({"figures": {"f": {"title": text}}}, "", RULES)]) == title
    assert (not [*check_titles({"variables": {"v": {"label": text}}}, "", RULES)]) == label


@pytest.mark.parametrize(
    ("part", "key"),
    [
        ({"source": "size_pre_mm", "label": "Size of the largest metastasis"}, "label"),
        ({"variables": ["t_stage", "n_stage"], "title": "T and N stage of the primary"}, "title"),
        ({"question": "cycles", "title": "number of cycles"}, "title"),
        (
            {"rows": [{"variable": "sex"}, {"variable": "cycles"}], "title": "Sex and cycles"},
            "title",
        ),
    ],
)
def test_a_title_or_label_names_what_it_stands_for(part, key):
    def misnamed(text: str) -> bool:
        kind = "variables" if key == "label" else "figures"
        return any(check_titles({kind: {"f": part | {key: text}}}, "", RULES))

    assert not misnamed(part[key])
    assert misnamed("Resection margin") and misnamed("number of lesions")


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("figures.forest.title", "number of cycles"),
        ("figures.figure3.title", "all factors"),
        ("tables.table2.title", "Radiological response and preoperative factors"),
        ("tables.table3.title", "Radiological response and operative and postoperative factors"),
        ("variables.response.label", "Sex"),
        ("variables.size_pre_cm.label", "Size of the smallest metastasis"),
        ("variables.recurrence_1y.label", "Recurrence within two years"),
        ("response_rules.recist_1_1.steps.0.in_text", "fewer metastases than before"),
        ("response_rules.recist_1_1.steps.1.in_text", "growth by at least {shrinkage_percent}"),
        ("response_rules.recist_1_1.steps.1.in_text", "growth by at most {growth_percent}"),
        ("response_rules.recist_1_1.steps.3.in_text", "growth of the largest"),
        ("response_rules.recist_1_1.steps.4.in_text", "if the change in size is unknown"),
        (
            "multiverse.groupings.disease_control.in_text",
            "with stationary disease among the others",
        ),
    ],
)
def test_the_plan_names_what_it_has_and_no_exchanged_name(part, text):
    plan = read_yaml("config/plan.yaml")
    assert [*check_titles(plan, "", RULES)] == []
    *keys, last = (int(k) if k.isdigit() else k for k in part.split("."))
    place = plan
    for key in keys:
        place = place[key]
    place[last] = text
    assert len([*check_titles(plan, "", RULES)]) == 1


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("variables.recurrence_1y.label", "Relapse within 12 months"),
        ("variables.grade.label", "Histological grade"),
        ("variables.morbidity_30d.label", "Morbidity or death within 30 days"),
        ("variables.lesions_pre_class.levels.single.label", "No more than one"),
        ("variables.cycles_class.levels.lt_6.label", "< 6 cycles (3 months)"),
        ("figures.forest.title", "preoperative and postoperative factors"),
        ("response_rules.number_and_size.steps.0.in_text", "one or more new lesions"),
        ("response_rules.number_and_size.steps.1.in_text", "growth by {growth_percent} or more"),
        ("response_rules.number_and_size.steps.2.in_text", "loss of at least one metastasis"),
        ("response_rules.number_and_size.steps.3.in_text", "a largest lesion that shrank"),
        ("response_rules.number_and_size.steps.4.in_text", "any smaller change"),
        ("multiverse.groupings.objective_response.in_text", "regressive alone against the others"),
    ],
)
def test_the_plan_may_say_the_same_in_other_words(part, text):
    plan = read_yaml("config/plan.yaml")
    *keys, last = (int(k) if k.isdigit() else k for k in part.split("."))
    place = plan
    for key in keys:
        place = place[key]
    place[last] = text
    assert [*check_titles(plan, "", RULES)] == []


@pytest.mark.parametrize(
    ("sentence", "keys"),
    [
        ('The order of the resections was << each(all.approach, "{level}") >>.', []),
        ('The order of the resections was << each(all.sex, "{level}") >>.', ["all.sex"]),
        ("Those alive after a year were << all.alive_1y.yes.n_of_percent >>.", []),
        ("The disease recurred in << all.recurrence_1y.yes.n_of_percent >>.", []),
        ("Capecitabine alone was given to << all.regimen_class.single_agent.n_of_percent >>.", []),
        ('By << named("n_stage") >>, it was << each(responders.t_stage, "{n}") >>.',
         ["responders.t_stage"]),
        ('By << named("lesions_pre_class") >>, it was x (<< evidence(test.size_pre_class) >>).',
         ["test.size_pre_class"]),
        ("Between these classes the difference is << significance(test.sex) >>.", []),
        ("By sex, of << responders.n >>, << test.sex.p >>.", []),
        ('<% set x = [[named("sex"), answer.sex], ["the size before", all.size_pre_class]] %>', []),
        ('<% set x = [\n  [named("sex"), answer.age_years],\n] %>', ["answer.age_years"]),
    ],
)  # fmt: skip
def test_a_number_of_a_variable_stands_in_a_sentence_that_names_it(sentence, keys):
    assert [told for _, told, _ in misplaced_in(sentence, RULES)] == keys


@pytest.mark.parametrize(
    ("asks", "sentence"),
    [
        ("answer.cycles.tests > 0", 'No comparison by << named("cycles") >> was possible.'),
        ("answer.t_stage.tests > 0", "Neither stage could be compared."),
        ("choice.test.possible > 0", "None of the factors could be compared."),
        ("responders.n > 0", "No patient responded."),
        ("answer.sex.below > 0", "A relation with sex was not demonstrated."),
        ("all.alive_1y.no.n > 0", "Nobody died within the first year."),
        ("all.additional_therapy.tace.n > 0", "No patient was given TACE."),
        ("all.margin.lt_1_mm.n > 0", "In no patient was the margin so narrow."),
    ],
)
def test_a_claim_denies_in_other_words_what_its_condition_denies(asks, sentence):
    claim = "<% claim c %>\n<% when {0} %>\n{1}\n<% when not {0} %>\n{2}\n<% endclaim %>"
    assert not found(claim.format(asks, "", sentence))
    assert found(claim.format(asks, sentence, ""))


def test_more_than_a_number_needs_a_claim():
    assert found("More than << all.a.percent >> responded.") == [(1, "More than")]


@pytest.mark.parametrize("word", ["significant", "Significantly", "insignificant"])
def test_significance_is_never_typed(word):
    assert found(f"<% claim x %>\n<% when a >= 0 %>\nA {word} effect.\n<% endclaim %>") == [
        (3, word)
    ]


@pytest.mark.parametrize(
    ("text", "title", "rules", "again"),
    [("A text.", "A title", {}, False), ("A test.", "A title", {}, True),
     ("A text.", "Another", {}, True), ("A text.", "A title", {"idioms": ["x"]}, True)],
)  # fmt: skip
def test_what_is_sound_is_read_once(monkeypatch, text, title, rules, again):
    monkeypatch.setattr("crlm.manuscript.prose.SOUND", set())
    require_bound("A text.", "one.qmd.j2", RULES, {"one": {"title": "A title", "raw": []}})
    monkeypatch.setattr("crlm.manuscript.prose.check_prose", lambda *_: ["read again"])
    with pytest.raises(InputError, match="read again") if again else nullcontext():
        require_bound(text, "two.qmd.j2", RULES | rules, {"two": {"title": title}})


def test_all_problems_are_told_at_once_with_line_and_text():
    for _ in range(2):  # what is refused once is not passed the next time
        with pytest.raises(InputError) as stopped:
            require_bound("Of 25 patients.\nMost patients responded.\n", "paper.qmd.j2", RULES)
    message = str(stopped.value)
    assert message.startswith("2 problems in the input:")
    assert (
        "paper.qmd.j2, row 1: found '25'; expected a number of the registry: << key >>" in message
    )
    assert "row 2: found 'Most patients'" in message and "'Most patients responded.'" in message


@pytest.mark.parametrize(
    "sentence",
    [
        "The procedure is an ideal treatment of this disease.", "PAD is frequent in nursing homes.",
        "Nodal disease is a strong risk factor.", "Response hinges on the dose.",
        "It is concluded that TACE gives better control.", "The hypothesis was not supported.",
        "It is feasible when patients are carefully selected.", "Early surgery raises the rate.",
        "Adherence was low, no matter what type of visit was advised.",
        "We were unable to show a link to the dose.", "Algorithms do not replace the surgeon.",
    ],
)  # fmt: skip
def test_what_a_conclusion_asserts_is_a_statement_whatever_its_verb(sentence):
    assert found(f"# Conclusion\n\n{sentence}\n")
    abstract = FRONT.format("A title", f"**Conclusion.** {sentence}")
    assert found(abstract) and not found(abstract.replace(sentence, "More work is needed."))


@pytest.mark.parametrize(
    "sentence",
    [
        "Larger trials appear justified.", "Its use remains controversial.",
        "We advocate a closer follow-up of all patients.", "It may be so [@guo2021].",
        "It is important to inform patients of it.", "These data may help to plan a trial.",
        "TACE has been associated with fever.", "These findings highlight the need for trials.",
    ],
)  # fmt: skip
def test_a_demand_or_a_doubt_in_a_conclusion_passes(sentence):
    assert not found(f"# Conclusion\n\n{sentence}\n")


def test_every_exception_has_a_reason_and_a_use():
    source = "\n\n".join([TEMPLATE, *NAMES])
    assert not check_prose(source, "", RULES)
    for exception in RULES["exceptions"]:
        assert exception["reason"]
        others = [e for e in RULES["exceptions"] if e is not exception]
        assert check_prose(source, "", RULES | {"exceptions": others}), exception["pattern"]
