"""What a paper is made from, watched: at each save the page anew, and numbers where needed."""

import json
import re
import shutil
import sys
import time
import traceback
from pathlib import Path
from subprocess import PIPE, STDOUT, Popen

from crlm.base.files import stamps, written_whole
from crlm.base.problems import InputError, whose_fault
from crlm.config.configuration import TABLES, Configuration, as_list
from crlm.manuscript.trace import FILES, read_study
from crlm.texts import CONFIG, LITERATURE, PROSE, REFERENCES, TEMPLATE
from crlm.wings.watch.preview import PAGE, SOURCE, THEME, read_config, write_page
from crlm.wings.watch.serving import serve

SCRIPT, STATE = Path("workflow/pages/watch.js"), "state.json"
NOTHING_YET = '<!doctype html><meta charset="utf-8"><title>make watch</title><body>'
LONGEST = 4000  # letters of what the workflow says that are shown
TOLD = re.compile(r"\n(?=Logs: |\d+ problems? in the input:)")  # where it begins to speak to people
EVERY, SETTLED = 0.2, 0.05  # seconds between two looks; until a file is taken for whole
BUSY = "The numbers are being made anew; those below are of before."


def changed(before: dict[str, tuple], now: dict[str, tuple]) -> set[str]:
    """Return the files that are new, gone or changed."""
    return {path for path in {*before, *now} if before.get(path) != now.get(path)}


class Watch:
    """A paper that is watched: its sources, what the workflow makes of them, and the page."""

    def __init__(self, cohort: str, cores: str = "2"):
        self.cohort, self.cores = cohort, cores
        self.results = Path("results", cohort)
        self.folder = self.results / "watch"
        self.configuration: Configuration  # as it was read last, and the raw tables that it names
        self.tables: list[str] = []
        self.outdated = True  # whether the workflow has to make numbers and figures anew
        self.pages = 0
        self.made = {name: path.format(folder=self.results) for name, path in FILES.items()}

    def sources(self) -> set[str]:
        """Return the files that the workflow makes numbers and figures from."""
        return {LITERATURE, *map(str, Path(CONFIG).rglob("*.yaml")), *self.tables}

    def look(self) -> dict[str, tuple]:
        """Return the stamps of all that is watched."""
        return stamps([TEMPLATE, PROSE, *REFERENCES, *THEME.glob("*.*"), *self.sources()])

    def show(self, told: str = "", kind: str = "") -> None:
        """Let browsers tell something above the page, of the kind `wrong` or `busy`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with written_whole(self.folder / STATE) as part:
            part.write_text(json.dumps({"page": self.pages, "told": told, "kind": kind}), "utf-8")

    def script(self, page: int) -> str:
        """Return what follows the page of a number: it asks for the next one."""
        return f'\n<script data-page="{page}">\n{SCRIPT.read_text("utf-8")}</script>\n'

    def make_numbers(self) -> str:
        """Let the workflow make what the page shows; return what it says where it can't."""
        self.show(BUSY, "busy")
        command = [sys.executable, "-m", "snakemake", "--cores", self.cores, "--config"]
        targets = [self.made["numbers"], str(self.results / "manuscript/figures/flow.svg")]
        command += [f"cohort={self.cohort}", "--", *targets]
        with Popen(command, stdout=PIPE, stderr=STDOUT, encoding="utf-8", errors="replace") as made:
            said = made.stdout.read() if made.stdout else ""
        self.outdated = made.returncode != 0
        return TOLD.split(said, maxsplit=1)[-1][-LONGEST:].strip() if self.outdated else ""

    def renew(self) -> str:
        """Make the page anew, and numbers where they are outdated; return what is wrong."""
        try:
            if self.outdated or not Path(self.made["numbers"]).exists():
                self.configuration = read_config(self.cohort)
                cohort = self.configuration.cohorts[self.cohort]
                self.tables = [table for key in TABLES for table in as_list(cohort.get(key))]
                if wrong := self.make_numbers():
                    return wrong
            figures = self.results / "manuscript/figures"
            shutil.copytree(figures, self.folder / "figures", dirs_exist_ok=True)
            study, tail = read_study(self.made), self.script(self.pages + 1)
            write_page(self.cohort, self.configuration, study, self.folder, tail)
        except InputError as error:
            return str(error)
        except Exception as error:
            traceback.print_exc()
            return whose_fault(error)
        self.pages += 1
        return ""

    def run(self) -> None:
        """Make the page anew at each save, until Ctrl-C."""
        self.show()
        (self.folder / PAGE).write_text(NOTHING_YET + self.script(0), encoding="utf-8")
        server, address = serve(self.folder, PAGE)
        print(f"The page of cohort {self.cohort}: {address}")
        print(f"For the preview of an editor: {self.folder / SOURCE}\nCtrl-C ends.", flush=True)
        seen: dict[str, tuple] = {}
        try:
            while True:
                now = self.look()
                if now == seen:
                    time.sleep(EVERY)
                    continue
                time.sleep(SETTLED)
                if self.look() != now:  # it is still being written
                    continue
                files, start = changed(seen, now), time.monotonic()
                self.outdated |= not files.isdisjoint(self.sources())
                wrong = self.renew()
                self.show(wrong, "wrong" if wrong else "")
                named = ", ".join(Path(file).name for file in sorted(files)[:3] if seen)
                took = "no new page" if wrong else f"new page, {time.monotonic() - start:.1f} s"
                print(f"{time.strftime('%H:%M:%S')} {named}: {took}\n{wrong}".rstrip(), flush=True)
                seen = self.look() | now  # what was saved meanwhile is seen next time
        except KeyboardInterrupt:
            print("\nEnded.")
        finally:
            server.shutdown()
            server.server_close()


if __name__ == "__main__":
    try:
        Watch(*sys.argv[1:]).run()
    except OSError as error:
        sys.exit(whose_fault(error))
