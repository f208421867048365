"""Templates and values into the texts of a letter. No clock, no database; values are never template code.

A letter is written twice, as text and as HTML, and in more than one language. Its sentences are therefore kept apart
from its shape: `wording.<language>.toml` holds each once, `<name>.{subject.txt,txt,html}.j2` say where it stands.
"""

import textwrap
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import css_inline
from jinja2 import ChoiceLoader, FileSystemLoader, StrictUndefined, Template, TemplateError, TemplateNotFound
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup, escape

TEMPLATES = Path(__file__).parent / "templates"
TEXT_WIDTH = 72
_HTML_LIMIT = 2_000_000
# What an operator's own template can go wrong with, besides what Jinja calls an error.
_TEMPLATE_ERRORS = (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError)

# Styles stand on each element because some mail programs drop style sheets. Nothing is ever fetched.
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False)


class RenderError(ValueError):
    """A template or wording is wrong; the message is one line that names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """The texts of a letter."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Templates:
    """Where templates and wordings are looked for: the operator's folders first, then ours."""

    environment: SandboxedEnvironment
    folders: tuple[Path, ...]


def open_templates(folders: Sequence[Path] = ()) -> Templates:
    """Make the templates; the operator's folders, searched first, may hold any of our files and those of a call.

    `<call>/<file>` in a folder is used for that call alone. Nothing is read yet.
    """
    searched = (*folders, TEMPLATES)
    environment = SandboxedEnvironment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in searched]),
        undefined=StrictUndefined,
        autoescape=lambda name: name is not None and name.endswith(".html.j2"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["fill"] = fill
    environment.filters["pad"] = pad
    environment.filters["whole"] = whole
    return Templates(environment=environment, folders=searched)


def say(templates: Templates, section: str, language: str, values: Mapping[str, Any], call: str = "") -> dict[str, str]:
    """Return a section's sentences with the values in them, by name.

    A sentence is plain text: what a value holds is not escaped here but where the sentence is put into HTML. Raises
    RenderError for a wording that is missing, is no TOML or uses a value that there is not.
    """
    return {
        name: sentence(templates, f"{section}.{name}", language, values, call)
        for name in _section(templates, section, language, call)
    }


def sentence(templates: Templates, name: str, language: str, values: Mapping[str, Any], call: str = "") -> str:
    """Return one sentence, "section.name", with the values in it; RenderError as with `say`."""
    section, _, name = name.partition(".")
    sentences = _section(templates, section, language, call)
    if name not in sentences:
        raise RenderError(f"wording.{language}.toml: {section}.{name} is missing")
    if "{" not in sentences[name]:
        return sentences[name].strip()
    try:
        return _template(templates.environment, sentences[name]).render(values).strip()
    except _TEMPLATE_ERRORS as error:
        raise RenderError(f"wording.{language}.toml: {section}.{name}: {error}") from error


def render(templates: Templates, name: str, values: Mapping[str, Any], call: str = "") -> Rendered:
    """Render the three templates of a letter. Raises RenderError with the template's name when one is wrong."""
    html = _render(templates, f"{name}.html.j2", values, call)
    if len(html) > _HTML_LIMIT:
        raise RenderError(f"{name}.html.j2: longer than {_HTML_LIMIT} characters")
    return Rendered(
        subject=" ".join(_render(templates, f"{name}.subject.txt.j2", values, call).split()),
        text=_render(templates, f"{name}.txt.j2", values, call).strip() + "\n",
        html=_INLINER.inline(html),
    )


def fill(text: str, indent: int = 0, width: int = TEXT_WIDTH, first: str | None = None) -> str:
    """Break a line of text at the width, each line indented; words longer than a line are broken too."""
    margin = " " * indent
    return textwrap.fill(
        text, width, initial_indent=margin if first is None else first, subsequent_indent=margin, break_on_hyphens=False
    )


def pad(text: str, width: int) -> str:
    """Fill up with spaces to a column's width; a longer text stays as it is."""
    return text.ljust(width)


def whole(text: str, words: Sequence[str]) -> Markup:
    """Return a text for HTML in which no line ends within these words, as in a number with hyphens."""
    safe = escape(text)
    for word in dict.fromkeys(words):
        safe = safe.replace(escape(word), Markup('<span style="white-space: nowrap">{}</span>').format(word))
    return safe


def _render(templates: Templates, name: str, values: Mapping[str, Any], call: str) -> str:
    names = [f"{call}/{name}", name] if call else [name]
    try:
        return templates.environment.select_template(names).render(values)
    except TemplateNotFound as error:
        raise RenderError(f"{name}: {error.message or 'not found'}") from error
    except _TEMPLATE_ERRORS as error:
        raise RenderError(f"{name}: {error}") from error


@lru_cache(maxsize=1000)
def _template(environment: SandboxedEnvironment, source: str) -> Template:
    return environment.from_string(source)


def _section(templates: Templates, section: str, language: str, call: str) -> dict[str, str]:
    sentences = _wording(templates.folders, language, call).get(section)
    if sentences is None:
        raise RenderError(f"wording.{language}.toml: [{section}] is missing")
    return sentences


@lru_cache(maxsize=50)
def _wording(folders: tuple[Path, ...], language: str, call: str) -> dict[str, dict[str, str]]:
    """Put the wordings of all folders over each other: ours, then the operator's, then the call's own."""
    merged: dict[str, dict[str, str]] = {}
    of_calls = [folder / call for folder in reversed(folders) if call]
    for folder in [*reversed(folders), *of_calls]:
        path = folder / f"wording.{language}.toml"
        if not path.is_file():
            continue
        try:
            sections = tomllib.loads(path.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise RenderError(f"{path}: {error}") from error
        for section, sentences in sections.items():
            if not isinstance(sentences, dict) or not all(isinstance(value, str) for value in sentences.values()):
                raise RenderError(f"{path}: [{section}] must hold texts in quotes")
            merged.setdefault(section, {}).update(sentences)
    return merged
