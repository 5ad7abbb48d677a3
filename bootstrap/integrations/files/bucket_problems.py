"""What is wrong with the buckets of the user that a file says its roles use."""

from collections.abc import Iterator

from bootstrap.core.key_lines import KeyPath
from bootstrap.integrations.existing.buckets import UsesBuckets
from bootstrap.integrations.files.build import KEYS
from bootstrap.integrations.files.format import Definition, ExistingEntry, ResourceEntry
from bootstrap.integrations.files.structure import Report, meant
from bootstrap.integrations.files.template import reference_of

BUCKET = "bucket"
"""The address of the bucket for whose name there can be another way."""
_NAMES = {"bucket": "", "bucket_prefix": ".name"}
"""The part of an input that is the name of a bucket, by the input's check."""


def input_of(entry: ExistingEntry) -> str:
    """The input that names the bucket, or "" if its name is put together in another way."""
    head, *rest = reference_of(str(entry.properties.get("name", ""))).split(".")
    named = [*entry.for_each.split("."), *rest] if head == "each" else [head, *rest]
    return named[1] if named[0] == "input" and len(named) > 1 else ""


def bucket_problems(definition: Definition, report: Report) -> None:
    for address, entry in definition.existing.items():
        path: KeyPath = ("existing", address)
        if not entry.uses:
            for key in (key for key in ("used_by", "may_be_unreadable") if getattr(entry, key)):
                report((*path, key), "is only there together with uses", 'Write uses = "read", or "write".')
            continue
        for key, text, advice in (*_entry(definition, entry), *_users(definition, entry)):
            report((*path, key), text, advice)
        for name in definition.inputs:
            if name in UsesBuckets.__dataclass_fields__ or hasattr(UsesBuckets, name):
                what = "is an option, or another word, that `uses` brings"
                report(("inputs", name), what, "Omit it, or choose another name.")

    for address, made in definition.resources.items():
        for key, text, advice in _made(definition, address, made):
            report(("resources", address, key), text, advice)


def _made(definition: Definition, address: str, entry: ResourceEntry) -> Iterator[tuple[str, str, str]]:
    if entry.bucket_keys_in and not any(address in each.used_by for each in definition.existing.values()):
        yield "bucket_keys_in", "is only for a role that uses buckets", "Name it in used_by, or omit the key."
    if not entry.if_taken_use:
        return
    named = definition.inputs.get(entry.if_taken_use.partition(".")[2])
    if (address, entry.type, entry.for_each) != (BUCKET, "s3_bucket", ""):
        yield "if_taken_use", f"is only for an s3_bucket at the address {BUCKET}", "Rename it, or omit the key."
    if named is None or named.type != "text" or named.check != "bucket":
        yield "if_taken_use", f"{entry.if_taken_use} is not an input of the type text with the check bucket", ""


def _entry(definition: Definition, entry: ExistingEntry) -> Iterator[tuple[str, str, str]]:
    if entry.type != "s3_bucket":
        yield "uses", f"is for s3_bucket, not for {entry.type}", "Omit it."
        return
    if entry.account:
        yield "account", "cannot be there together with uses", "Only buckets that roles of the default account use can be."
    if entry.if_missing and entry.may_be_unreadable:
        yield "if_missing", "cannot be there together with may_be_unreadable: the bucket is not refused", "Omit it."
    if set(entry.properties) - {"name"}:
        yield "uses", "cannot be there together with properties but for the name", "Omit them."
    found = definition.inputs.get(input_of(entry))
    name = reference_of(str(entry.properties.get("name", "")))
    part = _NAMES.get(found.check) if found else None
    head = "each" if entry.for_each else f"input.{input_of(entry)}"
    if part is None or name != head + part:
        yield (
            "name",
            "is not that of an input whose check is bucket or bucket_prefix",
            "Write ${input.NAME}, or ${input.NAME.name} if its check is bucket_prefix; with a for_each, ${each...}.",
        )


def _users(definition: Definition, entry: ExistingEntry) -> Iterator[tuple[str, str, str]]:
    if not entry.used_by:
        yield "used_by", "is missing: it names the roles that use the bucket", 'Write used_by = ["role"].'
    known = {address: each for address, each in definition.resources.items() if each.type in ("iam_role", "iam_policy")}
    for address in entry.used_by:
        role = known.get(address)
        if role and role.type == "iam_policy" and not _holders(definition, address):
            yield "used_by", f"cannot be {address}, which no role of the file has", "Add an iam_role_attachment."
        if role is None:
            yield "used_by", f"there is no role or policy {address}", meant(address, known)
        elif role.when or role.for_each or role.account or "path" in role.properties:
            yield "used_by", f"cannot be {address}, which has when, for_each, account or path", "Name another role."
        elif any("path" in definition.resources[each].properties for each in _holders(definition, address)):
            yield "used_by", f"cannot be {address}, which a role with a path has", "Name another policy."
        elif (chosen := role.bucket_keys_in) and chosen not in role.properties.get("inline_policies", ()):
            yield (
                "used_by",
                f"cannot be {address}: it has no inline policy {chosen}, its bucket_keys_in",
                "Name another one.",
            )
        elif not chosen and KEYS in role.properties.get("inline_policies", ()):
            yield (
                "used_by",
                f"cannot be {address}: bootstrap adds the policy {KEYS} itself",
                "Give that policy another name.",
            )


def _holders(definition: Definition, policy: str) -> list[str]:
    """The roles of the file to which it attaches this policy."""
    attached = [each.properties for each in definition.resources.values() if each.type == "iam_role_attachment"]
    roles = [reference_of(str(each.get("role"))) for each in attached if each.get("policy_arn") == f"${{{policy}.arn}}"]
    return [address for role in roles if (address := role.removesuffix(".name")) in definition.resources]
