"""The section of a report about how all of it is deleted, what is promised of that, and what stays."""

from collections.abc import Iterator, Mapping, Sequence

from bootstrap.core import commands
from bootstrap.permissions.report import Report
from bootstrap.views import report_fleet
from bootstrap.views.report_afterwards import kinds
from bootstrap.views.report_blocks import Block, Items, Paragraph, Part, Table, cell
from bootstrap.views.report_inputs import concerned

SESSIONS = (
    "Open sessions lose their access within minutes of the role's deletion, as AWS checks the role's permissions at each "
    "request. What they started goes on."
)
"""Source: IAM user guide, id_credentials_temp_control-access_disable-perms."""
PROMISES: Mapping[str, Sequence[str]] = {
    "It deletes what the state records and AWS shows, by unique id and owner tags, as created by this deployment.": (
        "resources/test_contract.py",
        "resources/test_hand_edited.py",
    ),
    "What existed before is never deleted.": ("integrations/test_crashes.py",),
    "It deletes in the reverse of the order of create: what needs a resource goes before it.": ("engine/test_executor.py",),
    "A run that ends halfway is finished by the same command.": ("integrations/test_crashes.py", "cli/test_killed.py"),
    "Data is never deleted without --delete-data.": ("cli/test_losses.py", "cli/test_guards.py"),
    "The receipt is clean, and destroy exits with 0, only if nothing is left or unknown and each search was possible.": (
        "discovery/test_receipts.py",
        "cli/test_destroyed_before.py",
    ),
}
RECEIPT = (
    "destroy ends with a receipt. It says of each resource whether it is gone, left or unknown, what a search for the owner "
    "tags has found beside these, and which searches were not possible. If anything is left or unknown, destroy exits with "
    "1 and keeps the state: the same command goes on."
)
FILE_STAYS = (
    "A small file beside the state, by which a second destroy knows that nothing is left. The next create removes it."
)


def removal(report: Report) -> Iterator[Block]:
    name = report.deployment or report.named or report.integration.name
    about = report.recorded or report.planned
    flags = about.flags if about else report.flags
    when = "To delete it" if report.recorded else "Once it is created, to delete it"
    yield Paragraph(f"{when}, run: {commands.bootstrap('destroy', name=name, flags=flags)}")
    yield Paragraph(RECEIPT)
    if before := concerned(report, report.handoff.before_destroy):
        doubt = concerned(report, report.integration.unverified)
        check = " What nobody could verify about the vendor is in Dangers, under Not verified." if doubt else ""
        yours = f"Do this yourself, in this order: destroy shows it before it asks, and cannot check it.{check}"
        yield Part("What to do before a destroy", (Paragraph(yours), Items(tuple(before))))
    yield Part("What stays or goes on after a destroy", (Items(tuple(_stays(report))),))
    yield Paragraph(SESSIONS)
    promises = report_fleet.PROMISES if report.fleet else PROMISES
    yield Table(
        "What is promised of a destroy, and the test of bootstrap (in its folder tests) that shows it",
        ("Promise", "Test"),
        tuple((cell(promise), cell(*tests)) for promise, tests in promises.items()),
    )


def _stays(report: Report) -> Iterator[str]:
    yield from concerned(report, report.integration.side_effects)
    if report.verdict.reads and report.verdict.outside:
        yield f"What {report.integration.vendor} has read by then: it is at {report.integration.vendor}."
    if report.leaving:
        yield (
            "What somebody made with these permissions stays, because bootstrap did not record it. They can make: "
            f"{'; '.join(kinds(report.leaving))}."
        )
    buckets = [each.name for each in report.review.resources if each.kind == "s3_bucket"]
    for bucket in buckets:
        yield (
            f"Bucket {bucket}, if anything is in it: destroy then stops before its first change. With --delete-data, it "
            "also deletes all objects."
        )
    for each in report.access:
        if each.exists:
            yield f"Role {each.role.grants.role}, which existed before: what was added to it is removed."
    if report.fleet:
        yield from report_fleet.stays(report.fleet)
    yield FILE_STAYS
