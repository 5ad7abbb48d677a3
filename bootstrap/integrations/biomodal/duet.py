"""biomodal's duet pipelines on AWS Batch: a VM to log in to, a bucket, and queues to which Nextflow submits jobs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from bootstrap.core import commands
from bootstrap.core.account import Account
from bootstrap.core.deviation import Deviation
from bootstrap.core.graph import Graph, Node
from bootstrap.core.integration import Handoff, own
from bootstrap.core.policy import INLINE_SUM_LIMIT, Statement, document, documents_within
from bootstrap.errors import UsageError, lines
from bootstrap.integrations.biomodal import first_boot, grants, login, nextflow
from bootstrap.integrations.biomodal.deviations import DEVIATIONS
from bootstrap.integrations.biomodal.images import IMAGES
from bootstrap.integrations.biomodal.inputs import DuetInputs
from bootstrap.integrations.existing.bucket_policies import FILE
from bootstrap.integrations.existing.network import NO_SUBNET, NO_VPC
from bootstrap.resources.batch.compute_environment import BatchComputeEnvironment
from bootstrap.resources.batch.job_queue import NEVER_FITS, NO_CAPACITY, BatchJobQueue
from bootstrap.resources.ec2.address_association import Ec2AddressAssociation
from bootstrap.resources.ec2.elastic_ip import Ec2ElasticIp
from bootstrap.resources.ec2.instance import Ec2Instance
from bootstrap.resources.ec2.key_pair import Ec2KeyPair
from bootstrap.resources.ec2.launch_template import Ec2LaunchTemplate
from bootstrap.resources.ec2.security_group import Ec2SecurityGroup
from bootstrap.resources.iam.instance_profile import IamInstanceProfile
from bootstrap.resources.iam.role import IamRole
from bootstrap.resources.iam.role_attachment import IamRoleAttachment
from bootstrap.resources.iam.service_linked_role import IamServiceLinkedRole
from bootstrap.resources.s3.bucket import S3Bucket

_RULES = {
    "work-files": {"prefix": "work/", "expire_days": nextflow.WORK_DAYS},
    "unfinished-uploads": {"prefix": "", "abort_multipart_days": 7},
}
"""Nextflow can create its work files again; no other complete file expires."""
_STUCK = {**dict.fromkeys(NEVER_FITS, 3_600), NO_CAPACITY: 86_400}
"""Seconds, by reason. An hour leaves time to raise --max-vcpus for a job that does not fit; capacity may return within a
day."""
""


@dataclass(frozen=True, kw_only=True)
class BiomodalDuet(DuetInputs):
    name: ClassVar[str] = "biomodal-duet"
    vendor: ClassVar[str] = "biomodal"
    title: ClassVar[str] = "biomodal's duet pipelines run on AWS Batch: a VM, a bucket, and the queues for Nextflow"
    handoff_files: ClassVar[tuple[str, ...]] = ("nextflow.config", FILE)
    pages: ClassVar[tuple[str, ...]] = (grants.POLICIES_PAGE, grants.VERSION_2_PAGE)
    deviations: ClassVar[tuple[Deviation, ...]] = DEVIATIONS

    def instead_of_bucket(self, account: Account, number: int) -> Mapping[str, str]:
        return {"bucket": f"{self.bucket}-{number}"}

    @property
    def lost_with_harden(self) -> tuple[str, ...]:
        return grants.narrowed(self.queues.values())

    def build(self, graph: Graph) -> Handoff:
        if self.bucket and self.existing_bucket:
            raise UsageError("--bucket creates a bucket and --existing-bucket uses one of yours: give only one of them")
        if int(self.min_vcpus) > int(self.max_vcpus):
            raise UsageError(f"--min-vcpus {self.min_vcpus} is more than --max-vcpus {self.max_vcpus}")
        if not int(self.max_vcpus):
            raise UsageError("--max-vcpus 0 would let no job start: give 1 or more")
        account = graph.account()
        bucket = self._bucket(graph)
        subnets = list(self.subnet) or [NO_SUBNET]
        vm, address = self._add_vm(graph, bucket)
        self._add_batch(graph, bucket, subnets)
        user = IMAGES[self.image][2]
        region = account.region
        installed = vm[first_boot.PINNED]  # an older VM keeps the version that it was created with
        if address and not self.uses_session_manager:
            ways_in = login.with_ssh(user, address["public_ip"])
        else:
            ways_in = login.with_session_manager(user, vm["instance_id"], region, self.bucket_name, self.prefix)
        queues = {f"Queue on {machines}": name for machines, name in self.queues.items()}
        owners = self.owners_part(account)
        return Handoff(
            values={
                **({"Public address": address["public_ip"]} if address else {}),
                "VM": vm["instance_id"],
                "Bucket": f"s3://{self.bucket_name}",
                **queues,
                "Region": region,
                "Nextflow": f"{installed} (installed when the VM first starts)",
            },
            steps=(
                *owners.steps,
                *self.key_notes(account),
                "Wait a few minutes while the VM installs Java, Docker and Nextflow. To see whether it is ready: "
                f"{own('status')}",
                *login.steps(ways_in, user),
            ),
            later=(
                login.RETURN,
                f"The VM keeps Nextflow {installed}. To install the version that --nextflow-version names, replace the VM "
                f"(the plan lists what you lose): {own('replace')}",
                "When the pipelines are done, delete everything (if jobs or data remain, destroy stops until you say what "
                f"to do with them): {own('destroy')}",
            ),
            commands=ways_in,
            before_destroy=("Let the pipelines end, or cancel them, and copy what you need from the VM and the bucket.",),
            verbs={
                **login.VERBS,
                "permissions": ["permissions", *commands.option("integration", self.name), "--for", "handoff"],
                "status": ["status"],
                "replace": ["create", *commands.option("integration", self.name), *commands.option("replace", "vm")],
                "destroy": ["destroy"],
            },
            files={
                "nextflow.config": nextflow.nextflow_config(region, self.bucket_name, self.queues, installed),
                **owners.files,
            },
        )

    def _bucket(self, graph: Graph) -> list[Node]:
        """The new bucket, if any. Destroy deletes the roles before it, so that nobody writes to it any longer."""
        if self.existing_bucket:
            if not self.is_bucket_foreign(graph.account()):
                owner = "If it belongs to another account, add --bucket-owner ACCOUNT."
                create = "To get a new bucket, give --bucket NAME instead of --existing-bucket."
                graph.use_existing(S3Bucket(name=self.existing_bucket), if_missing=lines(owner, create))
            return []
        without_bucket = commands.quoted("--bucket", "", "--existing-bucket", self.bucket_name)
        use = lines(
            f"If it is yours and in this account, run the same command with: {without_bucket}",
            "If not, choose another --bucket.",
        )
        bucket = S3Bucket(name=self.bucket_name, lifecycle=_RULES, tags=self.tags)
        return [graph.add("bucket", bucket, if_taken=use)]

    def _add_vm(self, graph: Graph, bucket: list[Node]) -> tuple[Node, Node | None]:
        account = graph.account()
        policies = {
            "duet-vm": self.vm_statements(account),
            "duet-bucket": self.data_statements(account),
        }
        role = self._role(graph, "vm-role", "vm", "The VM of the duet pipelines", self.vm_trust(account), policies, bucket)
        profile = self._profile(graph, "vm-profile", role)
        ways_in = []
        if self.public_key:
            ways_in = [graph.add("key-pair", Ec2KeyPair(name=self.prefix, public_key=self.public_key, tags=self.tags))]
        if self.uses_session_manager:
            ways_in += [self._attach(graph, "vm-session-manager", role, grants.SESSION_MANAGER)]
        group = self._group(graph, "vm-security-group", "vm", {f"tcp 22 {self.ssh_cidr}": "SSH"} if self.ssh_cidr else {})
        parameter, root_device, user = IMAGES[self.image]
        vm = graph.add(
            "vm",
            Ec2Instance(
                image=f"resolve:ssm:{parameter}",
                instance_type=self.vm_instance_type,
                subnet=self.subnet_of_vm,
                security_groups=[group["group_id"]],
                profile=profile["name"],
                profile_id=profile["profile_id"],
                passed_role=role["arn"],
                key_name=ways_in[0]["name"] if self.public_key else None,
                user_data=first_boot.vm_user_data(self.image, self.nextflow_version, user),
                root_device=root_device,
                root_volume_gb=int(self.vm_disk),
                asked=self.asked(instance_type="vm_instance_type", root_volume_gb="vm_disk"),
                tags=self.named(),
            ),
            after=[*ways_in, *bucket],
        )
        return vm, self._add_address(graph, vm) if self.public_address else None

    def _add_address(self, graph: Graph, vm: Node) -> Node:
        address = graph.add("elastic-ip", Ec2ElasticIp(tags=self.named()))
        allocation, vpc = address["allocation_id"], self.vpc or NO_VPC
        graph.add("address", Ec2AddressAssociation(allocation=allocation, instance=vm["instance_id"], vpc=vpc))
        return address

    def _add_batch(self, graph: Graph, bucket: list[Node], subnets: list[str]) -> None:
        account = graph.account()
        policies = {"duet-bucket": self.data_statements(account)}
        role = self._role(
            graph,
            "batch-role",
            "batch",
            "Batch's machines for the duet pipelines",
            self.batch_trust(account),
            policies,
            bucket,
        )
        allowed = self._attach(graph, "batch-ecs", role, grants.ECS)
        profile = self._profile(graph, "batch-profile", role)
        group = self._group(graph, "batch-security-group", "batch", {})
        template = graph.add(
            "launch-template",
            Ec2LaunchTemplate(
                name=f"{self.prefix}-batch",
                user_data=first_boot.batch_user_data(),
                root_volume_gb=int(self.batch_disk),
                asked=self.asked(root_volume_gb="batch_disk"),
                instance_tags=self.named("-batch"),
                tags=self.tags,
            ),
        )
        linked = graph.add("batch-service-role", IamServiceLinkedRole(service="batch.amazonaws.com"))
        kinds = {"on-demand": ("EC2", "BEST_FIT_PROGRESSIVE", [linked])}
        if self.spot:
            spot = graph.add("spot-service-role", IamServiceLinkedRole(service="spot.amazonaws.com"))
            kinds["spot"] = ("SPOT", "SPOT_PRICE_CAPACITY_OPTIMIZED", [linked, spot])
        for kind, (compute_type, strategy, roles) in kinds.items():
            environment = graph.add(
                f"{kind}-environment",
                BatchComputeEnvironment(
                    name=f"{self.prefix}-{kind}",
                    compute_type=compute_type,
                    allocation_strategy=strategy,
                    min_vcpus=int(self.min_vcpus),
                    max_vcpus=int(self.max_vcpus),
                    instance_types=list(self.instance_type),
                    subnets=subnets,
                    security_groups=[group["group_id"]],
                    instance_profile=profile["arn"],
                    passed_role=role["arn"],
                    launch_template=template["template_id"],
                    launch_template_version=template["version"],
                    instance_tags=self.named("-batch"),
                    asked=self.asked("min_vcpus", "max_vcpus", instance_types="instance_type", subnets="subnet"),
                    tags=self.tags,
                ),
                after=[*roles, role, allowed],
            )
            graph.add(
                f"{kind}-queue",
                BatchJobQueue(
                    name=f"{self.prefix}-{kind}",
                    priority=1,
                    compute_environments=[environment["arn"]],
                    cancel_after=_STUCK if self.cancel_stuck_jobs else {},
                    tags=self.tags,
                ),
                after=bucket,  # nothing runs that writes to a bucket that could not be created
            )

    def _role(
        self,
        graph: Graph,
        address: str,
        suffix: str,
        description: str,
        trust: tuple[Statement, ...],
        policies: dict[str, tuple[Statement, ...]],
        bucket: list[Node],
    ) -> Node:
        return graph.add(
            address,
            IamRole(
                name=f"{self.prefix}-{suffix}",
                trust=document(trust),
                inline_policies=documents_within(policies, INLINE_SUM_LIMIT),
                description=description,
                path=self.path,
                permissions_boundary=self.permissions_boundary,
                asked=self.asked("permissions_boundary"),
                tags=self.tags,
            ),
            deleted_before=bucket,
        )

    def _attach(self, graph: Graph, address: str, role: Node, policy: tuple[str, str, str]) -> Node:
        """`policy` is the name of an AWS managed policy, why the role gets it, and the page that says so."""
        name, why, source = policy
        attachment = IamRoleAttachment(
            role=role["name"],
            role_id=role["role_id"],
            role_path=self.path,
            policy_arn=graph.account().managed_policy(name),
            why=why,
            source=source,
        )
        return graph.add(address, attachment)

    def _profile(self, graph: Graph, address: str, role: Node) -> Node:
        name = role.resource.label
        return graph.add(address, IamInstanceProfile(name=name, role=role["name"], path=self.path, tags=self.tags))

    def _group(self, graph: Graph, address: str, suffix: str, ingress: dict[str, str]) -> Node:
        group = Ec2SecurityGroup(
            name=f"{self.prefix}-{suffix}",
            description="For the duet pipelines; what comes in is named here, all may go out",
            vpc=self.vpc or NO_VPC,
            ingress=ingress,
            asked=self.asked(ingress="ssh_cidr") if ingress else [],
            tags=self.tags,
        )
        return graph.add(address, group)
