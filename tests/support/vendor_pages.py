"""The vendors' pages as facts: `pages/*.json` has their documents as printed, each with title, address and month.

`printed` gives what the pages grant for the inputs of an integration, with the placeholders filled in; where a page gives
no document but a list, the list is laid on the resources that its words name.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol, runtime_checkable

from bootstrap.core.account import Account
from bootstrap.core.integration import Integration
from bootstrap.integrations import integration
from bootstrap.integrations.aspera.atc import AsperaAtc
from bootstrap.integrations.biomodal.duet import BiomodalDuet

UpsolverDataAccess = integration("upsolver-data-access")
UpsolverVpc, UpsolverPrivateVpc = integration("upsolver-vpc"), integration("upsolver-private-vpc")
PAGES = Path(__file__).parents[1] / "integrations" / "pages"
ANYTHING = "{}"
ATTACHED = "all of the policy"
Accounts = Mapping[str, Account]


@runtime_checkable
class UpsolverData(Protocol):
    """The inputs that all integrations of Upsolver have."""

    @property
    def role_prefix(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def access(self) -> str: ...
    @property
    def bucket(self) -> tuple[str, ...]: ...
    @property
    def read_bucket(self) -> tuple[str, ...]: ...
    @property
    def write_bucket(self) -> tuple[str, ...]: ...
    @property
    def kinesis_stream(self) -> tuple[str, ...]: ...
    @property
    def glue_database(self) -> tuple[str, ...]: ...
    @property
    def kms_key(self) -> tuple[str, ...]: ...


@runtime_checkable
class Upsolver(UpsolverData, Protocol):
    """Those of upsolver-vpc and upsolver-private-vpc."""

    @property
    def external_id(self) -> str: ...
    @property
    def org_id(self) -> str | None: ...
    @property
    def existing_bucket(self) -> str | None: ...
    @property
    def harden(self) -> bool: ...
    @property
    def without_athena(self) -> bool: ...
    @property
    def without_spotinst(self) -> bool: ...


class Grant(NamedTuple):
    """What one statement of `holder` (a role, or a bucket for its policy) says of one action.

    `on` is a resource, or the principals as JSON; `condition` is JSON. A managed policy is one grant, `ATTACHED`.
    """

    holder: str
    effect: str
    action: str
    on: str
    condition: str = ANYTHING


@cache
def page(name: str) -> Mapping[str, Any]:
    return dict(json.loads((PAGES / f"{name}.json").read_text()))


def filled(content: Any, words: Mapping[str, str]) -> Any:
    """The document with its placeholders replaced."""
    text = json.dumps(content)
    for placeholder, value in words.items():
        text = text.replace(placeholder, value)
    return json.loads(text)


def grants(holder: str, *documents: Mapping[str, Any]) -> set[Grant]:
    """What documents say, one by one: however it is divided into statements, the set is the same."""
    found = set()
    for document in documents:
        for statement in listed(document["Statement"]):
            assert set(statement) <= {"Sid", "Effect", "Action", "Resource", "Principal", "Condition"}
            tests = {
                operator: {key.lower(): sorted(listed(values)) for key, values in test.items()}
                for operator, test in statement.get("Condition", {}).items()
            }
            whom = statement.get("Principal", {})
            whom = whom if isinstance(whom, str) else {kind: sorted(listed(names)) for kind, names in whom.items()}
            for action in listed(statement["Action"]):
                for place in listed(statement.get("Resource", json.dumps(whom))):
                    condition = json.dumps(tests, sort_keys=True)
                    found.add(Grant(holder, statement["Effect"], action.lower(), place, condition))
    return found


def allowed(holder: str, actions: Iterable[str], *places: str, condition: Any = None) -> set[Grant]:
    content = json.dumps(condition or {})
    return {Grant(holder, "Allow", action.lower(), place, content) for action in actions for place in places}


def attached(holder: str, name: str, account: Account) -> Grant:
    return Grant(holder, "Allow", ATTACHED, f"arn:{account.partition}:iam::aws:policy/{name}")


def trusted_service(holder: str, service: str) -> Grant:
    return Grant(holder, "Allow", "sts:assumerole", json.dumps({"Service": [service]}))


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def places(bucket_and_prefix: str) -> tuple[str, str, str]:
    """The ARN of the bucket, that of the objects, and the prefix, of NAME[/PREFIX]."""
    name, _, prefix = bucket_and_prefix.partition("/")
    bucket = f"arn:aws:s3:::{name}"
    return bucket, f"{bucket}/{prefix}/*" if prefix else f"{bucket}/*", prefix


def management_role(wanted: Upsolver) -> str:
    return wanted.role_prefix + ("UpsolverRole" if isinstance(wanted, UpsolverVpc) else "UpsolverManagementRole")


def server_role(wanted: Upsolver) -> str:
    return wanted.role_prefix + ("UpsolverRole" if isinstance(wanted, UpsolverVpc) else "UpsolverServerRole")


def data_role(wanted: UpsolverData) -> str:
    """The role that reaches the data which the inputs name."""
    if isinstance(wanted, Upsolver):
        return server_role(wanted)
    return f"{wanted.role_prefix}UpsolverDataAccessRole"


def written_places(wanted: UpsolverData) -> set[str]:
    """The data in S3 that Upsolver may also write."""
    return {*wanted.write_bucket, *(wanted.bucket if wanted.access == "read-write" else ())}


def _upsolver_data(wanted: UpsolverData) -> Iterator[Grant]:
    lists = page("upsolver-amazon-s3")
    read, written = {*wanted.bucket, *wanted.read_bucket}, written_places(wanted)
    for each in read | written:
        bucket, objects, _ = places(each)
        yield from allowed(data_role(wanted), lists["read_bucket"], bucket)
        yield from allowed(data_role(wanted), lists["read_objects"], objects)
        yield from allowed(data_role(wanted), lists["write_objects"] if each in written else (), objects)


def _upsolver(wanted: Integration, accounts: Accounts) -> Iterator[Grant]:
    assert isinstance(wanted, Upsolver)
    [account] = accounts.values()
    content = page("upsolver-role-permissions")
    bucket = wanted.existing_bucket or f"us-east-1-upsolver-{(wanted.org_id or '').lower()}"
    words = {"us-east-1-upsolver-UPSOLVER_ORG_ID": bucket, "<get_from_upsolver>": wanted.external_id}
    roles = {"management": management_role(wanted), "server": server_role(wanted)}
    yield from grants(roles["management"], *(filled(content[name], words) for name in ("management", "trust")))
    yield from grants(roles["server"], filled(content["server"], words))
    yield from (attached(role, name, account) for kind, role in roles.items() for name in content["managed"][kind])
    yield from _upsolver_data(wanted)


def _upsolver_data_access(wanted: Any, accounts: Accounts) -> Iterator[Grant]:
    role = data_role(wanted)
    if wanted.trusted_entity:
        yield from grants(role, json.loads(wanted.trusted_entity))
    else:
        words = {"TRUSTED_PRINCIPAL": wanted.trusted_principal or "", "EXTERNAL_ID": wanted.external_id or ""}
        yield from grants(role, filled(page("upsolver-role-based-credentials")["trust"], words))
    yield from _upsolver_data(wanted)
    yield from allowed(role, page("upsolver-amazon-s3")["without_filter"], "*")


def _biomodal(wanted: Integration, accounts: Accounts) -> Iterator[Grant]:
    assert isinstance(wanted, BiomodalDuet)
    content = page("biomodal-policies-and-roles")
    vm, (bucket, objects, _) = f"{wanted.prefix}-vm", places(wanted.bucket_name)
    yield from grants(vm, content["vm"])
    yield from allowed(vm, content["bucket"], bucket, objects)


def s3_role(wanted: AsperaAtc) -> str:
    return (wanted.existing_s3_role or "").rpartition("/")[2] or f"{wanted.role_prefix}atc-s3-access-keys"


def node_role(wanted: AsperaAtc) -> str:
    return wanted.node_role.rpartition("/")[2]


def _aspera(wanted: Integration, accounts: Accounts) -> Iterator[Grant]:
    assert isinstance(wanted, AsperaAtc)
    content, actions = page("aspera-cross-account-s3"), page("aspera-s3-policy")
    words = {"cluster_manager_account_id": accounts["cluster"].id, "s3_account_id": accounts["s3"].id}
    words |= {'"external_id"': json.dumps(wanted.external_id)}
    yield from grants(node_role(wanted), filled(content["assume"], words))
    yield from grants(s3_role(wanted), filled(content["trust"], words))
    for each in wanted.bucket:
        bucket, objects, _ = places(each)
        for transfer in wanted.allow.split(","):
            on_bucket = set(actions["on_the_bucket"])
            yield from allowed(s3_role(wanted), on_bucket & set(actions["actions"][transfer]), bucket)
            yield from allowed(s3_role(wanted), set(actions["actions"][transfer]) - on_bucket, objects)


_PRINTED: Mapping[type[Integration], Callable[[Integration, Accounts], Iterator[Grant]]] = {
    AsperaAtc: _aspera,
    BiomodalDuet: _biomodal,
    UpsolverDataAccess: _upsolver_data_access,
    UpsolverPrivateVpc: _upsolver,
    UpsolverVpc: _upsolver,
}


def printed(wanted: Integration, accounts: Accounts) -> set[Grant]:
    """What the vendor's pages grant, with these inputs, in accounts of the partition aws in us-east-1."""
    return set(_PRINTED[type(wanted)](wanted, accounts))
