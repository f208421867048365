"""A call is data: the shipped one is sound, and a wrong one says what is wrong in one line."""

import pytest

from config.call import CALLS, CallError, load_call, load_calls

SHIPPED = (CALLS / "ontwikkelgroep.toml").read_text("utf-8")


@pytest.fixture
def write(tmp_path):
    def write_(text: str):
        path = tmp_path / "call.toml"
        path.write_text(text, "utf-8")
        return path

    return write_


def test_the_shipped_call_asks_for_six_fields_and_three_answers():
    call = load_calls()["ontwikkelgroep"]
    assert [field.id for field in call.fields if field.required] == [
        "organisation", "sector", "role", "name", "email", "phone",
    ]  # fmt: skip
    assert [question.id for question in call.questions] == ["1", "2", "3"]
    assert set(call.regions.values()) == {"noord", "zuid"}
    assert len(call.regions) == 12


def test_the_published_text_holds_every_question():
    call = load_calls()["ontwikkelgroep"]
    assert all(question.text in call.published_text for question in call.questions)


def test_a_later_folder_replaces_a_call_by_its_id(tmp_path):
    (tmp_path / "own.toml").write_text(SHIPPED.replace("retention_days = 730", "retention_days = 10"), "utf-8")
    assert load_calls([CALLS, tmp_path])["ontwikkelgroep"].retention_days == 10


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('organiser = "Steunpunt Passend Onderwijs"\n', "", "organiser: missing"),
        ("retention_days = 730", 'retention_days = "long"', "retention_days: must be a whole number"),
        ("retention_days = 730", "retention_days = 730\ncolour = 1", "colour: no such key"),
        ('topic = "onderwerpen"', "topic = 3", "questions[2].topic: must be text in quotes"),
        ('label = "Functie"\n', "", "fields[2].label: missing"),
        ('id = "3"', 'id = "2"', "questions: two have the same id"),
        ("[regions]", "[regions", "call.toml: "),
    ],
)
def test_a_wrong_call_is_one_line_that_names_the_key(write, old, new, complaint):
    path = write(SHIPPED.replace(old, new, 1))
    with pytest.raises(CallError) as error:
        load_call(path)
    assert complaint in str(error.value)
    assert "\n" not in str(error.value)


def test_a_call_that_is_no_text_is_one_line(tmp_path):
    path = tmp_path / "call.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CallError, match=r"call\.toml"):
        load_call(path)
