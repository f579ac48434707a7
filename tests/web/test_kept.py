"""What is kept, and for how long."""

from citygraph.web.kept import Asked, Pages, Shelf


def test_a_page_is_made_once():
    """The second reader gets the same bytes, and nothing is made again."""
    shelf, made = Shelf(), []
    pages = [shelf.take("tag", lambda: made.append(1) or b"page") for _ in range(3)]
    assert pages == [b"page"] * 3
    assert len(made) == 1


def test_room_is_bounded_and_a_huge_page_drives_nothing_out():
    """Pages beyond the room go, the oldest first; one that is too large is given and not kept."""
    shelf = Shelf(room=80)
    for number in range(20):
        shelf.take(str(number), lambda: b"x" * 10)
    assert shelf.take("0", lambda: b"made again") == b"made again"
    shelf.take("huge", lambda: b"x" * 70)
    assert shelf.take("19", lambda: b"made again") == b"x" * 10


def test_what_is_asked_for_stays():
    """Room is made by what nobody asked for the longest, and a new value under a key takes the place of the old."""
    shelf = Shelf(room=80)
    for number in range(8):
        shelf.put(number, b"x" * 10)
    shelf.get(0)
    shelf.put(7, b"y" * 10)
    shelf.put(8, b"x" * 10)
    assert [shelf.get(number) for number in (0, 1, 7)] == [b"x" * 10, None, b"y" * 10]


def test_things_may_weigh_otherwise():
    """What has no length is weighed as its shelf says, so that nothing is kept for nothing."""
    shelf = Shelf(room=10, weigh=lambda rows: 1 + len(rows))
    for number in range(20):
        shelf.put(number, ())
    assert [shelf.get(number) for number in (9, 10, 19)] == [None, (), ()]


def test_what_was_asked_before_is_known_as_long_as_there_is_room():
    """A question is known from the second time on, until a newer one takes its place, which is no equal of it."""
    asked = Asked(room=4)
    assert [asked.before(number) for number in (1, 1, 2, 1)] == [False, True, False, True]
    assert [asked.before(number) for number in (5, 1)] == [False, False]


def test_pages_are_kept_from_the_second_time_on():
    """Who asks for each page once, as crawlers do, drives none out; what is asked for again is made no third time."""
    pages = Pages()
    made = [pages.take("page", lambda number=number: b"%d" % number) for number in range(4)]
    assert made == [b"0", b"1", b"1", b"1"]
