"""The reference page of the format is written from the classes that read it."""

from bootstrap.integrations.files.schema import schema
from scripts.write_format import TARGET, page


def test_the_page_is_what_the_classes_say_now() -> None:
    assert TARGET.read_text(encoding="utf-8") == page(), "run: python -m scripts.write_format"


def test_the_page_has_each_table_of_the_schema() -> None:
    assert page().count("| Key | Value | Required | What it is |") == 1 + len(schema()["$defs"])
