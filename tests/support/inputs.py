"""Inputs for the contract of all integrations. A new one that is code needs a new entry here, and no new test; one that is a
file needs neither."""

from typing import Any

from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.integration import Integration
from bootstrap.integrations import integration, integrations
from bootstrap.integrations.files.integration import FileIntegration
from tests.support import keys
from tests.support.file_inputs import each_choice, every_input

KEY = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SHARED: dict[str, Any] = {
    "role_prefix": "acme-",
    "path": "/vendors/",
    "permissions_boundary": "arn:aws:iam::aws:policy/PowerUserAccess",
    "tag": ["team=data", "cost=7"],
}
DATA: dict[str, Any] = {
    "bucket": ["acme-lake", "acme-shop/orders"],
    "read_bucket": ["acme-raw", "acme-lake/events"],
    "write_bucket": ["acme-out/upsolver"],
    "access": "read-write",
    "kms_key": [KEY, f"acme-out={KEY}2"],
    "kinesis_stream": ["clicks", "orders"],
    "glue_database": ["lake"],
}
UPSOLVER: dict[str, Any] = {
    **SHARED,
    "external_id": "external-id-7",
    "org_id": "acme",
    "harden": True,
    **DATA,
}

EVERYTHING: dict[str, dict[str, Any]] = {
    "aspera-atc": {
        **SHARED,
        "bucket": ["acme-in/incoming", "acme-out"],
        "allow": "upload,download,browse,delete",
        "cluster_profile": "cluster",
        "s3_profile": "buckets",
        "node_role": "atc-node",
        "external_id": "external-id-7",
        "require_external_id": True,
        "kms_key": "arn:aws:kms:us-east-1:210987654321:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    },
    "biomodal-duet": {
        **SHARED,
        "bucket": "acme-duet",
        "read_bucket": ["acme-refs/genomes"],
        "kms_key": [KEY],
        "public_key": keys.ED25519,
        "ssh_cidr": "203.0.113.4/32",
        "public_address": True,
        "image": "amazon-linux-2023",
        "nextflow_version": "24.10.9",
        "vm_instance_type": "m5.large",
        "vm_disk": "60",
        "instance_type": ["c5", "m5.4xlarge"],
        "min_vcpus": "0",
        "max_vcpus": "64",
        "batch_disk": "300",
        "spot": True,
        "cancel_stuck_jobs": False,
        "harden": True,
    },
    "upsolver-vpc": UPSOLVER,
    "upsolver-private-vpc": UPSOLVER,
    "upsolver-data-access": {
        **SHARED,
        "external_id": "external-id-7",
        "trusted_principal": "arn:aws:iam::111122223333:role/upsolver-acme",
        "connection_prefix": "acme_lake",
        **DATA,
    },
}
"""Every option that can be set together with the others, by integration."""

THOROUGH: tuple[str, ...] = tuple(EVERYTHING)
"""The integrations that are also killed at each call, denied each permission, and so on. The others grant other things, but
are made of the same kinds of resources."""
NEW_IN_KIND = ("estuary-s3",)
"""Files whose resources no other integration has: an identity provider that the account shares, with an audience of ours."""
FILES: dict[str, type[FileIntegration]] = {
    name: kind for name, kind in integrations().items() if name not in THOROUGH and issubclass(kind, FileIntegration)
}
EVERYTHING |= {name: every_input(kind) | SHARED for name, kind in FILES.items()}
CHOICES: dict[str, tuple[str, dict[str, Any]]] = {
    f"{name} with {label}": (name, given) for name, kind in FILES.items() for label, given in each_choice(kind)
}
"""What else a file can be, as (integration, inputs)."""


OTHERWISE: dict[str, tuple[str, dict[str, Any]]] = {
    "aspera-atc with a role of the user's": ("aspera-atc", {"existing_s3_role": "data-reader"}),
}
"""What else makes other things than `EVERYTHING` does, as (integration, inputs that are given instead)."""


def everything(name: str) -> Integration:
    return from_inputs(integration(name), EVERYTHING[name])


def example(name: str) -> Integration:
    return integration(name).example()


WAYS: dict[str, Integration] = {
    **{name: everything(name) for name in (*THOROUGH, *NEW_IN_KIND)},
    **{way: from_inputs(integration(name), {**EVERYTHING[name], **given}) for way, (name, given) in OTHERWISE.items()},
}
"""All that can be made by those of `THOROUGH` and `NEW_IN_KIND`, by what it is called: for what must hold of each thing that
they make."""
ALL: dict[str, Integration] = {
    **{f"{name} by its example": example(name) for name in integrations()},
    **{name: everything(name) for name in integrations()},
    **WAYS,
    **{way: from_inputs(integration(name), given) for way, (name, given) in CHOICES.items()},
}
"""All that can be made by any."""
