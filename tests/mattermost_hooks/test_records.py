"""Ids and clocks."""

from mattermost_hooks import records


def test_ids_have_26_letters_of_mattermosts_alphabet() -> None:
    made = [records.new_id(), records.new_ordered_id()]
    assert all(len(one) == 26 and set(one) <= set(records.ALPHABET) for one in made)
    assert not set("lv02") & set(records.ALPHABET)


def test_ordered_ids_sort_in_the_order_in_which_they_were_made() -> None:
    made = [records.new_ordered_id() for _ in range(5000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_random_ids_share_no_beginning() -> None:
    assert len({records.new_id()[:8] for _ in range(500)}) == 500


def test_form_of_an_id() -> None:
    assert records.is_id(records.new_id())
    assert not any(map(records.is_id, ["", "abc", "a" * 27, "ä" * 26, "a" * 25 + "\n", 7, None]))
