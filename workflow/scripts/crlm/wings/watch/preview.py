"""The page of a paper as its sources are saved: the text filled, checked, rendered, unbuilt.

It stands in a folder of its own, and nothing else of the results is touched.
"""

import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from crlm.base.files import read_text, written_whole
from crlm.base.problems import InputError, Told, refuse
from crlm.config.configuration import Configuration, read_configuration
from crlm.manuscript.denials import find_denials
from crlm.manuscript.letters import require_letters
from crlm.manuscript.markdown import without_spans
from crlm.manuscript.pandoc import as_json
from crlm.manuscript.prose import read_rules, require_bound
from crlm.manuscript.rendered import require_injected
from crlm.manuscript.rendering import require_references, write_document
from crlm.manuscript.template import fill_claims
from crlm.manuscript.trace import Study, keys_in, trace, trace_claims, write_trace
from crlm.manuscript.verification import require_filled
from crlm.plan.analysis import read_plan
from crlm.texts import CONFIG, PROSE, REFERENCES, SCHEMAS, TEMPLATE, typed_for

THEME, PANEL = Path("manuscript/theme"), ["manuscript/theme/trace.css", "manuscript/theme/trace.js"]
PAGE, SOURCE = "paper.html", "preview.qmd"
OF_PANEL = re.compile(r"^ *include-after-body: trace\.html$", re.MULTILINE)


def read_config(cohort: str) -> Configuration:
    """Read the files of config/.

    Raises
    ------
    InputError
        With all that is wrong with what the paper of `cohort` needs.
    """
    configuration = read_configuration(CONFIG, SCHEMAS)
    refuse(configuration.faults_of(cohort))
    return configuration


def write_page(
    cohort: str, configuration: Configuration, study: Study, folder: Path, tail: str = ""
) -> None:
    """Write the page of a cohort's paper, and `preview.qmd` beside it, as the sources are now.

    Parameters
    ----------
    cohort
        Its name.
    configuration
        As `read_config` gives it.
    study
        What the stages of the cohort wrote.
    folder
        Where to write; `figures/` is in it.
    tail
        What is put behind the page.

    Raises
    ------
    InputError
        With all that the checks of a build find in text and page. The page is the one of before
        then; `preview.qmd`, in whose lines some of it is told, is new where the text can be filled.
    """
    own, plan = configuration.cohort(cohort), read_plan(configuration.plans[cohort])
    configs = typed_for(configuration, cohort)
    source, made = folder / SOURCE, folder.resolve() / f"next-{PAGE}"
    told = Told()

    def write_html(text: str) -> None:
        timestamp = int(configuration.settings["timestamp"])
        write_document(text, made, THEME.resolve(), timestamp, "--embed-resources=false")

    template, rules = told.by(read_text, TEMPLATE), told.by(read_rules, PROSE)
    told.by(require_letters, configs)
    if template is None or rules is None:
        raise InputError(told)
    # Pandoc reads and writes while the text is checked here.
    with ThreadPoolExecutor(1) as pandoc:
        text, claims = told.by(fill_claims, template, study.numbers, plan, own) or ("", [])
        if text:
            (folder / "theme").mkdir(exist_ok=True)
            for path in THEME.glob("*.*"):
                shutil.copyfile(path, folder / "theme" / path.name)
            for file in REFERENCES:
                shutil.copyfile(file, folder / Path(file).name)
            with written_whole(source) as part:  # line by line as the text that is checked
                part.write_text(OF_PANEL.sub("", without_spans(text)), encoding="utf-8")
            traced = trace(keys_in(text, study.numbers), study, trace_claims(claims, study.numbers))
            write_trace(traced, PANEL, folder / "trace.json", folder / "trace.html")
            parsed, written = pandoc.submit(as_json, text), pandoc.submit(write_html, text)
        elif not told:
            told.append(f"{TEMPLATE}: found nothing in it; expected the text of the paper")
        told.by(require_bound, template, TEMPLATE, rules, configs)
        if text and told.by(parsed.result):
            told += find_denials(text, study.numbers, plan, rules, str(source))
            told.by(require_references, text, TEMPLATE, *REFERENCES)
            told.by(require_filled, text, study.numbers, str(source))
            told.by(written.result)
        if not told:
            told.by(require_injected, made, rules)
    if told:
        made.unlink(missing_ok=True)
        raise InputError(told)
    with made.open("a", encoding="utf-8") as page:
        page.write(tail)
    made.replace(folder / PAGE)
