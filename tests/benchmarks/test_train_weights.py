from benchmarks.train_weights import Example, choice_of, names_as_strangers
from config.call import load_calls
from parsers.extraction import Kind
from parsers.fields import propose_fields
from parsers.fields.reading import read
from parsers.fields.situation import situation_of
from parsers.message import parse_message


def example(name: str, sender: str, signer: str, gold: str) -> Example:
    raw = f"From: {sender} <x@deklimop.nl>\nSubject: Aanmelding\n\nGraag doen wij mee.\n\nGroet,\n{signer}\n"
    reading = read(parse_message(raw.encode()), load_calls()["ontwikkelgroep"], Kind.APPLICATION)
    situation = situation_of(reading, Kind.APPLICATION, propose_fields(reading))
    return Example(name=name, situation=situation, gold={"name": gold})


def test_a_writers_names_are_decided_by_what_the_others_taught():
    people = [("Bregje Stuifzand", "Jan Wolters"), ("Marit Duinker", "Piet Sanders"), ("Noor Terpstra", "Klaas Vonk")]
    senders = [example(f"aa-{n}", one, other, one) for n, (one, other) in enumerate(people)]
    signers = [example(f"bb-{n}", one, other, other) for n, (one, other) in enumerate(people)]
    mails = [*senders, *signers]
    situations = [mail.situation for mail in mails]
    choices = [choice_of("name", mail.situation, mail.gold) for mail in mails]
    decided = names_as_strangers(mails, situations, choices, {})
    taught_by_signers, taught_by_senders = decided[:3], decided[3:]
    assert [one.value for one in taught_by_signers if one] == [other for _, other in people]
    assert [one.value for one in taught_by_senders if one] == [one for one, _ in people]
