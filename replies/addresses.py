"""Addresses: which can get mail, which are the same, and which say nothing about an organisation."""

import tomllib
from functools import cache
from pathlib import Path

from email_validator import EmailNotValidError, validate_email

PROVIDERS = Path(__file__).parent / "mail_providers.toml"

# Names that no mail can come from: ICANN's reserved ones and those that routers make up. email-validator refuses the
# registered ones (invalid, local, localhost, test, onion, arpa). "school.example" stays: RFC 6761 section 6.5 asks
# programs not to treat it as special.
_NO_MAIL_DOMAINS = frozenset(
    {"internal", "home", "corp", "mail", "lan", "localdomain", "intranet", "private", "workgroup", "domain"}
)


def deliverable(address: str) -> str:
    """Return the address in the form that mail can be sent to (lower case, ASCII domain), or "" when there is none."""
    try:
        checked = validate_email(address.strip()[:320], check_deliverability=False, allow_smtputf8=False, strict=True)
    except (EmailNotValidError, ValueError):
        return ""
    domain = checked.ascii_domain.lower()
    if domain.rpartition(".")[2] in _NO_MAIL_DOMAINS:
        return ""
    return f"{checked.local_part.lower()}@{domain}"


def is_provider(domain: str) -> bool:
    """Tell whether anybody can have a mailbox in this domain, so that it says nothing about an organisation."""
    return domain.lower() in _providers()


@cache
def _providers() -> frozenset[str]:
    return frozenset(tomllib.loads(PROVIDERS.read_text("utf-8"))["domains"])


def plain(address: str) -> str:
    """Return the address by which two are compared: lower case, without a "+tag" or a domain's last dot."""
    local, _, domain = address.strip().lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain.rstrip('.')}"
