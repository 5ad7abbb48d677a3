"""What the checks of an integration's contract came to: as text, as data, and as JUnit XML for CI.

Source: the schema of JUnit reports that Jenkins and GitLab read (testsuites, testsuite, testcase, failure, skipped).
"""

from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree import ElementTree

from bootstrap.core.contract_check import ContractCheck
from bootstrap.core.printable import printable
from bootstrap.views.screen import Line

SUITE = "The contract of an integration"


def check_lines(check: ContractCheck) -> Iterator[Line]:
    """One line for the check, and below it one for each thing that does not hold."""
    word, style = ("FAIL", "bold red") if check.failures else ("skip", "dim") if check.skipped else ("ok", "green")
    line = Line(word.ljust(5), style).append(check.name, "default")
    yield line.append(f" ({check.skipped})", "dim") if check.skipped else line
    yield from (Line(f"     {failure}", "default") for failure in check.failures)


def summary(checks: Sequence[ContractCheck]) -> str:
    passed, failed = sum(item.passed for item in checks), sum(bool(item.failures) for item in checks)
    skipped = len(checks) - passed - failed
    parts = [f"{passed} passed", *([f"{failed} failed"] if failed else []), *([f"{skipped} skipped"] if skipped else [])]
    return f"{', '.join(parts)} in {sum(item.seconds for item in checks):.0f} s."


def content_of(integration: str, checks: Sequence[ContractCheck]) -> dict[str, Any]:
    passed = not any(item.failures for item in checks)
    return {"integration": integration, "passed": passed, "checks": [item.as_json() for item in checks]}


def junit(integration: str, checks: Sequence[ContractCheck]) -> str:
    """The checks as a JUnit report."""
    counts = {
        "tests": str(len(checks)),
        "failures": str(sum(bool(item.failures) for item in checks)),
        "skipped": str(sum(bool(item.skipped) and not item.failures for item in checks)),
        "time": f"{sum(item.seconds for item in checks):.3f}",
    }
    root = ElementTree.Element("testsuites", {"name": SUITE, **counts})
    suite = ElementTree.SubElement(root, "testsuite", {"name": printable(integration), "errors": "0", **counts})
    for item in checks:
        named = {"classname": printable(integration), "name": printable(item.name), "time": f"{item.seconds:.3f}"}
        case = ElementTree.SubElement(suite, "testcase", named)
        if item.failures:
            shown = [printable(line) for line in item.failures]
            ElementTree.SubElement(case, "failure", {"message": shown[0]}).text = "\n".join(shown)
        elif item.skipped:
            ElementTree.SubElement(case, "skipped", {"message": printable(item.skipped)})
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'
