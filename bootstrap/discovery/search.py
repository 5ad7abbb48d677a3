"""Finds everything that carries a deployment's owner tags, whether or not a state records it.

There are two sources. The Resource Groups Tagging API reaches nearly every service, but is an index: it lags, and may show
what is gone. The services' own lists are asked where a resource type has one (`Resource.list_tagged`). So a result is a
hint; `look_at` reads what is really there.
Sources: Resource Groups Tagging API reference GetResources, supported-services (no IAM roles); IAM's policies and
instance profiles are in the index of IAM's home region.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import partial
from typing import get_origin, get_type_hints

from bootstrap.aws.scope import Scope
from bootstrap.aws.session import Session, explained
from bootstrap.core.account import HOMES, Account
from bootstrap.core.live import Live, Outputs
from bootstrap.core.owner import OWNER_TAGS, Owner
from bootstrap.core.query import Query
from bootstrap.core.resource import Resource
from bootstrap.core.search_filter import MATCH_ALL, SearchFilter
from bootstrap.engine.refresh import in_parallel, read_or_explain
from bootstrap.errors import AwsError, BootstrapError
from bootstrap.permissions.denial import CODES
from bootstrap.resources import kinds, resource_kind

TAGGING = "resourcegroupstaggingapi"


@dataclass(frozen=True)
class TaggedResource:
    """A resource with owner tags, in the account with the alias `account`.

    `outputs` are what `Resource.read` needs to find it; `name` is its ARN or its id. `kind` is "" when this version does
    not support its type.
    """

    account: str
    kind: str
    name: str
    outputs: Outputs
    owner: Owner


@dataclass(frozen=True)
class Search:
    """`unknown` says, a line each, what could not be looked for. `away` are those of its lines for which IAM itself can be
    asked instead: the deployment is in another region than IAM's home, the tag index of IAM's home region is denied (an
    organization may allow some regions only), and IAM listed what it has."""

    found: tuple[TaggedResource, ...]
    unknown: tuple[str, ...] = ()
    away: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refused:
    """A source that gave an error: `what` is the region of a tag index, or the resource type of a list."""

    account: Account
    what: str | type[Resource]
    error: BootstrapError

    def __str__(self) -> str:
        what = self.what
        source = f"the tag index of {what}" if isinstance(what, str) else f"resources of type {what.kind}"
        return f"{source} in account {self.account.id}: {self.error.message}"

    @property
    def is_away(self) -> bool:
        """Whether the tag index of another region than the deployment's was denied."""
        is_denied = isinstance(self.error, AwsError) and self.error.code in CODES
        return is_denied and isinstance(self.what, str) and self.what != self.account.region


def search(session: Session, deployment: str, services: Iterable[str], search_filter: SearchFilter = MATCH_ALL) -> Search:
    """Everything in all accounts that carries owner tags of the deployment, of any lineage.

    The lists of `services` are asked for what is `search_filter`. After an error of one, the others are still asked.
    """
    asked = set(services)
    lists = [kind for name in kinds() if set((kind := resource_kind(name)).services) <= asked]
    reads = session.look()
    todo = []
    for account in session.accounts.values():
        scope = Scope(session.aws, account, Owner(deployment, "", ""), session.tell, reads=reads)
        regions = {account.region, HOMES.get(account.partition, account.region)}
        todo += [partial(_indexed, scope, region) for region in sorted(regions)]
        todo += [partial(_listed, scope, kind, search_filter) for kind in lists]

    def answer(work: partial[Iterator[TaggedResource]]) -> list[TaggedResource] | Refused:
        try:
            with explained(session.aws.logins):
                return list(work())
        except BootstrapError as error:
            scope, what = work.args[:2]
            return Refused(scope.account, what, error)

    answers = in_parallel(session, answer, todo)
    found: dict[tuple[object, ...], TaggedResource] = {}
    for each in answers:
        for item in each if isinstance(each, list) else ():
            which = tuple(sorted(item.outputs.items())) if item.kind else item.name
            found.setdefault((item.account, item.kind, which, item.owner), item)
    refused = [each for each in answers if isinstance(each, Refused)]
    no_iam = {each.account for each in refused if not isinstance(each.what, str) and "iam" in each.what.services}
    away = [each for each in refused if each.is_away and each.account not in no_iam]
    return Search(tuple(found.values()), tuple(map(str, refused)), tuple(map(str, away)))


def verified(session: Session, searched: Search) -> Search:
    """Without what is gone: a terminated instance keeps its tags for an hour, and the tag index lags."""

    def seen(item: TaggedResource) -> bool | str:
        try:
            return not item.kind or look_at(session, item, destroying=not item.outputs) is not None
        except BootstrapError as error:
            return f"{item.kind} {item.name or item.owner.address}: {error.message}"

    answers = list(zip(searched.found, in_parallel(session, seen, searched.found), strict=True))
    refused = tuple(answer for _, answer in answers if isinstance(answer, str))
    return Search(tuple(item for item, answer in answers if answer is True), (*searched.unknown, *refused))


def look_at(session: Session, item: TaggedResource, *, destroying: bool = False) -> tuple[Resource, Live] | None:
    """The resource as it is now, with its live properties; None when it is gone, or its owner tags have changed.

    Properties that AWS does not show are left empty. Raises what a read raises.
    """
    kind = resource_kind(item.kind)
    account, reads = session.accounts[item.account], session.look()
    scope = Scope(session.aws, account, item.owner, destroying=destroying, reads=reads)
    resource, live = blank(kind), None
    for _ in range(2):  # the first read gives the names of what is read with it (inline policies)
        with explained(session.aws.logins):
            live = read_or_explain(scope, resource, item.outputs)
        if live is None:
            return None
        known = {name: value for name, value in live.properties.items() if name in resource.properties()}
        resource = kind.from_properties({**resource.properties(), **known})
    return (resource, live) if live and (live.unreadable or live.owner == item.owner) else None


def as_created(session: Session, alias: str, owner: Owner, resource: Resource, live: Live) -> tuple[Resource, str]:
    """`Resource.as_created` of a live resource in the account with this alias."""
    with explained(session.aws.logins):
        return resource.as_created(Scope(session.aws, session.accounts[alias], owner), live.outputs)


def blank(kind: type[Resource]) -> Resource:
    """A resource of this type with empty properties."""
    hints = get_type_hints(kind)
    required = [item.name for item in fields(kind) if item.default is MISSING and item.default_factory is MISSING]
    return kind.from_properties({name: (get_origin(hints[name]) or hints[name])() for name in required})


def _indexed(scope: Scope, region: str) -> Iterator[TaggedResource]:
    of_deployment = [{"Key": OWNER_TAGS[0], "Values": [scope.owner.deployment]}]
    [answer] = scope.read(Query(TAGGING, "get_resources", {"TagFilters": of_deployment}, region=region))
    by_type = {text: kind for kind in map(resource_kind, kinds()) for text in kind.identifiers.arn_prefixes}
    for item in answer["ResourceTagMappingList"]:
        arn, tags = item["ResourceARN"], {tag["Key"]: tag["Value"] for tag in item["Tags"]}
        text, last = arn_parts(arn)
        if kind := by_type.get(text):
            output = kind.identifiers.arn_prefixes[text]
            outputs = {output: arn if output == "arn" else last} if output else {}
            yield from _owned(scope, kind.kind, arn, outputs, tags)
        else:
            yield from _owned(scope, "", arn, {}, tags)


def _listed(scope: Scope, kind: type[Resource], search_filter: SearchFilter) -> Iterator[TaggedResource]:
    for outputs, tags in kind.list_tagged(scope, search_filter):
        yield from _owned(scope, kind.kind, ", ".join(outputs.values()), outputs, tags)


def _owned(scope: Scope, kind: str, name: str, outputs: Outputs, tags: Mapping[str, str]) -> Iterator[TaggedResource]:
    owner = Owner.from_tags(tags)
    if owner and owner.deployment == scope.owner.deployment and not owner.missing:
        yield TaggedResource(scope.account.alias, kind, name, outputs, owner)


def arn_parts(arn: str) -> tuple[str, str]:
    """The beginning of an ARN as in `Identifiers.arn_prefixes`, and what follows its last slash."""
    _, _, service, _, _, rest = arn.split(":", 5)
    what = re.match(r"([a-z-]+)[/:]", rest)
    return f"{service}:{what[1]}" if what else service, rest.rpartition("/")[2]
