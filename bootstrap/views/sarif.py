"""Findings as SARIF 2.1.0, the format that the code scanning of GitHub and others reads.

Source: OASIS, Static Analysis Results Interchange Format Version 2.1.0 with errata 01; GitHub, "SARIF support for code
scanning" (it needs a file and a line for each result).
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from bootstrap.core.deployment_status import DeploymentStatus
from bootstrap.core.json_lines import line_of
from bootstrap.core.plan import Plan
from bootstrap.permissions.lint.finding import Severity
from bootstrap.views.lint_report import File
from bootstrap.views.sarif_rules import descriptor

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_STDIN = "stdin"


@dataclass(frozen=True, kw_only=True)
class Result:
    """`rule` is a code; `file` is a path as the user named it; `where` is a place in it, in words. `same` are the words by
    which a later report recognizes the finding; lines are none of them."""

    rule: str
    level: Severity
    text: str
    file: str
    line: int = 1
    where: str = ""
    same: tuple[str, ...] = ()


@dataclass(frozen=True)
class Failure:
    """What could not be read."""

    text: str
    file: str


def log(results: Sequence[Result], version: str, failures: Sequence[Failure] = ()) -> Any:
    """A log with one run: JSON-able. `version` is that of bootstrap."""
    used = sorted({each.rule for each in results})
    driver = {
        "name": "bootstrap",
        "version": version,
        "rules": [descriptor(rule) for rule in used],
    }
    notifications = [
        {"level": "error", "message": {"text": each.text}, "locations": [{"physicalLocation": _place(each.file, 1)}]}
        for each in failures
    ]
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": not failures, "toolExecutionNotifications": notifications}],
        "results": [_result(each, used.index(each.rule)) for each in results],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def of_files(files: Iterable[File]) -> tuple[list[Result], list[Failure]]:
    """What the linter found, and the files that it could not read."""
    results, failures = list[Result](), list[Failure]()
    for file in files:
        if file.error:
            failures.append(Failure(f"{file.error.message}. {file.error.advice}".strip(), file.path or file.name))
        for item in file.findings:
            path = ".".join(filter(None, (file.place, item.where))).replace(".[", "[")
            place = f"{item.sid} ({path})" if item.sid else path
            reason = f". Reason: {item.why}" if item.why else ""
            results.append(
                Result(
                    rule=item.code,
                    level=item.severity,
                    text=f"{place}: {item.text}{reason}" if place else item.text + reason,
                    file=file.path or file.name,
                    line=line_of(file.lines, path),
                    where=path,
                    same=(file.place, item.sid or item.where, item.text),
                )
            )
    return results, failures


def of_plan(plan: Plan, file: str) -> list[Result]:
    """The changes that are refused, and what is dangerous or has no effect. `file` is what the plan was made from: its
    inputs, or else the state."""
    results = []
    for change in plan.changes:
        if change.refusal:
            results.append(_of_change(change.address, "refused", "error", change.refusal, file))
        for item in change.warnings:
            place = f"{change.address}, {item.statement}" if item.statement else change.address
            reason = f". Reason: {item.reason}" if item.reason else ""
            results.append(_of_change(place, item.code, item.severity, item.text + reason, file))
    return results


def of_security(found: Iterable[tuple[DeploymentStatus, str, int]]) -> tuple[list[Result], list[Failure]]:
    """What widens access in each deployment, at the file and line that it was created from, and what could not be judged."""
    results, failures = list[Result](), list[Failure]()
    for each, file, line in found:
        for item in each.widened:
            place = (
                f"{each.deployment}: {item.address}, {item.where}" if item.where else f"{each.deployment}: {item.address}"
            )
            result = _of_change(place, item.code, "error", item.text, file)
            results.append(replace(result, line=line))
        if each.result in ("cannot be read", "failed"):
            failures.append(Failure(f"{each.deployment}: {each.reason}. {each.advice}".strip(), file))
    return results, failures


def _of_change(place: str, rule: str, level: Severity, text: str, file: str) -> Result:
    return Result(rule=rule, level=level, text=f"{place}: {text}", file=file, where=place, same=(place, text))


def _result(each: Result, index: int) -> dict[str, Any]:
    words = "\n".join((each.rule, each.file, *each.same))
    logical = {"logicalLocations": [{"fullyQualifiedName": each.where}]} if each.where else {}
    return {
        "ruleId": each.rule,
        "ruleIndex": index,
        "level": each.level,
        "message": {"text": each.text},
        "locations": [{"physicalLocation": _place(each.file, each.line), **logical}],
        "partialFingerprints": {"bootstrap/v1": hashlib.sha256(words.encode(errors="backslashreplace")).hexdigest()[:32]},
    }


def _place(file: str, line: int) -> dict[str, Any]:
    return {"artifactLocation": {"uri": _uri(file)}, "region": {"startLine": line}}


def _uri(file: str) -> str:
    """Relative to where the command ran, as code scanning wants it; "-" is stdin, and an address stays as it is."""
    if file == "-":
        return _STDIN
    if "://" in file:
        return quote(file, safe=":/?=&%", errors="backslashreplace")
    path = PurePath(file)
    return ("file://" if path.is_absolute() else "") + quote(path.as_posix(), errors="backslashreplace")
