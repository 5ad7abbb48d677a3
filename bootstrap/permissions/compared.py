"""What is different from a plan that somebody approved. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Changed:
    """A difference from what was approved. `widens` says whether somebody gets more than before, `is_setting` that it is
    about a setting beside the access of a role, a bucket or a network, `is_place` about the account or the region."""

    text: str
    widens: bool
    is_setting: bool = False
    is_place: bool = False


@dataclass(frozen=True)
class Since:
    """What is different from a plan that somebody approved: `plan` is its digest, and `signature` what is known of that, in
    words. `knows_settings` says whether the approval has the settings beside the access."""

    by: str
    when: str
    plan: str
    changes: tuple[Changed, ...]
    signature: str = "not signed"
    knows_settings: bool = True

    @property
    def widening(self) -> tuple[Changed, ...]:
        return tuple(each for each in self.changes if each.widens)

    @property
    def sentence(self) -> str:
        """What matters of the changes, in one sentence."""
        since, count, wider = f"since {self.by} approved the plan at {self.when}", len(self.changes), len(self.widening)
        settings, places = sum(each.is_setting for each in self.changes), sum(each.is_place for each in self.changes)
        others = "; other settings differ" if settings else ""
        if not self.knows_settings:
            others = "; the approval has no other settings, so whether those differ is unknown"
        others = f"; it is for another account or region{others}" if places else others
        if not wider and settings + places == count:
            return f"No access of roles, buckets or networks has changed {since}{others or ', and no other setting'}."
        changes = "1 change" if count == 1 else f"{count} changes"
        if not wider:
            return f"{changes} {since}: no role, bucket or network gives more access{others}."
        which = "it gives" if count == 1 else "1 of them gives" if wider == 1 else f"{wider} of them give"
        return f"{changes} {since}: {which} somebody more access."
