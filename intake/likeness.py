"""Whether two spellings mean the same organisation, or the same person."""

import tomllib
from functools import cache
from pathlib import Path

import parsers
from models.application import Application
from models.value import match_key
from parsers.extraction import ExtractedApplication

_KNOWLEDGE = Path(parsers.__file__).parent / "knowledge" / "organisations.toml"
# Words between the parts of a name; the kinds of organisations ("obs", "stichting") stand in the parsers' knowledge.
_SMALL = frozenset({"de", "het", "t", "van", "en", "voor", "in", "te", "the", "of"})


def same_organisation(one: str, other: str) -> bool:
    """Tell whether two names are of one organisation: "OBS De Klimop" and "basisschool De Klimop, Assen" are.

    What is left without kinds of schools and small words must be equal, or one a part of the other. Names that consist
    of nothing else must be equal as they are. An empty name is like no other.
    """
    keys = (match_key("organisation", one), match_key("organisation", other))
    if None in keys:
        return False
    if keys[0] == keys[1]:
        return True
    first, second = (_telling_words(key or "") for key in keys)
    return bool(first and second) and (first <= second or second <= first)


def same_person(one: str, other: str) -> bool:
    """Tell whether two names are of one person: "J. de Vries" and "Jan de Vries" are, "Jan" and "Piet de Vries" not.

    Their last words must be equal, and their first ones, or the first letters of those when one is an initial. A single
    word is too little to tell: it must be the whole of the other, too.
    """
    first, second = ((match_key("name", name) or "").split() for name in (one, other))
    if not first or not second:
        return False
    if len(first) == 1 or len(second) == 1:
        return first == second
    begins = (first[0], second[0])
    alike = begins[0] == begins[1] or (min(map(len, begins)) == 1 and begins[0][0] == begins[1][0])
    return first[-1] == second[-1] and alike


def same_applicant(application: Application, extracted: ExtractedApplication) -> bool:
    """Tell whether an extracted application is of the same person at the same organisation, as far as both are known.

    One address under two family names is a mailbox that colleagues share.
    """
    given = {field: value.value for field, value in extracted.fields.items()}
    organisation, name, email = (application.text(field) for field in ("organisation", "name", "email"))
    if organisation and given.get("organisation") and not same_organisation(organisation, given["organisation"]):
        return False
    if email and email == given.get("email", "").lower():
        return not (name and given.get("name")) or _family(name) == _family(given["name"])
    if name and given.get("name"):
        return same_person(name, given["name"])
    return not (email and given.get("email"))


def _family(name: str) -> str:
    return (match_key("name", name) or "").rpartition(" ")[2]


def _telling_words(key: str) -> frozenset[str]:
    return frozenset(key.split()) - _SMALL - _kinds()


@cache
def _kinds() -> frozenset[str]:
    kinds = tomllib.loads(_KNOWLEDGE.read_text("utf-8"))["kinds"]
    return frozenset(word for kind in kinds for word in (match_key("organisation", kind) or "").split())
