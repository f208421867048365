from dataclasses import replace

from replies.render import open_templates
from replies.samples import sample_letters, template_problems


def test_every_sort_of_letter_can_be_looked_at(call, templates):
    letters = dict(sample_letters(call, templates))
    kinds = {"complete", "incomplete", "changed", "withdrawn", "restored", "two"}
    assert set(letters) == {f"{kind}.{language}" for kind in kinds for language in ("nl", "en")} | {
        "digest",
        "digest-empty",
        "alarm",
        "recovery",
    }
    assert all(letter.text and letter.html and letter.subject for letter in letters.values())


def test_the_shipped_templates_are_well(call, templates):
    assert template_problems({call.id: call}, templates) == []


def test_another_call_with_other_fields_and_questions_has_letters_too(call, templates):
    other = replace(
        call, id="proef", fields=call.fields[:1], questions=(), regions={}, title_en="", reference_prefix="PR"
    )
    assert template_problems({other.id: other}, templates) == []
    assert "complete.en" not in dict(sample_letters(other, templates))


def test_each_thing_that_is_wrong_is_one_line(call, tmp_path):
    (tmp_path / "digest.txt.j2").write_text("{{ nobody }}")
    (tmp_path / "wording.en.toml").write_text('[acknowledgement]\ngoodbye = "{{ nothing }}"\n')
    problems = template_problems({call.id: call}, open_templates([tmp_path]))
    assert problems == [
        "wording.en.toml: acknowledgement.goodbye: 'nothing' is undefined",
        "digest.txt.j2: 'nobody' is undefined",
    ]
