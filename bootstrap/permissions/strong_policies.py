"""Whether a policy makes its holder an administrator, or lets it become one. Pure."""

from collections.abc import Mapping
from typing import Any

from bootstrap.permissions.lint.escalation import escalations

EVERYTHING = "it allows everything in the account"


def strength(document: Any) -> tuple[str, str]:
    """The code and the text of the worst that a policy of a role allows; ("", "") for neither of the two, or if unknown."""
    found = list(escalations({"": document})) if isinstance(document, Mapping) else []
    for each in found:
        if each.code == "administrator":
            return each.code, each.text if "that it does not name" in each.text else EVERYTHING
    return next(((each.code, f"it allows {each.text}") for each in found if each.code == "escalation"), ("", ""))
