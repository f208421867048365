from pathlib import Path

import pytest

from replies.render import RenderError, fill, open_templates, render, say, whole


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


@pytest.fixture
def folder(tmp_path):
    return write(
        tmp_path,
        brief_subject_txt_j2="Over {{ what }}",
        brief_txt_j2="Dag {{ what }}",
        brief_html_j2="<style>p { color: red }</style><p>Dag {{ what }}</p>",
    )


def test_a_letter_has_a_subject_a_text_and_html_with_its_styles_on_its_elements(folder):
    letter = render(open_templates([folder]), "brief", {"what": "<b>u</b>"})
    assert letter.subject == "Over <b>u</b>"
    assert letter.text == "Dag <b>u</b>\n"
    assert '<p style="color: red;">Dag &lt;b&gt;u&lt;/b&gt;</p>' in letter.html


def test_what_stands_in_a_value_is_never_template_code(folder):
    letter = render(open_templates([folder]), "brief", {"what": "{{ 7 * 7 }}{% raw %}"})
    assert letter.text == "Dag {{ 7 * 7 }}{% raw %}\n"
    assert "{{ 7 * 7 }}" in letter.html


def test_a_value_that_is_not_there_is_an_error_that_names_the_template(folder):
    write(folder, brief_txt_j2="Dag {{ nobody }}")
    with pytest.raises(RenderError, match=r"^brief\.txt\.j2: 'nobody' is undefined$"):
        render(open_templates([folder]), "brief", {"what": "u"})


@pytest.mark.parametrize(
    "code", ["{{ ''.__class__.__mro__ }}", "{{ what.format.__globals__ }}", "{{ cycler.__init__.__globals__ }}"]
)
def test_templates_stay_in_the_sandbox(folder, code):
    write(folder, brief_txt_j2=code)
    with pytest.raises(RenderError, match="brief"):
        render(open_templates([folder]), "brief", {"what": "u"})


def test_a_template_that_is_wrong_or_missing_is_one_line(folder):
    write(folder, brief_txt_j2="{% if %}")
    with pytest.raises(RenderError) as error:
        render(open_templates([folder]), "brief", {"what": "u"})
    assert "\n" not in str(error.value)
    with pytest.raises(RenderError, match=r"nothing\.html\.j2"):
        render(open_templates([folder]), "nothing", {})


def test_a_call_can_have_a_template_and_a_sentence_of_its_own(folder):
    write(
        folder, proef__brief_txt_j2="Hallo {{ what }}", proef__wording_nl_toml='[acknowledgement]\ngoodbye = "Groet,"\n'
    )
    templates = open_templates([folder])
    assert render(templates, "brief", {"what": "u"}, "proef").text == "Hallo u\n"
    assert render(templates, "brief", {"what": "u"}, "andere").text == "Dag u\n"
    assert say(templates, "sectors", "nl", {}, "proef")["po"] == "primair onderwijs (po)"


def test_an_operator_changes_one_sentence_and_keeps_the_others(tmp_path):
    write(tmp_path, wording_nl_toml='[sectors]\npo = "basisonderwijs"\n')
    said = say(open_templates([tmp_path]), "sectors", "nl", {})
    assert said["po"] == "basisonderwijs"
    assert said["vo"] == "voortgezet onderwijs (vo)"


@pytest.mark.parametrize(
    ("wording", "message"),
    [
        ("[sectors]\npo = 3\n", r"\[sectors\] must hold texts"),
        ("[sectors\n", "wording.nl.toml"),
        ('[sectors]\npo = "{{ nobody }}"\n', r"wording.nl.toml: sectors.po: 'nobody' is undefined"),
        ('[sectors]\npo = "{% if %}"\n', "sectors.po"),
    ],
)
def test_a_wrong_wording_is_one_line_that_names_it(tmp_path, wording, message):
    write(tmp_path, wording_nl_toml=wording)
    with pytest.raises(RenderError, match=message):
        say(open_templates([tmp_path]), "sectors", "nl", {})


def test_a_section_or_language_that_is_not_there_is_an_error(templates):
    with pytest.raises(RenderError, match="nothing"):
        say(templates, "nothing", "nl", {})
    with pytest.raises(RenderError, match=r"wording\.fr\.toml"):
        say(templates, "sectors", "fr", {})


def test_both_languages_have_the_same_sentences(templates):
    nl = (templates.folders[-1] / "wording.nl.toml").read_text("utf-8")
    en = (templates.folders[-1] / "wording.en.toml").read_text("utf-8")
    names = [
        {line.partition(" =")[0] for line in text.splitlines() if " = " in line and not line.startswith("#")}
        for text in (nl, en)
    ]
    assert names[1] <= names[0]


def test_text_is_filled_and_long_words_are_broken():
    lines = fill("woord " * 30 + "x" * 200, indent=4).split("\n")
    assert all(len(line) <= 72 and line.startswith("    ") for line in lines)
    assert fill("a b", indent=2, first="- ") == "- a b"


def test_a_number_is_kept_on_one_line_and_stays_text():
    kept = whole("Uw nummer is <OG-1>.", ["OG-1", "OG-1"])
    assert kept == 'Uw nummer is &lt;<span style="white-space: nowrap">OG-1</span>&gt;.'
