"""The tables of the format and their keys. The reader, the JSON Schema and the reference page are made from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bootstrap.integrations.files.checks import CHECKS
from bootstrap.integrations.files.entries import (
    INPUT,
    ListPart,
    Page,
    QuestionEntry,
    TextEntry,
    VendorAccount,
    for_each,
    when,
)
from bootstrap.integrations.files.handoff_entries import HandoffEntry
from bootstrap.integrations.files.keys import NAME, WORD, key


@dataclass(frozen=True, kw_only=True)
class InputEntry:
    """What the user gives: `[inputs.external_id]` is the option --external-id and ${input.external_id}."""

    type: Literal["text", "flag", "list", "choice", "number", "file"] = key(
        "Text, a switch, several texts, one of some texts, a number, or the text of a file that the user names; of a file, "
        "only the parts that its check knows can be used."
    )
    help: str = key("What it does, beginning with a verb: the help of the option.")
    question: str = key("What a person at the terminal is asked.", default="")
    metavar: str = key("What stands for the value in the help.", default="TEXT", pattern="[A-Z][A-Z/=\\[\\]|-]{0,39}")
    check: str = key("The check of each value.", default="", choices=tuple(CHECKS))
    if_wrong: str = key("What the user can do if the check refuses the value: one sentence.", default="")
    pattern: str = key("A regular expression that each whole value matches, instead of a check.", default="", longest=200)
    example: str = key("A value to explain the integration with; needed with a pattern.", default="")
    choices: tuple[str, ...] = key("The values of a choice.", default=())
    least: int = key("The least value of a number.", default=0)
    most: int = key("The greatest value of a number.", default=1_000_000)
    default: str | int | bool | tuple[str, ...] | None = key("The value if the user gives none.", default=None)
    optional: bool = key("Whether it may be left out; it then has no value.", default=False)
    required_when: str = key("It may be left out unless this holds, such as not input.bucket.", default="")
    generated: bool = key("Whether bootstrap generates a value if the user gives none.", default=False)
    origin: Literal["", "vendor", "vendor-with-id", "vendor-after", "you", "account"] = key(
        "Where the value comes from; vendor-after: the vendor shows it only once it has the role's ARN; vendor-with-id: "
        "beside the external id, so that it, too, may come later with --external-id-later.",
        default="",
        called="from",
    )


@dataclass(frozen=True, kw_only=True)
class Table:
    """A look-up: ${table.NAME} is the row of the value, ${table.NAME.COLUMN} a column of it."""

    by: str = key("What decides: input.NAME, partition or region.", pattern=f"input\\.{WORD}|partition|region")
    rows: Mapping[str, str | Mapping[str, str]] = key("A text, or a table of texts, for each value.", names=".{1,200}")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A rule across inputs: exactly one of requires, conflicts, one_of and any_of, which name inputs (input.NAME)."""

    when: str = when()
    requires: tuple[str, ...] = key("All of these must be given.", default=(), pattern="input\\." + WORD)
    conflicts: tuple[str, ...] = key(
        "None of these may be given; without `when`, at most one.", default=(), pattern="input\\." + WORD
    )
    one_of: tuple[str, ...] = key("Exactly one of these must be given.", default=(), pattern="input\\." + WORD)
    any_of: tuple[str, ...] = key("At least one of these must be given.", default=(), pattern="input\\." + WORD)
    say: str = key("The error otherwise: one sentence.")


@dataclass(frozen=True, kw_only=True)
class FurtherAccount:
    """A further account of the user, with the inputs that say how to sign in to it; without both, it is the same account."""

    profile: str = key("The input that names a profile.", default="", pattern=WORD)
    role_arn: str = key("The input that names a role to assume.", default="", pattern=WORD)


@dataclass(frozen=True, kw_only=True)
class Narrower:
    """What the statement is with --harden: the keys that it has replace those of the statement."""

    actions: tuple[str, ...] = key("The actions.", default=())
    resources: tuple[str, ...] = key("The resources.", default=())
    conditions: Mapping[str, Any] = key("The conditions.", default={}, names=".{1,128}")
    omit: bool = key("Whether the statement is left out.", default=False)


@dataclass(frozen=True, kw_only=True)
class StatementEntry:
    """One statement of a policy, with the vendor's reason."""

    sid: str = key("Its Sid.", pattern="[A-Za-z0-9]{1,100}")
    effect: Literal["Allow", "Deny"] = key("What it does.", default="Allow")
    actions: tuple[str, ...] = key("The actions, such as s3:GetObject.")
    resources: tuple[str, ...] = key("The ARNs. Omit it in the trust of a role.", default=())
    not_resources: tuple[str, ...] = key("All but these ARNs.", default=())
    principals: Mapping[str, tuple[str, ...]] = key(
        "Who, by kind (AWS, Service, Federated).", default={}, names="AWS|Service|Federated|CanonicalUser"
    )
    conditions: Mapping[str, Any] = key("By operator and key, as in a policy.", default={}, names=".{1,128}")
    why: str = key("The vendor's reason for it.")
    page: str = key("The page that requires it, or the source of the reason.")
    who: str = key("In a trust, the name of whom it lets in, if that is not the vendor.", default="")
    when: str = when()
    for_each: str = for_each()
    harden: Narrower | None = key("A narrower form of it, which the user gets with --harden.", default=None)  # noqa: RUF009
    lost: str = key("What no longer works with --harden.", default="")


@dataclass(frozen=True, kw_only=True)
class ResourceEntry:
    """A resource; the other keys are the properties of its type."""

    type: str = key("The type, such as iam_role.", pattern="[a-z0-9_]{1,60}")
    when: str = when()
    for_each: str = for_each()
    account: str = key("The account that it is in, if not the default one.", default="", pattern=NAME)
    after: tuple[str, ...] = key("The addresses of resources that must exist before it.", default=(), pattern=NAME)
    deleted_before: tuple[str, ...] = key("The addresses that destroy deletes only after it.", default=(), pattern=NAME)
    if_taken: str = key("What the user can do if its name is taken.", default="", lines=True)
    if_taken_use: str = key(
        "The input that names a bucket that exists (input.NAME), for a user whose bucket has the name of this one, which is "
        "at the address bucket.",
        default="",
        pattern=INPUT,
    )
    bucket_keys_in: str = key(
        "The inline policy that gets the permissions for keys of existing buckets, if not one of their own.", default=""
    )
    purpose: str = key("Why the vendor needs it.", default="")
    page: str = key("The page that says so.", default="")
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ExistingEntry:
    """A resource of the user, which is checked and never changed; the other keys are its properties."""

    type: str = key("The type, such as s3_bucket.", pattern="[a-z0-9_]{1,60}")
    when: str = when()
    for_each: str = for_each()
    account: str = key("The account that it is in, if not the default one.", default="", pattern=NAME)
    if_missing: str = key("What the user can do if it cannot be used.", default="")
    uses: Literal["", "read", "write"] = key(
        "What roles do in this bucket, which may belong to another account. With it, bootstrap finds the bucket's owner and "
        "KMS key, grants the key, hands over the policy that another owner must add, and has --kms-key and --bucket-owner.",
        default="",
    )
    may_be_unreadable: bool = key(
        "Whether a bucket that cannot be read is only reported, with `uses`; it is refused otherwise.", default=False
    )
    used_by: tuple[str, ...] = key(
        "The addresses of the roles that use it, with `uses`; or of iam_policy resources that roles have, which then get "
        "the permissions for its key.",
        default=(),
        pattern=NAME,
    )
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class DeviationEntry:
    """Where the file does not follow the vendor's page, or the page is unsafe."""

    page: str = key("What the page says, shortened.")
    sent: str = key("What is sent.")
    why: str = key("The reason.")
    source: str = key("The source of the reason.")
    risk: Literal["high", "medium", "low", "none"] = key("What is left of it with what is sent.")
    danger: str = key("What somebody could do because of it, for a high or medium risk.", default="")
    limited_by: str = key("The input that ends that.", default="", pattern=WORD)
    limited: str = key("What is sent with that input.", default="")
    sids: tuple[str, ...] = key("The statements that it is about.", default=(), pattern="[A-Za-z0-9]{1,100}")
    policies: tuple[str, ...] = key("The AWS managed policies that it is about, by name.", default=())


@dataclass(frozen=True, kw_only=True)
class Definition:
    """The whole file."""

    format: Literal[1] = key("The version of the format.")
    name: str = key("The name that --integration takes.", pattern=NAME)
    title: str = key("What the customer gets, in one line.")
    vendor: str = key("The vendor's name.")
    partition: Literal["", "aws", "aws-cn", "aws-us-gov"] = key(
        "The partition of the vendor's accounts, if roles trust any.", default=""
    )
    notes: tuple[str, ...] = key("What to know before agreeing.", default=())
    unverified: tuple[str, ...] = key("What could not be verified.", default=())
    costs: tuple[str, ...] = key("What costs money.", default=())
    side_effects: tuple[str, ...] = key("What the vendor makes with this access, and destroy never removes.", default=())
    vendor_accounts: Mapping[str, VendorAccount] = key("The vendor's AWS accounts.", default={}, names=WORD)
    pages: tuple[Page, ...] = key("The vendor's pages that the file follows.")
    inputs: Mapping[str, InputEntry] = key("What the user gives.", default={}, names=WORD)
    tables: Mapping[str, Table] = key("Look-ups.", default={}, names=WORD)
    lists: Mapping[str, tuple[ListPart, ...]] = key("Lists that are made of inputs.", default={}, names=WORD)
    texts: Mapping[str, TextEntry] = key("Texts for several places.", default={}, names=WORD)
    rules: tuple[Rule, ...] = key("Rules across inputs.", default=())
    questions: tuple[QuestionEntry, ...] = key("Questions before those of the inputs.", default=())
    accounts: Mapping[str, FurtherAccount] = key("Further accounts, by alias.", default={}, names=NAME)
    existing: Mapping[str, ExistingEntry] = key("Resources of the user.", default={}, names=NAME)
    resources: Mapping[str, ResourceEntry] = key("What is created, by address.", names=NAME)
    handoff: HandoffEntry = key("What to hand over.", default=HandoffEntry())  # noqa: RUF009
    deviations: tuple[DeviationEntry, ...] = key("Where the file does not follow the pages.", default=())
