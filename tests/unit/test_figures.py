"""Figures: the same bytes, nothing missing, every word inside the drawing and its box."""

import copy
import io
import itertools
import re

import pandas as pd
import pytest
from cohorts import Shape, make_raw, plan_for, plan_with_complete
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from PIL import Image

from crlm.cohort.cleaned import clean_cohort
from crlm.comparison import compare_groups
from crlm.description import describe_tables, join_response
from crlm.figures.drawings import (
    plot_figures,
    plot_flow,
    plot_response_by_level,
    plot_waterfall,
)
from crlm.figures.style import looks_of, save_figures, wrap
from crlm.multiverse import specify
from crlm.plan.analysis import Group, read_plan
from crlm.response import BARS, classify_response

FORMATS = ("svg", "pdf", "png")


def draw(study, plan):
    compared = pd.concat([study.tables["table3"], study.tables["table4"]])
    found = study.ledger["specifications"]
    return plot_figures(
        study.flow, study.response, compared, study.tests, found, read_plan(plan), "number_and_size"
    )


def texts_of(figure):
    """Lay the figure out; return its words with their boxes in pixels."""
    canvas = FigureCanvasAgg(figure)
    figure.draw_without_rendering()
    # Ticks beyond the limits of an axis exist, but are not drawn.
    axes = [axis for ax in figure.axes for axis in (ax.xaxis, ax.yaxis)]
    hidden = {
        tick.label1
        for axis in axes
        for tick in axis.get_major_ticks()
        if not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
    }
    return [
        (text, text.get_window_extent(canvas.get_renderer()))
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip() and text not in hidden
    ]


def outside(inner, outer, tolerance=1.0):
    return (
        inner.x0 < outer.x0 - tolerance or inner.x1 > outer.x1 + tolerance
        or inner.y0 < outer.y0 - tolerance or inner.y1 > outer.y1 + tolerance
    )  # fmt: skip


def overlap(one, other):
    return min(one.x1, other.x1) - max(one.x0, other.x0) > 1 and (
        min(one.y1, other.y1) - max(one.y0, other.y0) > 1
    )


def check_words(name, figure):
    """Find words that leave the figure or run into each other."""
    words = texts_of(figure)
    assert words, name
    cut = [text.get_text() for text, box in words if outside(box, figure.bbox)]
    assert not cut, (name, cut)
    labels = [(text.get_text(), box) for text, box in words]
    met = [(a, b) for (a, x), (b, y) in itertools.combinations(labels, 2) if overlap(x, y)]
    assert not met, (name, met)


@pytest.mark.parametrize(
    "study",
    ["complete", "one patient", "all progressive", "no size", "no category known"],
    indirect=True,
)
def test_figures_of_the_plan_are_drawn(study, plan):
    drawings = draw(study, plan)
    assert list(drawings) == [*plan["figures"], "flow", "waterfall"]
    for name, figure in drawings.items():
        check_words(name, figure)


@pytest.mark.parametrize("study", ["complete"], indirect=True)
def test_labels_are_text(study, plan):
    """No formula, nothing left out of a legend, and room for a long label."""
    own = copy.deepcopy(plan)
    variable = own["variables"]["size_pre_class"]
    variable["label"] = "US$5–US$10 of _size_ " + "on and on " * 15
    variable["levels"]["lt_4_cm"]["label"] = "10^3–10^6/L $\\alpha$ <b>x</b>"
    variable["levels"]["ge_4_cm"]["label"] = "a very long level " * 12
    own["variables"]["response"]["levels"]["regressive"]["label"] = "_Regressive $x$"
    own["groups"]["progressive"]["label"] = "$PD_1$"
    drawings = draw(study, own)
    shown = {name: " ".join(f.get_text() for f, _ in texts_of(d)) for name, d in drawings.items()}
    for name, text in {
        "figure1": "10^3–10^6/L $\\alpha$ <b>x</b>",
        "figure2": "$PD_1$ (",
        "flow": "_Regressive $x$",
        "waterfall": "_Regressive $x$",
    }.items():
        assert text in shown[name].replace("\n", " ")
    words = [text for drawing in drawings.values() for text, _ in texts_of(drawing)]
    assert not any(text.get_parse_math() for text in words if "$" in text.get_text())
    check_words("figure1", drawings["figure1"])
    check_words("flow", drawings["flow"])


def test_an_exclusion_with_a_long_name_stays_in_its_drawing():
    rows = [("received", "received", 30), ("a", "no imaging " * 20, 3), ("b", "other " * 30, 2)]
    flow = pd.DataFrame(
        [*rows, ("analysed", "analysed", 25)], columns=["step", "label", "patients"]
    )
    check_words("flow", plot_flow(flow, [("Regressive", 10), ("Stable", 5), ("Progressive", 10)]))


@pytest.mark.parametrize("study", ["complete"], indirect=True)
def test_a_curve_has_each_specification_once_in_order(study, plan):
    found = study.ledger["specifications"]
    found = found[(found["question"] == "cycles") & found["p_value"].notna()]
    curve, dash = draw(study, plan)["curve_cycles"].axes
    pale, dark, own = [line.get_xydata() for line in curve.lines if line.get_marker() in (".", "D")]
    assert len(dark) == (found["p_value"] < plan["alpha"]).sum()
    drawn = sorted([*pale.tolist(), *dark.tolist()])
    assert [x for x, _ in drawn] == [*range(len(found))]
    assert [y for _, y in drawn] == sorted(found["effect"])
    assert sorted(own[:, 1]) == sorted(found.loc[found["is_main"], "effect"])
    strokes = [line.get_xdata() for line in dash.lines[-2:]]
    # Three points draw a stroke: each specification makes one choice of each of the five.
    assert sum(len(x) for x in strokes) == 3 * 5 * len(found)


def test_bars_are_the_shares_of_the_table(make_patients, run_stages, plan):
    study = run_stages(make_patients(regimen="xelox"))
    drawings = draw(study, plan)
    tables = pd.concat([study.tables["table3"], study.tables["table4"]])
    for name, figure in plan["figures"].items():
        if figure["kind"] != "shares":
            continue
        for ax, variable in zip(drawings[name].axes, figure["variables"], strict=True):
            rows = tables[tables["variable"] == variable]
            widths = [bar.get_width() for bar in ax.patches]
            assert widths == pytest.approx(rows["percent"].fillna(0).tolist())
            shown = rows.loc[rows["percent"].fillna(0) > 0, "text"]
            assert [t.get_text().replace("\n", " ") for t in ax.texts] == shown.tolist()
            levels = plan["variables"][variable]["levels"]
            ticks = [tick.get_text() for tick in ax.get_yticklabels()]
            assert ticks == [
                f"{definition['label']}\n(n = {int(rows.loc[rows['level'] == level, 'n'].sum())})"
                for level, definition in levels.items()
            ]


def test_the_whisker_is_the_interval_of_wilson(plan):
    """Of 3 of 8 and 9 of 10, by hand: (p + z²/2n ± z √(pq/n + z²/4n²)) / (1 + z²/n), z = 1.96."""
    rows = [
        ("cycles_class", level, group, n, of, 100 * n / of, f"{n}")
        for level, counts in (("lt_6", (3, 5)), ("ge_6", (9, 1)))
        for group, n in zip(plan["groups"], counts, strict=True)
        for of in [sum(counts)]
    ]
    columns = ["variable", "level", "group", "n", "denominator", "percent", "text"]
    read = read_plan(plan)
    drawing = plot_response_by_level(
        pd.DataFrame(rows, columns=columns), [read.variables["cycles_class"]], read.groups
    )
    ends = [end for line in drawing.axes[0].lines for end in line.get_xdata()]
    assert ends == pytest.approx([13.68443, 69.42576, 59.58500, 98.21238], abs=1e-4)


@pytest.mark.parametrize("study", ["complete"], indirect=True)
def test_the_forest_plot_is_the_comparisons(study, plan):
    """A row for each test of its tables: the difference drawn where there is one, all written."""
    drawing = draw(study, plan)["forest"]
    tests = study.tests[study.tests["test"] != "spearman"]
    drawn = tests[tests["effect"] == "risk_difference"]
    (ax,) = drawing.axes
    lines = [line.get_xdata() for line in ax.lines if line.get_marker() != "None"]
    expected = [e for r in drawn.itertuples() for e in ([r.ci_low, r.ci_high], [r.estimate])]
    assert [len(x) for x in lines] == [len(x) for x in expected]
    for x, of_test in zip(lines, expected, strict=True):
        assert list(x) == pytest.approx([100 * value for value in of_test])
    words = [text.get_text() for text in ax.texts]
    for row in tests.itertuples():
        assert plan["variables"][row.variable]["label"] in words
        effect = study.numbers[f"test.{row.variable}.effect"]["display"]
        (estimate,) = re.findall(r"(?:: |V )(−?[\d.]+)", effect)
        low, high = re.findall(r"CI (\S+) to (\S+)", effect)[0]
        assert any(estimate in w and w.endswith(f"({low} to {high})") for w in words), effect
        assert study.numbers[f"test.{row.variable}.p_value"]["display"] in words


def test_in_the_forest_plot_a_count_stays_with_its_level(study, plan, monkeypatch):
    monkeypatch.setattr("crlm.figures.forest.wrap", lambda text, _: wrap(text, 20))
    words = [text.get_text() for text in draw(study, plan)["forest"].axes[0].texts]
    assert "targeted therapy:" not in words and "Sex" in words


def test_a_label_keeps_within_its_bar(plan):
    """From one patient of 40 to all of them; the label of the narrowest bar may be wider."""
    groups = list(plan["groups"])
    figure = {"variables": ["cycles_class"]}
    for few in (0, 1, 2, 3, 5, 8, 20):
        rows = [
            ("cycles_class", level, group, n, 40, 100 * n / 40, f"{n} ({100 * n / 40:.1f}%)")
            for level, counts in (("lt_6", (few, 40 - few)), ("ge_6", (40 - few, few)))
            for group, n in zip(groups, counts, strict=True)
        ]
        columns = ["variable", "level", "group", "n", "denominator", "percent", "text"]
        table = pd.DataFrame(rows, columns=columns)
        own_plan = read_plan(plan | {"figures": {"figure3": figure}})
        tests = pd.DataFrame({"test": []})
        response = pd.DataFrame(
            {"patient_id": [], "response": [], "size_change_percent": [], "lesions_change": []}
        )
        flow = pd.DataFrame(
            [("received", "r", 80), ("analysed", "a", 80)], columns=["step", "label", "patients"]
        )
        drawing = plot_figures(flow, response, table, tests, tests, own_plan, "number_and_size")
        drawing = drawing["figure3"]
        check_words(f"figure3, {few} of 40", drawing)
        (ax,) = drawing.axes
        bars = [bar for bar in ax.patches if bar.get_width() > 0]
        assert len(bars) == len(ax.texts)
        renderer = drawing.canvas.get_renderer()
        for bar, text in zip(bars, ax.texts, strict=True):
            if bar.get_width() > 10:
                within = bar.get_window_extent(renderer)
                assert not outside(text.get_window_extent(renderer), within), text.get_text()


def test_waterfall_shows_each_patient_measured(plan):
    response = pd.DataFrame(
        {
            "patient_id": ["P1", "P2", "P3", "P4", "P5"],
            "response": ["regressive", "progressive", "stationary", "progressive", "stationary"],
            "size_change_percent": [-40.0, 25.0, -5.0, None, 0.0],
            "lesions_change": [-1.0, 2.0, 0.0, 1.0, 0.0],
        }
    )
    read = read_plan(plan)
    drawn = read.variables["response"].levels, read.response_rules["number_and_size"].parameters
    figure = plot_waterfall(response, *drawn, read.groups)
    (ax,) = figure.axes
    bars = sorted((bar.get_x() + bar.get_width() / 2, bar.get_height()) for bar in ax.patches)
    assert [height for _, height in bars] == [25, 0, -5, -40]  # from growth to shrinkage
    assert [x for x, _ in bars] == pytest.approx([0, 1, 2, 3])
    assert [t.get_text() for t in ax.texts] == ["+", "0", "", "−", "+20%", "−30%"]
    assert "(0 no change, + more lesions" in ax.get_xlabel()
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend == ["Regressive (n = 1)", "Stationary (n = 2)", "Progressive (n = 1)"]
    check_words("waterfall", figure)


def test_waterfall_of_many_patients_is_the_distribution_of_their_changes(plan):
    changes = [-100.0] * 150 + [-33.0, -31.0] * 50 + [300.0] + [22.0] * 60
    response = pd.DataFrame({"patient_id": range(len(changes)), "size_change_percent": changes})
    response["response"] = ["regressive"] * 250 + ["progressive"] * 61
    response["lesions_change"] = 0.0
    read = read_plan(plan)
    drawn = read.variables["response"].levels, read.response_rules["number_and_size"].parameters
    figure = plot_waterfall(response, *drawn, read.groups)
    (ax,) = figure.axes
    bars = {(b.get_y(), b.get_x(), b.get_width()) for b in ax.patches if b.get_width()}
    assert bars == {(-100, 0, 150), (-35, 0, 100), (20, 0, 60), (195, 0, 1)}
    assert [t.get_text() for t in ax.texts] == ["+20%", "−30%"]
    fewer = plot_waterfall(response.iloc[-BARS:], *drawn, read.groups)
    assert len(fewer.axes[0].patches) == BARS
    check_words("waterfall of many", figure)


def test_waterfall_without_anyone_measured_keeps_its_legend(plan):
    response = pd.DataFrame(
        {"patient_id": ["P1"], "response": ["progressive"], "lesions_change": [1.0]}
    ).assign(size_change_percent=float("nan"))
    read = read_plan(plan)
    drawn = read.variables["response"].levels, read.response_rules["number_and_size"].parameters
    (ax,) = plot_waterfall(response, *drawn, read.groups).axes
    assert len(ax.patches) == 0
    handles = ax.get_legend().get_patches()
    assert [handle.get_label() for handle in handles] == [
        "Regressive (n = 0)", "Stationary (n = 0)", "Progressive (n = 0)"
    ]  # fmt: skip
    assert len({handle.get_facecolor() for handle in handles}) == 3


def flow_of(*excluded):
    rows = [("received", "patients in the raw data", 30)]
    rows += [(f"criterion_{i}", label, 2) for i, label in enumerate(excluded)]
    rows.append(("analysed", "patients analysed", 30 - 2 * len(excluded)))
    return pd.DataFrame(rows, columns=["step", "label", "patients"])


@pytest.mark.parametrize(
    "excluded",
    [
        (),
        ("no imaging after chemotherapy (neither number nor size)",),
        ("no imaging after chemotherapy (neither number nor size)", "extrahepatic disease"),
    ],
)
def test_words_of_the_flow_keep_within_their_boxes(excluded):
    responses = [("Regressive", 10), ("Stationary", 4), ("Progressive", 11)]
    figure = plot_flow(flow_of(*excluded), responses)
    check_words("flow", figure)
    (ax,) = figure.axes
    boxes = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    assert len(boxes) == len(ax.texts) == 3 + len(responses)
    renderer = figure.canvas.get_renderer()
    for box, text in zip(boxes, ax.texts, strict=True):
        within = box.get_window_extent(renderer)
        assert not outside(text.get_window_extent(renderer), within), text.get_text()
        assert not outside(within, figure.bbox)
    words = [text.get_text() for text in ax.texts]
    assert words[0] == "Received\nn = 30"
    assert words[1] == f"Analysed\nn = {30 - 2 * len(excluded)}"
    assert words[2].startswith(f"Excluded: n = {2 * len(excluded)}")
    for label in excluded:
        assert f"{label}: n = 2" in words[2].replace("\n", " ")
    assert words[3:] == ["Regressive\nn = 10", "Stationary\nn = 4", "Progressive\nn = 11"]


@pytest.mark.parametrize("n", [1, 30, 120])
@pytest.mark.parametrize(
    "make_plan", [plan_with_complete, lambda plan: plan_for(plan, "recist_1_1")]
)
def test_further_responses_and_long_names_keep_apart(plan, codebook, make_plan, n):
    own = make_plan(plan)
    levels = own["variables"]["response"]["levels"]
    levels["complete"]["label"] = "Complete disappearance of all metastases"
    combination = own["variables"]["regimen_class"]["levels"]["combination"]
    combination["label"] = "XELOX, FOLFOX, FOLFIRI, FOLFOXIRI or another combination of agents"
    own["variables"]["size_pre_class"]["label"] = (
        "Size of the largest metastasis, measured twice " * 3
    )
    own["groups"]["responders"]["meaning"] = (
        "complete, regressive or stationary disease by the rule"
    )
    rule = "recist_1_1" if "stable" in levels else "number_and_size"
    shape = Shape(n, ("regressive", "stationary", "progressive"), {}, whole=True, seed=1)
    patients, _, flow, _ = clean_cohort([("made_up.csv", make_raw(shape, codebook), [])], codebook)
    own = read_plan(own)
    response, _ = classify_response(patients, own, rule)
    frame = join_response(patients, response)
    table = pd.concat(describe_tables(frame, own).values()).query("group != 'all'")
    tests, _ = compare_groups(frame, own, "auto")
    found = specify(frame, own, rule, "auto")
    drawings = plot_figures(flow, response, table, tests, found, own, rule)
    for name in ("curve_cycles", "curve_size", "forest", "figure1", "figure4", "flow", "waterfall"):
        check_words(name, drawings[name])
    bars = drawings["waterfall"].axes[0].get_legend().get_patches()
    looks = [(bar.get_facecolor(), bar.get_hatch()) for bar in bars]
    assert len({*looks}) == len(levels), "a look for each response"


def test_colours_follow_the_groups_of_the_plan(plan):
    groups, responses = looks_of(read_plan(plan).groups)
    assert list(groups) == list(plan["groups"])
    assert responses["regressive"] == groups["responders"]
    assert responses["progressive"] == groups["progressive"]
    # E69F00, a third darker: in a PDF no hatch is translucent
    assert groups["progressive"]["hatchcolor"] == pytest.approx((0.601, 0.416, 0), abs=0.001)
    assert responses["stationary"]["facecolor"] not in {g["facecolor"] for g in groups.values()}
    renamed = {"better": Group("", "", [*"abcde"]), "worse": Group("", "", ["f"])}
    assert list(looks_of(renamed)[1]) == [*"abcdef"]


def test_no_box_of_the_flow_loses_its_outline_at_the_edge():
    flow = flow_of("no imaging")
    figure = plot_flow(flow, [(name, 5) for name in ("CR", "PR", "SD", "PD")])
    [ax] = figure.axes
    boxes = [patch for patch in ax.patches if isinstance(patch, Rectangle)]
    assert min(b.get_x() for b in boxes) == 0  # where the axes end too
    assert not any(b.get_clip_on() for b in boxes)


def test_the_flow_shows_who_withdrew_apart_from_who_was_excluded():
    flow = flow_of("no imaging")
    flow.loc[0, "patients"] = 31
    flow.loc[0.5] = ["withdrawn", "consent withdrawn", 1]
    figure = plot_flow(flow.sort_index(), [("Regressive", 28)])
    assert figure.axes[0].texts[2].get_text() == (
        "Consent withdrawn: n = 1\nExcluded: n = 2\nno imaging: n = 2"
    )


def test_the_same_bytes_each_time(make_patients, run_stages, plan, tmp_path):
    study = run_stages(make_patients())
    own, saved = plan | {"figures": {"figure5": plan["figures"]["figure5"]}}, []
    for folder in (tmp_path / "first", tmp_path / "second"):
        folder.mkdir()
        drawings = draw(study, own)
        save_figures(drawings, [f"{folder}/{n}.{f}" for n in drawings for f in FORMATS])
        saved.append({path.name: path.read_bytes() for path in folder.iterdir()})
    first, second = saved
    assert len(first) == 3 * len(FORMATS)  # with the flow and the waterfall
    assert [name for name in first if first[name] != second[name]] == []
    for name, content in first.items():
        start = {"svg": b"<?xml", "pdf": b"%PDF", "png": b"\x89PNG"}[name.rsplit(".", 1)[1]]
        assert content.startswith(start)
        assert b"<dc:date>" not in content and b"CreationDate" not in content
        if name.endswith("png"):  # at 200 dpi as wide as the text, with the shades of letters
            picture = Image.open(io.BytesIO(content))
            assert picture.width in (1260, 1261) and len(picture.getcolors(1 << 16)) > 100
