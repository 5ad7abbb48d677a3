"""The first file of an integration, from a few answers: a role that one account of the vendor assumes."""

from dataclasses import dataclass
from typing import Any, Literal

from bootstrap.core import commands
from bootstrap.drafts.cloudformation import empty
from bootstrap.drafts.content import Content
from bootstrap.drafts.toml_text import toml_text

ExternalId = Literal["vendor", "vendor-after", "generated"]
EXTERNAL_ID: tuple[ExternalId, ...] = ("vendor", "vendor-after", "generated")
Reads = Literal["bucket", "bucket-and-write", "nothing"]
READS: tuple[Reads, ...] = ("bucket", "bucket-and-write", "nothing")


@dataclass(frozen=True)
class Answers:
    """`page` is the vendor's page with its account id, `seen` the day on which it was read."""

    name: str
    vendor: str
    account: str
    page: str
    seen: str
    external_id: ExternalId
    reads: Reads


def new_text(answers: Answers) -> str:
    """The file, with comments for whoever goes on writing it."""
    vendor, page = answers.vendor, answers.page
    content: Content = empty(answers.name, vendor, _title(answers))
    content |= {"partition": "aws", "pages": [{"url": page, "seen": answers.seen}]}
    content["vendor_accounts"] = {"main": {"id": answers.account, "page": page}}
    content["inputs"]["external_id"] = _external_id(answers)
    role: Content = {
        "type": "iam_role",
        "name": "".join(word.title() for word in answers.name.split("-")),
        "description": f"{vendor} signs in with this role",
        "trust": [
            {
                "sid": "Vendor",
                "principals": {"AWS": ["arn:aws:iam::${vendor.main}:root"]},
                "actions": ["sts:AssumeRole"],
                "conditions": {"StringEquals": {"sts:ExternalId": "${input.external_id}"}},
                "why": f"{vendor} signs in from its own account, and only for you",
                "page": page,
            }
        ],
    }
    if answers.reads != "nothing":
        content["inputs"]["bucket"] = {
            "type": "text",
            "help": f"Let {vendor} use this bucket.",
            "question": f"Which bucket should {vendor} use? For a part of it, add /PREFIX.",
            "check": "bucket_prefix",
            "metavar": "NAME[/PREFIX]",
            "from": "you",
        }
        bucket = {"type": "s3_bucket", "name": "${input.bucket.name}", "if_missing": "Name a bucket of this account."}
        content["existing"] = {"bucket": bucket}
        role["inline_policies"] = {answers.name: _statements(answers)}
    content["resources"]["role"] = role
    given = {"External id": "${input.external_id}"} if answers.external_id == "generated" else {}
    content["handoff"] = {
        "steps": [f"Paste the role's ARN at {vendor}."],
        "before_destroy": [f"At {vendor}, delete what uses this role. Otherwise {vendor} keeps trying to use it."],
        "values": {"Role ARN": "${role.arn}", **given},
    }
    order = ("vendor_accounts", "inputs", "existing", "resources", "handoff")
    head = {key: value for key, value in content.items() if key not in order and value != {}}
    return toml_text(head | {key: content[key] for key in order if key in content}, _comments(answers))


def _title(answers: Answers) -> str:
    does = {"bucket": "reads files from one bucket", "bucket-and-write": "reads and writes files in one bucket"}
    return f"{answers.vendor} {does.get(answers.reads, 'gets access to this account')}"


def _external_id(answers: Answers) -> Content:
    content: Content = {"type": "text", "check": "external_id"}
    if answers.external_id == "generated":
        return {"help": f"Set the external id that you give to {answers.vendor} (default: a generated one).", **content} | {
            "generated": True
        }
    asked = f"Which external id does {answers.vendor} show you?"
    return {**content, "help": f"Require the external id that {answers.vendor} shows you.", "question": asked} | {
        "from": answers.external_id
    }


def _statements(answers: Answers) -> list[Content]:
    def statement(sid: str, actions: list[str], resource: str, why: str, **more: Any) -> Content:
        reason = {"why": f"{answers.vendor} {why}", "page": answers.page}
        return {"sid": sid, "actions": actions, "resources": [f"arn:${{partition}}:s3:::{resource}"], **more, **reason}

    objects = "${input.bucket.objects}"
    found = [
        statement("ListBucket", ["s3:ListBucket"], "${input.bucket.name}", "looks for files"),
        statement("ReadFiles", ["s3:GetObject"], objects, "reads the files"),
    ]
    if answers.reads == "bucket-and-write":
        found.append(statement("WriteFiles", ["s3:PutObject"], objects, "writes its results"))
    return found


def _comments(answers: Answers) -> dict[tuple[str, ...], list[str]]:
    file = f"./{answers.name}.toml"
    return {
        (): [
            f"What {answers.vendor} needs in an AWS account.",
            f"The guide: {commands.bootstrap('docs', 'write-an-integration')}",
            f"Check it: {commands.bootstrap('integrations', 'check', arguments=[file])}",
            f"Test it: {commands.bootstrap('integrations', 'test', arguments=[file])}",
        ],
        ("vendor_accounts", "main"): ["${vendor.main} below. The page proves whose account it is."],
        ("inputs", "external_id"): [
            "Each input is an option of create, here --external-id, and ${input.external_id} below."
        ],
        ("inputs", "bucket"): ["bucket_prefix gives ${input.bucket.name}, .prefix and .objects (NAME/PREFIX/*)."],
        ("existing", "bucket"): ["What the user has already: checked, and never changed."],
        ("resources", "role"): [
            "What is created. Its name gets the user's prefix, and its tags, path and boundary are theirs.",
            f"Further types and their properties: {commands.bootstrap('docs', 'integration-format')}",
        ],
        ("resources", "role", "inline_policies", answers.name): [
            "Each statement says why the vendor needs it, and on which page that stands: people decide by it."
        ],
        ("handoff",): ["What the user does then, and what to paste. Before a destroy, they are shown before_destroy."],
    }
