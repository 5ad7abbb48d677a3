"""What a resource's methods are given: one account, with the waits and retries that AWS needs (`core.cloud.Cloud`)."""

import hashlib
import math
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.exceptions import ClientError

from bootstrap.aws.client import Aws, is_of_aws
from bootstrap.aws.errors import NOT_OFFERED, code_of, noting_request
from bootstrap.aws.reads import Reads
from bootstrap.aws.retry import answers_despite_throttling, retry_until_consistent, wait_until
from bootstrap.core.account import Account
from bootstrap.core.cloud import Timing
from bootstrap.core.owner import Owner
from bootstrap.core.query import Query
from bootstrap.core.resource import Resource
from bootstrap.permissions.denial import CODES, telling


@dataclass(frozen=True)
class Scope:
    """What a resource's methods are given: one account, the owner to write into tags, a way to tell progress.

    `destroying` says that a read looks for what would stop a delete; `allowed` are the flags for what a delete may take
    along (`Resource.takes_along`), and `along` names what the plan said goes with the thing, or is taken off it: nothing
    else that hangs on it is touched. `generation` tells one life of the thing at this address from the next, `again` that
    an earlier run may have made it already without learning of it.
    """

    aws: Aws
    account: Account
    owner: Owner
    progress: Callable[[str], None] = lambda text: None
    destroying: bool = False
    allowed: frozenset[str] = frozenset()
    along: frozenset[str] = frozenset()
    generation: int = 0
    again: bool = False
    reads: Reads | None = None
    stopping: Callable[[], bool] = lambda: False
    """Whether the user wants the run to end: for work that can be taken up again later."""
    looked: float = -math.inf
    """When the plan looked at AWS, in seconds of the monotonic clock."""
    makes: Mapping[str, int] = field(default_factory=dict)
    """How many things the plan makes in this account, by `Resource.counts_as`."""
    beside: Sequence[Resource] = ()
    """What else the plan makes in this account; where it changes a thing, also what it leaves there."""
    changes: frozenset[str] = frozenset()
    """The fields that the plan changes of a thing that is there; none where it makes it."""
    own: frozenset[str] = frozenset()
    """The outputs of this deployment, recorded or known in advance: what AWS does not show of these yet, it soon will."""

    @property
    def stale(self) -> bool:
        """The plan's look was too long ago to rely on where a call would not notice that the world has moved."""
        return time.monotonic() - self.looked > self.timing.fresh

    @property
    def token(self) -> str:
        """A client token for the creating call: the same after a crash, another for the next life of the thing."""
        life = "\n".join((*self.owner.tags().values(), str(self.generation)))
        return hashlib.sha256(life.encode()).hexdigest()[:32]

    @property
    def timing(self) -> Timing:
        return self.aws.timing

    def fresh(self) -> "Scope":
        return replace(self, reads=None)

    def before_delete(self) -> "Scope":
        return replace(self, destroying=True)

    def is_aws(self, service: str) -> bool:
        return is_of_aws(self.client(service).meta.endpoint_url)

    def client(self, service: str) -> Any:
        """For what `call` and `read` do not cover, such as going through a long list page by page."""
        return self.aws.client(service, self.account.alias)

    def call(self, service: str, operation: str, **parameters: Any) -> Any:
        """Makes a call that changes something, and waits where AWS only has to catch up (`retry.RULES`)."""
        return self._call(self.client(service), service, operation, parameters)

    def _call(self, client: Any, service: str, operation: str, parameters: Mapping[str, Any]) -> Any:
        method = getattr(client, operation)
        accounts = self.aws.account_ids | {self.account.id}
        with noting_request(client, service, parameters):
            return retry_until_consistent(method, service, operation, parameters, accounts, self.progress, self.aws.timing)

    def call_once(self, service: str, operation: str, **parameters: Any) -> Any:
        """Makes a call that must not be sent twice: again only where AWS says that it did nothing (`retry.RULES`)."""
        return self._call(self.aws.client(service, self.account.alias, retries=False), service, operation, parameters)

    def decoded(self, encoded: str) -> str:
        return self.aws.decoded(encoded, self.account.alias)

    def wait(self, state: Callable[[], str], longer: float | Callable[[], float] = 1) -> None:
        """Asks for the state until it is "", and shows what else it is (see `retry.settled`)."""
        wait_until(state, self.progress, self.aws.timing, longer, self.stopping)

    def read(self, *queries: Query) -> list[Any]:
        """The answers, all asked at once; inside one look at AWS (a plan) nothing is asked twice."""
        reads = self.reads or Reads(self.aws)
        answers, denied = list[Any](), list[ClientError]()
        for asked in [reads.ask(self.account.alias, query) for query in queries]:
            try:
                answers.append(asked.result())
            except ClientError as error:
                if code_of(error) not in CODES:
                    raise
                denied.append(error)
        if denied:  # a bucket that its policy locks says 403 to one read and why to the others
            raise max(denied, key=lambda error: telling(str(error.response["Error"].get("Message", ""))))
        return answers

    def read_each(self, queries: Sequence[Query], what: str) -> list[Any]:
        """The answers to any number of queries, a few at a time. Where AWS throttles, this waits and goes on, and tells how
        many of `what` are done; the SDK's own retries would run out, for all other calls as well.

        Raises ClientError, also for a throttling that lets nothing through for `Timing.propagation` seconds.
        """

        def ask(numbers: Sequence[int]) -> list[Future[Any]]:
            reads = Reads(self.aws, retries=False)  # an answer that was refused is asked for again
            return [reads.ask(self.account.alias, queries[number]) for number in numbers]

        def tell(done: int) -> None:
            self.progress(f"AWS throttles; still searching: {done:,} of {len(queries):,} {what}")

        return answers_despite_throttling(ask, len(queries), tell, self.aws.timing)

    def read_if_allowed(self, query: Query) -> Any:
        """The answer, or None where the caller may not ask or an emulator has no such call: for what is good to know."""
        try:
            return self.read(query)[0]
        except ClientError as error:
            if code_of(error) not in CODES | NOT_OFFERED:
                raise
            return None

    @property
    def is_look_alike(self) -> bool:
        """Whether neither AWS nor our sandbox answers, but an emulator, which may lack what AWS has."""
        return not self.account.endpoint and not is_of_aws(self.client("sts").meta.endpoint_url)

    def tags(self, tags: Mapping[str, str]) -> list[dict[str, str]]:
        """The user's tags with the owner's, in the list form of IAM, EC2 and S3."""
        return [{"Key": key, "Value": value} for key, value in {**tags, **self.owner.tags()}.items()]
