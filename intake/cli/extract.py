"""`intake extract`: what the parsers understand of mail files, for people and for programs."""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from config.call import Call, load_calls
from intake.cli.words import highlighted
from parsers.extract import extract
from parsers.extraction import ExtractedApplication, Extraction, Value
from parsers.message import Message, parse_message
from parsers.report import as_json


def extract_command(
    paths: Annotated[
        list[str], typer.Argument(metavar="PATH…", help="Mail files, folders of them, or - for one mail.")
    ],
    call: Annotated[str, typer.Option(help="Which call the mails react to.")] = "ontwikkelgroep",
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Print one JSON object a line, in the order given.")] = False,
) -> None:
    """Show what the service would understand of mail files: no configuration, no database, no network.

    Example: intake extract mail.eml
    """
    calls = load_calls()
    if call not in calls:
        raise typer.BadParameter(f"no such call; known: {', '.join(sorted(calls))}", param_hint="--call")
    console = Console()
    unreadable = False
    for name, raw in _read(paths):
        if isinstance(raw, OSError):
            print(f"{name}: {raw.strerror or raw}", file=sys.stderr)
            unreadable = True
            continue
        message = parse_message(raw)
        extraction = extract(message, calls[call])
        if jsonl:
            print(json.dumps(as_json(name, extraction), ensure_ascii=False), flush=True)
        else:
            show_extraction(console, name, message, extraction, calls[call])
    if unreadable:
        raise typer.Exit(2)


def _read(paths: Iterable[str]) -> Iterator[tuple[str, bytes | OSError]]:
    """Yield every mail's name and bytes, in the order given; the error where a path can't be read."""
    for given in paths:
        if given == "-":
            yield "-", sys.stdin.buffer.read()
            continue
        path = Path(given)
        try:
            files = sorted(path.glob("*.eml")) if path.is_dir() else [path]
        except OSError as error:
            yield given, error
            continue
        for file in files:
            try:
                yield file.name, file.read_bytes()
            except OSError as error:
                yield str(file), error


def show_extraction(console: Console, name: str, message: Message, extraction: Extraction, call: Call) -> None:
    """Print one extraction for people: the kind and why, and each value beside the words it was found in."""
    console.print(Text.assemble((name, "bold"), f"  {message.subject}"))
    sure = f"{extraction.kind_confidence:.0%} sure"
    console.print(f"  kind: [bold]{extraction.kind}[/] ({sure}: ", Text(extraction.kind_reason), ")", sep="")
    if extraction.needs_review:
        console.print("  [yellow]a person should look at:[/] " + ", ".join(extraction.review_reasons))
    for application in extraction.applications:
        console.print(_table(message, application, call))
        for person in application.also:
            words = ", ".join(word for word in (person.name, person.role, person.email, person.phone) if word)
            console.print(Text(f"  also signed up: {words}"))
    if extraction.missing:
        console.print("  missing: " + ", ".join(extraction.missing))
    console.print()


def _table(message: Message, application: ExtractedApplication, call: Call) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 2))
    for heading, ratio in (("field", None), ("value", 3), ("sure", None), ("found in", None), ("words", 4)):
        table.add_column(heading, ratio=ratio, overflow="fold", header_style="dim")
    for label, text, value in _rows(application, call):
        evidence = value.evidence[0] if value.evidence else None
        place = f"{evidence.part} ({evidence.extractor})" if evidence else ""
        table.add_row(label, Text(text), f"{value.confidence:.0%}", place, highlighted(message, evidence))
    return table


def _rows(
    application: ExtractedApplication, call: Call
) -> Iterator[tuple[str, str, Value[str] | Value[tuple[str, ...]]]]:
    for field, value in application.fields.items():
        yield field, value.value, value
    if application.sector:
        yield "sector", ", ".join(application.sector.value), application.sector
    for question in call.questions:
        if question.id in application.answers:
            answer = application.answers[question.id]
            yield f"answer {question.id}", answer.value, answer
