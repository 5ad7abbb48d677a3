"""The contract of a resource: one AWS type, described by what it should look like.

A resource is a frozen dataclass whose fields are the desired properties, all of them JSON-able, so that a record in
the state can bring it back without the code of the vendor. The class says how to read it, make it, change it and
delete it; when and in which order is decided elsewhere (`planner.py`, `engine/executor.py`).
"""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

from bootstrap.core.account import Account
from bootstrap.core.cloud import Cloud
from bootstrap.core.direction import Directions
from bootstrap.core.first_boot import FirstBoot
from bootstrap.core.json_types import fits, hints_of
from bootstrap.core.live import Live, Obstacle, Outputs, Part, Properties
from bootstrap.core.permission import Permission
from bootstrap.core.reference import resolve
from bootstrap.errors import NOT_AWS, AwsError, StateError

if TYPE_CHECKING:
    from bootstrap.core.difference import Difference
    from bootstrap.core.search_filter import SearchFilter

OTHER_NAMES = "Choose other names with --role-prefix."
"""In `if_taken`; what a user reads instead names a prefix (`reasons.suggest_other_names`)."""


@dataclass(frozen=True, kw_only=True)
class Resource(ABC):
    """Base of every resource kind. `aws` below is a `bootstrap.aws.client.Scope` (a fake one in the tests of the core)."""

    kind: ClassVar[str]
    services: ClassVar[tuple[str, ...]]
    """The AWS services whose clients this kind uses."""
    outputs: ClassVar[tuple[str, ...]]
    """The names of the outputs; others may refer to them."""
    unique_id: ClassVar[str]
    """The output that AWS never gives out twice, also not to a thing of the same name; "" where there is none, and
    the owner tags alone must do."""
    immutable: ClassVar[frozenset[str]] = frozenset()
    """Fields that AWS cannot change in place."""
    additive: ClassVar[Mapping[str, str]] = {}
    """Mapping fields to which others may add entries, with what one entry is called."""
    never_ours: ClassVar[frozenset[str]] = frozenset()
    """Entries of `additive` fields that no deployment makes, whatever a record says: AWS or an administrator does."""
    create_only: ClassVar[frozenset[str]] = frozenset()
    """Fields that only the creating call uses and AWS does not tell; for what is there already they stay as they were."""
    directions: ClassVar[Directions] = {}
    """Which value is stricter, by field; a field without a rule has none. See `tightening`."""
    set_by: ClassVar[Mapping[str, str]] = {}
    """The option of create that sets a field, by the field: where somebody has to choose between two values."""
    precheck_on_update: ClassVar[frozenset[str]] = frozenset()
    """Fields whose change in place is checked by `obstacles` as well."""
    shared: ClassVar[bool] = False
    """Whether the whole account shares it: made when it is missing, never taken for ours, and never deleted."""
    recomputed_outputs: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Outputs that get another value when one of these fields changes (a template's version)."""
    globally_unique: ClassVar[bool] = False
    """Whether its name is unique among all accounts, so that another account may have it once ours is gone."""
    unnamed: ClassVar[bool] = False
    """Whether no name keeps AWS from making a second one."""
    lag: ClassVar[float] = 3
    """How many times `Timing.settle` (10 seconds) AWS may take until each answer shows a new one; it publishes no number."""
    force_flag: ClassVar[str] = ""
    """The flag without which what `Live.blockers` tells of stops a delete."""
    interrupting: ClassVar[str] = ""
    """The flag without which what `interrupts` tells of stops an update."""
    holds: ClassVar[tuple[str, ...]] = ()
    """Fields that name what was put into it, for which the record is the only proof."""
    detachable: ClassVar[str] = ""
    """The `Part.what` that a delete takes off and leaves whole when `DETACH_FOREIGN` allows it, though others put it on."""
    contained: ClassVar[frozenset[str]] = frozenset()
    """Each `Part.what` that cannot outlive the thing, as no entry of an additive field can."""
    taggable: ClassVar[bool] = True
    """False where AWS has no tags: the thing then belongs to whoever owns what it hangs on."""
    tagged: ClassVar[Mapping[str, str]] = {}
    """The beginnings of its ARNs ("ec2:security-group", or "s3" where nothing stands before the name), with the output
    that the end of the ARN is; "arn" for all of it, "" where the owner tags must do."""
    permissions: ClassVar[tuple[Permission, ...]] = ()
    if_taken: ClassVar[str] = ""
    """What a user can do when the name is taken by somebody else."""

    def properties(self) -> Properties:
        return {item.name: plain(getattr(self, item.name)) for item in dataclasses.fields(self)}

    def settings(self) -> Properties:
        """The properties as people read them: without what is only a note of ours."""
        return {name: value for name, value in self.properties().items() if name != "asked"}

    def arn_variables(self) -> Properties:
        """What the ARNs of `permissions` are made of: the fields, and what a kind adds to them."""
        return self.properties()

    @classmethod
    def from_properties(cls, properties: Mapping[str, Any]) -> Self:
        """Raises StateError when the properties are not those of this kind."""
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
        return type(self)(**resolve(self.properties(), lookup))

    @property
    @abstractmethod
    def label(self) -> str:
        """The name under which AWS's console shows it."""

    @property
    def purpose(self) -> str:
        """Why the vendor wants it, and the page that says so; "" where its own statements say that."""
        return ""

    def validate(self, account: Account) -> Sequence[str]:
        """What AWS would refuse, found without asking it: names, sizes, shapes."""
        return ()

    def policies(self, account: Account) -> Mapping[str, Mapping[str, Any]]:
        """The policy documents that it sends, by name: for the linter."""
        return {}

    def predicted_outputs(self, account: Account) -> dict[str, str]:
        """The outputs that follow from the properties alone, before the thing exists (an ARN made of a name)."""
        return {}

    def creation_facts(self) -> Mapping[str, str]:
        """What a hand-off can refer to beside outputs: how a recorded thing was created."""
        return {}

    def as_created(self, aws: Cloud, outputs: Outputs) -> tuple[Self, str]:
        """For a state that is rebuilt: with those of `at_birth` that AWS tells when it is asked for them alone, and what
        could not be read."""
        return self, ""

    def canonical(self, name: str, value: Any) -> Any:
        """A form of the field's value in which equal meaning is equality."""
        return value

    def asked_for(self) -> Collection[str]:
        """The fields whose value the user gave as an input, so that it is more than a default of ours."""
        return ()

    def attachments(self) -> Iterable[Part]:
        """What this resource puts on another thing, or names on itself."""
        return ()

    @abstractmethod
    def read(self, aws: Cloud, outputs: Outputs) -> Live | None:
        """The thing now: by the recorded outputs, else by name or owner tag. None when it is not there."""

    def checked_read(self, aws: Cloud, outputs: Outputs) -> Live | None:
        """What `read` gives. Raises AwsError where AWS, or what answered in its place, gave values of other types."""
        live = self.read(aws, outputs)
        return live and self.well_formed(live)

    def well_formed(self, live: Live) -> Live:
        """`live`, if its values have the types of the fields or are None, and its outputs are text. Raises AwsError."""
        hints = hints_of(type(self))
        told = {name: value for name, value in live.properties.items() if value is not None or name in self.additive}
        odd = [name for name, value in told.items() if not fits(value, hints.get(name, Any))]
        if odd or not fits(live.outputs, dict[str, str]):
            what = ", ".join(odd) or "its id"
            raise AwsError(f"AWS gave an answer that bootstrap cannot read of {self.kind} {self.label}: {what}", NOT_AWS)
        return live

    def checked_ready(self, aws: Cloud, outputs: Outputs) -> Outputs:
        """What `ready` gives, if it can be recorded. Raises AwsError."""
        return self.well_formed(Live(self.ready(aws, outputs), {})).outputs

    @classmethod
    def list_tagged(cls, aws: Cloud, search_filter: "SearchFilter") -> Iterable[tuple[Outputs, Mapping[str, str]]]:
        """What `read` needs, with the tags, of each thing of this kind that carries tags of `aws.owner.deployment`.

        For what the Resource Groups Tagging API does not reach, or where a list that is never late costs no more.
        `search_filter` says what the deployment could have made.
        """
        return ()

    def if_locked(self, account: Account) -> str:
        """What to do where a policy on the thing itself may keep its owner out."""
        return ""

    def certain(self, aws: Cloud, outputs: Outputs) -> bool:
        """Whether AWS says of one with these recorded outputs that may not be read that this account has it all the same."""
        return False

    @property
    def guarded(self) -> str:
        """Why it must not be deleted unless `DETACH_FOREIGN` allows it, whatever a state says; else ""."""
        return ""

    def displaces(self, live: Live, changed: Collection[str]) -> tuple[str, ...]:
        """What of `live.along` an update of these fields deletes to make room, and what else ends with it."""
        return ()

    def lost_on_replace(self) -> tuple[str, ...]:
        """What is lost when it alone is deleted and made again, as `REPLACE` allows; nothing where that cannot be done."""
        return ()

    def interrupted_by(self, aws: Cloud, outputs: Outputs, changed: Collection[str]) -> Sequence[str]:
        """What is under way in it now and would be ended by an update of these fields."""
        return ()

    def is_visible(self, live: Live | None) -> bool:
        """Whether all of it can be seen. Tags of things with an id are there with them; those of a bucket may come later."""
        return live is not None and bool(live.owner or live.unreadable or self.unique_id or not self.taggable)

    def why_unusable(self, aws: Cloud) -> str:
        """Why a thing of this name cannot be used as one that the user brings; "" when it can."""
        live = self.read(aws, {})
        return f"there is no {self.kind} {self.label}" if live is None else live.unreadable

    def counts_as(self) -> str:
        """What AWS allows a number of: `Scope.makes` tells `obstacles` how many with this word the plan makes."""
        return self.kind

    def precheck(self, aws: Cloud) -> Sequence["Obstacle"]:
        """Why AWS would not make it just now, as far as reads tell: a quota, or what the region does not offer. And, as what
        stops nothing, why it will do less than what was asked for."""
        return ()

    def first_boot(self, aws: Cloud, outputs: Outputs) -> FirstBoot | None:
        """What became of the script that it runs when it first starts, in one call; None where that does not report."""
        return None

    def warnings(self, aws: Cloud) -> Sequence[str]:
        """What others have in AWS that takes the effect from it, made or to be made, as far as reads tell."""
        return ()

    @abstractmethod
    def create(self, aws: Cloud) -> Live:
        """The creating call alone, owner tags in it; `update` does the rest. Raises AlreadyExists."""

    @abstractmethod
    def update(self, aws: Cloud, outputs: Outputs, differences: Sequence["Difference"]) -> Outputs:
        """Makes just these differences true; harmless when they already are. Returns the outputs afterwards."""

    def ready(self, aws: Cloud, outputs: Outputs) -> Outputs:
        """Returns, after `create` and `update`, once others can build on it, with the outputs that it has then."""
        return outputs

    @abstractmethod
    def delete(self, aws: Cloud, outputs: Outputs) -> None:
        """Returns once it is gone. Gone already is success."""

    def side_effects(self, aws: Cloud, outputs: Outputs) -> Sequence[str]:
        """What came about around it, was never ours, and stays when it is deleted (logs): for the report only."""
        return ()


@dataclass(frozen=True, kw_only=True)
class Taggable(Resource):
    """A resource with tags. `tags` are the user's; the owner's go in by themselves in the creating call. `asked` names the
    fields whose value the user gave (`Integration.asked`)."""

    tags: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    additive: ClassVar[Mapping[str, str]] = {"tags": "tag"}

    def asked_for(self) -> Collection[str]:
        return self.asked


def plain(value: Any) -> Any:
    """Tuples as lists: what JSON would give back."""
    match value:
        case tuple() | list():
            return [plain(item) for item in value]
        case dict():
            return {key: plain(item) for key, item in value.items()}
    return value
