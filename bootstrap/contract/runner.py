"""Runs the contract that every integration keeps, in an AWS of its own: it is created, damaged, killed and destroyed.

Our own tests do the same to the integrations of the package (`tests/integrations/`), with more variants.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bootstrap.aws.installation import install_command
from bootstrap.contract.broken import Broken
from bootstrap.core.checked_inputs import from_inputs
from bootstrap.core.contract_check import ContractCheck
from bootstrap.core.integration import Integration, examples, inputs_of
from bootstrap.engine.graphs import build_graph
from bootstrap.errors import BootstrapError, PlanRefused, SandboxError, UsageError

LONGEST = 400
"""Characters of a line of the report; what differs may be a whole account."""
MOST = 12
"""Lines for one check."""
DAMAGED = "team"
"""The key of the tag that others remove."""


def as_json(integration: Integration) -> dict[str, Any]:
    """What it creates and hands over, with the example accounts: for a file to compare with. Raises PlanRefused."""
    graph, handoff = build_graph(integration, examples(integration))
    return {"graph": graph.as_json(), "handoff": handoff.to_json()}


def run(integration: Integration, show: Callable[[ContractCheck], None], golden: Any = None) -> list[ContractCheck]:
    """All checks, in their order; `show` gets each when it is done. `golden` is what `as_json` should give, None for
    anything. Raises SandboxError when moto is not installed, and UsageError for an integration that moto cannot play."""
    if not find_spec("moto"):
        raise SandboxError("the sandbox needs moto, which is not installed", f"Run: {install_command('moto[server]')}")
    if integration.partition not in ("", "aws"):
        raise UsageError(
            f"{integration.name} works only in the partition {integration.partition}, and the sandbox plays aws",
            "Test it with a copy for the partition aws.",
        )
    done: list[ContractCheck] = []

    def check(name: str, work: Callable[[], str | None]) -> None:
        broken = next((item.name for item in done if item.failures), "")
        found = ContractCheck(name, skipped=f"after: {broken}") if broken else _checked(name, work)
        done.append(found)
        show(found)

    check("the graph is one that AWS accepts", lambda: _compare(as_json(integration), None))
    if golden is not None:
        check("the graph is the one in the golden file", lambda: _compare(as_json(integration), golden))
    for name, work in _in_aws(integration, lambda: any(item.failures for item in done)):
        check(name, work)
    return done


def _in_aws(integration: Integration, has_failed: Callable[[], bool]) -> Iterator[tuple[str, Callable[[], str | None]]]:
    """The checks that need AWS, each with its name; one begins when the one before is done."""
    from bootstrap.contract.crashes import Memory, one_after_the_other
    from bootstrap.contract.deployment import Deployment
    from bootstrap.contract.life import Life
    from bootstrap.contract.operated import Operated
    from bootstrap.contract.played import Replaced, played, scope_in, without_settings
    from bootstrap.contract.wire import Wire

    tags = [item for item in integration.tag if not item.startswith(f"{DAMAGED}=")]
    wanted = replace(integration, tag=(*tags, f"{DAMAGED}=contract"), given=integration.given | {"tag"})
    with without_settings(), played(Wire()) as wire, scope_in("us-east-1") as scope, Replaced() as patch:
        one_after_the_other(patch)
        life: list[Life] = []

        def begin() -> None:
            deployment = Deployment(wanted, scope, Path())
            deployment.backend = Memory()
            life.append(Life(deployment, wire))

        yield "what it needs is there", begin
        if has_failed():
            return
        [found] = life
        yield "create makes all of it", found.create
        yield "a second create has nothing to do", found.create_again
        if has_failed():
            return
        for address in found.addresses:
            yield f"drift is repaired: {address}", lambda address=address: found.repair(address)  # type: ignore[misc]
        yield "destroy leaves nothing behind", found.destroy
        if has_failed():
            return
        if later := [item.name for item in inputs_of(type(wanted)) if item.after_create and getattr(wanted, item.name)]:
            given = {name: value for name, value in wanted.to_json().items() if name not in later}
            locked = from_inputs(type(wanted), given)
            yield "created before the vendor shows everything, it is completed later", lambda: found.completed_later(locked)
            if has_failed():
                return
        for verb in ("create", "destroy"):
            yield (
                f"{verb}, killed at any call, is finished by the same command",
                lambda verb=verb: found.killed(verb),  # type: ignore[misc]
            )
        deployment = Deployment(integration, scope, Path())
        deployment.backend = Memory()
        operated = Operated(integration, deployment, wire)
        for verb in operated.verbs:
            yield (
                f"{verb} needs no more than the policy that permissions prints",
                lambda verb=verb: _expect_silence(operated.run(verb)),  # type: ignore[misc]
            )


def _expect_silence(reported: str) -> None:
    if reported:
        raise Broken(reported.split("\n"))


def _checked(name: str, work: Callable[[], str | None]) -> ContractCheck:
    began = time.monotonic()
    failures: tuple[str, ...] = ()
    skipped = ""
    try:
        skipped = work() or ""
    except Broken as error:
        failures = error.lines
    except PlanRefused as error:
        failures = (error.message, *error.problems, *error.advice.split("\n"))
    except BootstrapError as error:
        failures = (error.message, *error.advice.split("\n"))
    except Exception as error:  # of an integration in Python, which may do anything
        failures = (f"unexpected {type(error).__name__}: {error}",)
    shown = [line if len(line) <= LONGEST else f"{line[:LONGEST]} [...]" for line in failures if line]
    more = [f"and {len(shown) - MOST} more"] if len(shown) > MOST else []
    return ContractCheck(name, time.monotonic() - began, (*shown[:MOST], *more), skipped)


def _compare(found: Any, golden: Any) -> None:
    """Raises Broken with the differences from what was approved, if anything was."""
    if wrong := golden is not None and list(_differences(found, golden, "")):
        raise Broken(wrong)


def _differences(found: Any, golden: Any, where: str) -> Iterator[str]:
    if isinstance(found, dict) and isinstance(golden, dict):
        for key in [*golden, *(key for key in found if key not in golden)]:
            place = f"{where}.{key}" if where else str(key)
            if key not in found:
                yield f"{place}: is gone"
            elif key not in golden:
                yield f"{place}: is new"
            else:
                yield from _differences(found[key], golden[key], place)
    elif isinstance(found, list) and isinstance(golden, list) and len(found) == len(golden):
        for number, pair in enumerate(zip(found, golden, strict=True)):
            yield from _differences(*pair, f"{where}[{number}]")
    elif found != golden:
        with suppress(TypeError):
            yield f"{where}: is {found!r}, and was {golden!r}"
