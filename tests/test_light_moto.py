"""moto made faster (`support/light_moto.py`) gives what moto gives."""

from typing import Any

import pytest

from tests.support.light_moto import to_xml, xml

DOCUMENTS: dict[str, Any] = {
    "nothing": None,
    "an empty text": "",
    "a text that XML has other words for": "a < b & c > 'd' \"e\"",
    "numbers and flags": {"one": 1, "half": 0.5, "yes": True, "no": False},
    "bytes": b"caf\xc3\xa9",
    "a list of texts": {"item": ["a", "", None, "b"]},
    "a list of things": {"item": [{"a": 1}, {"b": {"c": "d"}}]},
    "an empty list and an empty thing": {"list": [], "thing": {}, "text": "x"},
    "a name space": {"@xmlns": 'http://s3.amazonaws.com/doc/"2006"/', "Name": "n"},
    "attributes and a text": {"@type": "x", "@none": None, "#text": "a&b"},
    "an attribute alone": {"@type": "x"},
}


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
@pytest.mark.parametrize("full", [True, False])
def test_the_xml_of_an_answer_is_the_same(document: Any, full: bool) -> None:
    options = {"full_document": full, "short_empty_elements": True, "pretty": False}
    assert xml({"Response": document}, **options) == to_xml({"Response": document}, **options)


def test_what_moto_does_not_ask_for_is_left_to_the_original() -> None:
    assert xml({"a": {"b": "c"}}, pretty=True) == to_xml({"a": {"b": "c"}}, pretty=True)
