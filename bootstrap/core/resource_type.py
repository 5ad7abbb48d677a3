"""What is true of every resource of one type, as data: how it is identified, how it changes, what a delete takes with it.

The words are those of CloudFormation's resource schemas and of Terraform's provider schemas where these have one. Each
default is the common case, so a type states only what differs.
"""

from collections.abc import Mapping, Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bootstrap.core.strictness import Strictness


@dataclass(frozen=True, kw_only=True)
class Identifiers:
    """How a resource of the type is found, and told apart from all others."""

    outputs: tuple[str, ...]
    """The names of the outputs; properties of other resources may refer to them."""
    unique_id: str = ""
    """The output that AWS never assigns twice, not even to a new resource of the same name; "" where there is none, and
    the owner tags alone must prove whose it is."""
    unnamed: bool = False
    """Whether no name stops AWS from creating a second one."""
    globally_unique: bool = False
    """Whether its name is unique among all accounts, so that another account can take it once ours is deleted."""
    if_taken: str = ""
    """What a user can do when a resource with this name already exists."""
    arn_prefixes: Mapping[str, str] = field(default_factory=dict)
    """How its ARNs start ("ec2:security-group", or "s3" where nothing precedes the name), each with the output that the
    rest of the ARN is: "arn" for the whole ARN, "" where only the owner tags identify it."""
    stack_id: str = ""
    """The output that CloudFormation calls its physical id, if stacks may leave no tags on it: an adopt then asks whether
    a stack manages it."""
    shared: bool = False
    """Whether the whole account shares it: created if it is missing, and one that somebody else created is used as it is,
    never changed or deleted (`ownership.is_borrowed`)."""
    lag: float = 3
    """How many times `Timing.settle` it may take until every answer of AWS shows a new resource of this type. AWS publishes
    no number."""


class Opening(NamedTuple):
    """What a looser setting, or an entry of others, opens: the code of the warning, and its text."""

    code: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Updates:
    """How a resource of the type changes. A field is named as in the resource's dataclass."""

    force_new: AbstractSet[str] = frozenset()
    """Fields that AWS cannot change in place (CloudFormation: createOnlyProperties)."""
    create_only: AbstractSet[str] = frozenset()
    """Fields that only the creating call uses and AWS does not report (CloudFormation: writeOnlyProperties). They are not
    compared with a resource that exists."""
    unreported: AbstractSet[str] = frozenset()
    """Fields that AWS does not report, and that each call uses as the inputs of its run have them: how many accounts at a
    time. They are not compared."""
    after_create: Mapping[str, Any] = field(default_factory=dict)
    """What AWS has or reports right after the creating call, where that is neither absent nor the desired value. A run that
    was cut off leaves it so."""
    at_work: Mapping[str, Any] = field(default_factory=dict)
    """What AWS reports while it does by itself, or for somebody, what leads to the desired value."""
    behind: Mapping[str, Any] = field(default_factory=dict)
    """What AWS reports as long as it has not done, or could not do, all that it was asked: nobody changed that."""
    recomputed_outputs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Outputs that get a new value when one of these fields changes (the version of a launch template)."""
    additive: Mapping[str, str] = field(default_factory=dict)
    """Mapping fields to which others may add entries, with the noun for one entry. `Taggable` adds "tags"."""
    never_ours: AbstractSet[str] = frozenset()
    """Entries of `additive` fields that no deployment creates, whatever a record says: AWS or an administrator does."""
    strictness: Strictness = field(default_factory=dict)
    """Which of two values is stricter, by field; a field without a rule has no stricter value. See `tightening`."""
    opens: Mapping[str, Opening] = field(default_factory=dict)
    """What gives others more access than bootstrap set: by field, a looser value; by the noun for an entry or a `Part`,
    what somebody added. Policies need no entry here: `permissions/widening.py` compares them statement by statement."""
    set_by: Mapping[str, str] = field(default_factory=dict)
    """The option of create that sets a field, by field: for when the user has to choose between two values."""
    precheck_on_update: AbstractSet[str] = frozenset()
    """Fields whose change in place is also checked by `Resource.precheck`."""
    interrupt_flag: str = ""
    """The flag without which an update stops when `Resource.interrupted_by` reports something."""


@dataclass(frozen=True, kw_only=True)
class Deletion:
    """What a delete of a resource of the type takes with it, and what stops it."""

    force_flag: str = ""
    """The flag without which `Live.blockers` stop a delete."""
    detachable: str = ""
    """The `Part.what` that an update or a delete detaches, and does not delete, when `DETACH_FOREIGN` allows it, although
    others attached it."""
    never: bool = False
    """Whether a delete leaves it even if this deployment created it, because others may rely on it without a trace."""
    deleted_with: AbstractSet[str] = frozenset()
    """Each `Part.what` that is deleted with the resource, as every entry of an additive field is."""
    member_fields: tuple[str, ...] = ()
    """Fields that name a resource inside this one. Only the record proves that we put it there."""
    services: tuple[str, ...] = ()
    """The AWS services that only a delete uses."""
