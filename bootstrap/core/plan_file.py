"""A plan as a file: `create --plan` runs exactly what it says, or nothing. Pure.

Its digest is over everything in it: the version of bootstrap, the file of the integration, inputs, accounts, what should
exist with each policy document, and what was observed. It has no key: it detects an edit, and an approval binds it
(`core/approval.py`).
"""

import dataclasses
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from bootstrap.core.account import Account
from bootstrap.core.graph import Graph
from bootstrap.core.integration import Integration
from bootstrap.core.json_types import fits, hints_of
from bootstrap.core.plan import Plan
from bootstrap.core.source import word_of
from bootstrap.core.state import State, digest
from bootstrap.core.strict_json import indented, strict_json
from bootstrap.errors import PlanOutdated, PlanRefused, UsageError

MARK = "bootstrap-plan"
"""The value of "tool" in every plan file."""
FORMAT = 1
LARGEST = 4_000_000
"""In bytes; that of a usual integration has some tens of thousands."""
DEEPEST = 60
EXPIRES = "24h"
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_LONGEST = timedelta(days=366)
CLOCKS = timedelta(minutes=5)
"""By how much the clocks of two machines may differ."""
_TIME = "%Y-%m-%dT%H:%M:%SZ"
AGAIN = "Nothing was changed. Make a new plan with plan --out."


@dataclass(frozen=True, kw_only=True)
class PlanFile:
    """The fields are the keys of the file, in this order, between its mark and its digest. Mappings from addresses are what
    should exist (`graph`), the documents that are sent (`policies`) and what AWS and the state had (`observed`)."""

    version: str
    """Of the bootstrap that made it: another one may build something else from the same inputs."""
    created: str
    expires: str
    deployment: str
    integration: dict[str, str]
    """`name`; for a file, also `file` and `sha256`."""
    inputs: dict[str, Any]
    given: list[str]
    accounts: dict[str, dict[str, str]]
    allowed: list[str]
    graph: dict[str, dict[str, Any]]
    policies: dict[str, dict[str, Any]]
    access: dict[str, dict[str, Any]]
    """Who gets in and what roles may do, as an approval keeps it (`permissions/since.py`)."""
    observed: dict[str, dict[str, Any]]
    versions: dict[str, dict[str, str]]
    """Which version counts of the managed policies of others that the graph names: by address and ARN, "" for unknown."""
    demands: dict[str, Any]
    """What the organization demands of these resources, for people: when it was `read`, and its `lines`; {} if unknown."""
    state: dict[str, Any]
    """`place` of the recorded state, as the run that planned it names it, its `lineage` and `serial`; "" and 0 before the
    first create. `edited` is a digest of its content if somebody edited it by hand, else ""."""

    @classmethod
    def of(
        cls,
        integration: Integration,
        graph: Graph,
        plan: Plan,
        stored: State | None,
        *,
        place: str,
        version: str,
        deployment: str,
        allowed: frozenset[str],
        access: Mapping[str, Any],
        observed: Mapping[str, Any],
        versions: Mapping[str, Mapping[str, str]],
        demands: Mapping[str, Any],
        created: datetime,
        lasts: timedelta,
    ) -> Self:
        """The file of a plan. `graph` was built from the integration, for the accounts of the plan."""
        content = {
            "version": version,
            "created": time_text(created),
            "expires": time_text(created + lasts),
            "deployment": deployment,
            **_made(integration, graph, access),
            "allowed": sorted(allowed),
            "observed": observed,
            "versions": versions,
            "demands": demands,
            "state": {
                "place": place,
                "lineage": stored.lineage if stored else "",
                "serial": stored.serial if stored else 0,
                "edited": digest({"state": stored.to_json()}) if stored and stored.edited else "",
            },
        }
        return cls(**json.loads(json.dumps(content)))

    def made_anew(self, integration: Integration, graph: Graph, access: Mapping[str, Any]) -> Self:
        """The plan with what follows from its inputs: the same one, if nobody forged it. `graph` was built from them."""
        return replace(self, **json.loads(json.dumps(_made(integration, graph, access))))

    @property
    def content(self) -> dict[str, Any]:
        return {"tool": MARK, "format": FORMAT, **vars(self)}

    @property
    def digest(self) -> str:
        return digest(self.content)

    @property
    def text(self) -> str:
        return indented({**self.content, "digest": self.digest}) + "\n"

    @property
    def word(self) -> str:
        """What a command line names its integration by."""
        return word_of(self.integration["name"], self.integration.get("file"))

    @property
    def places(self) -> dict[str, Account]:
        return {
            alias: Account(alias=each["alias"], id=each["id"], partition=each["partition"], region=each["region"])
            for alias, each in self.accounts.items()
        }

    @property
    def region(self) -> str:
        return next(iter(self.accounts.values()))["region"]

    @property
    def words(self) -> list[str]:
        """The options that allow what it allows, for as long."""
        allowed = [word for each in self.allowed for word in f"--{each}".split(" ", 1)]
        lasts = duration_text(moment(self.expires) - moment(self.created))
        return [*allowed, *(["--expires", lasts] if lasts != EXPIRES else [])]

    def check_usable(self, version: str, now: datetime) -> None:
        """Raises PlanOutdated for a plan that another version made, or that has expired, PlanRefused
        for one of the future."""
        if self.version != version:
            raise PlanOutdated(
                f"the plan was made by bootstrap {self.version}, and this is {version}, which may plan something else",
                advice=AGAIN,
            )
        if moment(self.created) > now + CLOCKS:
            raise PlanRefused(f"the plan is of {self.created}, which is in the future", advice=AGAIN)
        if now >= moment(self.expires):
            raise PlanOutdated(f"the plan expired at {self.expires}", advice=AGAIN)

    def check_accounts(self, accounts: Mapping[str, Account]) -> None:
        """Raises PlanRefused for a run that is signed in elsewhere."""
        here = {alias: account.to_json() for alias, account in accounts.items()}
        if here != self.accounts:
            raise PlanRefused(
                f"the plan is for {_places(self.accounts)}, and this run is signed in to {_places(here)}",
                advice="Nothing was changed. Sign in to the account and region of the plan, or make a plan for this one.",
            )


def _made(integration: Integration, graph: Graph, access: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a plan that follow from inputs and accounts."""
    source, nodes = integration.source(), graph.nodes.values()
    return {
        "integration": {"name": integration.name, **({"file": source.path, "sha256": source.sha256} if source else {})},
        "inputs": integration.to_json(),
        "given": sorted(integration.given),
        "accounts": {each.alias: each.to_json() for each in graph.accounts},
        "graph": graph.as_json(),
        "policies": {each.address: graph.predicted(each).policies(graph.account(each.account)) for each in nodes},
        "access": access,
    }


def from_text(text: str, where: str) -> PlanFile:
    """Raises UsageError for what is no plan, and PlanRefused for one of another format, or one that was edited."""
    content = content_of(text, where, MARK, "a plan", FORMAT, "Make one with plan --out.")
    if content.pop("digest", None) != digest(content):
        raise PlanRefused(f"{where} was edited since bootstrap wrote it: its digest does not match", advice=AGAIN)
    try:
        found: PlanFile = typed(PlanFile, content)
        if not timedelta() <= moment(found.expires) - moment(found.created) <= _LONGEST:
            raise ValueError(f"it is not good for up to {_LONGEST.days} days")
        if "name" not in found.integration or (("file" in found.integration) != ("sha256" in found.integration)):
            raise ValueError("integration has no name, or a file without its digest")
        places = found.places
        if not places or any(not each.is_one or each.alias != alias for alias, each in places.items()):
            raise ValueError("accounts are not accounts by their alias")
    except (KeyError, ValueError) as error:
        raise UsageError(f"{where} is not a plan of bootstrap: {error}", "Make one with plan --out.") from error
    return found


def content_of(text: str, where: str, mark: str, what: str, known: int, advice: str) -> dict[str, Any]:
    """The content of a file with this mark and format, without these two. Raises UsageError for something else, PlanRefused
    for another format."""
    try:
        content = strict_json(text, DEEPEST)
    except ValueError as error:
        raise UsageError(f"{where} is not {what} of bootstrap: {error}", advice) from error
    if not isinstance(content, dict) or content.get("tool") != mark:
        raise UsageError(f"{where} is not {what} of bootstrap", advice)
    if content.get("format") != known or isinstance(content["format"], bool):
        raise PlanRefused(
            f"{where} has the format {content.get('format')!r}; this version of bootstrap knows {known}",
            advice=f"Nothing was changed. {advice}",
        )
    return content


def typed(kind: type, content: Mapping[str, Any]) -> Any:
    """The fields of a dataclass from JSON, beside mark and format. Raises ValueError for missing, unknown or wrong ones."""
    values = {name: value for name, value in content.items() if name not in ("tool", "format")}
    fields = {each.name for each in dataclasses.fields(kind)}
    if odd := sorted(fields ^ set(values)):
        raise ValueError(f"these keys are missing or unknown: {', '.join(odd)}")
    hints: Mapping[str, Any] = hints_of(kind)
    if wrong := [name for name, value in values.items() if not fits(value, hints[name])]:
        raise ValueError(f"these values have another type than they may have: {', '.join(sorted(wrong))}")
    return kind(**values)


def duration(text: str) -> timedelta:
    """How long a plan is good for, as "24h". Raises ValueError."""
    found = re.fullmatch(r"([1-9][0-9]{0,5})([mhd])", text)
    lasts = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else timedelta()
    if not timedelta() < lasts <= _LONGEST:
        raise ValueError(f"{text!r} is not a time like 30m, 24h or 7d, of at most {_LONGEST.days} days")
    return lasts


def duration_text(lasts: timedelta) -> str:
    minutes = max(1, lasts // timedelta(minutes=1))
    return f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}m"


def moment(text: str) -> datetime:
    """Raises ValueError for a time in another form than ours."""
    return datetime.strptime(text, _TIME).replace(tzinfo=UTC)


def time_text(time: datetime) -> str:
    return time.astimezone(UTC).strftime(_TIME)


def _places(accounts: Mapping[str, Mapping[str, str]]) -> str:
    named: Sequence[str] = [f"{each['id']} in {each['region']}" for each in accounts.values()]
    several = len(named) > 1
    return " and ".join(f"{where} ({alias})" if several else where for alias, where in zip(accounts, named, strict=True))
