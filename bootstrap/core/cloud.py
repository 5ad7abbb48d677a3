"""The port to AWS: what a resource type is given to read and change one account. `bootstrap.aws.scope` implements it, and so
does the fake cloud of the tests."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from bootstrap.core.account import Account
from bootstrap.core.owner import Owner
from bootstrap.core.query import Query

if TYPE_CHECKING:
    from bootstrap.core.resource import Resource


@dataclass(frozen=True)
class Timing:
    """How long to wait for AWS, in seconds."""

    propagation: float = 120
    """The deadline of one call, with all of its retries."""
    pause: float = 1
    """The wait before the first retry; each further one is twice as long, up to `longest_pause`."""
    longest_pause: float = 8
    first_poll: float = 0.5
    """The time between the first two looks at a state; each further one is twice as long, up to `poll`."""
    poll: float = 5
    settle: float = 10
    """How long a new resource usually takes to show everywhere (`Identifiers.lag`)."""
    vanish: float = 30
    """How long a deleted resource may still show."""
    fresh: float = 30
    """How old a read may be before a delete; an older one is repeated."""


@dataclass(frozen=True)
class Planned:
    """What a plan does around one resource."""

    counts: Mapping[str, int] = field(default_factory=dict)
    """How many resources it creates in the account, by `Resource.counts_as`."""
    others: Sequence["Resource"] = ()
    """What else it creates in the account; where it updates the resource, also what it leaves there."""
    changed_fields: frozenset[str] = frozenset()
    """The fields that it changes in place; empty where it creates the resource."""
    own_outputs: frozenset[str] = frozenset()
    """The outputs of all resources of the deployment, recorded or predicted. AWS may not show them yet, but will."""


class Cloud(Protocol):
    """One account, as the methods of one resource see it: calls, waits, and what the plan says about this resource."""

    @property
    def account(self) -> Account: ...

    @property
    def owner(self) -> Owner:
        """The values of the owner tags."""

    @property
    def timing(self) -> Timing: ...

    @property
    def progress(self) -> Callable[[str], None]:
        """Shows the user what the call waits for."""

    @property
    def stopping(self) -> Callable[[], bool]:
        """Whether the user wants the run to stop: for work that a later run can continue."""

    @property
    def destroying(self) -> bool:
        """Whether a read should also look for what would block a delete."""

    @property
    def expects_gone(self) -> bool:
        """Whether a delete was reported to have worked, so that a read most probably finds nothing."""

    @property
    def allowed(self) -> frozenset[str]:
        """The flags that the user gave for what may be lost (`Deletion.force_flag`)."""

    @property
    def also_removed(self) -> frozenset[str]:
        """What the plan said is deleted with the resource or detached from it. Nothing else that is attached is touched."""

    @property
    def planned(self) -> Planned:
        """The plan around the resource, for `Resource.precheck` and `Resource.interrupted_by`."""

    @property
    def is_look_alike(self) -> bool:
        """Whether an emulator answers, and neither AWS nor our sandbox. It may lack operations of AWS."""

    @property
    def may_exist(self) -> bool:
        """Whether an earlier run may have created the resource without learning of it."""

    @property
    def reads_are_old(self) -> bool:
        """Whether the plan's reads are too old to rely on, where the call itself would not notice a change."""

    @property
    def read_at_creation(self) -> dict[object, Any]:
        """What this change has read of a resource that it created a moment ago (`resources/documents.py`)."""

    @property
    def client_token(self) -> str:
        """A client token for the creating call: the same after a crash, a new one when the resource is created again."""

    def decoded(self, encoded: str) -> str:
        """The encoded message of a denial, decoded to JSON; "" if the caller may not decode it."""

    def authorization_details(self, authorization_id: str, region: str) -> Mapping[str, Any]:
        """What AWS keeps of the denied request with this id in the region ("" for the account's); nothing if the caller may
        not read it."""

    def fresh(self) -> "Cloud":
        """The same, but every read is sent again and its answer is not cached."""

    def before_delete(self) -> "Cloud":
        """The same, but reads also look for what would block a delete."""

    def is_aws(self, service: str) -> bool:
        """Whether AWS itself serves this service, and not an emulator."""

    def client(self, service: str) -> Any:
        """The SDK's client, for what `call` and `read` do not cover, such as a long list page by page."""

    def call(self, service: str, operation: str, **parameters: Any) -> Any:
        """Makes a call that changes something, and retries while AWS only has to catch up. Raises ClientError."""

    def call_once(self, service: str, operation: str, **parameters: Any) -> Any:
        """As `call`, for a call that must not be sent twice."""

    def at_once(self, *works: Callable[[], object]) -> None:
        """Does all of them at the same time, and returns when all have ended. Raises the first error."""

    def wait(self, state: Callable[[], str], longer: float | Callable[[], float] = 1) -> None:
        """Calls `state` until it returns "". `longer` multiplies the usual deadline. Raises AwsError after it."""

    def read(self, *queries: Query) -> list[Any]:
        """The answers to all queries, in parallel; within one plan no query is sent twice. Raises ClientError."""

    def read_existing(self, first: Query, *others: Query) -> list[Any]:
        """As `read`. The first query shows whether the resource exists. If the cloud `expects_gone`, the others are sent
        only if it does; else their answers are None."""

    def ask_ahead(self, *queries: Query) -> None:
        """Sends queries whose answers are soon read, within one plan. Raises nothing, and does not wait."""

    def read_each(self, queries: Sequence[Query], what: str) -> list[Any]:
        """The answers to any number of queries, a few at a time. `what` names them in messages about throttling."""

    def read_if_allowed(self, query: Query) -> Any:
        """The answer, or None if the caller lacks the permission."""

    def tags(self, tags: Mapping[str, str]) -> list[dict[str, str]]:
        """The user's tags with the owner's, in the list form of IAM, EC2 and S3."""
