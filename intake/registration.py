"""What a mail did to the list, as the steps after registering must know."""

from dataclasses import dataclass

from models.application import Application, ApplicationStatus
from replies.application_view import Change, Happening

KIND = "kind"
UNKNOWN = "application unknown"
"""It would change an application, and there is none that it can be about."""
UNCLEAR = "application unclear"
"""It would change an application, and several may be meant."""
SENDER = "sender"
"""It would change, or changed, an application that its sender is not known for."""
WITHDRAWN = "withdrawn"
"""Something was added to an application that had been withdrawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """An application that a mail made or changed, or said again."""

    application: Application
    happening: Happening
    changes: tuple[Change, ...] = ()
    people: int = 0
    """How many colleagues were added."""

    @property
    def news(self) -> bool:
        """Whether the list holds something that it did not hold before, and that its applicant may be told.

        What is added to a withdrawn application waits for a person: no letter can say how that application stands.
        """
        if self.happening is Happening.CHANGED and self.application.status is ApplicationStatus.WITHDRAWN:
            return False
        return self.happening is not Happening.CHANGED or bool(self.changes) or self.people > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """What a mail did to the list."""

    touched: tuple[Touched, ...] = ()
    reasons: tuple[str, ...] = ()
    """Why a person must look at the mail, besides what the extraction says."""
    vouched: bool = False
    """Its kind is sure although its words alone did not make it so: a person said it, or its conversation shows it."""
