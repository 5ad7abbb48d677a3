"""Words that need no quotes, made of what the user or AWS has named."""

import re
from hashlib import sha256


def suffix(role_prefix: str) -> str:
    """What ends a name in SQL so that each role prefix has its own: "acme-" gives _acme, "" nothing, and a prefix that such
    a name cannot spell ("acme_", "a+b") gets a checksum."""
    readable = "".join(f"_{part}" for part in re.split(r"[^A-Za-z0-9]+", role_prefix) if part)
    if re.fullmatch(r"([A-Za-z0-9]+-)*", role_prefix):
        return readable
    return f"{readable}__{sha256(role_prefix.encode()).hexdigest()[:8]}"  # a readable one never has two underscores


def word(region: str) -> str:
    return region.replace("-", "_")
