"""Statements that are compiled once."""

import pytest

from channels_app.models import Post
from mattermost_hooks import statements
from tests import make

pytestmark = [pytest.mark.servers, pytest.mark.django_db]


def test_an_inserted_row_is_what_save_would_have_stored() -> None:
    channel, ann = make.channel(), make.user()
    root = make.post(channel, ann)
    fields = {
        "channel": channel,
        "user": ann,
        "root": root,
        "message": "100 % of “it”",
        "props": {"attachments": [{"text": "a\\b"}]},
        "file_ids": ["a"],
    }
    saved = Post.objects.create(**fields)
    inserted = Post(**fields)
    statements.insert(inserted)
    columns = [field.attname for field in Post._meta.local_concrete_fields]
    own = {"id", "create_at", "update_at"}
    stored = [
        {name: getattr(post, name) for name in columns if name not in own}
        for post in Post.objects.filter(id__in=[saved.id, inserted.id])
    ]
    assert stored[0] == stored[1]
    inserted.message = "changed"
    inserted.save(update_fields=["message"])
    assert Post.objects.get(id=inserted.id).message == "changed"
