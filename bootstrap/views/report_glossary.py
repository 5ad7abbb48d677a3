"""The words of a report that a reader who knows AWS need not know: each is explained at its end, if the page has it."""

import re
from collections.abc import Iterable, Iterator, Sequence

from bootstrap.views.report_blocks import Block, Cell, Code, Items, Paragraph, Part, Section, Table, Terms

WORDS: dict[str, tuple[str, str]] = {
    "access level": (
        r"access levels?|Levels of actions",
        "What kind of thing AWS says that an action does: List, Read, Tagging, Write or Permissions management.",
    ),
    "address": (
        r"address",
        "The name of a resource within a deployment, as role or bucket. It is the same in each run, and a tag has it.",
    ),
    "approval": (r"approval", "A file by which somebody agrees to one plan (the command approve); it can be signed."),
    "cage": (
        r"cage",
        "Temporary credentials that have only the permissions that one plan needs. AWS denies everything else to that run.",
    ),
    "canary": (
        r"canary",
        "The account of a fleet in which each change is made first. The others follow only if it has worked there.",
    ),
    "deployment": (r"deployment", "What one create makes, under a name of its own; the state records it."),
    "digest": (
        r"digest|sha256",
        "The SHA-256 of a content, as 64 digits. If it is the same, so is the content; any change gives another.",
    ),
    "external id": (
        r"external id",
        "A value that the trust policy of a role demands of whoever assumes it (sts:ExternalId). Each customer of a vendor "
        "has another, so that the vendor cannot be made to use the role for somebody else. It is no secret.",
    ),
    "fleet": (r"fleet", "The same integration in many accounts, brought there by one StackSet of CloudFormation."),
    "hand-off": (
        r"hand-offs?",
        "What create shows at its end to give to the vendor, such as the ARN of a role, and what else is then to be done.",
    ),
    "integration": (
        r"integration",
        "What a vendor needs in an account, as bootstrap knows it: roles, policies, buckets.",
    ),
    "lineage": (
        r"lineage",
        "A random value of each state, in a tag of all that it records: so two deployments of the same name are told apart.",
    ),
    "operator": (r"operator", "The person or the job that runs bootstrap."),
    "owner tags": (
        r"owner tags?",
        "Three tags (deployment, address, lineage) by which bootstrap knows what it has created, and deletes nothing else.",
    ),
    "permissions boundary": (
        r"permissions boundary",
        "A policy that says what a role may have at most, whatever its other policies grant.",
    ),
    "plan": (r"plan", "The list of what create would change, made before it changes anything."),
    "receipt": (r"receipt", "What destroy says at its end: what is gone, what is left and what is unknown."),
    "resource control policy": (
        r"resource control polic(?:y|ies)",
        "A policy of the organization that limits who may reach its resources, whatever their own policies allow.",
    ),
    "service-linked role": (r"service-linked role", "A role that only a service of AWS can assume, and that AWS defines."),
    "StackSet": (r"StackSets?", "A template of CloudFormation, and the accounts in which it has a stack."),
    "state": (r"state", "The file in which bootstrap records what it has created."),
    "trust policy": (r"trust polic(?:y|ies)", "The policy of a role that says who may assume it."),
}
"""Each word with what finds it in a text, and what it means here."""


def glossary(found: Iterable[Section]) -> tuple[Block, ...]:
    """The words that these sections have."""
    text = "\n".join(line for section in found for line in _texts([Paragraph(section.title), *section.blocks]))
    used = [
        (word, means)
        for word, (pattern, means) in WORDS.items()
        if re.search(rf"(?<!\w){pattern}(?!\w)", text, re.IGNORECASE)
    ]
    return (Terms(tuple(used)),)


def _texts(blocks: Sequence[Block]) -> Iterator[str]:
    """All that a reader sees but for policies, which say what AWS means."""
    for block in blocks:
        match block:
            case Paragraph():
                yield block.text
            case Items():
                yield from block.entries
            case Table():
                yield from (block.caption, *block.headings)
                yield from (line for row in block.rows for each in row for line in _lines(each))
            case Code():
                yield block.title
            case Part():
                yield block.title
                yield from _texts(block.blocks)


def _lines(cell: Cell) -> Iterator[str]:
    yield from (*cell.lines, cell.title, *cell.more)
