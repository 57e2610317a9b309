"""One look for all figures, which reads in grey and for the colour-blind."""

import shutil
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import pypdfium2 as pdfium
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from crlm.base.forks import side_by_side
from crlm.plan.analysis import Group

# Okabe-Ito blue and orange for the two groups, apart in hue and lightness, with a darker and two
# lighter shades for the responses of a group; hatched for print.
SHADES = (
    {"dark": "#004B76", "base": "#0072B2", "mid": "#5BA6D6", "light": "#9CCBE8"},
    {"dark": "#9C6B00", "base": "#E69F00", "mid": "#F0BE55", "light": "#F8E0AE"},
)
TONES = {1: ["base"], 2: ["base", "light"], 3: ["dark", "base", "light"]}
HATCHES = (("", "..."), ("///", "xx"))  # of a group; of its lightest response
STYLE: Any = {  # matplotlib lists the names of its settings one by one
    # As the text of the PDF; both ship with matplotlib.
    "font.family": ["STIXGeneral", "DejaVu Sans"],
    "font.size": 9.5,
    "text.parse_math": False,  # a label is text: its $ are no formula
    "axes.spines.top": False,
    "axes.spines.right": False,
    "hatch.linewidth": 0.4,
    "svg.hashsalt": "crlm",  # the same bytes each time
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
}
DPI = 200
WIDTH = 6.3  # inches: the text of an A4 page
LINE = 0.155  # inches: a line of the labels
BAR = 0.31  # inches: the height of a bar, its label and its whisker one below the other


def look(colour: str, hatch: str = "") -> dict:
    """Return the look of a bar; its hatch is a darker shade, since no PDF has a translucent one."""
    darker = tuple(2 / 3 * part for part in to_rgb(colour))
    return {"facecolor": colour, "hatch": hatch, "hatchcolor": darker}


def looks_of(groups: dict[str, Group]) -> tuple[dict, dict]:
    """Return colour and hatch of each group of the plan, and of each response."""
    of_groups, of_responses = {}, {}
    for (name, group), shades, (plain, last) in zip(groups.items(), SHADES, HATCHES, strict=True):
        of_groups[name] = look(shades["base"], plain)
        last_one = len(group.responses) - 1
        tones = TONES.get(last_one + 1, ["dark", "base", "mid", "light"])
        for i, response in enumerate(group.responses):
            hatch = last if i == last_one > 0 else plain
            of_responses[response] = look(shades[tones[min(i, len(tones) - 1)]], hatch)
    return of_groups, of_responses


def wrap(text: str, width: int) -> str:
    """Return `text` in lines of at most `width` characters; a number stays with its n."""
    lines = textwrap.wrap(text.replace("n = ", "n\xa0=\xa0"), width)
    return "\n".join(lines).replace("\xa0", " ")


def legend_columns(labels: list[str], width: int = 92) -> int:
    """Return in how many columns the entries of a legend fit into `width` characters."""
    lengths = [len(label) + 7 for label in labels]  # with the patch and the gap
    return len(labels) if sum(lengths) <= width else max(1, width // max(lengths))


def save_figures(drawings: dict[str, Figure], paths: list[str], copies: Sequence[str] = ()) -> None:
    """Save each drawing under the paths that bear its name, in the format of their ending.

    A PNG is a picture of the PDF beside it, which takes less than half as long as to draw it anew.
    `copies` are paths to which the file of the same name is copied.
    """
    dates = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}

    def save(ending: str) -> None:
        with matplotlib.rc_context(STYLE):
            for path in (Path(path) for path in paths if path.endswith(ending)):
                drawings[path.stem].savefig(path, metadata=dates[ending])
                picture = path.with_suffix(".png")
                if ending == ".pdf" and str(picture) in paths:
                    page = pdfium.PdfDocument(path)[0].render(scale=DPI / 72)
                    page.to_pil().save(picture, dpi=(DPI, DPI))

    side_by_side(save, *dates)
    saved = {Path(path).name: path for path in paths}
    for copy in copies:
        shutil.copyfile(saved[Path(copy).name], copy)
