"""An AWS of its own in this process, played by moto. Nothing listens, and no request leaves this process."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from botocore.retries.quota import RetryQuota
from botocore.retries.standard import ExponentialBackoff
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber

from bootstrap.aws.client import Aws
from bootstrap.aws.credentials import Login
from bootstrap.aws.scope import Scope
from bootstrap.contract.wire import Wire
from bootstrap.core.account import DEFAULT, EXAMPLE
from bootstrap.core.cloud import Timing
from bootstrap.core.owner import Owner
from bootstrap.sandbox.moto import corrections

FAST = Timing(propagation=0.3, pause=0.01, longest_pause=0.05, poll=0.01, settle=0, vanish=0)
PlayedWire = TypeVar("PlayedWire", bound=Wire)


@dataclass
class Replaced:
    """Attributes that have another value until the end of a `with`."""

    before: list[tuple[Any, str, Any]] = field(default_factory=list)

    def setattr(self, target: Any, name: str, value: Any) -> None:
        self.before.append((target, name, getattr(target, name)))
        setattr(target, name, value)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        for target, name, value in reversed(self.before):
            setattr(target, name, value)


@contextmanager
def played(wire: PlayedWire) -> Iterator[PlayedWire]:
    """An empty AWS for everything in this process, and the wire to it. botocore retries at once."""
    stub = BotocoreStubber.__call__

    def through_the_wire(self: BotocoreStubber, event_name: str, request: Any, **others: Any) -> Any:
        def carry() -> Any:
            answer = stub(self, event_name, request, **others)
            here = urlsplit(request.url).hostname == "127.0.0.1"
            if answer is None and not here:  # botocore would send it to AWS itself
                raise NotImplementedError(f"moto does not know {event_name} at {request.url}")
            return answer

        return wire.send(event_name, request, carry)

    corrections.apply()
    with Replaced() as patch:
        patch.setattr(BotocoreStubber, "__call__", through_the_wire)
        patch.setattr(ExponentialBackoff, "delay_amount", lambda self, context: 0)
        patch.setattr(RetryQuota, "acquire", lambda self, amount: True)  # nothing counts what failed before
        with mock_aws(config={"iam": {"load_aws_managed_policies": True}, "batch": {"use_docker": False}}):
            yield wire


@contextmanager
def without_settings() -> Iterator[None]:
    """The user's own keys, profiles and endpoints are not there."""
    before = dict(os.environ)
    for name in [name for name in before if name.startswith("AWS_")]:
        del os.environ[name]
    nothing: Mapping[str, str] = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    os.environ.update(nothing, AWS_EC2_METADATA_DISABLED="true")
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def scope_in(region: str) -> Iterator[Scope]:
    """A scope in the account that moto plays."""
    aws = Aws({DEFAULT: Login(region=region)}, FAST)
    try:
        yield Scope(aws, EXAMPLE, Owner("test", "thing", "0" * 16))
    finally:
        aws.close()
