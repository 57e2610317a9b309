# The usual commands, one target each. COHORT=2025 chooses another cohort than config/config.yaml does.

SHELL := /bin/bash
# Letters of any script are read and written alike, whatever the locale.
export PYTHONUTF8 := 1
COHORT ?= $(shell sed -n 's/^cohort: *"\{0,1\}\([^" ]*\).*/\1/p' config/config.yaml)
JOURNAL ?= generic
CORES ?= 4
RUN := .venv/requirements.lock
DEV := .venv/requirements-dev.lock
# As a module: the first line of .venv/bin/snakemake does not stand every sign in the folder's path.
PYTHON := PYTHONPATH=workflow/scripts .venv/bin/python
PIN := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml
WRITABLE := { test -w . && { test ! -e .snakemake || test -w .snakemake; }; } || { \
	echo 'This folder is of somebody else, or read-only: nothing was changed. Build in a copy of it.' >&2; exit 1; };
# Ctrl-C (2), where it is not ignored, ends it without a traceback while Python loads.
SNAKEMAKE := $(WRITABLE) .venv/bin/python -c 'from signal import *; getsignal(2) == SIG_IGN or signal(2, SIG_DFL); \
	from snakemake.cli import main; main()' --cores $(CORES) --config 'cohort=$(COHORT)'
# What a command prints, as a file, which stays as it was where there is no room.
write_whole = $(1) > '$(2).part' && mv '$(2).part' '$(2)' || { rm -f '$(2).part'; exit 1; }

.PHONY: help paper check unlock report trace cohort publish submission record verify test test-long soak lint bench recall mutation example revision audit ensemble licences lock clean merge watch
.SILENT:

help: ## list these targets
	sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | while IFS='|' read -r target does; do \
		printf 'make %-10s %s\n' "$$target" "$$does"; done

paper: $(RUN) ## build the paper (HTML, PDF, DOCX) into results/<cohort>/manuscript/
	$(SNAKEMAKE)
	printf '\nThe paper of cohort %s: results/%s/manuscript/\n' '$(COHORT)' '$(COHORT)'
	asked=$$(grep -Eo '[0-9]+ questions?<' 'results/$(COHORT)/cohort/cleaning.html' | head -1); \
	printf '%s open: results/%s/cohort/cleaning.html\n' "$${asked:-No question<}" '$(COHORT)' | tr -d '<'

check: $(RUN) ## tell all that is wrong with a cohort's input, in seconds: make check COHORT=2025
	$(PYTHON) -m crlm.check '$(COHORT)'

unlock: $(RUN) ## free the folder after a build that was killed, and put back the results of before it
	$(WRITABLE) .venv/bin/python -m snakemake --unlock

report: $(DEV) paper ## write the report: the paper, tables and pages, with how they were made
	trap 'rm -f .snakemake/report.html' EXIT; built() { test -e "results/$$1" && echo "$$2"; }; \
	$(SNAKEMAKE) --report .snakemake/report.html \
		--report-stylesheet workflow/report/report.css -- all \
		$$(built '$(COHORT)/audit/audit.html' audit) \
		$$(built '$(COHORT)/revision/revision.html' revision) || exit; \
	$(call write_whole,sed -f workflow/report/report.sed .snakemake/report.html,results/$(COHORT)/report.html)
	echo 'The report: results/$(COHORT)/report.html'

watch: $(RUN) ## show the page while you write, anew at each save: make watch COHORT=2025
	$(WRITABLE) $(PYTHON) -m crlm.wings.watch.watching '$(COHORT)' '$(CORES)'

trace: $(RUN) ## say where a number comes from: make trace KEY=test.cycles_class.p
	$(PYTHON) -m crlm.manuscript.trace 'results/$(COHORT)' '$(KEY)'

cohort: $(RUN) ## start a cohort: make cohort NAME=2026 FROM=file.xlsx [MAPPING=filled-in.xlsx]
	$(WRITABLE) $(PYTHON) -m crlm.draft '$(NAME)' $(FROM) $(if $(MAPPING),--mapping '$(MAPPING)')

publish: paper ## copy the results without patients to publish/<cohort>/, with sums
	$(SNAKEMAKE) -- 'publish/$(COHORT)/MANIFEST'
	echo 'publish/$(COHORT)/ is ready; what its tables may tell: results/$(COHORT)/privacy/privacy.html'

submission: $(RUN) ## write what a journal asks for: make submission JOURNAL=vancouver
	test -f 'config/journals/$(JOURNAL).yaml' || { echo 'There is no config/journals/$(JOURNAL).yaml.' \
		'Journals: $(sort $(basename $(notdir $(wildcard config/journals/*.yaml)))).' >&2; exit 2; }
	$(SNAKEMAKE) -- 'results/$(COHORT)/submission/$(JOURNAL)/submission.html'
	echo 'In results/$(COHORT)/submission/$(JOURNAL)/; counts and gaps: submission.html there'

record: $(RUN) ## build anew in a fresh folder, record what comes out (part of a release)
	$(PYTHON) -m crlm.wings.reproduction.rebuild record '$(COHORT)' $(CORES)

verify: $(RUN) ## build anew in a fresh folder, hold it against what was recorded
	$(PYTHON) -m crlm.wings.reproduction.rebuild verify '$(COHORT)' $(CORES)

test: $(DEV) ## run the tests; tells how long it took here the last time
	echo "Takes: $$(cat .venv/test.time 2>/dev/null || echo 'some minutes on two cores')"
	PYTHONDONTWRITEBYTECODE= .venv/bin/python -m pytest -n 2 --dist worksteal -m 'not long'; failed=$$?; \
	echo "$$((SECONDS / 60)) min $$((SECONDS % 60)) s, as measured here" | tee .venv/test.time; \
	exit $$failed

test-long: $(DEV) ## before a release: the table of 2024 solved anew, more papers built (minutes)
	.venv/bin/python -m pytest -n 2 --dist worksteal -m long

soak: $(DEV) ## hold 10,000 cohorts at random against a recount: make soak [COHORTS=n] [SEED=n]
	$(PYTHON) tests/soak/run.py '$(or $(COHORTS),10000)' '$(SEED)'

lint: $(DEV) ## check style, imports, types and workflow
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	$(PYTHON) -c 'from importlinter.cli import lint_imports_command as lint; lint()' --no-cache
	.venv/bin/python -m mypy
	.venv/bin/python -m snakefmt --check Snakefile workflow/rules
	.venv/bin/python -m snakemake --lint

bench: $(DEV) ## measure full and partial rebuilds on this machine (some minutes)
	.venv/bin/python tests/workflow/bench.py

recall: $(DEV) ## plant errors in invented papers, count what the audit finds (some minutes)
	$(PYTHON) tests/audit_example/measure.py 15 results/recall

mutation: $(DEV) paper ## change every place of text and data, count what is caught (some minutes)
	$(PYTHON) tests/mutation/run.py '$(COHORT)' $(CORES)

example: $(RUN) ## write the synthetic files of 2025 anew, into results/example/
	$(WRITABLE) $(PYTHON) tests/example/simulate.py results/example

revision: $(RUN) ## compare a cohort with the one it follows: make revision COHORT=2025
	$(SNAKEMAKE) -- all revision
	echo 'What the cohort changed: results/$(COHORT)/revision/revision.html'

merge: $(RUN) ## lead edits made in Word back: make merge FROM=reviewed.docx COHORT=2024 [APPLY=1]
	if ! test -f '$(FROM)'; then echo 'There is no document "$(FROM)": make merge FROM=reviewed.docx' >&2; exit 2; fi
	$(WRITABLE) mkdir -p 'results/$(COHORT)/merge'
	$(call write_whole,cat '$(FROM)',results/$(COHORT)/merge/reviewed.docx)
	$(SNAKEMAKE) -- 'results/$(COHORT)/merge/merge.html'
	cat 'results/$(COHORT)/logs/merge_review.log'
	echo 'Every edit: results/$(COHORT)/merge/merge.html'
	$(if $(filter-out 0,$(APPLY)),cmp -s 'results/$(COHORT)/merge/read.qmd.j2' manuscript/paper.qmd.j2 || { \
	echo 'manuscript/paper.qmd.j2 is no longer what was read. Save it anew and run make merge again.' >&2; exit 1; }; \
	$(call write_whole,cat 'results/$(COHORT)/merge/paper.qmd.j2',manuscript/paper.qmd.j2); \
	echo 'Applied to manuscript/paper.qmd.j2. `make paper` builds it; `git diff` shows it.')

audit: $(RUN) ## check the printed paper: results/2024/audit/audit.html (a minute); PAPER=<folder>: another
	$(if $(PAPER),$(PYTHON) -m crlm.wings.audit.papers.proposal '$(PAPER)')
	$(SNAKEMAKE) -- $(if $(PAPER),'results/audit/$(PAPER)/audit.html',audit)
	echo 'The audit: results/$(if $(PAPER),audit/$(PAPER),2024/audit)/audit.html'

ensemble: $(RUN) ## draw cohorts that keep the printed tables: what these leave open (some minutes)
	$(SNAKEMAKE) -- ensemble

licences: $(DEV) ## list the licences of all packages that are used
	$(PYTHON) tests/contract/licences.py requirements.lock requirements-dev.lock

lock: ## pin both locks anew from pyproject.toml (needs uv); what is pinned already stays
	$(PIN) -o requirements.lock
	$(PIN) --group dev --constraints requirements.lock -o requirements-dev.lock

clean: ## delete all results
	$(WRITABLE) test ! -e .snakemake/running || $(PYTHON) -m crlm.base.rollback
	find results -mindepth 1 -maxdepth 1 ! -name README.md -exec rm -rf {} +

# The environment follows the locks: it is made anew when what runs the paper changes, and the tools of
# development are added to it. The copy of a lock beside it, written last, is the mark of a whole
# environment; it goes when packages begin to be unpacked, so that a killed install leaves no mark.
define install
	set -eo pipefail; \
	total=$$(grep -c '^[a-z].*==' $<); \
	PYTHONUNBUFFERED=1 .venv/bin/python -m pip install --no-input --disable-pip-version-check \
		--progress-bar off --require-hashes -r $< 2>&1 | tee .venv/install.log | \
		while read -r does _; do case $$does in \
			Collecting) n=$$((n + 1)); ((n % 10)) || echo "  $$n of some $$total found";; \
			Installing) rm -f $(RUN); echo "  unpacking them (half a minute)";; \
		esac; done || { \
		echo 'The environment could not be made:' >&2; \
		grep -i error .venv/install.log | tail -3 >&2; \
		echo 'What pip said is in .venv/install.log. Once that is mended, run the same command again.' >&2; \
		exit 1; }; \
	cp requirements.lock $(RUN)
endef

$(RUN): requirements.lock
	if cmp -s $< $@; then touch $@ 2>/dev/null; exit 0; fi; \
	for python in python3 python3.13 python3.12 python3.11; do \
		$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		found=$$python; \
		$$python -c 'import ensurepip, venv' 2>/dev/null && chosen=$$python && break; \
	done; \
	if [ -z "$$found" ]; then \
		echo 'No Python 3.11 or newer was found. Install one (https://www.python.org), then try again.' >&2; \
		exit 1; \
	elif [ -z "$$chosen" ]; then \
		echo "$$found has no venv module. On Debian or Ubuntu: apt install $$found-venv" >&2; \
		exit 1; \
	fi; \
	echo "Making .venv/ from $<: once, a minute or two, some $$(grep -c '^[a-z].*==' $<) packages"; \
	rm -rf .venv; $$chosen -m venv .venv; \
	$(install)

$(DEV): requirements-dev.lock $(RUN)
	if cmp -s $< $@; then touch $@ 2>/dev/null; exit 0; fi; \
	echo "Adding the tools of development from $<: once, under a minute"; \
	$(install); \
	cp $< $@
