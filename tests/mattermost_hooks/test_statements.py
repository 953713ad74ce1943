"""Statements that are compiled once."""

import pytest
from django.db import IntegrityError, transaction

from channels_app.posts.models import Post
from channels_app.unread.models import Mention
from integrations.incoming.models import IncomingCall
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
    statements.run(list(statements.inserts([inserted])))
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


def test_rows_of_several_kinds_are_stored_together() -> None:
    channel, ann = make.channel(), make.user()
    posts = [Post(channel=channel, user=ann), Post(channel=channel, user=ann)]
    mentions = [
        Mention(post=post, channel=channel, create_at=post.create_at, is_root=True)
        for post in posts
    ]
    statements.run(list(statements.inserts([*posts, *mentions])))
    assert set(Post.objects.all()) == set(posts)
    assert {mention.post for mention in Mention.objects.all()} == set(posts)


def test_more_rows_than_fit_into_a_statement_are_stored_too() -> None:
    channel, ann = make.channel(), make.user()
    post = Post(channel=channel, user=ann)
    many = [
        Mention(post=post, channel=channel, create_at=number, is_root=True)
        for number in range(15_000)
    ]
    statements.run(list(statements.inserts([post, *many])))
    assert Mention.objects.filter(post=post).count() == 15_000


@pytest.mark.django_db(transaction=True)
def test_one_that_fails_takes_the_others_with_it() -> None:
    channel, ann = make.channel(), make.user()
    there = make.post(channel, ann, pending_post_id="twice")
    again = Post(channel=channel, user=ann, pending_post_id="twice")
    mention = Mention(post=there, channel=channel, create_at=1, is_root=True)
    with pytest.raises(IntegrityError):
        statements.run(list(statements.inserts([mention, again])))
    assert Post.objects.count() == 1
    assert not Mention.objects.exists()


def test_a_failure_inside_a_transaction_leaves_the_rest_of_it() -> None:
    channel, ann = make.channel(), make.user()
    make.post(channel, ann, pending_post_id="twice")
    with pytest.raises(IntegrityError):
        statements.run(
            list(statements.inserts([Post(channel=channel, user=ann, pending_post_id="twice")]))
        )
    assert Post.objects.count() == 1


def test_appended_rows_are_what_save_would_have_stored() -> None:
    hook = make.incoming_hook(make.channel(), make.user())
    odd = "a\\b\tc\n%s \u2028 '\"; \\N"
    fields = {"hook": hook, "source": "", "size": 2**40, "status": 400, "message": odd}
    saved = [IncomingCall.objects.create(**fields), IncomingCall.objects.create(**fields)]
    columns = [field.attname for field in IncomingCall._meta.local_concrete_fields]
    rows = [[getattr(one, name) for name in columns] for one in saved]
    IncomingCall.objects.all().delete()
    statements.append(IncomingCall, columns, rows)
    assert [list(row) for row in IncomingCall.objects.order_by("id").values_list(*columns)] == rows


def test_of_rows_that_cannot_be_appended_none_is() -> None:
    hook = make.incoming_hook(make.channel(), make.user())
    row = ("x" * 26, hook.id, 0, "", 0, 200, "", "", "")
    columns = (
        "id",
        "hook_id",
        "create_at",
        "source",
        "size",
        "status",
        "error_id",
        "message",
        "detail",
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        statements.append(IncomingCall, columns, [("y" * 26, *row[1:]), row, row])
    assert not IncomingCall.objects.exists()
