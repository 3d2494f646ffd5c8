"""Survey files: YAML in, a checked ``Survey`` out; every fault named with file, line and node."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from dialer.core.survey_check import check
from dialer.core.survey_model import Survey
from dialer.core.survey_reader import read_tree
from dialer.core.survey_tree import Fault, Item, Listing, SurveyFaults, Table, Text, plain
from dialer.errors import InputError

LARGEST_FILE = 1_000_000
"""Bytes; a survey of a hundred questions in three languages has a tenth of it."""
EXAMPLES = Path(__file__).parent / "examples"
"""Surveys that come with the product."""


def read_survey_file(path: Path) -> tuple[Survey, str]:
    """The survey and the file's text; ``InputError`` lists every fault, one a line."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise InputError(f"{path}: larger than {LARGEST_FILE // 1_000_000} MB; that is no survey")
        source = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as fault:
        raise InputError(f"{path}: is not UTF-8; save it as UTF-8") from fault
    except OSError as fault:
        raise InputError(f"{path}: cannot be read: {fault.strerror}") from fault
    return read_survey(source, str(path)), source


def read_survey(source: str, name: str) -> Survey:
    """The survey that the YAML text holds; ``name`` stands before every fault."""
    tree = _parsed(source, name)
    try:
        survey = read_tree(tree)
    except SurveyFaults as fault:
        raise InputError("\n".join(_line(name, each) for each in fault.faults)) from fault
    if faults := check(survey):
        raise InputError("\n".join(_line(name, each) for each in faults))
    return survey


def compiled(source: str, name: str) -> str:
    """The survey as JSON, for a reader without a YAML library; the source must have been checked."""
    return json.dumps(plain(_parsed(source, name)), ensure_ascii=False)


def _line(name: str, fault: Fault) -> str:
    line = f"{fault.line}: " if fault.line else " "
    node = f"node {fault.node}: " if fault.node else ""
    return f"{name}:{line}{node}{fault.what}"


def _parsed(source: str, name: str) -> Item:
    try:
        root = yaml.compose(source, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        line = f"{mark.line + 1}: " if mark else " "
        raise InputError(f"{name}:{line}is not YAML: {getattr(fault, 'problem', fault)}") from fault
    if root is None:
        raise InputError(f"{name}: is empty")
    return _item(root, name, set())


def _item(node: yaml.Node, name: str, above: set[int]) -> Item:
    line = node.start_mark.line + 1
    if id(node) in above:
        raise InputError(f"{name}:{line}: an anchor refers to itself")
    inside = above | {id(node)}
    if isinstance(node, yaml.MappingNode):
        rows = []
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise InputError(f"{name}:{line}: a key is one word")
            rows.append((Text(key.start_mark.line + 1, key.value), _item(value, name, inside)))
        return Table(line, tuple(rows))
    if isinstance(node, yaml.SequenceNode):
        return Listing(line, tuple(_item(part, name, inside) for part in node.value))
    return Text(line, str(node.value))
