"""Public keys of OpenSSH. Pure."""

import re
from base64 import b64decode


def one_line(value: str) -> str:
    """The key as in a .pub file, if it is whole. Raises ValueError; a private key is not in its text."""
    if "PRIVATE KEY" in value:
        raise ValueError("this is a private key, which must not leave your machine; give the file that ends with .pub")
    if not value.isprintable() or not re.fullmatch(r"(ssh-ed25519|ssh-rsa) [A-Za-z0-9+/=]+( .*)?", value):
        raise ValueError("it is not a public key of OpenSSH: one line that begins with ssh-ed25519 or ssh-rsa")
    kind, key = value.split(" ")[:2]
    if not _is_whole(kind, key):
        raise ValueError(f"the key after {kind} is cut off or damaged; copy the whole line")
    return value


def _is_whole(kind: str, key: str) -> bool:
    """Whether it holds its kind and its numbers, each after its length in four bytes (RFC 4253 6.6, RFC 8709)."""
    try:
        rest, parts = b64decode(key, validate=True), list[bytes]()
    except ValueError:
        return False
    while rest:
        length = int.from_bytes(rest[:4])
        part, rest = rest[4 : 4 + length], rest[4 + length :]
        if len(part) != length or not length:
            return False
        parts.append(part)
    sizes = {"ssh-ed25519": [(32, 32)], "ssh-rsa": [(1, 512), (128, 2049)]}[kind]
    return (
        bool(parts)
        and parts[0] == kind.encode()
        and len(parts) == len(sizes) + 1
        and all(least <= len(part) <= most for part, (least, most) in zip(parts[1:], sizes, strict=True))
    )
