"""Notes of a plan: one word before each says how much it matters."""

from bootstrap.core.warning import as_note, is_warning


def test_a_note_has_one_word_before_it() -> None:
    assert as_note("the region is far away") == "Note: the region is far away"
    assert as_note("Warning: nobody gets in") == "Warning: nobody gets in"
    assert is_warning(as_note("Warning: nobody gets in"))
