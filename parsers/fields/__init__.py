"""What a mail says of its applicant: every extractor proposes candidates, and none decides."""

from config.call import Call
from parsers.extraction import Candidate
from parsers.fields.contacts import header_contacts, propose_contacts
from parsers.fields.labels import propose_labelled
from parsers.fields.organisations import propose_organisations
from parsers.fields.people import propose_people
from parsers.fields.places import propose_places, propose_provinces
from parsers.fields.reading import Reading, read
from parsers.fields.roles import propose_roles
from parsers.fields.sectors import propose_sectors
from parsers.message import Message

EXTRACTORS = (
    propose_people,
    propose_contacts,
    header_contacts,
    propose_labelled,
    propose_roles,
    propose_organisations,
    propose_places,
    propose_provinces,
    propose_sectors,
)


def propose_fields(message: Message, call: Call) -> list[Candidate]:
    """Propose every value for every field of the call that stands in the mail, with where and why."""
    return propose(read(message, call))


def propose(reading: Reading) -> list[Candidate]:
    """Propose every value of a mail that has been made ready for reading."""
    return [candidate for extractor in EXTRACTORS for candidate in extractor(reading)]
