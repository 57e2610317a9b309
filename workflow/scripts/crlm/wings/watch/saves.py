"""What a paper is made from, watched: at each save the page anew, and numbers where needed."""

import re
import shutil
import sys
import time
import traceback
from collections.abc import Iterable
from pathlib import Path
from subprocess import Popen

from crlm.base.problems import InputError, whose_fault
from crlm.check import CONFIG, LITERATURE, PROSE, REFERENCES, TEMPLATE
from crlm.config.configuration import TABLES, Configuration, as_list
from crlm.manuscript.trace import FILES, Study, read_study
from crlm.wings.watch.preview import PAGE, SOURCE, THEME, read_config, write_page
from crlm.wings.watch.serving import Shown, serve

SCRIPT = Path("workflow/pages/watch.js")
LOG, LONGEST = "numbers.log", 4000  # of the workflow; letters of it that are shown
TOLD = re.compile(r"\n(?=Logs: |\d+ problems? in the input:)")  # where it begins to speak to people
EVERY, SETTLED = 0.2, 0.05  # seconds between two looks; until a file is taken for whole
BUSY = "The numbers are being made anew; those below are of before."


def stamps(paths: Iterable[str | Path]) -> dict[str, tuple]:
    """Return when files were last changed, and their sizes; those that are not there have none."""
    found = {}
    for path in paths:
        try:
            told = Path(path).stat()
        except OSError:
            continue
        found[str(path)] = (told.st_mtime_ns, told.st_size, told.st_ino)
    return found


def changed(before: dict[str, tuple], now: dict[str, tuple]) -> list[str]:
    """Return the files that are new, gone or changed."""
    return sorted(path for path in {*before, *now} if before.get(path) != now.get(path))


class Watch:
    """A paper that is watched: its sources, what the workflow makes of them, and the page."""

    def __init__(self, cohort: str, cores: str = "2"):
        self.cohort, self.cores = cohort, cores
        self.results = Path("results", cohort)
        self.folder = self.results / "watch"
        self.shown = Shown()
        self.configuration: Configuration | None = None
        self.study: Study | None = None
        self.making: Popen | None = None
        self.faults = ""  # of config, or what the workflow said where it could make no numbers
        self.made = {name: path.format(folder=self.results) for name, path in FILES.items()}

    def sources(self) -> set[str]:
        """Return the files that the workflow makes numbers and figures from."""
        cohort = self.configuration.cohorts[self.cohort] if self.configuration else {}
        tables = [t for key in TABLES for t in as_list(cohort.get(key))]
        return {LITERATURE, *map(str, Path(CONFIG).rglob("*.yaml")), *tables}

    def stamps(self) -> dict[str, tuple]:
        """Return the stamps of all that is watched; of what is being made, none."""
        watched: list[str | Path] = [TEMPLATE, PROSE, *REFERENCES, *THEME.glob("*.*")]
        watched += self.sources()
        if not self.making:
            watched += [*self.made.values(), *(self.results / "manuscript/figures").glob("*.svg")]
        return stamps(watched) | {"": (self.making,)}

    def make_numbers(self) -> None:
        """Read config, and let the workflow make what the page shows, so far as it is outdated."""
        if self.making:
            self.making.wait()
        self.making, self.configuration, self.faults = None, None, ""
        try:
            self.configuration = read_config(self.cohort)
        except InputError as error:
            self.faults = str(error)
            return
        command = [sys.executable, "-m", "snakemake", "--cores", self.cores, "--config"]
        targets = [self.made["numbers"], str(self.results / "manuscript/figures/flow.svg")]
        with (self.folder / LOG).open("w", encoding="utf-8") as log:
            self.making = Popen(
                [*command, f"cohort={self.cohort}", "--", *targets], stdout=log, stderr=log
            )

    def note_end(self) -> None:
        """Note where the workflow has ended, and what it said where it failed."""
        if self.making and self.making.poll() is not None:
            if self.making.returncode:
                log = (self.folder / LOG).read_text("utf-8", "replace")
                self.faults = TOLD.split(log, maxsplit=1)[-1][-LONGEST:].strip()
            self.making = None

    def renew(self, files: list[str]) -> None:
        """Make the page anew after `files` were changed, and show it, or what is wrong."""
        start, faults, new = time.monotonic(), self.faults, False
        try:
            if not (self.making or self.faults) or self.study is None:
                self.study = read_study(self.made)
                figures = self.results / "manuscript/figures"
                shutil.copytree(figures, self.folder / "figures", dirs_exist_ok=True)
            if self.configuration:
                write_page(self.cohort, self.configuration, self.study, self.folder)
                new = True
        except InputError as error:
            faults = f"{error}\n\n{faults}".strip()
        except Exception as error:
            if not (self.making or self.faults):  # else numbers and config may not be of each other
                faults = whose_fault(f"{type(error).__name__}: {error}")
                traceback.print_exc()
        busy = BUSY if self.making else ""
        told = "\n\n".join(filter(None, [busy, faults]))
        self.shown.show(told, "wrong" if faults else "busy", new)
        named = ", ".join(Path(file).name for file in files[:3])
        took = f"new page, {time.monotonic() - start:.1f} s" if new else "no new page"
        print(f"{time.strftime('%H:%M:%S')} {named}: {took}\n{told}".rstrip(), flush=True)

    def run(self) -> None:
        """Make the page anew at each save, until Ctrl-C."""
        self.folder.mkdir(parents=True, exist_ok=True)
        server, address = serve(self.folder, PAGE, SCRIPT, self.shown)
        print(f"The page of cohort {self.cohort}: {address}")
        print(f"For the preview of an editor: {self.folder / SOURCE}\nCtrl-C ends.", flush=True)
        seen: dict[str, tuple] = {}
        try:
            while True:
                self.note_end()
                now = self.stamps()
                if now == seen:
                    time.sleep(EVERY)
                    continue
                time.sleep(SETTLED)
                if self.stamps() != now:  # it is still being written
                    continue
                files = changed(seen, now)
                if self.sources().intersection(files):
                    self.make_numbers()
                    now = self.stamps()
                self.renew([file for file in files if file] if seen else [])
                seen = now
        except KeyboardInterrupt:
            print("\nEnded.")
        finally:
            server.shutdown()
            server.server_close()
            if self.making:
                self.making.wait()


if __name__ == "__main__":
    Watch(*sys.argv[1:]).run()
