"""The sections of a report about what it costs, what the operator needs, and how all of it is deleted."""

from collections.abc import Iterator, Mapping, Sequence

from bootstrap.permissions.actions import table
from bootstrap.permissions.operator_limit import NAME
from bootstrap.permissions.operator_powers import operator_powers
from bootstrap.permissions.report import Report
from bootstrap.views import report_words as words
from bootstrap.views.report_blocks import Block, Cell, Code, Items, Paragraph, Part, Table, cell
from bootstrap.views.report_fleet import limits_of_operator
from bootstrap.views.report_inputs import concerned

OPERATOR_RAISES = (
    "High risk, from whoever runs bootstrap: with the policy in What the operator needs, that person can give the roles of "
    "this page any permission and then assume them. A policy in the same section limits that to a permissions boundary."
)
_STACK_SETS = (
    "High risk, from whoever runs bootstrap: with the policy in What the operator needs, that person can put another "
    "template into {where}, and so act there as {whom}. Give it only to a job that runs approved plans."
)


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
        yield Part(
            "What can be made, started, sent or read with these permissions, at your cost", (Items(kinds(report.costing)),)
        )
        yield Paragraph("No statement says how many or how much: only the quotas of the account limit that.")


def kinds(created: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    return tuple(f"{kind} ({', '.join(actions)})" for kind, actions in created.items())


def of_stack_sets(report: Report) -> str:
    """What the operator of a fleet could do in its accounts; "" without one. Source: CloudFormation user guide,
    stacksets-orgs-enable-trusted-access (the roles of service-managed StackSets have administrator permissions)."""
    if not report.stacks:
        return ""
    own = str(report.inputs.get("execution_role") or "")
    where = (
        f"each account that has the role {own}"
        if own
        else "every member account of the organization, also outside the fleet"
    )
    return _STACK_SETS.format(where=where, whom=f"{own} may" if own else "an administrator")


def operator(report: Report) -> Iterator[Block]:
    yield Paragraph(_cage(report), "" if report.cage else "warn")  # first, as a page that is cut loses the last lines
    if danger := of_stack_sets(report):
        yield Paragraph(danger, "warn")
    if report.fleet:
        yield limits_of_operator(report, report.fleet)
    yield Paragraph("The IAM policies of the person or job that runs create, status, recover and destroy:")
    yield from (Code(f"Policy {name}", words.indented(each)) for name, each in report.operator.items())
    if report.operator_raises:
        yield from _raised(report)
    found = operator_powers(report.operator.values(), table())
    if rows := [each for each in found if not (each.code == "iam-write" and report.operator_raises)]:
        yield Table(
            "What else anyone with these policies can do, in this account",
            ("Without bootstrap, too, they can", "By", "On"),
            tuple((cell(each.text), _first(each.actions), _first(each.resources)) for each in rows),
        )


def _first(lines: tuple[str, ...]) -> Cell:
    return Cell(lines[:1], lines[1:], title=f"and {len(lines) - 1} more")


def _raised(report: Report) -> Iterator[Block]:
    """What the operator could do beyond the policies, and what an administrator can add against it."""
    limit = "the policy of denials below, with create --permissions-boundary"
    yield Table(
        "What anyone with these policies could gain beyond them",
        ("Risk", "What somebody could do", "What limits it"),
        tuple((cell("high", tone="bad"), cell(text), cell(limit)) for text in report.operator_raises),
    )
    for account, document in report.operator_limits.items():
        title = f"Policy that limits the operator in {report.called(account)}, for an administrator to attach"
        yield Code(title, words.indented(document))
    named = any(NAME in words.indented(each) for each in report.operator_limits.values())
    own = (
        f"Write the name of your own policy for {NAME}, and run create with --permissions-boundary and its ARN. "
        if named
        else ""
    )
    before = "A role that existed before needs the boundary first. " if any(each.exists for each in report.access) else ""
    before += (
        "Then this policy also has iam:PutRolePermissionsBoundary, for that boundary "
        "alone: a role that is there without it gets it from a create that changes nothing else. "
    )
    removes = any("iam:DeleteRolePermissionsBoundary" in words.indented(each) for each in report.operator.values())
    used = " (iam:DeleteRolePermissionsBoundary, which a create needs only to remove an earlier boundary)" if removes else ""
    yield Paragraph(
        f"{own}{before}With both, the operator gives no role of this page more than the boundary allows, but can still let "
        "anyone into it: so the boundary must allow only what these roles need. The operator can neither "
        f"create nor change a role without it, nor remove it{used}, nor rewrite it. iam:UpdateRole gives no permission: it "
        "sets the description of a role and for how long its sessions last."
    )


def _cage(report: Report) -> str:
    """What the cage of a first create does for whoever approves it."""
    if not (cage := report.cage):
        return (
            "A first create cannot run with credentials for its plan alone (--cage): the policy for one of its resources "
            "would be longer than AWS accepts."
        )
    found = cage.tightness
    total, named = sum(found.values()), found["named"]
    others = {"a pattern of names or ids": found["pattern"], "any resource, as AWS limits them to none": found["any"]}
    wide = [f"{number} {'is' if number == 1 else 'are'} for {what}" for what, number in others.items() if number]
    each = f"{named} of these {total} permissions {'is' if named == 1 else 'are'} for a named resource; {words.joined(wide)}"
    stacks = " What CloudFormation then does in the accounts of the fleet, the cage does not limit." if report.stacks else ""
    return (
        "With --cage (a preview: AWS may still change it), AWS holds the first create to its plan: its "
        "credentials have only the permissions that the plan needs, so a fault of bootstrap could change nothing else in "
        f"the account. {each if wide else f'Each of these {total} permissions is for a named resource'}: plan --verbose "
        "--cage shows them. The policy below is wider, as it is for all commands. "
        f"A cage needs temporary credentials.{stacks}"
    )
