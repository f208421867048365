from pathlib import Path

from replies.render import TEMPLATES

DOCS = Path(__file__).parents[2] / "docs"


def test_the_pictures_of_the_manual_are_there_and_small():
    for name in ("acknowledgement.png", "digest.png"):
        assert f"({name})" in (DOCS / "letters.md").read_text("utf-8")
        assert f'"docs/{name}"' in (DOCS.parent / "README.md").read_text("utf-8")
        assert (DOCS / name).stat().st_size < 120_000


def test_templates_hold_no_addresses_to_load_anything_from():
    for path in TEMPLATES.iterdir():
        text = path.read_text("utf-8")
        assert not any(word in text for word in ("http:", "https:", "url(", "<img", "@import", "<script")), path.name
