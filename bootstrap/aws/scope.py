"""What a resource's methods are given: one account, with the waits and retries that AWS needs (`core.cloud.Cloud`)."""

import hashlib
import math
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from botocore.exceptions import ClientError

from bootstrap.aws.client import Aws, is_of_aws
from bootstrap.aws.errors import NOT_OFFERED, code_of, noting_request
from bootstrap.aws.reads import Reads
from bootstrap.aws.retry import answers_despite_throttling, retry_until_consistent, wait_until
from bootstrap.core.account import Account
from bootstrap.core.cloud import Planned, Timing
from bootstrap.core.owner import Owner
from bootstrap.core.query import Query
from bootstrap.permissions.denial import CODES, telling


@dataclass(frozen=True)
class Scope:
    """One account for the methods of one resource. `core.cloud.Cloud` says what each member means; here are those beside it.

    `generation` is the number of the resource's life at this address, for the client token; `reads` are shared by one plan.
    """

    aws: Aws
    account: Account
    owner: Owner
    progress: Callable[[str], None] = lambda text: None
    destroying: bool = False
    expects_gone: bool = False
    allowed: frozenset[str] = frozenset()
    also_removed: frozenset[str] = frozenset()
    generation: int = 0
    may_exist: bool = False
    reads: Reads | None = None
    stopping: Callable[[], bool] = lambda: False
    looked: float = -math.inf
    """When the plan read from AWS, in seconds of the monotonic clock."""
    planned: Planned = field(default_factory=Planned)
    read_at_creation: dict[object, Any] = field(default_factory=dict)

    @property
    def reads_are_old(self) -> bool:
        return time.monotonic() - self.looked > self.timing.fresh

    @property
    def client_token(self) -> str:
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
        return self.aws.client(service, self.account.alias)

    def call(self, service: str, operation: str, **parameters: Any) -> Any:
        """Retries as `retry.RULES` say."""
        return self._call(self.client(service), service, operation, parameters)

    def _call(self, client: Any, service: str, operation: str, parameters: Mapping[str, Any]) -> Any:
        method = getattr(client, operation)
        accounts = self.aws.account_ids | {self.account.id}
        with noting_request(client, service, parameters):
            return retry_until_consistent(method, service, operation, parameters, accounts, self.progress, self.aws.timing)

    def call_once(self, service: str, operation: str, **parameters: Any) -> Any:
        """Retries only if AWS says that the call did nothing (`retry.RULES`)."""
        return self._call(self.aws.client(service, self.account.alias, retries=False), service, operation, parameters)

    def at_once(self, *works: Callable[[], object]) -> None:
        with ThreadPoolExecutor(max(1, len(works))) as pool:  # not that of the reads, as what works here may wait for one
            running = [pool.submit(work) for work in works]
        for each in running:
            each.result()

    def decoded(self, encoded: str) -> str:
        return self.aws.decoded(encoded, self.account.alias)

    def authorization_details(self, authorization_id: str, region: str) -> Mapping[str, Any]:
        return self.aws.authorization_details(authorization_id, region, self.account.alias)

    def wait(self, state: Callable[[], str], longer: float | Callable[[], float] = 1) -> None:
        wait_until(state, self.progress, self.aws.timing, longer, self.stopping)

    def read(self, *queries: Query) -> list[Any]:
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

    def read_existing(self, first: Query, *others: Query) -> list[Any]:
        if self.expects_gone and self.read(first)[0] is None:
            return [None] * (1 + len(others))
        return self.read(first, *others)

    def ask_ahead(self, *queries: Query) -> None:
        if self.reads:
            for query in queries:
                self.reads.ask(self.account.alias, query)

    def read_each(self, queries: Sequence[Query], what: str) -> list[Any]:
        """Waits while AWS throttles, and reports how many of `what` are done: the SDK's own retries would run out, for all
        other calls as well. Raises ClientError if nothing gets through for `Timing.propagation` seconds."""

        def ask(numbers: Sequence[int]) -> list[Future[Any]]:
            reads = Reads(self.aws, retries=False)  # an answer that was refused is asked for again
            return [reads.ask(self.account.alias, queries[number]) for number in numbers]

        def tell(done: int) -> None:
            self.progress(f"AWS throttles; still searching: {done:,} of {len(queries):,} {what}")

        return answers_despite_throttling(ask, len(queries), tell, self.aws.timing)

    def read_if_allowed(self, query: Query) -> Any:
        """Also None if an emulator has no such operation."""
        try:
            return self.read(query)[0]
        except ClientError as error:
            if code_of(error) not in CODES | NOT_OFFERED:
                raise
            return None

    @property
    def is_look_alike(self) -> bool:
        return not self.account.endpoint and not is_of_aws(self.client("sts").meta.endpoint_url)

    def tags(self, tags: Mapping[str, str]) -> list[dict[str, str]]:
        return [{"Key": key, "Value": value} for key, value in {**tags, **self.owner.tags()}.items()]
