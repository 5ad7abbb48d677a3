"""What moto does not know of the settings of an account: the sandbox answers as AWS does in a new account."""

from tests.conftest import MakeScope


def test_a_new_account_allows_every_image_and_no_organization_requires_tags_of_it(scope: MakeScope) -> None:
    settings = scope().client("ec2").get_allowed_images_settings()
    assert (settings["State"], settings["ImageCriteria"], settings["ManagedBy"]) == ("disabled", [], "account")
    assert scope().client("resourcegroupstaggingapi").list_required_tags()["RequiredTags"] == []
