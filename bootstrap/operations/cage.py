"""A run that may do only what its plan does: AWS narrows its credentials to that before the first change."""

from dataclasses import dataclass, replace

from bootstrap.aws.cage import caged, check_temporary as check_temporary
from bootstrap.aws.session import Session
from bootstrap.discovery.recorded_search import unrecorded
from bootstrap.engine.prepare import Prepared
from bootstrap.integrations import still_recorded
from bootstrap.operations.callbacks import Show
from bootstrap.permissions.cage import Cage, cage_of


@dataclass
class Confinement:
    """For one run of the verb; without `wanted` it does nothing. `plan` is the digest of the plan file that it runs. Raises
    CredentialsError where no cage can be made from the credentials of the session."""

    verb: str
    session: Session
    show: Show
    wanted: bool
    plan: str = ""
    entered: tuple[Cage, Session] | None = None
    is_needless: bool = False
    """Whether it was said that the plan needs none."""

    def __post_init__(self) -> None:
        if self.wanted:
            check_temporary(self.session)

    def shown(self, prepared: Prepared) -> Cage | None:
        """The cage of the plan, once it is shown; None for a plan that changes nothing. Raises PlanRefused for one that has
        none."""
        if not self.wanted or prepared.plan.refused:
            return None
        if not prepared.plan.work:
            if not self.is_needless:
                self.show.note("The plan changes nothing in AWS, so there is nothing to make a cage for.")
            self.is_needless = True
            return None
        changes, state, looks = prepared.plan.changes, prepared.state, self.verb == "destroy"
        beside = unrecorded(still_recorded(state), state) if looks else ()
        accounts, allowed = prepared.session.accounts, prepared.allowed
        cage = cage_of(self.verb, changes, accounts, state, allowed, looks=looks, unrecorded=beside)
        cage = replace(cage, plan=self.plan)
        if self.entered is None or self.entered[0] != cage:
            self.show.cage(cage)
            emulated = any(login.endpoint for login in self.session.aws.logins.values())
            if emulated and "--sandbox" not in self.session.flags:  # the sandbox does
                self.show.note("This is no AWS: it may issue these credentials and not enforce their policies.")
        return cage

    def enter(self, prepared: Prepared) -> Prepared:
        """The plan with a session in its cage. Raises CredentialsError or AwsError where AWS does not narrow anything."""
        cage = self.shown(prepared)
        if cage is None:
            return prepared
        if self.entered is None or self.entered[0] != cage:
            self.entered = cage, caged(self.session, cage)
        return replace(prepared, session=self.entered[1])
