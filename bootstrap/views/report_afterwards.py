"""The sections of a report about what it costs, what the operator needs, and how all of it is deleted."""

from collections.abc import Iterator, Mapping, Sequence

from bootstrap.core import commands
from bootstrap.permissions.report import Report
from bootstrap.views import report_words as words
from bootstrap.views.report_blocks import Block, Code, Items, Paragraph, Part
from bootstrap.views.report_inputs import concerned

OPERATOR_RAISES = (
    "Whoever runs bootstrap can gain any permission: with the policy in What the operator needs, that person can give the "
    "roles of this page any permission and then assume them, unless an administrator limits that."
)
SESSIONS = (
    "Open sessions lose their access within minutes of the role's deletion, as AWS checks the role's permissions at each "
    "request. What they started goes on."
)
"""Source: IAM user guide, id_credentials_temp_control-access_disable-perms."""


def costs(report: Report) -> Iterator[Block]:
    named = concerned(report, report.integration.costs)
    if named:
        yield Items(tuple(named))
    else:
        priced = [each.address for each in report.review.resources if not each.kind.startswith(("iam_", "s3_bucket_policy"))]
        yield Paragraph(
            "The integration names none. Of what is created, roles, policies and profiles of IAM are free"
            f"{f'; AWS may charge for these: {words.joined(priced)}' if priced else ''}."
        )
    if report.costing:
        yield Part("What can be made or started with these permissions, at your cost", (Items(_kinds(report.costing)),))
        yield Paragraph("No statement says how many or how much: only the quotas of the account limit that.")


def _kinds(created: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    return tuple(f"{kind} ({', '.join(actions)})" for kind, actions in created.items())


def operator(report: Report) -> Iterator[Block]:
    yield Paragraph("The IAM policies of the person or job that runs create, status, recover and destroy:")
    yield from (Code(f"Policy {name}", words.indented(each)) for name, each in report.operator.items())
    for text in report.operator_raises:
        yield Paragraph(f"Warning: anyone who has them can gain more, unless an administrator limits them: {text}.", "warn")
    if report.cage:
        yield Paragraph(f"A first create can be limited further (--cage): {report.cage.summary}.")
    else:
        yield Paragraph("A first create cannot be limited further (--cage): a policy would be too long.", "warn")


def removal(report: Report) -> Iterator[Block]:
    name = report.deployment or report.integration.name
    about = report.recorded or report.planned
    flags = about.flags if about else ()
    when = "To delete it" if report.recorded else "Once it is created, to delete it"
    yield Paragraph(f"{when}, run: {commands.bootstrap('destroy', name=name, flags=flags)}")
    if before := concerned(report, report.review.handoff.before_destroy):
        yield Part("What to do before a destroy", (Items(tuple(before)),))
    stays = concerned(report, report.integration.side_effects)
    if report.leaving:
        stays.append(
            "What somebody made with these permissions stays, because bootstrap did not record it. They can make: "
            f"{'; '.join(_kinds(report.leaving))}."
        )
    stays += [
        f"Role {each.role.grants.role}, which existed before: what was added to it is taken away."
        for each in report.access
        if each.exists
    ]
    if stays:
        yield Part("What stays or goes on after a destroy", (Items(tuple(stays)),))
    yield Items(
        (
            "It deletes what the state records and AWS shows, by unique id and owner tags, as created by this deployment.",
            SESSIONS,
            "Data is never deleted without --delete-data, and what existed before is never deleted.",
            "The receipt lists what is gone, what is left and what is unknown. It searches the account for the owner tags "
            "and names each search that was not possible. It is clean only if nothing is left or unknown, and each search "
            "was possible.",
        )
    )
