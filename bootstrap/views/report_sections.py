"""The sections of a report, in the order in which a reviewer decides."""

from collections.abc import Iterator

from bootstrap.core import commands
from bootstrap.core.entrant import Entrant, perimeter_sentence
from bootstrap.permissions.plan_summary import Planned
from bootstrap.permissions.report import Recorded, Report
from bootstrap.views import report_words as words
from bootstrap.views.report_access import access
from bootstrap.views.report_afterwards import OPERATOR_RAISES, costs, of_stack_sets, operator
from bootstrap.views.report_blocks import Block, Cell, Code, Drawing, Items, Paragraph, Section, Table, Tone, cell
from bootstrap.views.report_cannot import cannot
from bootstrap.views.report_dangers import changes, dangers, deviations
from bootstrap.views.report_fleet import fleet
from bootstrap.views.report_glossary import glossary
from bootstrap.views.report_inputs import input_words, unset_words
from bootstrap.views.report_options import options
from bootstrap.views.report_removal import removal
from bootstrap.views.report_verdict import verdict
from bootstrap.views.report_words import joined

WORDS_KEY = "words"
_COVERED = "of the version, the integration, these inputs, the accounts and all that is created"
_OF_EXAMPLES = "it is another once your values stand in place of the examples"
_WHOLE_ACCOUNT = (
    "Where a whole account gets in, whoever runs that account decides which of its identities do. That alone is no danger "
    "if it is the vendor's own, as the vendor gets in anyway; another company's is one."
)
MOST_WIDENING = 5
"""Changes before the verdict; the others are in their section."""


def sections(report: Report) -> Iterator[Section]:
    """The last one explains words of the others."""
    found = list(_sections(report))
    yield from found
    yield Section(WORDS_KEY, "Words", glossary(found))


def _sections(report: Report) -> Iterator[Section]:
    yield Section("verdict", "Verdict", tuple(_verdict(report)), first=True)
    if report.planned:
        yield Section("plan", "What the plan does", tuple(_plan(report.planned)), first=True)
    yield Section("who", "Who gets in", tuple(_who(report)), first=True)
    if report.fleet:
        yield Section("fleet", "The fleet", tuple(fleet(report, report.fleet)), first=True)
    yield Section("picture", "Picture", (Drawing(report.picture),), first=True)
    yield Section("access", "What they can do", tuple(access(report)), first=True)
    yield Section("dangers", "Dangers", tuple(dangers(report)), first=True)
    yield Section("harden", "Options that grant less", tuple(options(report)))
    yield Section("deviations", "Where bootstrap deviates from the vendor's page", tuple(deviations(report)))
    yield Section("cannot", "What they cannot do", tuple(cannot(report)), first=True)
    yield Section("changes", "Changes since the approval", tuple(changes(report)), first=True)
    yield Section("resources", "Resources", tuple(_resources(report)))
    if report.recorded or report.planned:
        yield Section("demands", "What the organization demands", tuple(_demands(report.recorded or report.planned)))
    yield Section("costs", "Costs", tuple(costs(report)))
    yield Section("operator", "What the operator needs", tuple(operator(report)))
    yield Section("removal", "Removal", tuple(removal(report)))
    yield Section("made", "What was reviewed", tuple(_made(report)), first=True)


def worst(report: Report) -> list[str]:
    """The worst risks, and each high one."""
    concerns = report.review.concerns
    shown = max(len(report.review.worst), sum(each.risk == "high" for each in concerns))
    return [f"{each.risk} risk: {each.text}" for each in concerns[:shown]]


def _verdict(report: Report) -> Iterator[Block]:
    if since := report.since:
        yield Paragraph(since.sentence, "bad" if since.widening else "good")
        differing = since.widening or since.changes
        if shown := [each.text for each in differing[:MOST_WIDENING]]:
            rest = len(differing) - len(shown)
            yield Items((*shown, *([f"and {rest} more below, in Changes since the approval"] if rest else [])))
    risks = {each.risk for each in report.review.concerns}
    tone: Tone = "bad" if "high" in risks or report.verdict.raises else "good"
    unknown = any(each.holds is None for each in report.checks)
    shows_secrets = any(each.holds is False for each in report.checks if each.code in ("secrets", "parameters", "settings"))
    open_questions = "medium" in risks or unknown or report.verdict.deletes or shows_secrets
    yield Paragraph(verdict(report), "warn" if tone == "good" and open_questions else tone)
    if report.where:
        inside = joined(each.id for each in report.inside)
        yield Items((*report.where, f"account number {inside} stands for each of them on this page"))
    if shown_risks := worst(report):
        left = len(report.review.concerns) - len(shown_risks)
        yield Items((*shown_risks, *([f"and {left} more below, in Dangers"] if left else [])))
    if report.operator_raises:
        yield Paragraph(OPERATOR_RAISES, "warn")
    if danger := of_stack_sets(report):
        yield Paragraph(danger, "warn")
    yield from (Paragraph(f"Warning: {line}", "warn") for line in report.integration.provenance().lines)
    if report.recorded and report.recorded.edited:
        yield Paragraph("Warning: somebody edited the state outside bootstrap; what it says may not be so.", "warn")
    if report.recorded and report.recorded.differs:
        yield Paragraph(
            "Warning: this page shows what the next create would have. What is recorded differs in "
            f"{', '.join(report.recorded.differs)}.",
            "warn",
        )
    if report.looked_up:
        adds = (
            " It also grants the use of the KMS keys of the named buckets, as What they can do shows."
            if report.keys_added
            else ""
        )
        yield Paragraph(
            "AWS was not asked. Before its plan, create reads the account, with the rights of the operator: "
            f"{', '.join(report.looked_up)}.{adds} Once it is created, review --name NAME shows what was added."
        )


def _plan(planned: Planned) -> Iterator[Block]:
    plan = planned.plan
    yield Items(tuple(planned.changes))
    yield Paragraph(
        f"Digest of the plan: {plan.digest}. Made at {plan.created}, expires at {plan.expires}. create runs exactly this "
        "plan, or nothing if AWS, the state or the file is no longer what it was."
    )
    yield Paragraph(f"To approve it, run: {commands.bootstrap('approve', arguments=[planned.path], by='NAME', flags=[])}")


def _who(report: Report) -> Iterator[Block]:
    if not report.entrants:
        yield Paragraph("Nobody: no role trusts anybody, and no policy of a bucket lets anybody in.")
        return
    yield Table(
        "Who gets in, where the vendor names them, and under which conditions",
        ("Who", "Account", "Gets into", "External id", "Other conditions", "Why", "Page that proves or explains it"),
        tuple(_entrant(report, each, each.is_outside(report.own)) for each in report.entrants),
    )
    if any(each.principal.endswith(":root") and each.is_outside(report.own) for each in report.entrants):
        yield Paragraph(_WHOLE_ACCOUNT)
    if found := report.external_id:
        made = "bootstrap generates it for this deployment, unless you give one"
        whose = made if found.generated else f"{_vendor(report)} shows it to you"
        value = f" is {found.value}. {whose[0].upper()}{whose[1:]}" if found.value else f": {whose}"
        yield Paragraph(f"The external id{value}. It is no secret: anyone who may read the role sees it.")
    if perimeter := perimeter_sentence(each for each in report.entrants if each.account not in report.own):
        yield Paragraph(perimeter)
    if report.waiting:
        yield Paragraph(f"Locked until the vendor has shown: {', '.join(report.waiting)}.", "warn")


def _for_whom(each: Entrant) -> str:
    """A service assumes a role for the account of the role; what a bucket's policy allows it, it may do for any account.
    Source: IAM user guide, confused-deputy (cross-service)."""
    limited = any(text.lower().startswith("aws:source") for text in each.limits)
    return "for any account that uses it" if each.role.startswith("bucket ") and not limited else "for your account only"


def _entrant(report: Report, each: Entrant, outside: bool) -> tuple[Cell, ...]:
    name = each.principal.rpartition(":")[2]
    who = "whom the vendor names later" if not each.principal else "the whole account" if name == "root" else each.principal
    whose = each.who or (f"{each.named_by} names it" if each.named_by else "")
    number = report.called(each.account) if each.account in report.own else each.account
    account = f"{number} ({whose})" if number and whose else number or each.who
    if each.kind == "Federated" and number:
        account = f"an identity provider that is registered in {account}"
    checked = "checked" if each.external_id else "not checked" if outside and each.kind == "AWS" else "does not apply"
    return (
        cell(each.marked(who, each.principal)),
        cell(account or "AWS", *(["outside"] if outside else [] if each.account else [_for_whom(each)])),
        cell(each.role),
        cell(checked, tone="bad" if checked == "not checked" else ""),
        cell(*([each.marked(text, text) for text in each.limits] or ["none"])),
        cell(each.why or "no reason given"),
        cell(*_proof(report, each, outside)),
    )


def _proof(report: Report, each: Entrant, outside: bool) -> list[str]:
    """Which page says whose account it is; for one that an input names, no page does."""
    flag = report.chosen_accounts.get(each.account, "") if outside else ""
    given = [f"no page proves whose account it is: {flag} names it, so compare it with what {_vendor(report)} shows you"]
    return [*(given if flag else []), *([each.source] if each.source else [] if flag else ["no page"])]


def _vendor(report: Report) -> str:
    return report.integration.vendor


def _resources(report: Report) -> Iterator[Block]:
    rows = tuple((cell(each.address), cell(each.kind), cell(each.name)) for each in report.review.resources)
    if report.stacks:
        stacks = tuple((cell(each.address), cell(each.kind), cell(each.name)) for each in report.stacks)
        yield Paragraph("The StackSet and its stacks, which make the resources below in each account:")
        yield Table("What is created to reach the accounts", ("Address", "Type", "Name"), stacks)
    created = "What is created in each account" if report.stacks else "What is created"
    yield Table(created, ("Address", "Type", "Name"), rows)
    for each in report.settings.values():
        yield Code(f"Settings of {each.title}, as they are sent", words.indented(each.properties), detail=True)
        for name, content in each.policies.items():
            yield Code(f"The {name} of {each.title}, as it is sent", words.indented(content), detail=True)


def _demands(about: Recorded | Planned | None) -> Iterator[Block]:
    found, planned = about.demands if about else None, isinstance(about, Planned)
    if found is None:
        why = "review ran with --offline, or was not signed in to the account"
        yield Paragraph(f"Not read from AWS: {'the plan has no such facts' if planned else why}.", "warn" if planned else "")
        return
    yield Items(found.lines or ("nothing of these resources: none has tags or is a machine",))
    when = f"{found.read}, before the plan was made" if planned else found.read
    yield Paragraph(f"Read from AWS at {when}. Resource control policies cannot be read.")


def _made(report: Report) -> Iterator[Block]:
    provenance = report.integration.provenance()
    file = provenance.source
    accounts = [
        f"{each.id}, region {each.region}"
        if report.deployment
        else f"{report.called(each.id)}, region {each.region} (an example; {each.id} in ARNs)"
        for each in report.accounts
    ]
    rows = [
        ("Integration", report.integration.name, report.integration.title),
        ("Comes with bootstrap", "yes" if provenance.reviewed else "no"),
        *([("File", file.path, f"sha256 {file.sha256}")] if file else []),
        *([("Deployment", report.deployment)] if report.deployment else []),
        *([("Plan", report.planned.path, report.planned.plan.digest)] if report.planned else []),
        ("Account", *accounts),
        *([("Accounts of the fleet", *report.where)] if report.where else []),
        ("Inputs", *(list(input_words(report)) or ["none"])),
        ("Digest", f"sha256 {report.digest}", _COVERED, *([] if report.deployment else [_OF_EXAMPLES])),
        ("Version", f"bootstrap {report.made.version}"),
        ("Date", report.made.date),
        ("Pages", *report.integration.pages),
    ]
    shown = [(cell(name), cell(*values)) for name, *values in rows]
    if unset := list(unset_words(report)):
        which = Cell((f"{len(unset)}: this page is about the integration without them",), tuple(unset), title="what they do")
        shown.append((cell("Options that are not set"), which))
    yield Table("What this page is about", ("Fact", "Value"), tuple(shown))
