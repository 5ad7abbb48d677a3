"""What each entry of the ledger lets differ between the vendors' pages and what is made, grant by grant.

An entry without an effect on grants has no place here. `more` is made and not on the page, `less` on the page and not made.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from bootstrap.core.integration import Integration
from bootstrap.integrations.aspera.atc import AsperaAtc
from bootstrap.integrations.biomodal.duet import BiomodalDuet
from tests.support.errata import ATC, DATA, DUET, UPSOLVER
from tests.support.vendor_pages import (
    Accounts,
    Grant,
    Upsolver,
    UpsolverData,
    allowed,
    attached,
    data_role,
    filled,
    grants,
    management_role,
    node_role,
    page,
    places,
    s3_role,
    server_role,
    trusted_service,
    written_places,
)

Grants = Callable[[Any, Accounts], Iterator[Grant]]


def nothing(wanted: Any, accounts: Accounts) -> Iterator[Grant]:
    yield from ()


@dataclass(frozen=True)
class Allowed:
    """`ledger` are words of the deviation's `page`; they stand for one entry in each of the integrations."""

    ledger: str
    integrations: tuple[str, ...]
    more: Grants = nothing
    less: Grants = nothing


VPC = ("upsolver-vpc",)
PRIVATE = ("upsolver-private-vpc",)


# Upsolver


def _spotinst(wanted: Upsolver, accounts: Accounts) -> Iterator[Grant]:
    if wanted.without_spotinst:
        content = page("upsolver-role-permissions")
        rows = [actions for why, actions in content["management_table"].items() if "Spotinst" in why]
        yield from allowed(management_role(wanted), {each for row in rows for each in row} - {"iam:PassRole"}, "*")
        statement = filled(content["trust"]["Statement"][1], {"<get_from_upsolver>": wanted.external_id})
        yield from grants(management_role(wanted), {"Statement": [statement]})


def _wide(*actions: str) -> Grants:
    """What stands on the page for everything, and --harden narrows or leaves out."""

    def less(wanted: Upsolver, accounts: Accounts) -> Iterator[Grant]:
        if wanted.harden:
            yield from allowed(management_role(wanted), actions, "*")

    return less


def _narrow(action: str, key: str, *values: str) -> Grants:
    def more(wanted: Upsolver, accounts: Accounts) -> Iterator[Grant]:
        if wanted.harden:
            yield from allowed(management_role(wanted), [action], "*", condition={"StringEquals": {key: sorted(values)}})

    return more


def _passed(wanted: Upsolver, accounts: Accounts) -> Iterator[Grant]:
    if wanted.harden:
        role = f"arn:aws:iam::{accounts['default'].id}:role{wanted.path}{server_role(wanted)}"
        to_ec2 = {"StringEquals": {"iam:passedtoservice": ["ec2.amazonaws.com"]}}
        yield from allowed(management_role(wanted), ["iam:PassRole"], role, condition=to_ec2)


def _tags(wanted: Upsolver, accounts: Accounts) -> Iterator[Grant]:
    at_creation = _narrow(
        "ec2:CreateTags", "ec2:createaction", "RunInstances", "CreateVolume", "RequestSpotInstances", "AllocateAddress"
    )
    yield from at_creation(wanted, accounts)


def _tags_of_servers(wanted: Upsolver, accounts: Accounts) -> Iterator[Grant]:
    yield from _tags(wanted, accounts)
    if wanted.harden:
        profile = f"arn:aws:iam::{accounts['default'].id}:instance-profile{wanted.path}{server_role(wanted)}"
        with_profile = {"ArnEquals": {"ec2:instanceprofile": [profile]}}
        instances = "arn:aws:ec2:*:*:instance/*"
        yield from allowed(management_role(wanted), ["ec2:CreateTags"], instances, condition=with_profile)


def _athena(wanted: Upsolver, accounts: Accounts) -> Iterator[Grant]:
    if wanted.without_athena:
        yield attached(server_role(wanted), "AmazonAthenaFullAccess", accounts["default"])


def _prefixes(holder: str, named: tuple[str, ...], *, itself: bool) -> Iterator[tuple[Grant, Grant]]:
    """For listing of each NAME/PREFIX: the page's grant, and the one that is held to the prefix."""
    for each in named:
        bucket, _, prefix = places(each)
        if prefix:
            held = {"StringLike": {"s3:prefix": [*([prefix] if itself else []), f"{prefix}/*"]}}
            [listing] = allowed(holder, ["s3:ListBucket"], bucket)
            [narrow] = allowed(holder, ["s3:ListBucket"], bucket, condition=held)
            yield listing, narrow


def _listings(wanted: Any) -> Iterator[tuple[Grant, Grant]]:
    match wanted:
        case UpsolverData():
            named = (*wanted.bucket, *wanted.read_bucket, *wanted.write_bucket)
            yield from _prefixes(data_role(wanted), named, itself=False)
        case AsperaAtc() if not wanted.existing_s3_role:
            yield from _prefixes(s3_role(wanted), wanted.bucket, itself=True)


def _listing_within(wanted: Any, accounts: Accounts) -> Iterator[Grant]:
    yield from (narrow for _, narrow in _listings(wanted))


def _listing_all(wanted: Any, accounts: Accounts) -> Iterator[Grant]:
    """But for buckets that other inputs name without a prefix."""
    named = {*wanted.bucket, *getattr(wanted, "read_bucket", ()), *getattr(wanted, "write_bucket", ())}
    whole = {f"arn:aws:s3:::{each}" for each in named if "/" not in each}
    yield from (listing for listing, _ in _listings(wanted) if listing.on not in whole)


def _own_bucket(wanted: UpsolverData) -> set[str]:
    """The bucket of the user's in which Upsolver keeps its output, and so writes."""
    return {bucket} if (bucket := getattr(wanted, "existing_bucket", None)) else set()


def _unlisted_data(wanted: UpsolverData, accounts: Accounts) -> Iterator[Grant]:
    """Of what Upsolver publishes no list: key, streams, catalog."""
    role, here = data_role(wanted), f"us-east-1:{accounts['default'].id}"
    writes = wanted.access == "read-write"
    if keys := [key for key in wanted.kms_key if "=" not in key]:
        writing = writes or wanted.write_bucket or _own_bucket(wanted)
        actions = ["kms:Decrypt", "kms:DescribeKey", *(["kms:GenerateDataKey"] if writing else [])]
        yield from allowed(role, actions, *keys)
    if wanted.kinesis_stream:
        words = "DescribeStream DescribeStreamSummary ListShards GetShardIterator GetRecords"
        words += " PutRecord PutRecords" if writes else ""
        streams = [f"arn:aws:kinesis:{here}:stream/{name}" for name in wanted.kinesis_stream]
        yield from allowed(role, [f"kinesis:{word}" for word in words.split()], *streams)
        yield from allowed(role, ["kinesis:ListStreams"], "*")  # the VPC page has it for its roles anyway
    if wanted.glue_database:
        words = "GetDatabase GetDatabases GetTable GetTables GetTableVersion GetTableVersions GetPartition GetPartitions"
        if writes:
            words += " CreateTable UpdateTable DeleteTable CreatePartition UpdatePartition DeletePartition"
            words += " BatchCreatePartition BatchDeletePartition"
        named = [f"{kind}/{name}" for name in wanted.glue_database for kind in ("database", "table")]
        on = ["catalog", *(f"{each}/*" if each.startswith("table") else each for each in named)]
        yield from allowed(role, [f"glue:{word}" for word in words.split()], *(f"arn:aws:glue:{here}:{each}" for each in on))


def _through_s3(holder: str, keys: Iterable[str], *, writes: bool) -> Iterator[Grant]:
    """What KMS keys of us-east-1, as [BUCKET=]ARN, take to be read with, and to be written with."""
    via = {"StringEquals": {"kms:viaservice": ["s3.us-east-1.amazonaws.com"]}}
    actions = ["kms:Decrypt", *(["kms:GenerateDataKey"] if writes else [])]
    yield from allowed(holder, actions, *(key.rpartition("=")[2] for key in keys), condition=via)


def _keys_of_buckets(wanted: UpsolverData, accounts: Accounts) -> Iterator[Grant]:
    for key in wanted.kms_key:
        name, _, _ = key.rpartition("=")
        if name:
            written = {place.partition("/")[0] for place in written_places(wanted)} | _own_bucket(wanted)
            yield from _through_s3(data_role(wanted), [key], writes=name in written)


def _list_buckets(wanted: Upsolver, accounts: Accounts) -> Iterator[Grant]:
    yield from allowed(server_role(wanted), ["s3:ListAllMyBuckets"], "*")


def _server_trust(wanted: Upsolver, accounts: Accounts) -> Iterator[Grant]:
    yield trusted_service(server_role(wanted), "ec2.amazonaws.com")


def _all_buckets(wanted: Any, accounts: Accounts) -> Iterator[Grant]:
    yield from allowed(data_role(wanted), ["s3:ListAllMyBuckets"], "*")


# Buckets that are made


def _tls_only(wanted: Any, accounts: Accounts) -> Iterator[Grant]:
    if not wanted.existing_bucket:
        name = wanted.bucket if isinstance(wanted, BiomodalDuet) else f"us-east-1-upsolver-{(wanted.org_id or '').lower()}"
        for place in (f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"):
            yield Grant(f"bucket {name}", "Deny", "s3:*", place, '{"Bool": {"aws:securetransport": ["false"]}}')


# biomodal

_OBJECTS = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject")
_PARTS_OF_BUCKET = ("s3:GetBucketLocation", "s3:ListBucketMultipartUploads")
_PARTS_OF_OBJECTS = ("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObjectTagging")


def _parts(holder: str, wanted: BiomodalDuet) -> Iterator[Grant]:
    bucket, objects, _ = places(wanted.bucket_name)
    yield from allowed(holder, _PARTS_OF_BUCKET, bucket)
    yield from allowed(holder, _PARTS_OF_OBJECTS, objects)


def _parts_of_vm(wanted: BiomodalDuet, accounts: Accounts) -> Iterator[Grant]:
    yield from _parts(f"{wanted.prefix}-vm", wanted)


def _of_the_vm(*actions: str, on: str = "*") -> Grants:
    """On everything, or what --harden narrows to."""

    def found(wanted: BiomodalDuet, accounts: Accounts) -> Iterator[Grant]:
        yield from allowed(f"{wanted.prefix}-vm", actions, on.format(here=f"us-east-1:{accounts['default'].id}"))

    return found


def _copies(wanted: BiomodalDuet, accounts: Accounts) -> Iterator[Grant]:
    for holder in wanted.users:
        for place in (wanted.bucket_name, *wanted.read_bucket):
            yield from allowed(holder, ["s3:GetObjectTagging"], places(place)[1])


def _other_buckets(wanted: BiomodalDuet, accounts: Accounts) -> Iterator[Grant]:
    for holder in wanted.users:
        yield from _through_s3(holder, wanted.kms_key, writes=bool(wanted.existing_bucket))
        for place in wanted.read_bucket:
            bucket, objects, _ = places(place)
            prefix = place.partition("/")[2]
            held = {"StringLike": {"s3:prefix": [prefix, f"{prefix}/*"]}} if prefix else {}
            yield from allowed(holder, ["s3:GetBucketLocation"], bucket)
            yield from allowed(holder, ["s3:ListBucket"], bucket, condition=held)
            yield from allowed(holder, ["s3:GetObject"], objects)


def _batch_role(wanted: BiomodalDuet, accounts: Accounts) -> Iterator[Grant]:
    role, (bucket, objects, _) = f"{wanted.prefix}-batch", places(wanted.bucket_name)
    yield trusted_service(role, "ec2.amazonaws.com")
    yield attached(role, "service-role/AmazonEC2ContainerServiceforEC2Role", accounts["default"])
    yield from allowed(role, ["s3:ListBucket"], bucket)
    yield from allowed(role, _OBJECTS, objects)
    yield from _parts(role, wanted)


def _cancel_and_logs(wanted: BiomodalDuet, accounts: Accounts) -> Iterator[Grant]:
    logs = "arn:aws:logs:{here}:log-group:/aws/batch/job:log-stream:*"
    yield from _of_the_vm("logs:GetLogEvents", on=logs)(wanted, accounts)
    cancels = "arn:aws:batch:{here}:job/*" if wanted.harden else "*"
    yield from _of_the_vm("batch:CancelJob", on=cancels)(wanted, accounts)


def _wrong_arn(wanted: BiomodalDuet, accounts: Accounts) -> Iterator[Grant]:
    """Of the page's one list for the bucket and its objects: on each what AWS does not know there."""
    bucket, objects, _ = places(wanted.bucket_name)
    yield from allowed(f"{wanted.prefix}-vm", _OBJECTS, bucket)
    yield from allowed(f"{wanted.prefix}-vm", ["s3:ListBucket"], objects)


def _no_action(wanted: BiomodalDuet, accounts: Accounts) -> Iterator[Grant]:
    yield from allowed(f"{wanted.prefix}-vm", ["s3:ListObjectsV2"], *places(wanted.bucket_name)[:2])


_PUSH = ("CompleteLayerUpload", "CreateRepository", "InitiateLayerUpload", "PutImage", "UploadLayerPart")
_CHANGES = {
    "repository/*": [f"ecr:{word}" for word in _PUSH],
    "job-definition/*": ["batch:RegisterJobDefinition", "batch:SubmitJob", "batch:TagResource"],
    "job/*": ["batch:SubmitJob", "batch:TagResource", "batch:TerminateJob"],
    "job-queue": ["batch:SubmitJob"],
}
"""What --harden leaves of the changes that the VM may make, by what it is on."""


def _changes_here(wanted: BiomodalDuet, accounts: Accounts) -> Iterator[Grant]:
    for place, actions in _CHANGES.items() if wanted.harden else ():
        service = actions[0].partition(":")[0]
        named = [f"job-queue/{name}" for name in wanted.queues.values()] if place == "job-queue" else [place]
        for each in named:
            yield from _of_the_vm(*actions, on=f"arn:aws:{service}:{{here}}:{each}")(wanted, accounts)


def _changes_anywhere(wanted: BiomodalDuet, accounts: Accounts) -> Iterator[Grant]:
    if wanted.harden:
        yield from allowed(f"{wanted.prefix}-vm", {each for row in _CHANGES.values() for each in row}, "*")


def _vm_trust(wanted: BiomodalDuet, accounts: Accounts) -> Iterator[Grant]:
    yield trusted_service(f"{wanted.prefix}-vm", "ec2.amazonaws.com")


def _session_manager(wanted: BiomodalDuet, accounts: Accounts) -> Iterator[Grant]:
    if not (wanted.public_key and wanted.public_address):
        yield attached(f"{wanted.prefix}-vm", "AmazonSSMManagedInstanceCore", accounts["default"])


# Aspera


def _role_arn(wanted: AsperaAtc, accounts: Accounts) -> Iterator[Grant]:
    arn = wanted.existing_s3_role or ""
    if not arn.startswith("arn:"):
        arn = f"arn:aws:iam::{accounts['s3'].id}:role{wanted.path}{s3_role(wanted)}"
    yield from allowed(node_role(wanted), ["sts:AssumeRole"], arn)


def _no_arn(wanted: AsperaAtc, accounts: Accounts) -> Iterator[Grant]:
    yield from allowed(node_role(wanted), ["sts:AssumeRole"], f"arn:aws:s3::{accounts['s3'].id}/atc-s3-access-keys")


def _data_of_existing_role(wanted: AsperaAtc, accounts: Accounts) -> Iterator[Grant]:
    lists = page("aspera-s3-policy")
    for each in wanted.bucket if wanted.existing_s3_role else ():
        bucket, objects, _ = places(each)
        for transfer in wanted.allow.split(","):
            for action in lists["actions"][transfer]:
                yield from allowed(s3_role(wanted), [action], bucket if action in lists["on_the_bucket"] else objects)


def _without_external_id(wanted: AsperaAtc, accounts: Accounts) -> Iterator[Grant]:
    """Who comes without the id, or with another one, is denied."""
    if wanted.existing_s3_role and wanted.require_external_id:
        trusted = filled(page("aspera-cross-account-s3")["trust"], {"cluster_manager_account_id": accounts["cluster"].id})
        denied = {**trusted["Statement"][0], "Effect": "Deny"}
        denied["Condition"] = {"StringNotEquals": {"sts:ExternalId": wanted.external_id}}
        yield from grants(s3_role(wanted), {"Statement": [denied]})


def _key(wanted: AsperaAtc, accounts: Accounts) -> Iterator[Grant]:
    if wanted.kms_key and not wanted.existing_s3_role:
        writes, reads = "upload" in wanted.allow, "upload" in wanted.allow or "download" in wanted.allow
        actions = [*(["kms:Decrypt"] if reads else []), *(["kms:GenerateDataKey"] if writes else [])]
        yield from allowed(s3_role(wanted), actions, wanted.kms_key)


ALLOWED = (
    Allowed("s3:ListAllMyBuckets is in the table of the server role", UPSOLVER, _list_buckets),
    Allowed("nothing on the KMS keys of buckets", (*UPSOLVER, *DATA), _keys_of_buckets),
    Allowed("no s3:GetObjectTagging", DUET, _copies),
    Allowed("one bucket, and nothing on KMS keys", DUET, _other_buckets),
    Allowed("Athena does not allow partial permissions", UPSOLVER, less=_athena),
    Allowed("the whole spot.io account is trusted", UPSOLVER, less=_spotinst),
    Allowed(
        "iam:PassRole and iam:AddRoleToInstanceProfile on every role",
        VPC,
        less=_wide("iam:PassRole", "iam:AddRoleToInstanceProfile"),
    ),
    Allowed(
        "iam:PassRole and iam:AddRoleToInstanceProfile on every role",
        PRIVATE,
        _passed,
        _wide("iam:PassRole", "iam:AddRoleToInstanceProfile"),
    ),
    Allowed(
        "iam:CreateServiceLinkedRole for any service",
        UPSOLVER,
        _narrow("iam:CreateServiceLinkedRole", "iam:awsservicename", "spot.amazonaws.com", "spotfleet.amazonaws.com"),
        _wide("iam:CreateServiceLinkedRole"),
    ),
    Allowed("ec2:CreateTags on everything", VPC, _tags, _wide("ec2:CreateTags")),
    Allowed("ec2:CreateTags on everything", PRIVATE, _tags_of_servers, _wide("ec2:CreateTags")),
    Allowed("no trust policy for the server role", PRIVATE, _server_trust),
    Allowed("s3:ListBucket on the whole bucket", (*UPSOLVER, *DATA, *ATC), _listing_within, _listing_all),
    Allowed("settings of a new bucket", (*UPSOLVER, *DUET), _tls_only),
    Allowed("s3:ListAllMyBuckets, when no path filter is set", DATA, less=_all_buckets),
    Allowed("no list of permissions for Kinesis streams, Glue databases and KMS keys", (*UPSOLVER, *DATA), _unlisted_data),
    Allowed("s3:ListObjectsV2", DUET, less=_no_action),
    Allowed("one list of actions for the bucket and its objects", DUET, less=_wrong_arn),
    Allowed("no permission for multipart uploads", DUET, _parts_of_vm),
    Allowed("ecr:BatchCheckLayerAvailability", DUET, _of_the_vm("ecr:BatchCheckLayerAvailability")),
    Allowed("batch:CancelJob, no logs:GetLogEvents", DUET, _cancel_and_logs),
    Allowed("policies and resources of Batch's instances", DUET, _batch_role),
    Allowed("ECR and Batch actions on every resource", DUET, _changes_here, _changes_anywhere),
    Allowed("no trust policy for the VM's role", DUET, _vm_trust),
    Allowed("without the addresses that it lets in", DUET, _session_manager),
    Allowed("arn:aws:s3::s3_account_id/atc-s3-access-keys", ATC, _role_arn, _no_arn),
    Allowed("the role atc-s3-access-keys is edited", ATC, less=_data_of_existing_role),
    Allowed("the whole trust policy of an existing role is replaced", ATC, _without_external_id),
    Allowed("nothing on a key that encrypts the buckets", ATC, _key),
)


def entries(wanted: Integration) -> list[Allowed]:
    return [item for item in ALLOWED if wanted.name in item.integrations]
