"""One plan with every kind of line in it, all events, an error; and the checked-in files that views are held against."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from bootstrap.core.account import EXAMPLE, Account
from bootstrap.core.deployment_status import DeploymentStatus
from bootstrap.core.difference import Difference
from bootstrap.core.events import Event, Failed, Progress, Skipped, Started, Stopping, Succeeded
from bootstrap.core.first_boot import FirstBoot
from bootstrap.core.integration import Handoff
from bootstrap.core.loss import Loss
from bootstrap.core.permission import Condition
from bootstrap.core.plan import Action, Change, Plan
from bootstrap.core.policy import Document, Statement, document
from bootstrap.core.receipt import Item, Receipt
from bootstrap.core.recovered import Contradicted, Recovered, RecoveredResource
from bootstrap.core.reference import reference
from bootstrap.core.role_chain import RoleCheck
from bootstrap.core.security_difference import SecurityDifference
from bootstrap.core.source import Provenance, Source
from bootstrap.core.warning import PlanWarning
from bootstrap.errors import PlanRefused, lines
from bootstrap.permissions.cage import Cage
from bootstrap.permissions.credential_set import CredentialSet
from bootstrap.permissions.operator import Need
from bootstrap.permissions.preflight import PermissionCheck, Preflight
from bootstrap.resources.iam.policy import IamPolicy
from bootstrap.resources.iam.role import IamRole
from bootstrap.resources.iam.role_attachment import IamRoleAttachment
from bootstrap.resources.iam.role_trust_statement import IamRoleTrustStatement
from bootstrap.resources.s3.bucket import S3Bucket

GOLDEN = Path(__file__).parents[1] / "views" / "golden"
LOGS = Account(alias="logs", id="210987654321", partition="aws", region="eu-west-1")
ACCOUNTS = [
    (EXAMPLE, "arn:aws:sts::123456789012:assumed-role/admin/[ann]"),
    (LOGS, "arn:aws:iam::210987654321:user/ann"),
]
DEPLOYMENTS = [
    DeploymentStatus(
        deployment="prod", integration="upsolver-vpc", accounts=("123456789012",), region="us-east-1", result="up to date"
    ),
    DeploymentStatus(
        deployment="[lab]",
        integration="aspera-atc",
        accounts=("123456789012", "210987654321"),
        region="eu-west-1",
        result="differs",
        differences=2,
        reason="role, bucket",
        security=(
            SecurityDifference(
                address="role",
                kind="iam_role",
                where="[Evil]",
                text="opened outside bootstrap: it also lets in everybody in the world",
                code="new-principal",
                create="set back",
            ),
            SecurityDifference(address="bucket", kind="s3_bucket", where="", text="recorded, but no longer in AWS"),
        ),
    ),
    DeploymentStatus(
        deployment="old", result="cannot be read", reason="old.json is not JSON", advice="Restore it from a backup."
    ),
]


def matches(name: str, text: str, folder: Path = GOLDEN) -> bool:
    """Whether the text is that of the golden file in the folder; with UPDATE_GOLDEN=1 it becomes that. Else shows the
    difference."""
    path = folder / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(text, encoding="utf-8")
    expected = path.read_text(encoding="utf-8")
    if text != expected:
        pytest.fail(f"not as in {name} (UPDATE_GOLDEN=1 rewrites it):\n{text}\n--- expected ---\n{expected}")
    return True


def _allows(sid: str, *actions: str, resource: str = "*", who: str = "", external_id: str = "") -> Statement:
    return Statement(
        sid=sid,
        actions=actions,
        resources=(resource,),
        principals={"AWS": (who,)} if who else {},
        conditions={"StringEquals": {"sts:ExternalId": external_id}} if external_id else {},
        why="the vendor says so",
        source="the vendor's page",
    )


def _trust(external_id: str) -> Document:
    vendor = "arn:aws:iam::111122223333:role/vendor"
    return document([_allows("Vendor", "sts:AssumeRole", who=vendor, external_id=external_id)])


BEFORE = document([_allows("Read", "s3:GetObject", "s3:ListBucket"), _allows("Old", "ec2:RunInstances")])
AFTER = document([_allows("Read", "s3:GetObject", resource="arn:aws:s3:::acme/*"), _allows("New", "ec2:StopInstances")])

ROLE = IamRole(
    name="VendorRole",
    trust=_trust("new"),
    inline_policies={"data": AFTER},
    description="The vendor's [role]",
    tags={"team": "data"},
)
POLICY = IamPolicy(name="VendorPolicy", document=AFTER)
ATTACHMENT = IamRoleAttachment(
    role="VendorRole",
    role_id=reference("role", "role_id"),
    role_path="/",
    policy_arn="arn:aws:iam::123456789012:policy/VendorPolicy",
    why="The vendor reads with it",
    source="https://vendor.example/roles",
)
BUCKET = S3Bucket(name="acme-logs", lifecycle={"work": {"prefix": "work/", "expire_days": 30}})

LOST = (Loss("objects", "acme-old", count=10_000, more=True, bytes=3_600_000),)
SOURCE = Source("./[acme].toml", "0123456789abcdef" * 4)
PLAN = Plan(
    (
        Change(address="policy", action=Action.CREATE, resource=POLICY, reason="will be created"),
        Change(
            address="role",
            action=Action.UPDATE,
            resource=ROLE,
            reason="its inputs changed",
            differences=(
                Difference("trust", None, _trust("old"), _trust("new")),
                Difference("inline_policies", "data", BEFORE, AFTER),
                Difference("inline_policies", "more", None, AFTER),
                Difference("inline_policies", "none", BEFORE, None),
                Difference("inline_policies", "strange", {}, None),
                Difference("description", None, "[red]edited[/red]", "The vendor's [role]"),
                Difference("max_session_duration", None, 7200, 3600),
                Difference("permissions_boundary", None, None, reference("policy", "arn")),
                Difference("tags", "team", None, "data"),
                Difference("tags", "cost", "12", None),
            ),
            others=("attached policy arn:aws:iam::aws:policy/ReadOnlyAccess", "tag owner"),
        ),
        Change(
            address="attachment",
            action=Action.CREATE,
            resource=ATTACHMENT,
            reason="will be created",
            after=("policy", "role"),
        ),
        Change(
            address="logs",
            action=Action.UPDATE,
            resource=BUCKET,
            reason="drift: changed outside bootstrap",
            account=LOGS.alias,
            differences=(
                Difference("versioning", None, True, False),
                Difference("lifecycle", "work", {"prefix": "work/", "expire_days": 3}, BUCKET.lifecycle["work"]),
                Difference("lifecycle", "gone", {"prefix": "", "expire_days": 3}, None),
            ),
        ),
        Change(
            address="archive",
            action=Action.BLOCKED,
            blocks=Action.DELETE,
            resource=S3Bucket(name="acme-archive"),
            reason="no longer needed",
            account=LOGS.alias,
            refusal="bucket acme-archive still holds objects",
            advice="Move away what you need, or add --delete-data to delete all of it with the rest.",
        ),
        Change(
            address="s3-trust",
            action=Action.CREATE,
            resource=IamRoleTrustStatement(role="data-reader", statement={"Effect": "Allow", "Action": "sts:AssumeRole"}),
            reason="will be created",
            warnings=(
                PlanWarning("statement Old of the trust policy of data-reader lets a role in without the id", "no-effect"),
                PlanWarning("iam:PassRole on every [role]", "escalation", "Pass", "The page needs it"),
            ),
        ),
        Change(
            address="old",
            action=Action.DELETE,
            resource=S3Bucket(name="acme-old"),
            reason="no longer needed",
            along=("bucket acme-old still holds objects (--delete-data)",),
            holds=LOST,
        ),
        Change(address="lost", action=Action.FORGET, resource=S3Bucket(name="acme-lost"), reason="already gone from AWS"),
        Change(address="kept", action=Action.NOOP, resource=S3Bucket(name="acme-kept"), reason="up to date"),
    ),
    integration=Provenance("acme", SOURCE),
    before_destroy=("Delete the [connection].", "Wait for the vendor."),
)
NOTHING_TO_DO = Plan((PLAN.changes[-1],))

_CREATE, _UPDATE, _ATTACH, _, _, _, _DELETE, _FORGET, _ = PLAN.changes
EVENTS: tuple[Event, ...] = (
    Started(_CREATE),
    Started(_UPDATE),
    Progress("role", "waiting for AWS to catch up (update_role: NoSuchEntity)"),
    Succeeded(_CREATE, {"arn": "arn:aws:iam::123456789012:policy/VendorPolicy"}),
    Stopping(("role",)),
    Failed(_UPDATE, "UpdateRole: no [permission] (AccessDenied)", "Ask for the permission named above."),
    Skipped(_ATTACH, "it needs role, which was not done"),
    Started(_DELETE),
    Succeeded(_DELETE, {}),
    Succeeded(_FORGET, {}),
    Failed(_FORGET, "it failed before it started", ""),
)
HANDOFF = Handoff(
    values={"Role ARN": "arn:aws:iam::123456789012:role/VendorRole", "External id": "[new]"},
    steps=("Open the [settings].", "Paste the values above."),
    files={"connection.sql": "CREATE CONNECTION\n    ROLE = 'x';\n"},
)
FINDINGS = (
    RoleCheck("arn:aws:iam::123456789012:role/node", "ok", "can be assumed"),
    RoleCheck("arn:aws:iam::210987654321:role/[data]", "failed", "was refused to the role before it"),
    RoleCheck("arn:aws:iam::210987654321:role/more", "unknown", "was not tried"),
)
FIRST_BOOTS = (
    FirstBoot("vm", "i-0123456789abcdef0", "ready"),
    FirstBoot("second", "i-0123456789abcdef1", "failed", "apt-get update: E: [lock]", lines("See [this].", "Run: that")),
    FirstBoot("third", "i-0123456789abcdef2", "installing", "it is starting", "To look again, run: that"),
)
UNFINISHED = Handoff(values={"Role ARN": reference("role", "arn")})
REFUSED = PlanRefused(
    "the [plan] cannot be carried out", ["role: [x] is taken", "bucket: too long"], lines("Choose others.", "Or wait.")
)


RECEIPT = Receipt(
    side_effects=("Stacks of the vendor named [acme]",),
    gone=(
        Item("bucket", "s3_bucket", "us-east-1-upsolver-acme", "us-east-1-upsolver-acme", "default", lost=LOST),
        Item("athena", "iam_role_attachment", "AmazonAthenaFullAccess on UpsolverRole", "AROAEXAMPLE", "default"),
    ),
    left=(
        Item(
            "role",
            "iam_role",
            "UpsolverRole",
            "AROAEXAMPLE",
            "logs",
            why="it was deleted, but AWS still shows it",
            advice="Run: bootstrap destroy --name prod",
        ),
    ),
    unknown=(Item("policy", "iam_policy", "[p]", "ANPAEXAMPLE", "default", why="GetPolicy: refused (AccessDenied)"),),
    unsearched=("the tag index of us-east-1 in account 123456789012: [refused]",),
    unseen=("arn:aws:sqs:us-east-1:123456789012:[queue]",),
    kept=("iam_service_linked_role [r] in account 123456789012: left because the whole account shares it",),
    others=("the log group /aws/batch/job in CloudWatch, if jobs ran",),
    notes=("the tag index of us-west-2 in account 123456789012: [denied]. IAM itself was asked",),
)
RECOVERED = Recovered(
    deployment="prod",
    lineage="0123456789abcdef",
    taken=(
        RecoveredResource("bucket", "s3_bucket", "us-east-1-upsolver-acme", "us-east-1-upsolver-acme", "default"),
        RecoveredResource(
            "role",
            "iam_role",
            "UpsolverRole",
            "AROAEXAMPLE",
            "logs",
            differs=("description", "trust"),
            later=(Difference("description", None, "edited [x]", "Upsolver"),),
        ),
        RecoveredResource("spot-queue", "batch_job_queue", "duet-spot", "duet-spot", "default", wanted=False),
    ),
    missing=("athena",),
    unclaimed=(
        "ec2_elastic_ip eipalloc-1 has the tags of elastic-ip, as another resource has; delete it if nobody needs it",
    ),
    unsearched=("resources of type iam_role in account 123456789012: ListRoles: [refused]",),
    contradicted=(Contradicted("external_id", ("ext-1",), ("ext-2", "ext-3"), "role"),),
)


def _need(action: str, arn: str, address: str, reason: str, *conditions: Condition, account: str = "default") -> Need:
    return Need(account=account, on="create", action=action, arn=arn, conditions=conditions, reason=reason, address=address)


_ROLE_ARN = "arn:aws:iam::123456789012:role/[r]"
_PASSED = Condition("StringEquals", "iam:PassedToService", ("ec2.amazonaws.com",))
_SOURCE = "a policy has a condition on aws:SourceIp"
PREFLIGHT = Preflight(
    (
        PermissionCheck(
            needs=(
                _need("iam:GetRole", _ROLE_ARN, "role", "creates iam_role [r]"),
                _need("iam:GetRole", _ROLE_ARN, "profile", "creates iam_instance_profile p"),
            ),
            later=False,
            verdict="allowed",
        ),
        PermissionCheck(
            needs=(_need("iam:PassRole", _ROLE_ARN, "profile", "creates iam_instance_profile p: [passes]", _PASSED),),
            later=False,
            verdict="missing",
            why="no policy allows it",
        ),
        PermissionCheck(
            needs=(_need("s3:CreateBucket", "arn:aws:s3:::acme", "logs", "creates s3_bucket acme", account="logs"),),
            later=False,
            verdict="missing",
            why="the permissions boundary does not allow it",
        ),
        PermissionCheck(
            needs=(_need("ec2:RunInstances", "*", "vm", "creates ec2_instance vm"),),
            later=False,
            verdict="unknown",
            why=_SOURCE,
        ),
        PermissionCheck(
            needs=(_need("ec2:CreateTags", "*", "vm", "creates ec2_instance vm"),),
            later=False,
            verdict="unknown",
            why=_SOURCE,
        ),
        PermissionCheck(
            needs=(_need("iam:DeleteRole", _ROLE_ARN, "role", "deletes iam_role [r]"),),
            later=True,
            verdict="missing",
            why="a policy denies it",
        ),
    ),
)
ALLOWED = Preflight(PREFLIGHT.checked[:1], organizations=True)
UNKNOWN_TO_ALL = Preflight(
    tuple(
        replace(each, verdict="unknown", why="the root user cannot be simulated; only users and roles can")
        for each in PREFLIGHT.checked
    )
)
NOT_ASKED = Preflight(())
_WIDE = replace(
    _need("ec2:RunInstances", "arn:aws:ec2:us-east-1:123456789012:instance/*", "vm", ""), wide="AWS assigns [it]"
)
_LISTS = replace(_need("ec2:DescribeSubnets", "*", "vm", ""), wide="this action takes no narrower resource")
CAGE = Cage(
    "create prod",
    (
        CredentialSet("default", "iam", (PREFLIGHT.checked[0].need,), {"Action": "iam:GetRole"}, ("role",)),
        CredentialSet("logs", "ec2 [1]", (_WIDE, _LISTS), {"Action": "[ec2:RunInstances]"}, ("vm", "disk")),
        CredentialSet("logs", "looks at s3", (), {"Action": "s3:ListBucket"}, looks="s3"),
    ),
)
