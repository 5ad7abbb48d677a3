"""What moto has in all accounts, to be put back as it was: that takes milliseconds, and not as long as to make it again."""

import pickle
import weakref
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from types import FunctionType
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from moto.batch_simple.models import BatchSimpleBackend
from moto.core.base_backend import BackendDict
from moto.iam.models import AWSManagedPolicy
from moto.s3.models import s3_backends

SHARED = (AWSManagedPolicy, BackendDict, BatchSimpleBackend, RSAPrivateKey, FunctionType, type(Lock()))
"""What has no state of its own, or is made once (see `light_moto`): the copies have the same one."""


class _Pickler(pickle.Pickler):
    def __init__(self, file: BytesIO) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self.shared: list[Any] = []

    def persistent_id(self, thing: Any) -> int | None:
        if not issubclass(type(thing), SHARED):  # a backend of Batch says that it is of another class
            return None
        self.shared.append(thing)
        return len(self.shared) - 1

    def reducer_override(self, thing: Any) -> Any:
        return (weakref.ref, (thing(),)) if isinstance(thing, weakref.ref) else NotImplemented


class _Unpickler(pickle.Unpickler):
    def __init__(self, content: bytes, shared: list[Any]) -> None:
        super().__init__(BytesIO(content))
        self.shared = shared

    def persistent_load(self, number: int) -> Any:
        return self.shared[number]


@dataclass(frozen=True)
class Snapshot:
    content: bytes
    shared: list[Any]
    attached: list[tuple[AWSManagedPolicy, int]]
    """The policies of AWS that are attached, and how often."""

    def put_back(self) -> None:
        """All accounts are as they were. What a test has of moto's own objects is no longer in them."""
        BackendDict.reset()
        services, owners = _Unpickler(self.content, self.shared).load()
        for service, accounts in services:
            for number, regions in accounts.items():
                service[number].update(regions)
        s3_backends.bucket_accounts.clear()
        s3_backends.bucket_accounts.update(owners)
        for policy, count in self.attached:
            policy.attachment_count = count


def in_use() -> list[Any]:
    """The services of which moto holds something. Of SSM that is what AWS publishes, which it reads by itself."""
    services: Any = BackendDict
    return [service for service in services._instances if service.service_name != "ssm"]


def taken() -> Snapshot:
    services = [(service, {number: dict(regions) for number, regions in service.items()}) for service in in_use()]
    file = BytesIO()
    pickler = _Pickler(file)
    pickler.dump((services, s3_backends.bucket_accounts))
    policies = {id(item): item for item in pickler.shared if isinstance(item, AWSManagedPolicy)}
    attached = [(item, item.attachment_count) for item in policies.values()]
    return Snapshot(file.getvalue(), pickler.shared, attached)
