"""What a project file says about approvals: whether a create needs one, where it is, and who may sign it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bootstrap.core.place import Place

REQUIRE, SIGNERS = "require_approval", "allowed_signers"
KEYS = (REQUIRE, SIGNERS)


@dataclass(frozen=True)
class ApprovalRule:
    """`file` is the approval, if it is not the one beside the plan. Files are relative to the project file."""

    required: bool = False
    file: str | None = None
    signers: str | None = None


def approval_rule(content: Mapping[str, Any], place: Place, above: ApprovalRule | None = None) -> ApprovalRule:
    """The rule of a table, or of the one `above` it where the table says nothing. Raises UsageError."""
    rule = above or ApprovalRule()
    wanted = content.get(REQUIRE, rule.file or rule.required)
    if not isinstance(wanted, bool) and not _is_text(wanted):
        place.at(REQUIRE).refuse("must be true, false or a file", f"Write {REQUIRE} = true")
    required, file = bool(wanted), rule.file if REQUIRE not in content else None
    if REQUIRE in content and isinstance(wanted, str):
        file = str(Path(place.file).parent / wanted)
    signers = rule.signers
    if SIGNERS in content:
        if not _is_text(content[SIGNERS]):
            place.at(SIGNERS).refuse("must be a file", f'Write {SIGNERS} = "allowed_signers"')
        if not required and above:
            place.at(SIGNERS).refuse("has no effect: no approval is required", f"Add {REQUIRE} = true.")
        signers = str(Path(place.file).parent / content[SIGNERS])
    return ApprovalRule(required, file, signers)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and value.isprintable()
