"""An EC2 key pair: the public half of an SSH key, under a name. The private half never leaves its owner.

AWS reports only a fingerprint, of which there are three kinds: for an imported RSA key the MD5 of its DER form, for an
ED25519 key the SHA-256 of its SSH form. (For an RSA key that AWS created, it is a SHA-1 of the private half.)
Source: EC2 API reference ImportKeyPair; EC2 user guide verify-keys.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bootstrap.aws.errors import ignore_missing, raise_already_exists
from bootstrap.core.account import Account
from bootstrap.core.cloud import Cloud
from bootstrap.core.difference import Difference
from bootstrap.core.live import Live, Outputs
from bootstrap.core.owner import Owner, stack_of, tagless
from bootstrap.core.permission import Permission
from bootstrap.core.query import Query
from bootstrap.core.resource import OTHER_NAMES, Taggable
from bootstrap.core.resource_type import Identifiers, Updates
from bootstrap.core.search_filter import SearchFilter
from bootstrap.resources.ec2 import shared as ec2
from bootstrap.resources.iam import shared as iam

GONE = "InvalidKeyPair.NotFound"
SHORTEST_RSA = 2048

_KEY = ec2.ARN + "key-pair/{name}"


@dataclass(frozen=True, kw_only=True)
class Ec2KeyPair(Taggable):
    """`public_key` is one line as in a .pub file; the comment at its end is ignored."""

    kind = "ec2_key_pair"
    services = ("ec2",)
    identifiers = Identifiers(
        outputs=("name", "key_pair_id"),
        unique_id="key_pair_id",
        if_taken=OTHER_NAMES,
        arn_prefixes={"ec2:key-pair": "key_pair_id"},
        stack_id="name",
    )
    updates = Updates(force_new={"name", "public_key"})
    permissions = (
        ec2.FIND,
        Permission("read", "ec2:DescribeKeyPairs", "*"),
        *ec2.creating("ImportKeyPair", _KEY),
        *ec2.retagging(ec2.ARN + "key-pair/{key_pair_id}", "tags"),
        Permission("delete", "ec2:DeleteKeyPair", _KEY),
    )

    name: str
    public_key: str

    @property
    def label(self) -> str:
        return self.name

    def validate(self, account: Account) -> Sequence[str]:
        found = ec2.tag_problems(self.tags)
        if not (
            self.name.isascii() and self.name.isprintable() and self.name.strip() == self.name and len(self.name) <= 255
        ):
            found.append(f"key pair name {self.name!r}: EC2 accepts up to 255 ASCII characters without blanks at its ends")
        if not self.name:
            found.append("a key pair needs a name")
        if bad := "" if iam.unresolved(self.public_key) else key_problem(self.public_key):
            found.append(bad)
        return found

    def predicted_outputs(self, account: Account) -> dict[str, str]:
        return {"name": self.name}

    def canonical(self, name: str, value: Any) -> Any:
        return value.split()[:2] if name == "public_key" and isinstance(value, str) else value

    def read(self, aws: Cloud, outputs: Outputs) -> Live | None:
        which: dict[str, Any] = {"KeyNames": [outputs.get("name", self.name)]}
        if "name" not in outputs and "key_pair_id" in outputs:
            which = {"Filters": [{"Name": "key-pair-id", "Values": [outputs["key_pair_id"]]}]}
        [found] = aws.read(Query("ec2", "describe_key_pairs", which, (GONE,)))
        if not found or not found["KeyPairs"]:
            return None
        live = found["KeyPairs"][0]
        tags = iam.tag_map(live.get("Tags", []))
        has = live["KeyFingerprint"]
        return Live(
            outputs={"name": live["KeyName"], "key_pair_id": live["KeyPairId"]},
            properties={
                "name": live["KeyName"],
                "public_key": self.public_key if _bare(has) == _bare(fingerprint(self.public_key)) else has,
                "tags": tagless(tags),
            },
            owner=Owner.from_tags(tags),
            stack=stack_of(tags),
        )

    @classmethod
    def list_tagged(cls, aws: Cloud, search_filter: SearchFilter) -> Iterable[tuple[Outputs, Mapping[str, str]]]:
        return ec2.list_tagged(aws, cls.identifiers.arn_prefixes)

    def lost_on_replace(self) -> tuple[str, ...]:
        return ("access with the old key",)

    def create(self, aws: Cloud) -> Live:
        with raise_already_exists("InvalidKeyPair.Duplicate"):
            answer = aws.call(
                "ec2",
                "import_key_pair",
                KeyName=self.name,
                PublicKeyMaterial=self.public_key.strip().encode(),
                TagSpecifications=ec2.tag_specifications(aws.tags(self.tags), "key-pair"),
            )
        outputs = {"name": self.name, "key_pair_id": answer["KeyPairId"]}
        return Live(outputs, self.properties(), owner=aws.owner)

    def update(self, aws: Cloud, outputs: Outputs, differences: Sequence[Difference]) -> Outputs:
        ec2.retag(aws, outputs["key_pair_id"], differences)
        return outputs

    def delete(self, aws: Cloud, outputs: Outputs) -> None:
        with ignore_missing(GONE):
            aws.call("ec2", "delete_key_pair", KeyName=outputs.get("name", self.name))


def key_problem(text: str) -> str:
    """Why EC2 would not accept the text as a public key, or "". Never shows the text: it may be a private key."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    if "PRIVATE KEY" in text.upper():
        return "this is a PRIVATE key, which must not leave its owner: give the public one, from the file that ends in .pub"
    if len(text.strip().splitlines()) != 1:
        return "a public key is one line, as in a file that ends in .pub"
    try:
        key = _loaded(text)
    except (ValueError, UnsupportedAlgorithm):
        return "this is not a public key in the form of OpenSSH (ssh-ed25519 AAAA... or ssh-rsa AAAA...)"
    if isinstance(key, RSAPublicKey):
        if key.key_size >= SHORTEST_RSA:
            return ""
        return f"an RSA key of {key.key_size} bits is too short: the minimum is {SHORTEST_RSA}"
    return "" if isinstance(key, Ed25519PublicKey) else f"EC2 accepts RSA and ED25519 keys, and not {text.split()[0]}"


def fingerprint(public_key: str) -> str:
    """The fingerprint that AWS shows for the imported key; "" when the text is not such a key."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    try:
        key = _loaded(public_key)
    except (ValueError, UnsupportedAlgorithm):
        return ""
    if isinstance(key, RSAPublicKey):
        der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return hashlib.md5(der, usedforsecurity=False).digest().hex(":")
    return base64.b64encode(hashlib.sha256(base64.b64decode(public_key.split()[1])).digest()).decode()


def _loaded(text: str) -> Any:
    from cryptography.hazmat.primitives.serialization import load_ssh_public_key

    return load_ssh_public_key(text.strip().encode())


def _bare(shown: str) -> str:
    """AWS pads the SHA-256 with "=" where ssh-keygen does not."""
    return shown.removeprefix("SHA256:").rstrip("=")
