"""The picture of a review as data: accounts with what is in them, and arrows with verbs. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from bootstrap.core.entrant import Entrant
from bootstrap.core.graph import Graph
from bootstrap.permissions.access_rows import AccessRow
from bootstrap.permissions.arrow_verbs import Verb, verbs_on

MOST = 7
"""So many things that a role reaches have a place of their own; the others share one for each kind of arrow."""
_NAMED = 4
"""So many buckets or ARNs of one service have a place of their own."""
_ROLE = ":role/"


@dataclass(frozen=True)
class Item:
    """Something in an account that arrows begin or end at. `reached` are services and roles that others reach; `of` is all
    that it stands for, if that is more than one thing."""

    key: str
    label: str
    reached: bool = False
    of: tuple[str, ...] = ()


@dataclass
class Box:
    """An account, or what stands for one. `own` are the customer's."""

    title: str
    own: bool
    items: dict[str, Item] = field(default_factory=dict)


@dataclass(frozen=True)
class Arrow:
    source: str
    target: str
    verbs: tuple[Verb, ...]


@dataclass(frozen=True)
class Picture:
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]

    def label(self, key: str) -> str:
        return self._item(key).label

    @property
    def sentences(self) -> list[str]:
        """The arrows in words, for whoever does not see them."""
        return [f"{self.label(each.source)} → {self.label(each.target)}: {', '.join(each.verbs)}" for each in self.arrows]

    @property
    def lists(self) -> list[tuple[str, ...]]:
        """For each sentence, all that the end of its arrow stands for, if that is more than one thing."""
        return [self._item(each.target).of for each in self.arrows]

    def _item(self, key: str) -> Item:
        return next(box.items[key] for box in self.boxes if key in box.items)


def picture(
    accounts: Mapping[str, str],
    titles: Mapping[str, str],
    entrants: Sequence[Entrant],
    access: Mapping[str, Sequence[AccessRow]],
    graph: Graph,
) -> Picture:
    """`accounts` are the numbers of the customer's, and `titles` what they are called, by their aliases; `access` are the
    rows of each role and bucket, by its name."""
    return _Drawing(accounts, titles, dict(_homes(graph))).of(entrants, access)


def _homes(graph: Graph) -> Iterator[tuple[str, str]]:
    """The alias of the account of each role and bucket."""
    for node in graph.nodes.values():
        properties = graph.predicted(node).properties()
        match node.resource.kind:
            case "iam_role":
                yield properties["name"], node.account
            case "iam_role_trust_statement" | "iam_role_attachment":
                yield properties["role"], node.account
            case "s3_bucket_policy_statement":
                yield f"bucket {properties['bucket']}", node.account


class _Drawing:
    def __init__(self, accounts: Mapping[str, str], titles: Mapping[str, str], homes: Mapping[str, str]) -> None:
        self._own, self._titles, self._homes = accounts, titles, homes
        self._boxes: dict[str, Box] = {}
        self._arrows: dict[tuple[str, str], dict[Verb, None]] = {}

    def of(self, entrants: Sequence[Entrant], access: Mapping[str, Sequence[AccessRow]]) -> Picture:
        for each in entrants:
            if not each.role.startswith("bucket "):
                source, role = self._entrant(each), self._role(each.role)
                self._arrow(source, role, "assume")
        passed = [each.role for each in entrants if each.kind == "Service"]
        for name, rows in access.items():
            if name.startswith("bucket "):
                for each in (each for each in entrants if each.role == name):
                    allowed = [(row, "*") for row in rows if not row.denies]
                    self._arrow(self._entrant(each), self._bucket(name), *verbs_on(allowed, "s3"))
            else:
                self._reaches(name, [row for row in rows if not row.denies], passed)
        boxes = sorted(self._boxes.values(), key=lambda box: box.own)
        return Picture(tuple(boxes), tuple(Arrow(*ends, tuple(verbs)) for ends, verbs in self._arrows.items()))

    def _reaches(self, role: str, rows: Sequence[AccessRow], passed: Sequence[str]) -> None:
        """`passed` are the roles of the page that a service of AWS may use."""
        for row in rows:
            for pattern, _ in row.actions:
                verb: Verb | None = "pass" if pattern.lower() == "iam:passrole" else "assume" if _assumes(pattern) else None
                for arn in row.resources if verb else ():
                    if verb and (verb == "pass" or arn.rpartition("/")[2] != role):
                        self._arrow(self._role(role), self._other_role(role, arn), verb)
                    for other in passed if verb == "pass" else ():
                        if other != role and fnmatchcase(other, arn.rpartition("/")[2]):
                            self._arrow(self._role(role), self._role(other), "pass")
        targets, parts = _targets(rows)
        ordered = sorted(targets, key=lambda label: (targets[label] == ("read",), "write" not in targets[label], label))
        alone, others = (ordered, []) if len(ordered) <= MOST + 1 else (ordered[:MOST], ordered[MOST:])
        for label in alone:
            of = parts.get(label, ())
            target = self._put(self._home(role), f"{role}/{label}", label, reached=True, of=of)
            self._arrow(self._role(role), target, *targets[label])
        for verbs in dict.fromkeys(targets[label] for label in others):
            same = [label for label in others if targets[label] == verbs]
            key = f"{role}/more {' '.join(verbs)}"
            words = f"{len(same)} more, such as {same[0].partition(':')[0]}"
            whole = [each for label in same for each in parts.get(label, (label,))]
            target = self._put(self._home(role), key, words, reached=True, of=whole)
            self._arrow(self._role(role), target, *verbs)

    def _role(self, name: str) -> str:
        return self._put(self._home(name), f"role/{name}", f"role {name}")

    def _bucket(self, name: str) -> str:
        return self._put(self._home(name), name, name, reached=True)

    def _other_role(self, role: str, arn: str) -> str:
        """A role that this one passes or assumes: perhaps one of the others."""
        name = arn.rpartition("/")[2]
        if name in self._homes:
            return self._role(name)
        account = (*arn.split(":"), "", "", "", "")[4]
        box = self._home(role) if account in ("", "*", *self._own.values()) else self._outside(account, "")
        return self._put(box, f"role/{arn}", "every role" if arn == "*" else f"role {name}", reached=True)

    def _entrant(self, each: Entrant) -> str:
        name = each.principal.rpartition(":")[2]
        if not each.principal:
            return self._put(self._outside("", each.who), f"later/{each.who}", "whom the vendor names later")
        if each.principal == "*":
            return self._put(self._box("everybody", "Everybody", own=False), "*", "everybody in the world")
        if each.kind == "Service":
            return self._put(self._box("aws", "Services of AWS", own=False), each.principal, each.principal)
        if each.kind == "Federated":
            provider = each.principal.partition("-provider/")[2] or each.principal
            return self._put(self._box(f"idp/{provider}", "Identity provider", own=False), each.principal, provider)
        if each.account in self._own.values():
            short = each.principal.partition(_ROLE)[2].rpartition("/")[2]
            if short in self._homes:
                return self._role(short)
            alias = next(alias for alias, number in self._own.items() if number == each.account)
            return self._put(self._account(alias), f"role/{short or name}", name.replace("/", " ", 1))
        label = "the whole account" if name == "root" else name.replace("/", " ", 1)
        return self._put(self._outside(each.account, each.who), each.principal, label)

    def _home(self, name: str) -> Box:
        return self._account(self._homes.get(name, next(iter(self._own))))

    def _account(self, alias: str) -> Box:
        words = self._titles[alias]
        return self._box(f"own/{self._own[alias]}", words[0].upper() + words[1:], own=True)

    def _outside(self, account: str, who: str) -> Box:
        title = f"Account {account}" if account else "The vendor"
        return self._box(f"outside/{account}", f"{title} ({who})" if who else title, own=False)

    def _box(self, key: str, title: str, *, own: bool) -> Box:
        return self._boxes.setdefault(key, Box(title, own))

    def _put(self, box: Box, key: str, label: str, *, reached: bool = False, of: Sequence[str] = ()) -> str:
        box.items.setdefault(key, Item(key, label, reached, tuple(of)))
        return key

    def _arrow(self, source: str, target: str, *verbs: Verb) -> None:
        self._arrows.setdefault((source, target), {}).update(dict.fromkeys(verbs))


def _assumes(pattern: str) -> bool:
    return pattern.lower().startswith("sts:assumerole")


def _targets(rows: Sequence[AccessRow]) -> tuple[dict[str, tuple[Verb, ...]], dict[str, list[str]]]:
    """What the rows reach, each with what they allow on just that: every resource of a service, or those that they name. And
    all of those that share a place."""
    found: dict[str, tuple[Verb, ...]] = {}
    parts: dict[str, list[str]] = {}
    for service, same in _by_service(rows):
        if service == "sts":
            continue
        if everywhere := [row for row in same if row.everywhere]:
            found[f"{service}: every resource"] = verbs_on(((row, "*") for row in everywhere), service)
        named: dict[str, list[tuple[AccessRow, str]]] = {}
        paths: dict[str, dict[str, None]] = {}
        for row in same:
            arns = row.resources if not row.everywhere else ()
            for arn in [each for each in arns if f":{service}:" in each] or arns:
                place = arn.split(":", 5)[-1]
                bucket, _, path = place.partition("/")
                named.setdefault(bucket if service == "s3" else place, []).append((row, arn))
                paths.setdefault(bucket if service == "s3" else place, {}).update({path: None} if path else {})
        if len(named) > _NAMED:
            label = f"{service}: {len(named)} named"
            found[label] = verbs_on((on for each in named.values() for on in each), service)
            parts[label] = [f"{service}: {place}" for place in named]
            continue
        for place, those in named.items():
            below = list(paths[place]) if service == "s3" else []
            shown = f"{place}/{below[0]}" if len(below) == 1 and below != ["*"] else place
            found[f"{service}: {shown}"] = verbs_on(those, service)
    return found, parts


def _by_service(rows: Iterable[AccessRow]) -> Iterator[tuple[str, list[AccessRow]]]:
    found: dict[str, list[AccessRow]] = {}
    for row in rows:
        for pattern, _ in row.actions:
            service, _, name = pattern.partition(":")
            if not (name.lower() == "passrole" or _assumes(pattern)):
                same = found.setdefault("all services" if service.startswith("*") else service.lower(), [])
                same += [row] * (row not in same)
    yield from found.items()
