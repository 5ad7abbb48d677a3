"""The contract of a resource: one AWS type, described by what it should look like.

A resource is a frozen dataclass whose fields are the desired properties. All of them are JSON values, so a record in the
state restores the resource without the vendor's code. The class says how to read, create, update and delete it; `planner.py`
and `engine/executor.py` decide when, and in which order. What is true of a whole type is data (`resource_type.py`).
"""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from bootstrap.core.account import Account
from bootstrap.core.cloud import Cloud
from bootstrap.core.first_boot import FirstBoot
from bootstrap.core.json_types import fits, hints_of
from bootstrap.core.live import Live, Obstacle, Outputs, Part, Properties
from bootstrap.core.permission import Permission
from bootstrap.core.reference import marked, resolve
from bootstrap.core.resource_type import Deletion, Identifiers, Updates
from bootstrap.errors import NOT_AWS, AwsError, StateError

if TYPE_CHECKING:
    from bootstrap.core.difference import Difference
    from bootstrap.core.search_filter import SearchFilter

OTHER_NAMES = "Choose other names with --role-prefix."
"""A value of `Identifiers.if_taken`; `name_conflicts.suggest_other_names` shows it to the user with a prefix to use."""


@dataclass(frozen=True, kw_only=True)
class Resource(ABC):
    """Base of every resource type. `aws` below is the port to AWS, as `aws/scope.py` and the tests' fake implement it."""

    # The type

    kind: ClassVar[str]
    services: ClassVar[tuple[str, ...]]
    """The AWS services whose clients this type uses."""
    identifiers: ClassVar[Identifiers]
    updates: ClassVar[Updates] = Updates()
    deletion: ClassVar[Deletion] = Deletion()
    permissions: ClassVar[tuple[Permission, ...]] = ()
    while_waiting: ClassVar[Mapping[str, Any]] = {}
    """By field: the value until the vendor has shown what the field should name (`pending.py`)."""
    taggable: ClassVar[bool] = False
    """False where AWS has no tags: the resource then belongs to the owner of the resource that it is attached to."""

    @property
    def additive(self) -> Mapping[str, str]:
        """Mapping fields to which others may add entries, with the noun for one entry."""
        return self.updates.additive

    # Its properties

    def properties(self) -> Properties:
        return {item.name: plain(getattr(self, item.name)) for item in dataclasses.fields(self)}

    def settings(self) -> Properties:
        """The properties that are settings of the resource: all but `asked`, which is a note of ours."""
        return {name: value for name, value in self.properties().items() if name != "asked"}

    @classmethod
    def from_properties(cls, properties: Mapping[str, Any]) -> Self:
        """Raises StateError when the properties are not those of this type."""
        names = {item.name for item in dataclasses.fields(cls)}
        needed = {
            item.name
            for item in dataclasses.fields(cls)
            if item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
        }
        if not (needed <= set(properties) <= names):
            odd = sorted((needed - set(properties)) | (set(properties) - names))
            raise StateError(
                f"a record of kind {cls.kind} has missing or unknown properties: {', '.join(odd)}",
                "Nothing was changed. Upgrade bootstrap, or restore the state from a backup.",
            )
        if wrong := [name for name, value in properties.items() if not fits(value, hints_of(cls)[name])]:
            raise StateError(
                f"a record of kind {cls.kind} has values of another type than it may have: {', '.join(sorted(wrong))}",
                "Nothing was changed. Restore the state from a backup.",
            )
        return cls(**properties)

    def resolved(self, lookup: Any) -> Self:
        properties = self.properties()
        return type(self)(**(resolve(properties, lookup) if marked(properties) else properties))

    def canonical(self, name: str, value: Any) -> Any:
        """The field's value in a form that is equal exactly when the meaning is equal."""
        return value

    def asked_for(self) -> Collection[str]:
        """The fields whose value the user chose as an input, so it is not just our default."""
        return ()

    # What follows from the properties, without asking AWS

    @property
    @abstractmethod
    def label(self) -> str:
        """The name that the AWS console shows."""

    @property
    def purpose(self) -> str:
        """Why the vendor needs it, and the page that says so; "" where the statements of its policies say that."""
        return ""

    def arn_variables(self) -> Properties:
        """The variables in the ARNs of `permissions`: the fields, and what a type adds to them."""
        return self.properties()

    @property
    def policies_of_others(self) -> Sequence[str]:
        """The ARNs of the managed policies that it names and others may change. What AWS changes of its own is known."""
        return ()

    def policies(self, account: Account) -> Mapping[str, Mapping[str, Any]]:
        """The policy documents that it sends to AWS, by name, for the linter."""
        return {}

    def validate(self, account: Account) -> Sequence[str]:
        """What AWS would refuse, found without calling it: names, sizes, shapes."""
        return ()

    def predicted_outputs(self, account: Account) -> dict[str, str]:
        """The outputs that follow from the properties alone, before the resource exists (an ARN built from a name)."""
        return {}

    def creation_facts(self) -> Mapping[str, str]:
        """What a hand-off can refer to besides outputs: how the recorded resource was created."""
        return {}

    def attachments(self) -> Iterable[Part]:
        """What this resource attaches to other resources."""
        return ()

    def counts_as(self) -> str:
        """What a quota counts it as: `Planned.counts` tells `precheck` how many of these the plan creates."""
        return self.kind

    def needs_settings_of(self, other: "Resource") -> bool:
        """Whether it is created only when `other`, on which it depends, has all of its settings. Otherwise it is created as
        soon as that exists; what depends on this one still waits for both."""
        return True

    def lost_on_replace(self) -> tuple[str, ...]:
        """What is lost when this resource alone is replaced, as `REPLACE` allows; nothing where it cannot be replaced."""
        return ()

    @property
    def why_protected(self) -> str:
        """Why a delete needs `DETACH_FOREIGN`, whatever the state says; "" when it does not."""
        return ""

    def unlock_advice(self, account: Account) -> str:
        """What to do when a policy of the resource itself may lock its owner out; "" where no type of policy can."""
        return ""

    # What AWS has

    @abstractmethod
    def read(self, aws: Cloud, outputs: Outputs) -> Live | None:
        """The resource as it is now, by the recorded outputs, else by name or owner tags. None when it does not exist."""

    def checked_read(self, aws: Cloud, outputs: Outputs) -> Live | None:
        """What `read` returns. Raises AwsError when AWS, or an emulator, answers with values of other types."""
        live = self.read(aws, outputs)
        return live and self.well_formed(live)

    def well_formed(self, live: Live) -> Live:
        """`live`, if its values have the types of the fields or are None, and its outputs are text. Raises AwsError."""
        hints = hints_of(type(self))
        reported = {name: value for name, value in live.properties.items() if value is not None or name in self.additive}
        odd = [name for name, value in reported.items() if not fits(value, hints.get(name, Any))]
        if odd or not fits(live.outputs, dict[str, str]):
            what = ", ".join(odd) or "its id"
            raise AwsError(f"AWS gave an answer that bootstrap cannot read of {self.kind} {self.label}: {what}", NOT_AWS)
        return live

    def is_visible(self, live: Live | None) -> bool:
        """Whether AWS shows all of it. With a unique id the tags show at once; those of a bucket may come later."""
        return live is not None and bool(live.owner or live.unreadable or self.identifiers.unique_id or not self.taggable)

    def surely_exists(self, aws: Cloud, outputs: Outputs) -> bool:
        """Whether AWS confirms that the resource with these recorded outputs exists, although it may not be read."""
        return False

    @classmethod
    def list_tagged(cls, aws: Cloud, search_filter: "SearchFilter") -> Iterable[tuple[Outputs, Mapping[str, str]]]:
        """The outputs that `read` needs and the tags of each resource of this type with tags of `aws.owner.deployment`.

        For types that the Resource Groups Tagging API does not cover, and where a list that is never late costs no more.
        `search_filter` says what the deployment may have created.
        """
        return ()

    def as_created(self, aws: Cloud, outputs: Outputs) -> tuple[Self, str]:
        """For a state that is rebuilt: the resource with the `create_only` fields that AWS reports on request, and what
        could not be read."""
        return self, ""

    def first_boot(self, aws: Cloud, outputs: Outputs) -> FirstBoot | None:
        """The result of the script that it runs on first start, read in one call; None where the script does not report."""
        return None

    def warnings(self, aws: Cloud) -> Sequence[str]:
        """What of others in AWS keeps it from having an effect, as far as reads show: it works, but does nothing."""
        return ()

    # What would stop a change, or be lost by it

    def precheck(self, aws: Cloud) -> Sequence["Obstacle"]:
        """Why AWS would refuse to create it now, as far as reads show: a quota, or what the region does not offer. An
        obstacle that stops nothing says why the resource will do less than requested."""
        return ()

    def why_unusable(self, aws: Cloud) -> str:
        """Why an existing resource of this name cannot be used; "" when it can."""
        live = self.read(aws, {})
        return f"there is no {self.kind} {self.label}" if live is None else live.unreadable

    def update_obstacles(self, aws: Cloud, outputs: Outputs, changed: Collection[str]) -> Sequence["Obstacle"]:
        """Why AWS would refuse to change these fields of the resource with these outputs, as far as reads show."""
        return ()

    def displaces(self, live: Live, changed: Collection[str]) -> tuple[str, ...]:
        """The entries of `live.along` that an update of these fields deletes to make room."""
        return ()

    def interrupted_by(self, aws: Cloud, outputs: Outputs, changed: Collection[str]) -> Sequence[str]:
        """What runs in it now and would be stopped by an update of these fields."""
        return ()

    # Changes

    @abstractmethod
    def create(self, aws: Cloud) -> Live:
        """Sends the creating call alone, with the owner tags in it; `update` does the rest. Raises AlreadyExists."""

    @abstractmethod
    def update(self, aws: Cloud, outputs: Outputs, differences: Sequence["Difference"]) -> Outputs:
        """Applies exactly these differences; harmless when they are applied already. Returns the outputs afterwards."""

    def ready(self, aws: Cloud, outputs: Outputs) -> Outputs:
        """Waits, after `create` and `update`, until other resources can use it. Returns the outputs that it has then."""
        return outputs

    def checked_ready(self, aws: Cloud, outputs: Outputs) -> Outputs:
        """What `ready` returns, if it can be recorded. Raises AwsError."""
        return self.well_formed(Live(self.ready(aws, outputs), {})).outputs

    @abstractmethod
    def delete(self, aws: Cloud, outputs: Outputs) -> None:
        """Deletes it and waits until it is gone. Succeeds when it is gone already."""

    def side_effects(self, aws: Cloud, outputs: Outputs) -> Sequence[str]:
        """What AWS or its users created around it and a delete leaves behind (logs): for the report only."""
        return ()


@dataclass(frozen=True, kw_only=True)
class Taggable(Resource):
    """A resource with tags. `tags` are the user's; the creating call adds the owner tags. `asked` names the fields whose
    value the user chose (`Integration.asked`)."""

    tags: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    taggable: ClassVar[bool] = True

    @property
    def additive(self) -> Mapping[str, str]:
        return {"tags": "tag", **self.updates.additive}

    def asked_for(self) -> Collection[str]:
        return self.asked


def plain(value: Any) -> Any:
    """The value as JSON would return it: tuples become lists."""
    if isinstance(value, str):  # as nearly all are
        return value
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return value
