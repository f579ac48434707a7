"""Pages that are kept."""

from citygraph.web.kept import Kept


def test_a_page_is_made_once():
    """The second reader gets the same bytes, and nothing is made again."""
    kept, made = Kept(), []
    pages = [kept.get("tag", lambda: made.append(1) or "page") for _ in range(3)]
    assert pages == [b"page"] * 3
    assert len(made) == 1


def test_room_is_bounded_and_a_huge_page_drives_nothing_out():
    """Pages beyond the room go, the oldest first; one that is too large is given and not kept."""
    kept = Kept(room=80)
    for number in range(20):
        kept.get(str(number), lambda: "x" * 10)
    assert kept.get("0", lambda: "made again") == b"made again"
    kept.get("huge", lambda: "x" * 70)
    assert kept.get("19", lambda: "made again") == b"x" * 10
