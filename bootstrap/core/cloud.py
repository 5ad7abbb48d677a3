"""The port to AWS: what a resource type is given to read and change one account. `bootstrap.aws.scope` implements it, and so
does the fake cloud of the tests."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from bootstrap.core.account import Account
from bootstrap.core.owner import Owner
from bootstrap.core.query import Query

if TYPE_CHECKING:
    from bootstrap.core.resource import Resource


@dataclass(frozen=True)
class Timing:
    """Seconds. `propagation` is the deadline of one call, `pause` the first wait between two tries (it doubles up to
    `longest_pause`); `poll` is the time between two looks at a state; `settle` is how long a new thing takes to show up as
    a rule (`Identifiers.lag`), and `vanish` how long a deleted one may still show; a read older than `fresh` is made again
    before a delete."""

    propagation: float = 120
    pause: float = 1
    longest_pause: float = 8
    poll: float = 5
    settle: float = 10
    vanish: float = 30
    fresh: float = 30


class Cloud(Protocol):
    """One account, as the methods of one resource see it: calls, waits, and what the plan says of this resource."""

    @property
    def account(self) -> Account: ...

    @property
    def owner(self) -> Owner:
        """What goes into the owner tags."""

    @property
    def timing(self) -> Timing: ...

    @property
    def progress(self) -> Callable[[str], None]:
        """Tells a person what is waited for."""

    @property
    def stopping(self) -> Callable[[], bool]:
        """Whether the user wants the run to end: for work that can be taken up again later."""

    @property
    def destroying(self) -> bool:
        """Whether a read should also look for what would stop a delete."""

    @property
    def allowed(self) -> frozenset[str]:
        """The flags that the user gave for what may be lost (`Deletion.force_flag`)."""

    @property
    def along(self) -> frozenset[str]:
        """What the plan said is deleted with the resource, or taken off it; nothing else that hangs on it is touched."""

    @property
    def makes(self) -> Mapping[str, int]:
        """How many resources the plan creates in this account, by `Resource.counts_as`."""

    @property
    def beside(self) -> Sequence["Resource"]:
        """What else the plan creates in this account; where it changes a resource, also what it leaves there."""

    @property
    def is_look_alike(self) -> bool:
        """Whether neither AWS nor our sandbox answers, but an emulator, which may lack what AWS has."""

    @property
    def changes(self) -> frozenset[str]:
        """The fields that the plan changes in place; empty where it creates the resource."""

    @property
    def own(self) -> frozenset[str]:
        """The outputs of this deployment, recorded or predicted: AWS may not show these yet, and will."""

    @property
    def again(self) -> bool:
        """Whether an earlier run may have created the resource without learning of it."""

    @property
    def stale(self) -> bool:
        """Whether the plan's look at AWS is too old to rely on where a call would not notice that something changed."""

    @property
    def token(self) -> str:
        """A client token for the creating call: the same after a crash, another for the next life of the resource."""

    def decoded(self, encoded: str) -> str:
        """What AWS has encoded in a denial, as JSON; "" where it may not be read."""

    def fresh(self) -> "Cloud":
        """The same, but each read is made anew and its answer is not kept."""

    def before_delete(self) -> "Cloud":
        """The same, but reads also look for what would stop a delete."""

    def is_aws(self, service: str) -> bool:
        """Whether this service is AWS's own, and not an emulator's."""

    def client(self, service: str) -> Any:
        """The SDK's client, for what `call` and `read` do not cover, such as a long list page by page."""

    def call(self, service: str, operation: str, **parameters: Any) -> Any:
        """Makes a call that changes something, and waits where AWS only has to catch up. Raises ClientError."""

    def call_once(self, service: str, operation: str, **parameters: Any) -> Any:
        """As `call`, for a call that must not be sent twice."""

    def wait(self, state: Callable[[], str], longer: float | Callable[[], float] = 1) -> None:
        """Asks for the state until it is "". `longer` is in multiples of the usual deadline. Raises AwsError after it."""

    def read(self, *queries: Query) -> list[Any]:
        """The answers, all asked at once; within one plan nothing is asked twice. Raises ClientError."""

    def read_each(self, queries: Sequence[Query], what: str) -> list[Any]:
        """The answers to any number of queries, a few at a time; `what` names them where AWS throttles."""

    def read_if_allowed(self, query: Query) -> Any:
        """The answer, or None where the caller may not ask."""

    def tags(self, tags: Mapping[str, str]) -> list[dict[str, str]]:
        """The user's tags with the owner's, in the list form of IAM, EC2 and S3."""
