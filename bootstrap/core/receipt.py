"""What exists after a destroy: plain data, for people who must be sure that nothing is left."""

import json
import re
from dataclasses import asdict, dataclass
from typing import Any, Self

from bootstrap.core import validators
from bootstrap.core.account_status import AccountStatus
from bootstrap.core.loss import Loss
from bootstrap.core.strict_json import strict_json

_TIME = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", re.ASCII)


@dataclass(frozen=True)
class Item:
    """A resource of the deployment. `id` is the id in AWS, `account` an alias. `why` says why it is not gone, and `advice`
    what to do about it. It is not `recorded` if only its tags show that it belongs to the deployment. `lost` is the data and
    the work that ended with it, as the plan counted it."""

    address: str
    kind: str
    name: str
    id: str
    account: str
    why: str = ""
    advice: str = ""
    recorded: bool = True
    lost: tuple[Loss, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "lost": [item.as_json() for item in self.lost]}


@dataclass(frozen=True)
class Receipt:
    """`gone` does not exist any longer, as a search showed. `left` exists and has the tags or marks of the deployment. AWS
    did not say whether `unknown` exists. `unsearched` has a line for each search that was not possible. `unseen` are names
    in AWS's index of tags that this version cannot read; they may be gone. `others` never belonged to the deployment and
    is kept. So is what is in `kept`, for the reason given there: the deployment used it, or even created it, and others may
    need it. `notes` name searches that were refused and done in another way, and
    `side_effects` what the vendor may have made with the access that it had: nobody looks for that."""

    gone: tuple[Item, ...] = ()
    left: tuple[Item, ...] = ()
    unknown: tuple[Item, ...] = ()
    unsearched: tuple[str, ...] = ()
    unseen: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    side_effects: tuple[str, ...] = ()
    accounts: tuple[AccountStatus, ...] = ()
    """What became of a fleet in each account."""

    @property
    def clean(self) -> bool:
        """Everything recorded is gone, every search was possible, and nothing else of the deployment was found."""
        return not self.left and not self.unknown and not self.unsearched

    def as_json(self) -> dict[str, Any]:
        items = {name: [item.as_json() for item in getattr(self, name)] for name in ("gone", "left", "unknown")}
        accounts = {"accounts": [each.as_json() for each in self.accounts]} if self.accounts else {}
        others = {name: value for name, value in asdict(self).items() if name != "accounts"}
        return {**others, **items, **accounts, "clean": self.clean}


@dataclass(frozen=True)
class Destroyed:
    """Replaces the state after a destroy that left nothing. `at` is in UTC, as 2026-11-22T09:30:00+00:00."""

    deployment: str
    integration: str
    lineage: str
    at: str

    def to_json(self) -> str:
        return json.dumps({"bootstrap": "destroyed", **asdict(self)}, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self | None:
        """Returns None for any text that bootstrap did not write."""
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
