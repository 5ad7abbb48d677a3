"""The section of a report about what each role may do, and how it is set up."""

from collections.abc import Iterator

from bootstrap.core.owner import OWNER_TAGS
from bootstrap.permissions.actions import table
from bootstrap.permissions.report import Report, RoleAccess
from bootstrap.views import report_words as words
from bootstrap.views.report_blocks import Block, Code, Paragraph, Part, Table, cell
from bootstrap.views.review_words import condition_words


def access(report: Report) -> Iterator[Block]:
    for each in report.access:
        rows = tuple(
            (
                cell(f"{'Denied: ' if row.denies else ''}{words.LEVEL_WORDS[row.level]}"),
                words.actions_cell(row),
                words.resources_cell(row),
                cell(*(list(condition_words(row.conditions)) or ["always"])),
                cell(", ".join(row.sources)),
            )
            for row in each.rows
        )
        unknown = [
            Paragraph(f"What {policy.attached.policy} grants is not known here.", "warn")
            for policy in each.role.policies
            if not (policy.published or policy.attached.created)
        ]
        grants = Table(
            f"{each.role.grants.title}: actions by access level, and what they are allowed on",
            ("Level", "Actions", "On what", "Conditions", "Granted by"),
            rows,
        )
        counted = [grants, Paragraph(words.wildcard_words(each.rows))] if rows else [Paragraph("No permissions.")]
        if odd := [name for service in each.role.access for name in service.named]:
            verdict = "by its name it only reads, and the verdict goes by that"
            counted.append(Paragraph(f"Counted as a change by AWS's levels: {', '.join(odd)}; {verdict}."))
        sent = tuple(words.documents(each))
        about: list[Block] = [Paragraph(words.session_words(each)), _settings(report, each)] if each.sent.hours else []
        yield Part(each.role.grants.title, (Paragraph(words.principals(report, each)), *counted, *unknown, *about, *sent))
    for added in report.keys_added:
        title = f"Statement {added.sid} of {added.role}, if create finds a KMS key of a named bucket (a made-up key)"
        yield Code(title, words.indented(added.then))
    yield Paragraph(
        f"Levels of actions: {table().source} of {table().date}; what lets others in counts as permissions management, "
        "even where AWS calls it Write."
    )


def _settings(report: Report, access: RoleAccess) -> Table:
    """What is sent for the role beside its policies."""
    sent, tags = access.sent, report.fleet.tags if report.fleet else access.sent.settings["tags"]
    own = f"the owner tags {', '.join(OWNER_TAGS)}"
    from_set = ["none in the template: CloudFormation gives it those of the StackSet"] if report.fleet else []
    rows = {
        "Maximum session duration": f"{words.hours(sent.hours)} (MaxSessionDuration {sent.hours * 3600:.0f})",
        "Permissions boundary": sent.boundary or "none",
        "Path": sent.settings["path"],
        "Description": sent.settings["description"] or "none",
        "Tags": "; ".join([*from_set, *(f"{key}={value}" for key, value in tags.items()), own]),
    }
    caption = f"Settings of role {access.role.grants.role}"
    return Table(caption, ("Setting", "Value"), tuple((cell(name), cell(value)) for name, value in rows.items()))
