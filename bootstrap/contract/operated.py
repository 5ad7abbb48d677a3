"""A deployment in the hands of an operator who may do what `permissions --for VERB` prints, or one action less."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from bootstrap.checks.first_boot import first_boots
from bootstrap.contract.authorization import Operator
from bootstrap.contract.crashes import InOneThread
from bootstrap.contract.deployment import Deployment
from bootstrap.contract.wire import Wire
from bootstrap.core.events import Event, Failed
from bootstrap.core.integration import Integration
from bootstrap.core.plan import Change
from bootstrap.discovery import receipts
from bootstrap.engine import graphs, prepare
from bootstrap.engine.executor import Stop
from bootstrap.errors import BootstrapError, PlanRefused
from bootstrap.permissions.operator import Verb, needs_of_integration, of_verb
from bootstrap.permissions.operator_policy import policies

Action = tuple[str, str]
"""The alias of an account, and an action that is allowed there."""
PRINTED: Mapping[str, Verb] = {"create": "create", "status": "status", "destroy": "destroy", "receipt": "destroy"}


@dataclass
class Operated:
    """One life of what is `given`. Each verb returns the error that the user sees, "" if there is none.

    The receipt ends a destroy: it stops for nothing, but tells what it was refused.
    """

    given: Integration
    deployment: Deployment
    cloud: Wire
    operator: Operator = field(default_factory=Operator)

    def __post_init__(self) -> None:
        self.operator.path = self.given.path
        self.session, self.backend = self.deployment.session, self.deployment.backend
        self.needs = needs_of_integration(self.deployment.wanted, self.session.accounts, "test")
        self.wanted: Integration | None = None
        self.destroyed: prepare.Prepared | None = None
        self.verbs: dict[str, Callable[[], str]] = {
            "create": self.create,
            "status": self.status,
            "destroy": self.destroy,
            "receipt": self.receipt,
        }

    def run(self, verb: str, *without: Action) -> str:
        needs = of_verb(self.needs, PRINTED.get(verb, "all"))
        documents = policies(need for need in needs if (need.account, need.action) not in without)
        self.operator.policies = {self.session.accounts[alias].id: found for alias, found in documents.items()}
        self.operator.made.clear()
        before, self.cloud.between = self.cloud.between, self.operator
        try:
            return self.verbs[verb]()
        except PlanRefused as error:
            return "\n".join((error.message, *error.problems, error.advice))
        except BootstrapError as error:
            return f"{error.message}\n{error.advice}"
        finally:
            self.cloud.between = before

    @property
    def taken(self) -> list[Action]:
        """What the last run took, in the order of the first time."""
        aliases = {account.id: alias for alias, account in self.session.accounts.items()}
        return list(dict.fromkeys((aliases[check.account], check.action) for check in self.operator.made))

    def create(self) -> str:
        self.wanted = self.wanted or graphs.resolve_lookups(self.session, self.given)
        return self._apply(prepare.prepare_create(self.session, self.backend, "test", self.wanted))

    def status(self) -> str:
        prepared = prepare.prepare_status(self.session, self.backend)
        work = prepared.plan.work
        first_boots(self.session, prepared)
        return "\n".join(f"{change.address}: {change.refusal or change.reason}" for change in work)

    def destroy(self) -> str:
        self.destroyed = prepare.prepare_destroy(self.session, self.backend)
        return self._apply(self.destroyed)

    def receipt(self) -> str:
        assert self.destroyed is not None
        given = receipts.receipt(self.destroyed, type(self.given))
        not_gone = [f"{item.why}\n{item.advice}" for item in (*given.left, *given.unknown)]
        unseen = [line for line in given.others if "could not be looked for" in line]
        return "\n".join((*not_gone, *given.unsearched, *unseen))

    def _apply(self, prepared: prepare.Prepared) -> str:
        """With Ctrl-C at the first failure: what comes later is then still to do for a run without another action."""
        stop = Stop()

        def emit(event: Event) -> None:
            if isinstance(event, Failed):
                stop.ask()

        outcome = prepare.apply(prepared, self.backend, emit, stop).outcome
        assert outcome.complete or outcome.failed
        return "\n".join(f"{failed.error}\n{failed.advice}" for failed in outcome.failed)


class OneAtATime(InOneThread):
    """A run in which nothing starts before what started is done."""

    def save_and_start(self, begin: Sequence[tuple[Change, bool]]) -> None:
        super().save_and_start([])
        for change, whole in begin:
            if because := self.skip_reason(change):
                self.skip(change, whole, because)
            else:
                super().save_and_start([(change, whole)])
