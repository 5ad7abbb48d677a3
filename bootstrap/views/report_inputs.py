"""What a report says about the inputs: which values are examples, which change nothing, and which are not set."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from bootstrap.core import commands
from bootstrap.core.input import LATER, PREVIOUS, Input
from bootstrap.core.integration import inputs_of
from bootstrap.permissions.report import Report
from bootstrap.views.policy_summary import policy_summary
from bootstrap.views.report_words import joined

_UNSET: tuple[Any, ...] = (None, "", [], False)
_OPTION = re.compile(r"(--[a-z-]+)(?: ([a-z-]+))?")


def stand_ins(report: Report) -> str:
    """Which values of the page are not the reader's, or ""."""
    if report.deployment:
        return ""
    accounts = {each.id: report.called(each.id) for each in (*report.accounts, *report.inside)}
    numbers = joined(f"{number} stands for {words}" for number, words in accounts.items())
    items = inputs_of(report.integration)
    flags = [item.flag for item in items if is_example(report, item)]
    given = f" and the values of {joined(flags)}, which nobody gave," if flags else ""
    made = (
        f" {report.inputs[item.name]} stands for the {item.flag} that create generates."
        for item in items
        if item.generated and item.name not in report.given
    )
    return f"Example values: as an account number, {numbers}. The regions{given} are examples, too.{''.join(made)}"


def is_example(report: Report, item: Input) -> bool:
    """Whether the page has an example's value for it. An external id that create generates is none."""
    value = report.inputs.get(item.name)
    return not (item.name in report.given or item.generated or value in (*_UNSET, item.default))


def input_words(report: Report) -> Iterator[str]:
    """The inputs that have a value, as one types them; those that nobody gave are marked."""
    for item in inputs_of(report.integration):
        value = report.inputs.get(item.name)
        if item.generated and item.name not in report.given and not report.deployment:
            yield f"{item.flag} (create generates it)"
        elif value not in _UNSET:
            typed = f"{item.flag} FILE ({_content(str(value))})" if item.file else commands.quoted(*item.words(value))
            found = (
                " (default)"
                if value == item.default
                else " (looked up or generated)"
                if report.deployment
                else " (an example)"
            )
            idle = " (it changes nothing with these inputs)" if item.name in report.idle else ""
            yield (typed if item.name in report.given else typed + found) + idle


def _content(text: str) -> str:
    """What a file says, in a few words."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    is_policy = isinstance(found, dict) and "Statement" in found
    return policy_summary(found).strip("()") if is_policy else f"{len(text):,} characters"


def unset_words(report: Report) -> Iterator[str]:
    """The inputs that nobody set, with what they would do: the page is about the integration without them."""
    for item in inputs_of(report.integration):
        is_set = item.name in report.given or report.inputs.get(item.name) not in _UNSET
        if not (is_set or item.shared or item.name in (LATER, PREVIOUS)):
            yield f"{item.flag}: {item.help}"


def concerned(report: Report, texts: Iterable[str]) -> list[str]:
    """The texts without those that begin with an option, such as "With --fast, ...", that is off."""
    return [text for text in texts if _is_on(report, text)]


def _is_on(report: Report, text: str) -> bool:
    options = _OPTION.findall(text.partition(",")[0]) if text[:7].lower() == "with --" else []
    inputs = {item.flag: item for item in inputs_of(report.integration)}
    named = [(inputs[flag], word) for flag, word in options if flag in inputs]
    return not named or any(
        value == word if word in item.choices else value not in _UNSET
        for item, word in named
        for value in [report.inputs.get(item.name)]
    )
