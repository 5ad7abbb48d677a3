"""A new file has no fault, whatever was answered."""

from pathlib import Path

import pytest

from bootstrap.core.place import parsed_toml
from bootstrap.drafts.new import EXTERNAL_ID, READS, Answers, ExternalId, Reads, new_text
from bootstrap.operations.check_file import check_file


@pytest.mark.parametrize("external_id", EXTERNAL_ID)
@pytest.mark.parametrize("reads", READS)
def test_it_passes_the_check_without_a_warning(external_id: ExternalId, reads: Reads, tmp_path: Path) -> None:
    text = new_text(
        Answers("acme-x", 'Acme "X" \\ Ä', "834469178297", "https://acme.example/s3", "2026-11-27", external_id, reads)
    )
    path = tmp_path / "acme-x.toml"
    path.write_text(text, encoding="utf-8")
    assert [item for item in check_file(str(path)) if item.severity != "note"] == []
    content = parsed_toml(text)
    assert content["vendor"] == 'Acme "X" \\ Ä'
    assert ("existing" in content) == (reads != "nothing")
    assert content["inputs"]["external_id"].get("from", "generated") == external_id
