"""What is there after a destroy: plain data, for people who must be sure that nothing of it is left."""

import json
import re
from dataclasses import asdict, dataclass
from typing import Any, Self

from bootstrap.core import validators
from bootstrap.core.strict_json import strict_json

_TIME = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", re.ASCII)


@dataclass(frozen=True)
class Item:
    """A thing of the deployment. `id` is what AWS calls it, `account` an alias; `why` is for what is not gone, and
    `advice` says what to do about it; not `recorded` is what only its tags told of."""

    address: str
    kind: str
    name: str
    id: str
    account: str
    why: str = ""
    advice: str = ""
    recorded: bool = True


@dataclass(frozen=True)
class Receipt:
    """`gone` was looked for and is not there; `left` carries the deployment's own marks and is there; of `unknown` AWS did
    not say; `unsearched` says, a line each, what could not be looked for; `unseen` are names in AWS's index of tags that
    this version cannot look at, and that may be gone; `others` was never the deployment's, and stays; `notes` say what was
    refused and looked for in another way."""

    gone: tuple[Item, ...] = ()
    left: tuple[Item, ...] = ()
    unknown: tuple[Item, ...] = ()
    unsearched: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        """All that was recorded is gone, everything was looked for, and nothing else of the deployment was found."""
        return not self.left and not self.unknown and not self.unsearched

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "clean": self.clean}


@dataclass(frozen=True)
class Destroyed:
    """What stays in the place of a state after a destroy that left nothing. `at` is UTC, as 2026-11-22T09:30:00+00:00."""

    deployment: str
    integration: str
    lineage: str
    at: str

    def to_json(self) -> str:
        return json.dumps({"bootstrap": "destroyed", **asdict(self)}, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self | None:
        """None for everything that bootstrap did not write."""
        try:
            content = strict_json(text, deepest=2)
            if not isinstance(content, dict) or content.pop("bootstrap", None) != "destroyed":
                return None
            found = cls(**content)
            validators.deployment(found.deployment)
        except (TypeError, ValueError):
            return None
        is_text = all(isinstance(each, str) for each in content.values())
        return found if is_text and _TIME.fullmatch(found.at) else None
