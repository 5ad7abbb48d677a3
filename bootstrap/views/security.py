"""What differs between deployments and AWS, judged by whether it widens access."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from bootstrap.core.deployment_status import DeploymentStatus
from bootstrap.core.security_difference import SecurityDifference
from bootstrap.views.deployments import below
from bootstrap.views.screen import Line


def security_lines(found: Sequence[DeploymentStatus]) -> Iterator[Line]:
    """Each deployment with its differences, the worst first, and one sentence for all."""
    if nothing := nothing_judged(found):
        yield Line(nothing, "bold red")
    for each in found:
        accounts = f" in {', '.join(each.accounts)}" if each.accounts else ""
        yield Line(f"{each.deployment}{accounts}: ", "bold").append(_verdict(each), _style(each))
        yield from below(each)
        for item in each.security:
            yield _line_of(item)
    widened = sum(len(each.widened) for each in found)
    unknown = sum(each.result in ("cannot be read", "failed") for each in found)
    more = "1 difference gives" if widened == 1 else f"{widened} differences give"
    text = (
        f"{more} somebody more access than bootstrap gave." if widened else "Nothing gives more access than bootstrap gave."
    )
    text = text if widened or not unknown else "Nothing is known to give more access than bootstrap gave."
    number = f"{unknown} of {len(found)} deployments" if len(found) > 1 else "The deployment"
    text += f" {number} could not be judged completely." if unknown else ""
    if not nothing:
        yield Line()
        yield Line(text, "bold")


def nothing_judged(found: Sequence[DeploymentStatus]) -> str:
    """Says so with the reasons, if no deployment could be compared at all; else ""."""
    if not found or any(each.security or each.result not in ("failed", "cannot be read") for each in found):
        return ""
    return f"Nothing was judged: {'; '.join(dict.fromkeys(each.reason for each in found))}."


def security_json(found: Iterable[DeploymentStatus]) -> list[dict[str, Any]]:
    """A deployment each: `widened` says whether any of its differences widens access."""
    return [
        {
            **{key: value for key, value in asdict(each).items() if key not in ("security", "differences")},
            "accounts": list(each.accounts),
            "widened": bool(each.widened),
            "differences": [item.as_json() for item in each.security],
        }
        for each in found
    ]


def _verdict(each: DeploymentStatus) -> str:
    if each.result in ("cannot be read", "failed"):
        return each.result
    if not each.security:
        return "no difference"
    harmless = len(each.security) - len(each.widened)
    counts = [f"{len(each.widened)} widening"] * bool(each.widened) + [f"{harmless} harmless"] * bool(harmless)
    return f"{each.words}, {' and '.join(counts)}"


def _style(each: DeploymentStatus) -> str:
    return "bold red" if each.widened or each.result in ("cannot be read", "failed") else "green"


def _line_of(item: SecurityDifference) -> Line:
    if not item.widens:
        return Line("  harmless  ", "dim").append(item.line, "dim")
    then = f", and detaches it with {item.flag}" if item.flag else ", so remove it in AWS"
    end = {"set back": "; create sets it back", "left alone": f"; create leaves it alone{then}"}.get(item.create, "")
    return Line("  WIDENING  ", "bold red").append(item.line, "default").append(f" [{item.code}]{end}", "dim")
