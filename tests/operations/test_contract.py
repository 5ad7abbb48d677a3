"""What holds for every operation: nobody can call one in a way that skips its checks, and none prints or asks by itself."""

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, get_type_hints

import pytest

from bootstrap import operations
from bootstrap.aws.client import Identity
from bootstrap.backends.file import FileBackend
from bootstrap.core.backend import Backend
from bootstrap.core.state import State
from bootstrap.errors import PlanRefused, StateError, StateLocked, UsageError
from bootstrap.operations import (
    adopt,
    check,
    create,
    destroy,
    forget,
    import_record,
    plan,
    plan_destroy,
    recover,
    status,
)
from tests.operations.conftest import BUCKET, NAME, STATE, Deployed
from tests.test_architecture import imports, sources

Call = Callable[..., object]
"""Takes the deployment, and what to do in another way than usual."""


@dataclass(frozen=True)
class Place:
    """A state that is somewhere else than it says."""

    inner: Backend
    where: str

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


CALLS: Mapping[str, Call] = {
    "create": lambda here, **how: create(here.session, here.backend, NAME, here.integration, **how),
    "plan": lambda here, **how: plan(here.session, here.backend, NAME, here.integration, **how),
    "check": lambda here: check(here.session, here.backend, NAME, here.integration),
    "destroy": lambda here, **how: destroy(here.session, here.backend, **how),
    "plan_destroy": lambda here, **how: plan_destroy(here.session, here.backend, **how),
    "status": lambda here, **how: status(here.session, here.backend, **how),
    "adopt": lambda here, **how: adopt(here.session, here.backend, NAME, here.integration, **how),
    "recover": lambda here, **how: recover(here.session, here.backend, NAME, here.integration, **how),
    "forget": lambda here, **how: forget(here.backend, ["athena"], **how),
    "import_record": lambda here, **how: import_record(here.session, here.backend, here.integration, "athena", **how),
}
LOCKING = ("create", "destroy", "adopt", "recover", "forget", "import_record")
DETACHING: Mapping[str, object] = {"allowed": frozenset({"detach-foreign"})}
"""Without it a plan to destroy from an edited state is refused, before anybody is asked."""
SIGNED_IN = [name for name in CALLS if name != "forget"]


def lose_what_it_finds(here: Deployed, name: str) -> None:
    """So that there is something to do: a lost state, or a record that is missing."""
    if name == "recover":
        STATE.unlink()
    if name in ("import_record", "adopt"):
        stored = here.backend.load()
        assert stored is not None
        here.backend.put(stored.without(["athena"]))


def edit(change: Callable[[dict[str, Any]], None] = lambda content: content.update(digest="0")) -> None:
    content = json.loads(STATE.read_text())
    change(content)
    STATE.write_text(json.dumps(content))


def is_told(here: Deployed, number: str) -> Deployed:
    """The same credentials in another account."""
    [(alias, found)] = here.session.identities.items()
    other = Identity(replace(found.account, id=number), found.arn)
    return replace(here, session=replace(here.session, identities={alias: other}))


def restricted(here: Deployed, *actions: str) -> Deployed:
    """The session of a user who may do all but this."""
    iam, user = here.session.aws.client("iam"), {"UserName": "ann"}
    allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "NotAction": actions, "Resource": "*"}]}
    if not iam.list_users()["Users"]:
        iam.create_user(**user)
    iam.put_user_policy(**user, PolicyName="own", PolicyDocument=json.dumps(allowed))
    arn = iam.get_user(**user)["User"]["Arn"]
    [(alias, found)] = here.session.identities.items()
    return replace(here, session=replace(here.session, identities={alias: replace(found, arn=arn)}))


def test_the_table_has_every_operation() -> None:
    public = {
        name
        for name, value in vars(operations).items()
        if inspect.isfunction(value) and name not in ("connect", "configure")
    }
    assert public == set(CALLS)


@pytest.mark.parametrize("path", sorted(sources("bootstrap/operations")))
def test_it_calls_nothing_of_the_command_line(path: str) -> None:
    found = [item.name for item in imports(sources("bootstrap/operations")[path])]
    assert [name for name in found if name.startswith(("bootstrap.cli", "bootstrap.views", "typer", "rich", "click"))] == []


@pytest.mark.parametrize("name", CALLS)
def test_its_types_are_whole(name: str) -> None:
    """Of a public function every parameter and the result."""
    function = getattr(operations, name)
    assert get_type_hints(function).keys() == {*inspect.signature(function).parameters, "return"}
    assert "raises" in (function.__doc__ or "").lower(), "says what goes wrong"


@pytest.mark.parametrize("name", [name for name in CALLS if name != "destroy"])  # test_destroy.py has that
def test_it_prints_nothing(name: str, deployed: Deployed, capfd: pytest.CaptureFixture[str]) -> None:
    lose_what_it_finds(deployed, name)
    CALLS[name](deployed)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", LOCKING)
def test_a_lock_that_another_run_holds_stops_it(name: str, deployed: Deployed) -> None:
    lose_what_it_finds(deployed, name)
    theirs = FileBackend(STATE)
    with theirs.lock("create acme"), deployed.unchanged(), pytest.raises(StateLocked, match="another run uses"):
        CALLS[name](deployed)


@pytest.mark.parametrize("name", LOCKING)
def test_it_keeps_a_lock_that_its_caller_holds(name: str, deployed: Deployed) -> None:
    lose_what_it_finds(deployed, name)
    with deployed.backend.lock("test"), deployed.unchanged():
        assert CALLS[name](deployed, confirm=lambda *shown: False) is None or name == "create"
        assert deployed.backend.is_locked


@pytest.mark.parametrize("name", [name for name in LOCKING if name != "create"])
def test_whoever_says_no_changes_nothing(name: str, deployed: Deployed) -> None:
    lose_what_it_finds(deployed, name)
    asked: list[tuple[object, ...]] = []

    def confirm(*shown: object) -> bool:
        asked.append(shown)
        return False

    with deployed.unchanged():
        assert CALLS[name](deployed, confirm=confirm) is None
    assert len(asked) == 1


@pytest.mark.parametrize("name", ["create", "destroy", "adopt", "forget", "import_record", "status"])
def test_an_edited_state_is_refused_where_nobody_is_asked(name: str, deployed: Deployed) -> None:
    how: Mapping[str, Mapping[str, object]] = {"status": {"check_chain": True}, "destroy": DETACHING}
    lose_what_it_finds(deployed, name)
    edit()
    with deployed.unchanged(), pytest.raises(StateError, match="was edited since bootstrap last wrote it"):
        CALLS[name](deployed, **how.get(name, {}))


@pytest.mark.parametrize("name", ["create", "destroy", "adopt", "forget", "import_record"])
def test_whoever_is_asked_can_see_that_the_state_was_edited(name: str, deployed: Deployed) -> None:
    seen: list[bool] = []

    def confirm(shown: Any, *more: object) -> bool:
        seen.append(shown.edited if isinstance(shown, State) else shown.is_edited)
        return False

    lose_what_it_finds(deployed, name)
    edit()
    with deployed.unchanged():
        assert CALLS[name](deployed, confirm=confirm, **(DETACHING if name == "destroy" else {})) is None
    assert seen == [True]


@pytest.mark.parametrize("name", ["create", "plan", "destroy", "plan_destroy", "adopt", "recover"])
def test_a_state_in_a_bucket_of_its_own_deployment_is_refused(name: str, deployed: Deployed) -> None:
    lose_what_it_finds(deployed, name)
    here = replace(deployed, backend=Place(deployed.backend, f"s3://{BUCKET}/state.json"))
    with deployed.unchanged(), pytest.raises(StateError, match="destroy would also delete the state") as caught:
        CALLS[name](here)
    assert "--state" in caught.value.advice


@pytest.mark.parametrize("name", [name for name in SIGNED_IN if name != "recover"])
def test_another_account_is_refused(name: str, deployed: Deployed) -> None:
    lose_what_it_finds(deployed, name)
    with deployed.unchanged(), pytest.raises(StateError, match=r"123456789012.*210987654321"):
        CALLS[name](is_told(deployed, "210987654321"))


@pytest.mark.parametrize("name", ["create", "plan", "destroy", "plan_destroy"])
def test_missing_permissions_are_found_before_the_first_change(name: str, deployed: Deployed) -> None:
    if name in ("create", "plan"):
        deployed = replace(deployed, integration=replace(deployed.integration, tag=("team=data",)))
    here = restricted(deployed, "iam:TagRole", "iam:DeleteRole")
    with deployed.unchanged(), pytest.raises(PlanRefused, match="missing; nothing was changed") as caught:
        CALLS[name](here)
    assert any("iam:" in problem for problem in caught.value.problems)


@pytest.mark.parametrize("name", ["plan", "plan_destroy"])
def test_permissions_are_not_asked_about_where_the_caller_says_so(name: str, deployed: Deployed) -> None:
    here = restricted(deployed, "iam:DeleteRole")
    with deployed.wire.recorded() as calls:
        CALLS[name](here, check_permissions=False)
    assert [call.name for call in calls if "Simulate" in call.name] == []


def test_check_returns_what_is_missing(deployed: Deployed) -> None:
    here = restricted(deployed, "iam:DeleteRole")
    with deployed.unchanged():
        found = check(here.session, here.backend, NAME, here.integration)
    assert {item.need.action for item in found.permissions.missing} == {"iam:DeleteRole"}


@pytest.mark.parametrize("name", ["create", "plan", "check", "adopt", "recover"])
@pytest.mark.parametrize("deployment", ["", "../acme", "a b", "-acme", "a\nb", "x" * 64])
def test_a_name_that_no_deployment_can_have_is_refused(name: str, deployment: str, deployed: Deployed) -> None:
    lose_what_it_finds(deployed, name)
    function = getattr(operations, name)
    with deployed.unchanged(), pytest.raises(UsageError, match="is not a deployment name"):
        function(deployed.session, deployed.backend, deployment, deployed.integration)


@pytest.mark.parametrize("name", ["create", "plan", "check", "adopt"])
def test_a_state_of_another_deployment_is_refused(name: str, deployed: Deployed) -> None:
    function = getattr(operations, name)
    with deployed.unchanged(), pytest.raises(StateError, match="holds the deployment 'acme', not 'other'"):
        function(deployed.session, deployed.backend, "other", deployed.integration)


@pytest.mark.parametrize("name", ["destroy", "plan_destroy", "status", "forget", "import_record"])
def test_without_a_state_it_says_so(name: str, deployed: Deployed) -> None:
    STATE.unlink()
    with deployed.unchanged(), pytest.raises(StateError, match="there is no deployment at"):
        CALLS[name](deployed)


@pytest.mark.parametrize("name", ["plan", "check", "plan_destroy", "status"])
def test_what_only_looks_changes_nothing_and_needs_no_lock(name: str, deployed: Deployed) -> None:
    with FileBackend(STATE).lock("create acme"), deployed.unchanged():
        CALLS[name](deployed)


@pytest.mark.parametrize("name", ["adopt", "recover", "forget", "import_record"])
def test_what_is_about_records_changes_nothing_in_aws(name: str, deployed: Deployed) -> None:
    lose_what_it_finds(deployed, name)
    with deployed.wire.recorded() as calls:
        assert CALLS[name](deployed) is not None
    assert [call.name for call in calls if call.changes] == []
