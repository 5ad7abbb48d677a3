"""The inputs of a duet environment, what follows from them, and what they cost. `duet.py` builds the graph from them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_network
from typing import Any, ClassVar, Self

from bootstrap.core import validators
from bootstrap.core.account import DEFAULT, EXAMPLE, Account
from bootstrap.core.input import Choice
from bootstrap.core.integration import Ask, option
from bootstrap.core.permission import Permission
from bootstrap.core.policy import Statement
from bootstrap.core.prechecks import Precheck
from bootstrap.errors import PlanRefused
from bootstrap.integrations.biomodal import grants as biomodal, login
from bootstrap.integrations.biomodal.first_boot import NEXTFLOW, NEXTFLOW_SHA256, UNPINNED
from bootstrap.integrations.biomodal.images import IMAGES
from bootstrap.integrations.biomodal.nextflow import ON_DEMAND, SPOT, WORK_DAYS, nextflow_version
from bootstrap.integrations.existing import network
from bootstrap.integrations.existing.bucket_keys import Grant, grants, person_note
from bootstrap.integrations.existing.buckets import Use, UsesBuckets, lookup_permissions, uses_of
from bootstrap.integrations.existing.endpoint_checks import Instances
from bootstrap.integrations.existing.network import NO_SUBNET, Network, find_network
from bootstrap.integrations.existing.network_checks import batch_prechecks, ssh_prechecks, unread_prechecks, vm_prechecks
from bootstrap.integrations.existing.network_facts import read_facts
from bootstrap.resources.s3 import existing

FAMILIES = ("c6i", "m6i", "r6i")
PRICES = "AWS's list prices for us-east-1 in January 2025, not a quote"


@dataclass(frozen=True, kw_only=True)
class DuetInputs(UsesBuckets):
    """The numbers are text, as a user types them."""

    using: ClassVar[tuple[str, ...]] = ("vm-role", "batch-role")
    alternatives: ClassVar[tuple[Choice, ...]] = (
        Choice(
            "Create a new bucket for inputs, work files and results, or use one you have?",
            {"Create a new bucket": ("bucket",), "Use one I have": ("existing_bucket",)},
        ),
    )

    bucket: str | None = option(
        "Create this bucket for inputs, work files and results.",
        default=None,
        metavar="NAME",
        check=validators.bucket,
        question="What should the new bucket be called?",
    )
    existing_bucket: str | None = option(
        "Use this bucket of yours; bootstrap never changes or deletes it.",
        question="Which bucket of yours should the pipelines use?",
        default=None,
        metavar="NAME",
        check=validators.bucket,
    )
    read_bucket: tuple[str, ...] = option(
        "Let pipelines read this bucket, too, for inputs and references (repeatable).",
        default=(),
        metavar="NAME[/PREFIX]",
        check=validators.bucket_prefix,
    )
    public_key: str | None = option(
        "Let this public SSH key log in to the VM. Without a key, or without a public address, you log in with Session "
        "Manager.",
        default=None,
        metavar="FILE",
        check=validators.public_key,
        file=True,
    )
    ssh_cidr: str | None = option(
        "Let SSH in from these addresses (with --public-key).", default=None, metavar="CIDR", check=validators.cidr
    )
    public_address: bool = option(
        "Reserve a public address (an elastic IP) for the VM. A VPC without an internet gateway cannot have one.",
        default=True,
    )
    image: str = option("Run this operating system on the VM.", default="ubuntu-24.04", choices=tuple(IMAGES))
    nextflow_version: str = option(
        "Install this version of Nextflow when the VM first starts.",
        default=NEXTFLOW,
        metavar="VERSION",
        check=nextflow_version,
    )
    vm_instance_type: str = option(
        "Use this instance type for the VM.", default="t3.large", metavar="TYPE", check=validators.instance_type
    )
    vm_disk: str = option("Give the VM a disk of this size, in GB.", default="100", metavar="GB", check=validators.gigabytes)
    instance_type: tuple[str, ...] = option(
        f"Let Batch use this instance type or family, or default_x86_64 (repeatable; default: {', '.join(FAMILIES)}).",
        default=FAMILIES,
        metavar="TYPE",
        check=validators.batch_instance_type,
    )
    min_vcpus: str = option("Keep this many vCPUs running in each queue.", default="0", metavar="N", check=validators.vcpus)
    max_vcpus: str = option(
        "Let Batch run at most this many vCPUs in each queue.", default="256", metavar="N", check=validators.vcpus
    )
    batch_disk: str = option(
        "Give each of Batch's instances a disk of this size, in GB.", default="500", metavar="GB", check=validators.gigabytes
    )
    spot: bool = option("Also create a queue on spot instances.", default=True)
    cancel_stuck_jobs: bool = option(
        "Have Batch cancel a job that can never start after one hour, and a job for which there is no capacity after one "
        "day.",
        default=True,
    )
    harden: bool = option("Grant less where the vendor's page grants too much (see bootstrap integrations).", default=False)
    vpc: str | None = option(
        "Use this VPC (default: the region's default VPC).", default=None, metavar="ID", check=validators.vpc
    )
    subnet: tuple[str, ...] = option(
        "Let Batch start instances in this subnet (repeatable; default: suitable subnets of the VPC).",
        default=(),
        metavar="ID",
        check=validators.subnet,
    )
    vm_subnet: str | None = option(
        "Put the VM into this subnet (default: Batch's first subnet, or one that suits a public address).",
        default=None,
        metavar="ID",
        check=validators.subnet,
    )

    @classmethod
    def required(cls, given: Mapping[str, Any]) -> tuple[str, ...]:
        bucket = () if given.get("existing_bucket") else ("bucket",)
        both = ("public_key", "ssh_cidr") if given.get("public_key") or given.get("ssh_cidr") else ()
        return (*bucket, *both)

    @classmethod
    def example(cls) -> Self:
        return cls(bucket="example-duet")

    @property
    def lookup_permissions(self) -> Mapping[str, tuple[Permission, ...]]:
        return {DEFAULT: (*network.LOOKS, *lookup_permissions(self.uses))}

    @property
    def handoff_permissions(self) -> Mapping[str, tuple[Permission, ...]]:
        if not self.uses_session_manager:
            return {}
        return {DEFAULT: login.session_permissions("vm", self.bucket_name, self.prefix, self._sent_with)}

    @property
    def _sent_with(self) -> list[Grant]:
        """The grants on KMS keys that the person who follows the hand-off needs to send a file."""
        own = (
            (self.existing_bucket or "") if self.uses_session_manager else ""
        )  # a bucket that bootstrap creates has no KMS key
        return grants([key for key in self.kms_key if own and key.rpartition("=")[0] in ("", own)], {own})

    def key_notes(self, account: Account) -> tuple[str, ...]:
        who, sid = f"Whoever sends {login.CONFIG}", f"{self.users[0]}SendConfig"
        of_person = (
            person_note(account, who, sid, key, login.SENDS_WITH, grant.conditions["StringEquals"])
            for grant in self._sent_with
            for key in grant.arns
        )
        return (*super().key_notes(account), *of_person)

    def resolve_lookups(self, accounts: Mapping[str, Account], ask: Ask) -> Self:
        account = accounts[DEFAULT]
        self._check_bucket(account, ask)
        given = Network(self.vpc, self.subnet, self.vm_subnet)
        found = find_network(given, self.vm_instance_type, account, ask, public_address=self.public_address)
        return replace(super().resolve_lookups(accounts, ask), vpc=found.vpc, subnet=found.subnets, vm_subnet=found.public)

    def prechecks(self, accounts: Mapping[str, Account], ask: Ask) -> Iterator[Precheck]:
        facts = read_facts(accounts[DEFAULT], self.vpc or "", ask)
        yield from unread_prechecks(facts)
        buckets = tuple(dict.fromkeys((self.bucket_name, *(place.partition("/")[0] for place in self.read_bucket))))
        # A subnet that is not shown was created a moment ago: a call that reads it by its id says so.
        if subnets := [facts.subnets[name] for name in self.subnet if name in facts.subnets]:
            instances = Instances(f"{self.prefix}-batch", buckets, amazon_linux=True)
            yield from batch_prechecks(facts, subnets, self.environments, instances)
        if subnet := facts.subnets.get(self.subnet_of_vm):
            ssh = "" if self.uses_session_manager else self.ssh_cidr or ""
            ports = (443, 80) if self.image.startswith("ubuntu") else (443,)  # apt asks over HTTP
            instances = Instances(f"{self.prefix}-vm", buckets, amazon_linux=not self.image.startswith("ubuntu"))
            yield from vm_prechecks(
                facts, subnet, public_address=self.public_address, ssh=ssh, ports=ports, instances=instances
            )
            yield from ssh_prechecks(ssh) if ssh else ()
        yield from super().prechecks(accounts, ask)

    def _check_bucket(self, account: Account, ask: Ask) -> None:
        """An existing bucket must be in the region of the instances, or AWS would charge for the transfer of each file."""
        if not self.existing_bucket:
            return
        seen = existing.look(ask, account, self.existing_bucket)  # other problems are reported later
        if (region := seen.region or account.region) != account.region:
            raise PlanRefused(
                f"--existing-bucket: {self.existing_bucket} is in {region}, but the instances would be in {account.region}",
                (),
                f"Add --region {region}, or name a bucket in {account.region}.",
            )

    def is_bucket_foreign(self, account: Account) -> bool:
        """Whether the inputs say that the bucket belongs to another account. Then only its owner can let the roles in."""
        return self.named_owners.get(self.bucket_name, account.id) != account.id

    @property
    def sole_bucket(self) -> str:
        return self.existing_bucket or ""

    def of_account(self, account: Account) -> Sequence[Statement]:
        """What the person who follows the hand-off needs: to send one file."""
        key = login.key_of(self.prefix)
        return [biomodal.sent_config(account, self.bucket_name, key)] if self.uses_session_manager else []

    @property
    def uses(self) -> tuple[Use, ...]:
        own = [Use(self.existing_bucket, "--existing-bucket", writes=True)] if self.existing_bucket else []
        return (*own, *uses_of(self.read_bucket, "--read-bucket"))

    def creates(self, account: Account) -> str:
        return self.bucket or ""

    @property
    def users(self) -> tuple[str, ...]:
        return f"{self.prefix}-vm", f"{self.prefix}-batch"

    def data_statements(self, account: Account) -> tuple[Statement, ...]:
        """What both roles may do with data."""
        own = biomodal.bucket(account, self.bucket_name)
        return (*own, *biomodal.reading(account, self.read_bucket), *self.key_statements())

    @property
    def bucket_name(self) -> str:
        return self.existing_bucket or self.bucket or ""

    @property
    def subnet_of_vm(self) -> str:
        return self.vm_subnet or next(iter(self.subnet), NO_SUBNET)

    @property
    def uses_session_manager(self) -> bool:
        return not (self.public_key and self.public_address)

    @property
    def prefix(self) -> str:
        return f"{self.role_prefix}biomodal-duet"

    @property
    def queues(self) -> dict[str, str]:
        """The names of the queues, by their kind of instance; Nextflow uses the first one first."""
        on_demand = {ON_DEMAND: f"{self.prefix}-on-demand"}
        return {SPOT: f"{self.prefix}-spot", **on_demand} if self.spot else on_demand

    @property
    def environments(self) -> tuple[str, ...]:
        """The addresses of the compute environments in the graph."""
        return ("on-demand-environment", "spot-environment") if self.spot else ("on-demand-environment",)

    def vm_statements(self, account: Account) -> tuple[Statement, ...]:
        return biomodal.vm(account, tuple(self.queues.values()), harden=self.harden)

    @property
    def statements(self) -> tuple[Statement, ...]:
        data = self.data_statements(EXAMPLE)
        return (*self.vm_trust(EXAMPLE), *self.vm_statements(EXAMPLE), *data, *self.batch_trust(EXAMPLE), *data)

    @property
    def notes(self) -> tuple[str, ...]:
        queues = len(self.queues)
        ceiling = int(self.max_vcpus) * queues
        kept = int(self.min_vcpus) * queues
        idle = ", the public address (about $4 a month)" if self.public_address else ""
        idle += f" and {kept} vCPUs that Batch keeps running" if kept else ""
        return (
            f"Costs while idle: the VM ({self.vm_instance_type}; a t3.large is about $60 a month), its {self.vm_disk} GB "
            f"disk (about $8 a month for 100 GB){idle}, and storage in S3 ({PRICES}).",
            f"Limit: jobs may use up to {ceiling} vCPUs at once ({self.max_vcpus} in each of {queues} queues; Batch may "
            f"exceed that by one instance), and each instance has a disk of {self.batch_disk} GB. You pay for instances "
            "only while they run. The account's own quota may be lower.",
            f"A new VM installs Nextflow {self.nextflow_version} when it first starts; an existing VM keeps its version.",
            *([] if self.nextflow_version in NEXTFLOW_SHA256 else [UNPINNED.format(self.nextflow_version)]),
            *([] if self.existing_bucket else [f"S3 deletes files under work/ in the bucket after {WORK_DAYS} days."]),
            *(f"--ssh-cidr lets {whom} try to log in." for whom in self._let_in()),
            *(f"with --harden, {text}" for text in (self.lost_with_harden if self.harden else ())),
        )

    def _let_in(self) -> Iterator[str]:
        """Whom --ssh-cidr lets in, if that is more addresses than any organization has."""
        if self.ssh_cidr and (addresses := ip_network(self.ssh_cidr)).prefixlen < {4: 8, 6: 16}[addresses.version]:
            yield f"{addresses.num_addresses:,} addresses" if addresses.prefixlen else "the whole internet"

    def vm_trust(self, account: Account) -> tuple[Statement, ...]:
        return biomodal.ec2_trust(account, "Vm", "The VM uses this role, through its instance profile")

    def batch_trust(self, account: Account) -> tuple[Statement, ...]:
        why = "Batch's instances, and the jobs on them, use this role"
        return biomodal.ec2_trust(account, "BatchMachines", why, biomodal.INSTANCE_ROLE_PAGE)

    def named(self, suffix: str = "") -> dict[str, str]:
        """The user's tags, and a Name tag, which the EC2 console shows for resources without a name of their own."""
        return {"Name": self.prefix + suffix, **self.tags}
