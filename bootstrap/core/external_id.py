"""External ids: what STS accepts, and what a person means. Source: STS API reference, AssumeRole."""

import re


def sts_external_id(value: str) -> str:
    """2 to 1,224 characters of the set that STS accepts."""
    if not re.fullmatch(r"[\w+=,.@:/-]*", value, re.ASCII):
        odd = re.sub(r"[\w+=,.@:/-]+", "", value, flags=re.ASCII)[0]
        raise ValueError(f"an external id may not contain {odd!r}; letters, digits and _ + = , . @ : / - are allowed")
    if not 2 <= len(value) <= 1224:
        raise ValueError(f"an external id has 2 to 1,224 characters, this one has {len(value):,}")
    return value


def typed_external_id(value: str) -> str:
    """STS would take an ARN or a URL, too, but then a person has copied something else."""
    what = "an ARN" if value.startswith("arn:") else "the address of a page" if "://" in value else ""
    if what or " " in value:
        why = f"{value!r} is {what}" if what else f"{value!r} has a blank in it"
        raise ValueError(
            f"{why}; an external id is a code without blanks, such as 3f2b8c1e-7d40-4a5e-9c1f, that the vendor shows"
        )
    return sts_external_id(value)


def sent_by_caller(value: str) -> bool:
    """Whether a policy compares the external id with a variable such as ${sts:ExternalId}, which is what the caller sends
    and keeps nobody out; a tag of the principal is not."""
    return bool(re.search(r"\$\{(?!aws:principaltag/|[*?$]\})", value, re.IGNORECASE))
