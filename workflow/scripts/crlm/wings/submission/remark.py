"""The REMARK checklist; its items and where each is met stand in remark.yaml."""

from pathlib import Path

from crlm.base.files import read_yaml

ITEMS = read_yaml(Path(__file__).with_suffix(".yaml"))
