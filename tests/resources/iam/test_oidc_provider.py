"""What is odd about an OIDC provider and its audiences: the whole account shares them, and each user adds what it needs."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import pytest
from botocore.exceptions import ClientError

from bootstrap.aws.scope import Scope
from bootstrap.checks.simulation import can_be_deleted
from bootstrap.contract.authorization import Operator
from bootstrap.contract.crashes import Memory, one_after_the_other
from bootstrap.contract.operated import Operated
from bootstrap.core.account import DEFAULT
from bootstrap.core.difference import differences
from bootstrap.core.graph import Graph
from bootstrap.core.integration import Handoff, Integration
from bootstrap.core.policy import Statement, document
from bootstrap.core.tightening import settle
from bootstrap.discovery import recovery
from bootstrap.discovery.receipts import receipt
from bootstrap.engine import prepare
from bootstrap.engine.ownership_checks import create_or_adopt
from bootstrap.errors import AlreadyExists, UnmanagedResource
from bootstrap.permissions.review import review
from bootstrap.resources.iam.oidc_audience import IamOidcAudience
from bootstrap.resources.iam.oidc_provider import IamOidcProvider
from bootstrap.resources.iam.role import IamRole
from bootstrap.resources.iam.shared import arn
from tests.conftest import MakeScope
from tests.support.deployments import Deployment, providers_in
from tests.support.samples import ISSUER, PROVIDER, THUMBPRINTS, deployed, read_back
from tests.support.wire import Wire
from tests.support.worlds import World

OURS = IamOidcProvider(url=ISSUER)
NEEDED = {
    "create": (
        "iam:GetOpenIDConnectProvider",
        "iam:CreateOpenIDConnectProvider",
        "iam:TagOpenIDConnectProvider",
        "iam:AddClientIDToOpenIDConnectProvider",
    ),
    "destroy": (
        "iam:GetOpenIDConnectProvider",
        "iam:ListRoles",
        "iam:RemoveClientIDFromOpenIDConnectProvider",
        "iam:DeleteOpenIDConnectProvider",
    ),
}
HOST = ISSUER.removeprefix("https://")


def trusting(provider: str, audience: str = "") -> Statement:
    wanted = {"StringEquals": {f"{HOST}:aud": audience}} if audience else {}
    return Statement(
        sid="Tokens",
        actions=("sts:AssumeRoleWithWebIdentity",),
        principals={"Federated": (provider,)},
        conditions={**wanted, "StringLike": {f"{HOST}:sub": "tenant/*"}},
        why="The vendor's tokens let it in.",
        source="https://oidc.example.com/docs",
    )


@dataclass(frozen=True, kw_only=True)
class Tenant(Integration):
    """A vendor whose tokens let it in. Its tokens name the role, as Estuary's do, or the vendor, as Modal's."""

    name: ClassVar[str] = "tenant"
    title: ClassVar[str] = "A vendor reads with its tokens"
    role: str = "Tenant"
    audience: str = ""

    @classmethod
    def example(cls) -> Self:
        return cls()

    @property
    def statements(self) -> tuple[Statement, ...]:
        return (trusting("@{provider.arn}"),)

    def build(self, graph: Graph) -> Handoff:
        audience = self.audience or arn(graph.account(), "role", "/", self.role)
        provider = graph.add("provider", IamOidcProvider(url=ISSUER, tags=self.tags))
        trust = document([trusting(provider["arn"], audience)])
        graph.add("role", IamRole(name=self.role, trust=trust, tags=self.tags))
        graph.add("audience", IamOidcAudience(provider=provider["arn"], audience=audience))
        return Handoff({})


def there(scope: Scope) -> dict[str, Any]:
    """The provider; {} if there is none."""
    return next(iter(providers_in(scope)), {})


def audiences(scope: Scope) -> list[str]:
    return list(there(scope)["ClientIDList"])


def theirs(scope: Scope, *audiences: str) -> None:
    scope.client("iam").create_open_id_connect_provider(Url=ISSUER, ClientIDList=list(audiences))


def test_a_slash_at_the_end_of_its_url_is_in_its_arn(scope: MakeScope) -> None:
    assert OURS.create(scope()).outputs == OURS.predicted_outputs(scope().account) == {"arn": PROVIDER}
    bare = IamOidcProvider(url="https://oidc.modal.com")
    assert bare.create(scope()).outputs["arn"] == "arn:aws:iam::123456789012:oidc-provider/oidc.modal.com"


def test_the_thumbprint_that_iam_chose_is_no_difference(scope: MakeScope) -> None:
    live = deployed(OURS, scope())
    assert len(there(scope())["ThumbprintList"][0]) == 40
    assert differences(OURS, live) == ()


def test_thumbprints_are_compared_without_order_and_letter_case(scope: MakeScope) -> None:
    live = deployed(replace(OURS, thumbprints=THUMBPRINTS), scope())
    turned = [each.swapcase() for each in reversed(THUMBPRINTS)]
    assert differences(replace(OURS, thumbprints=turned), live) == ()


def test_a_thumbprint_that_somebody_added_stays_and_one_that_is_missing_stays_away(scope: MakeScope) -> None:
    both, one = replace(OURS, thumbprints=THUMBPRINTS), replace(OURS, thumbprints=THUMBPRINTS[:1])
    added = settle(one, deployed(both, scope()), None)
    assert (added.added, differences(added.resource, read_back(both, scope(), {}))) == (
        {"thumbprints": (THUMBPRINTS[1],)},
        (),
    )
    named = {"OpenIDConnectProviderArn": PROVIDER, "ThumbprintList": THUMBPRINTS[:1]}
    scope().client("iam").update_open_id_connect_provider_thumbprint(**named)
    assert [item.path for item in settle(both, read_back(both, scope(), {}), None).kept] == ["thumbprints"]


def test_one_that_came_about_since_the_plan_is_not_taken_for_ours(scope: MakeScope) -> None:
    theirs(scope())
    with pytest.raises(AlreadyExists):
        OURS.create(scope())
    with pytest.raises(UnmanagedResource) as caught:
        create_or_adopt(OURS, scope(), scope().owner)
    assert caught.value.advice == "Run the same command again: it uses the one that exists now."


def test_a_life_of_one_that_we_create(scope: MakeScope, tmp_path: Path) -> None:
    deployment = Deployment(Tenant(), scope(), tmp_path)
    assert deployment.create() == ["provider", "role", "audience"]
    assert audiences(scope()) == ["arn:aws:iam::123456789012:role/Tenant"]
    assert deployment.create() == []
    deployment.wanted = replace(deployment.wanted, tag=("team=data",))
    assert deployment.create() == ["provider", "role"]
    assert {"Key": "team", "Value": "data"} in there(scope())["Tags"]
    assert deployment.destroy() == ["audience", "role", "provider"]
    assert there(scope()) == {}


def test_an_audience_that_somebody_added_to_ours_is_shown_as_theirs(scope: MakeScope, tmp_path: Path) -> None:
    deployment = Deployment(Tenant(), scope(), tmp_path)
    deployment.create()
    assert prepare.prepare_status(deployment.session, deployment.backend).plan.added_to == ()
    named = {"OpenIDConnectProviderArn": PROVIDER, "ClientID": "evil"}
    scope().client("iam").add_client_id_to_open_id_connect_provider(**named)
    plan = prepare.prepare_status(deployment.session, deployment.backend).plan
    assert (plan.added_to, [each.statement for _, each in plan.opened]) == (("provider",), ["audience evil"])
    assert deployment.create() == []


def test_that_of_somebody_else_gets_our_audience_and_loses_only_that(scope: MakeScope, tmp_path: Path) -> None:
    theirs(scope(), "app-7")
    before = there(scope())
    deployment = Deployment(Tenant(), scope(), tmp_path)
    assert deployment.create() == ["role", "audience"]
    assert audiences(scope()) == ["app-7", "arn:aws:iam::123456789012:role/Tenant"]
    assert deployment.create() == []
    assert prepare.prepare_status(deployment.session, deployment.backend).plan.added_to == ()
    assert "provider" in deployment.destroy()  # it is forgotten
    assert there(scope()) == before


def test_an_audience_that_was_there_already_stays(scope: MakeScope, tmp_path: Path) -> None:
    theirs(scope(), "vendor")
    deployment = Deployment(Tenant(audience="vendor"), scope(), tmp_path)
    assert deployment.create() == ["role"]
    deployment.destroy()
    assert audiences(scope()) == ["vendor"]


def test_an_audience_that_somebody_removed_is_added_again_and_is_ours_then(scope: MakeScope, tmp_path: Path) -> None:
    theirs(scope(), "vendor")
    deployment = Deployment(Tenant(audience="vendor"), scope(), tmp_path)
    deployment.create()
    named = {"OpenIDConnectProviderArn": PROVIDER, "ClientID": "vendor"}
    scope().client("iam").remove_client_id_from_open_id_connect_provider(**named)
    assert deployment.create() == ["audience"]
    deployment.destroy()
    assert audiences(scope()) == []


@pytest.mark.parametrize("audience", ["vendor", ""], ids=["the same audience", "an audience each"])
def test_two_deployments_share_one_and_the_first_leaves_what_the_second_needs(
    audience: str, scope: MakeScope, tmp_path: Path
) -> None:
    first = Deployment(Tenant(role="First", audience=audience), scope(), tmp_path, name="first")
    second = Deployment(Tenant(role="Second", audience=audience), scope(), tmp_path, name="second")
    first.create()
    assert second.create() == (["role"] if audience else ["role", "audience"])
    prepared = prepare.prepare_destroy(first.session, first.backend)
    refused = {change.address: change.refusal for change in prepared.plan.refused}
    others = "" if audience else "audience arn:aws:iam::123456789012:role/Second, "
    assert refused["provider"] == f"somebody else added to it: {others}trusted by role Second"
    assert refused.get("audience") == ("somebody else added to it: trusted by role Second" if audience else None)
    second.destroy()
    assert set(first.destroy()) == {"audience", "role", "provider"}
    assert there(scope()) == {}


def test_the_operators_policy_is_for_this_provider_alone(scope: MakeScope, cloud: Wire, tmp_path: Path) -> None:
    watch = Operator()
    cloud.between = watch
    deployment = Deployment(Tenant(), scope(), tmp_path)
    deployment.create()
    deployment.destroy()
    made = {
        (check.action, check.arn) for check in watch.made if "OpenIDConnect" in check.action or "ListRoles" in check.action
    }
    on_it = {"Get", "Create", "Tag", "Delete"}
    assert made == {
        *((f"iam:{verb}OpenIDConnectProvider", PROVIDER) for verb in on_it),
        ("iam:AddClientIDToOpenIDConnectProvider", PROVIDER),
        ("iam:RemoveClientIDFromOpenIDConnectProvider", PROVIDER),
        ("iam:ListRoles", "*"),
    }


def test_a_full_provider_takes_no_more_audiences(scope: MakeScope) -> None:
    theirs(scope(), *(f"app-{number}" for number in range(100)))
    more = IamOidcAudience(provider=PROVIDER, audience="one-more")
    [obstacle] = more.precheck(scope())
    assert obstacle.what == f"the OIDC provider {PROVIDER} has 100 audiences, and IAM allows no more"
    with pytest.raises(ClientError, match="Cannot exceed quota for ClientIdsPerOpenIdConnectProvider"):
        more.create(scope())


def test_only_roles_that_may_need_the_audience_hold_it(scope: MakeScope) -> None:
    theirs(scope(), "ours")
    for name, audience in {"Same": "ours", "Other": "theirs", "Any": ""}.items():
        trust = json.dumps(document([trusting(PROVIDER, audience)]))
        scope().client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    found = read_back(IamOidcAudience(provider=PROVIDER, audience="ours"), scope(destroying=True), {})
    assert {part.id for part in found.parts} == {"role Same", "role Any"}
    assert {part.id for part in read_back(OURS, scope(destroying=True), {}).parts} == {
        *("ours", "role Same", "role Other", "role Any")
    }


def test_a_provider_that_is_gone_has_no_audience_left_to_remove(scope: MakeScope) -> None:
    IamOidcAudience(provider=PROVIDER, audience="ours").delete(scope(), {})


def test_reviewers_see_who_gets_in_by_the_provider() -> None:
    [entrant] = review(Tenant()).entrants
    assert (entrant.kind, entrant.principal, entrant.role) == ("Federated", PROVIDER, "Tenant")
    [role] = review(Tenant()).roles
    audience = {f"{HOST}:aud": "arn:aws:iam::123456789012:role/Tenant"}
    assert role.grants.trusts[0].conditions["StringEquals"] == audience
    assert review(Tenant()).concerns == ()


@pytest.mark.parametrize("whose", ["ours", "theirs"])
def test_wherever_a_run_is_killed_the_same_commands_repair_it(
    whose: str, scope: MakeScope, cloud: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_after_the_other(monkeypatch)
    if whose == "theirs":
        theirs(scope(), "app-7")
    world = World(Tenant(), scope(), cloud)
    world.mends_what_ended_at_any_call()


def test_a_lost_state_is_rebuilt_and_nothing_is_left(scope: MakeScope, tmp_path: Path) -> None:
    deployment = Deployment(Tenant(), scope(), tmp_path)
    deployment.create()
    deployment.backend = Memory()
    deployment.backend.save(recovery.rebuild(deployment.session, "test", Tenant()).state)
    assert deployment.create() == []
    deployment.destroy()
    assert there(scope()) == {}


@pytest.mark.parametrize("whose", ["ours", "theirs"])
def test_the_receipt_says_what_is_gone_and_what_was_only_used(whose: str, scope: MakeScope, tmp_path: Path) -> None:
    if whose == "theirs":
        theirs(scope(), "vendor")
    deployment = Deployment(Tenant(audience="vendor"), scope(), tmp_path)
    deployment.create()
    prepared = prepare.prepare_destroy(deployment.session, deployment.backend)
    prepare.apply(prepared, deployment.backend, lambda event: None)
    found = receipt(prepared, Tenant)
    gone = {"provider", "role", "audience"} if whose == "ours" else {"role"}
    assert ({item.address for item in found.gone}, found.clean) == (gone, True)
    left = "left because the whole account shares it"
    where = "in account 123456789012"
    kept = (f"iam_oidc_audience vendor at {HOST} {where}: {left}", f"iam_oidc_provider {HOST} {where}: {left}")
    assert found.kept == (() if whose == "ours" else kept)
    assert prepared.plan.keeps == (
        ()
        if whose == "ours"
        else tuple(
            f"{kind}, which the whole account shares"
            for kind in (f"iam_oidc_audience vendor at {HOST}", f"iam_oidc_provider {HOST}")
        )
    )


def test_no_permission_to_delete_what_is_only_used_is_asked_for_beforehand(
    scope: MakeScope, cloud: Wire, tmp_path: Path
) -> None:
    deployment = Deployment(Tenant(), scope(), tmp_path)
    plan = prepare.prepare_create(deployment.session, deployment.backend, "test", deployment.wanted).plan
    assert {change.address: can_be_deleted(change) for change in plan.changes} == dict.fromkeys(
        ("provider", "role", "audience"), True
    )
    theirs(scope(), "vendor")
    deployment.wanted = Tenant(audience="vendor")
    plan = prepare.prepare_create(deployment.session, deployment.backend, "test", deployment.wanted).plan
    assert {change.address for change in plan.changes if can_be_deleted(change)} == {"role"}


def test_the_printed_policies_are_enough_and_each_action_is_needed(scope: MakeScope, cloud: Wire, tmp_path: Path) -> None:
    operated = Operated(Tenant(), Deployment(Tenant(), scope(), tmp_path), cloud)
    for verb in ("create", "status", "destroy", "receipt"):
        assert operated.run(verb) == "", verb
    for verb, actions in NEEDED.items():
        for action in actions:
            assert action in operated.run(verb, (DEFAULT, action)), (verb, action)
        assert operated.run(verb) == ""
