"""Existing buckets that a vendor's roles use: what is granted in them, and what a person should know about them before the
first change."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar, NamedTuple, Self

from bootstrap.core import commands
from bootstrap.core.account import DEFAULT, Account
from bootstrap.core.integration import Ask, Integration, option
from bootstrap.core.permission import Permission
from bootstrap.core.policy import Statement
from bootstrap.core.prechecks import Precheck
from bootstrap.errors import lines
from bootstrap.integrations.existing import bucket_keys
from bootstrap.integrations.existing.bucket_keys import Grant, grants, key_note
from bootstrap.integrations.existing.bucket_policies import (
    FILE,
    OwnersPart,
    check_owners,
    named_owners,
    owner_option,
    owners_of,
    owners_part,
)
from bootstrap.resources.iam.shared import arn as iam_arn
from bootstrap.resources.s3 import existing
from bootstrap.resources.s3.existing import Seen


class Use(NamedTuple):
    """How roles use the bucket `name`, which the input `flag` names."""

    name: str
    flag: str
    writes: bool = False


def uses_of(places: Iterable[str], flag: str, *, writes: bool = False) -> tuple[Use, ...]:
    """One use for each place (NAME or NAME/PREFIX)."""
    return tuple(Use(place.partition("/")[0], flag, writes) for place in places)


def place_statements(
    account: Account,
    place: str,
    sids: tuple[str, str, str],
    actions: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]],
    why: str,
    source: str,
    listed: tuple[str, ...] = ("{}/*",),
) -> Iterator[Statement]:
    """Access to NAME or NAME/PREFIX in S3, as up to three statements with these `sids`. `actions` are those on the whole
    bucket, those that list (limited to the prefix, in the forms of `listed`), and those on the objects below the prefix."""
    name, _, prefix = place.partition("/")
    bucket = f"arn:{account.partition}:s3:::{name}"
    objects = f"{bucket}/{prefix}/*" if prefix else f"{bucket}/*"
    held: Mapping[str, Any] = {"StringLike": {"s3:prefix": [form.format(prefix) for form in listed]}} if prefix else {}
    for sid, granted, arn, conditions in zip(sids, actions, (bucket, bucket, objects), ({}, held, {}), strict=True):
        if granted:
            yield Statement(sid=sid, actions=granted, resources=(arn,), conditions=conditions, why=why, source=source)


@dataclass(frozen=True, kw_only=True)
class UsesBuckets(Integration):
    """An integration whose roles use existing buckets. Their KMS keys are looked up, recorded and granted."""

    handoff_files: ClassVar[tuple[str, ...]] = (FILE,)
    kms_key: tuple[str, ...] = option(
        "Grant the use of this KMS key for objects in an existing bucket. bootstrap finds the buckets' default keys "
        "itself (repeatable).",
        default=(),
        metavar="[BUCKET=]ARN",
        check=bucket_keys.bucket_key,
    )
    bucket_owner: tuple[str, ...] = owner_option()
    using: ClassVar[tuple[str, ...]]
    """The addresses of the resources with the permissions in the buckets. They are not created, and get no permission in
    another bucket, if a bucket does not exist: no vendor creates one, and anyone else who does would get what is written
    there, and decide what is read."""

    theirs: frozenset[str] = field(default=frozenset(), compare=False)
    """The buckets that belong to another account, as far as known. Not an input: every run looks again."""

    @property
    @abstractmethod
    def uses(self) -> tuple[Use, ...]:
        """The existing buckets, and how the roles use them."""

    @property
    @abstractmethod
    def users(self) -> tuple[str, ...]:
        """The names of the roles that use these buckets."""

    @abstractmethod
    def data_statements(self, account: Account) -> tuple[Statement, ...]:
        """What these roles may do with the data."""

    @property
    def lookup_permissions(self) -> Mapping[str, tuple[Permission, ...]]:
        return {DEFAULT: lookup_permissions(self.uses)}

    def resolve_lookups(self, accounts: Mapping[str, Account], ask: Ask) -> Self:
        """Adds the keys of the buckets. Keys that were found earlier stay: objects keep the key they were written with."""
        seen = look(self.uses, accounts[DEFAULT], ask, self.named_owners)
        check_owners(self.named_owners, seen, accounts[DEFAULT])
        named = [key for key in self.kms_key if key.rpartition("=")[0] in ("", *seen)]
        found = [f"{name}={each.key}" for name, each in seen.items() if each.key and each.key not in named]
        return replace(self, kms_key=tuple(dict.fromkeys((*named, *found))), theirs=not_ours(seen))

    def prechecks(self, accounts: Mapping[str, Account], ask: Ask) -> Iterator[Precheck]:
        account = accounts[DEFAULT]
        others = tuple(use for use in self.uses if use.name != self.creates(account))
        yield from findings(others, self.kms_key, account, ask, self.using, owners=self.named_owners)
        yield from map(Precheck, self.key_notes(account))

    @property
    def sole_bucket(self) -> str:
        """The bucket that --bucket-owner means if it names none; "" means the only one."""
        return ""

    def creates(self, account: Account) -> str:
        """The bucket that the deployment creates, or ""."""
        return ""

    @property
    def named_owners(self) -> Mapping[str, str]:
        """The owner accounts of buckets that the inputs name, by bucket. Raises UsageError."""
        return named_owners(self.bucket_owner, (use.name for use in self.uses), self.sole_bucket)

    def granted(self, account: Account) -> Sequence[Statement]:
        """Everything that the roles may do in buckets."""
        return self.data_statements(account)

    def owners_part(self, account: Account) -> OwnersPart:
        if not (owners := owners_of(self.theirs, self.named_owners, account)):
            return OwnersPart()
        roles = [iam_arn(account, "role", self.path, name) for name in self.users]
        return owners_part(account, owners, roles, self.granted(account), self.of_account(account))

    def of_account(self, account: Account) -> Sequence[Statement]:
        """What people of the account do in these buckets, in addition to the roles."""
        return ()

    @property
    def named_keys(self) -> tuple[str, ...]:
        """The keys that are granted for all data, and not through S3 only."""
        return ()

    @property
    def key_grants(self) -> list[Grant]:
        of_buckets = [key for key in self.kms_key if key not in self.named_keys]
        return grants(of_buckets, {use.name for use in self.uses if use.writes})

    def key_statements(self) -> tuple[Statement, ...]:
        return tuple(
            Statement(
                sid=f"{'Write' if grant.writes else 'Read'}WithKey{number}",
                actions=grant.actions,
                resources=grant.resources,
                conditions=grant.conditions,
                why="The key encrypts objects in a bucket that you named; writing needs both actions, reading needs Decrypt",
                source=bucket_keys.PAGE,
            )
            for number, grant in enumerate(self.key_grants, start=1)
        )

    def key_notes(self, account: Account) -> tuple[str, ...]:
        return tuple(
            key_note(account, self.path, self.users, key, grant.actions, grant.conditions["StringEquals"])
            for grant in self.key_grants
            for key in grant.arns
        )


def lookup_permissions(uses: Iterable[Use]) -> tuple[Permission, ...]:
    """The permissions that `look` needs."""
    return tuple(each for name in dict.fromkeys(use.name for use in uses) for each in existing.lookup_permissions(name))


def look(uses: Iterable[Use], account: Account, ask: Ask, owners: Mapping[str, str] | None = None) -> dict[str, Seen]:
    """What `account` sees of each bucket, by name. `owners` are the owner accounts that the inputs name, by bucket."""
    asked = partial(ask, account=account.alias) if account.alias != DEFAULT else ask
    names = dict.fromkeys(use.name for use in uses)
    existing.ask_ahead(asked, account, names)
    return {name: existing.look(asked, account, name, (owners or {}).get(name, "")) for name in names}


def not_ours(seen: Mapping[str, Seen]) -> frozenset[str]:
    """The buckets that certainly belong to another account."""
    return frozenset(name for name, each in seen.items() if each.whose == "another account's")


def findings(
    uses: tuple[Use, ...],
    keys: Iterable[str],
    account: Account,
    ask: Ask,
    using: Iterable[str],
    *,
    granting: bool = True,
    owners: Mapping[str, str] | None = None,
) -> Iterator[Precheck]:
    """What the user would otherwise find out too late. `keys` are the granted keys, as [BUCKET=]ARN; `using` is as in
    `UsesBuckets`; `owners` the owners that the inputs name, by bucket. Without
    `granting`, the role's permissions are not set here, and --kms-key has no effect."""
    granted = [key.rpartition("=") for key in keys]
    for name, seen in look(uses, account, ask).items():
        use = next(each for each in uses if each.name == name)
        if seen.whose == "nobody's":
            what = f"{use.flag}: there is no bucket {name} (and anyone could create one with that name)"
            create = account.aws("s3", "mb", f"s3://{name}")
            advice = lines(f"Name a bucket that exists, or omit {use.flag}.", f"To create it first: {create}")
            yield from (Precheck(what, advice, address, frozenset({"inline_policies", "document"})) for address in using)
            continue
        if seen.region and seen.region != account.region:
            yield Precheck(
                f"bucket {name} ({use.flag}) is in {seen.region}, but this deployment is in {account.region}: AWS charges "
                "for data transfer between regions"
            )
        known = [arn for bucket, _, arn in granted if bucket in ("", name)]
        if seen.key and seen.key not in known:
            yield Precheck(_not_granted(account, use, seen, granting=granting, another=bool(granted)))
        if seen.whose != "ours" or (seen.key is None and not known):
            yield Precheck(_unread(name, use.flag, seen, known=bool(known), owner=(owners or {}).get(name, "")))


def _not_granted(account: Account, use: Use, seen: Seen, *, granting: bool, another: bool) -> str:
    key = seen.key or ""
    add = f"add {commands.quoted('--kms-key', key)}"
    if not granting:
        add = f"the role needs {' and '.join(bucket_keys.WRITES if use.writes else bucket_keys.READS)} on it"
    elif another:
        add = "--kms-key takes only one key, so create another deployment for this bucket, with another --name"
    elif ":alias/" in key:
        to_see = account.aws("kms", "describe-key", key_id=key, query="KeyMetadata.Arn", region=seen.region or "")
        add = f"add --kms-key with the ARN of the key that has this alias. To see it: {to_see}"
    return f"bucket {use.name} ({use.flag}) encrypts with the KMS key {key}, which is not granted here: {add}"


def _unread(name: str, flag: str, seen: Seen, *, known: bool, owner: str) -> str:
    key = "" if known else " If it encrypts with a customer managed KMS key, name that key: --kms-key ARN"
    match seen.whose:
        case "ours":
            return f"you may not read how bucket {name} ({flag}) encrypts ({existing.READ_KEY}).{key}"
        case "another account's":
            return (
                f"bucket {name} ({flag}) belongs to another account. Unless it is public, its policy must let the roles in. "
                f"The hand-off contains what its owner must add to the policy ({FILE}).{key}"
            )
    handoff = f"The hand-off contains what its owner must add to its policy ({FILE})."
    if owner:
        unknown = f"whether it belongs to account {owner} is not known: S3 answers the same for a wrong owner"
        return f"bucket {name} ({flag}) cannot be read (403), so {unknown}. {handoff}{key}"
    add = commands.quoted("--bucket-owner", f"{name}=ACCOUNT")
    return (
        f"bucket {name} ({flag}) cannot be read (403). Either it belongs to another account, which denies you access or "
        f"charges readers (requester pays), or you lack s3:ListBucket on it.{key} If it belongs to another account, say so, "
        f"and the hand-off contains a policy for its owner to add: {add}"
    )
