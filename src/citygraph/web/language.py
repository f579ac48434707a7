"""What the pages say, in the reader's language: catalogues of texts, dates, numbers, lists and names of languages.

The catalogues are ``translations/<language>/LC_MESSAGES/messages.po``, read as they are, so that nothing need be
compiled. English stands in the templates; ``make texts`` brings the catalogues up to date.
"""

from __future__ import annotations

import itertools
from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from markupsafe import Markup

from citygraph.queries import Query
from citygraph.settings import LANGUAGES
from citygraph.web.names import Name
from citygraph.web.reader import found, reader
from citygraph.web.templating import escaped, markup
from citygraph.web.texts import calendar_day

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

FOLDER = Path(__file__).parent / "translations"
_ITEM = "\0"
"""What stands for the items of a list; no page holds it."""
_LOCALES = {"en": Locale("en", "GB"), "de": Locale("de"), "fr": Locale("fr")}
"""How dates, numbers and lists are written; British English writes the day before the month."""


@cache
def catalogue(language: str) -> NullTranslations:
    """The texts of a language; English needs no catalogue, since the templates are written in it."""
    path = FOLDER / language / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def spoken() -> str:
    """The reader's language; the first of the site where nobody reads."""
    who = found()
    return who.language if who else LANGUAGES[0]


def gettext(text: str) -> str:
    """A text in the reader's language."""
    return catalogue(spoken()).gettext(text)


def ngettext(one: str, many: str, count: int) -> str:
    """A text in the reader's language, in the form that fits a number."""
    return catalogue(spoken()).ngettext(one, many, count)


def shown(text: str, /, **values: object) -> Markup:
    """A text of a template in the reader's language; in it stand the values, escaped unless they are markup."""
    chosen = spoken()
    return _pattern(chosen, text) % values if values else _plain(chosen, text)


def shown_with(one: str, many: str, count: int, /, **values: object) -> Markup:
    """The same, in the form that fits a number."""
    return Markup(ngettext(one, many, count)) % {"num": count, **values}  # noqa: S704 - the catalogues are ours


@lru_cache(maxsize=4096)
def _pattern(language: str, text: str) -> Markup:
    return Markup(catalogue(language).gettext(text))  # noqa: S704 - the catalogues are ours


@lru_cache(maxsize=4096)
def _plain(language: str, text: str) -> Markup:
    return _pattern(language, text) % {}  # a percent sign stands doubled in the catalogues


def marked(text: str) -> str:
    """Mark a text of a table for the catalogues; it is looked up where it is shown."""
    return text


def editorial(text: str) -> Name:
    """A text that a file of the repository holds in English, such as a query's title, in the reader's language."""
    shown = gettext(text) if text else ""
    return Name(shown, "en" if shown == text else spoken())


def locale() -> Locale:
    """How dates, numbers and lists are written for the reader."""
    return _LOCALES[spoken()]


def number(value: float) -> str:
    """A number with the signs of the reader's language."""
    return _number(value, spoken())


@lru_cache(maxsize=4096)
def _number(value: float, language: str) -> str:
    return format_decimal(value, locale=_LOCALES[language])


def date(lexical: str) -> str:
    """A date at the precision it has; what is no date is given back."""
    return _date(lexical, spoken())


@lru_cache(maxsize=4096)
def _date(lexical: str, language: str) -> str:
    day, precision = calendar_day(lexical)
    if day is None or precision == "year":
        return lexical
    if precision == "month":
        return format_skeleton("yMMMM", day, locale=_LOCALES[language])
    return format_date(day, "long", locale=_LOCALES[language])


_SINCE = marked("since %(day)s"), marked("since %(month)s"), marked("since %(year)s")
_UNTIL = marked("until %(day)s"), marked("until %(month)s"), marked("until %(year)s")
_WHEN = marked("on %(day)s"), marked("in %(month)s"), marked("in %(year)s")


def since(lexical: str) -> str:
    """The words for a beginning: languages put a day, a month and a year differently."""
    return _worded(lexical, spoken(), _SINCE)


def until(lexical: str) -> str:
    """The words for an end."""
    return _worded(lexical, spoken(), _UNTIL)


def when(lexical: str) -> str:
    """The words for the time of an event."""
    return _worded(lexical, spoken(), _WHEN)


@lru_cache(maxsize=4096)
def _worded(lexical: str, language: str, patterns: tuple[str, str, str]) -> str:
    precision = calendar_day(lexical)[1]
    pattern = catalogue(language).gettext(patterns[("day", "month", "year").index(precision)])
    return pattern % {precision: _date(lexical, language)}


def listed(items: Iterable[Any]) -> Markup:
    """Join texts or pieces of a page as the language does: a, b and c."""
    pieces = [escaped(item) for item in items]
    first, *words = _words_between(len(pieces), spoken())
    joined = "".join((first, *itertools.chain.from_iterable(zip(pieces, words, strict=True))))
    return markup(joined)  # each piece is escaped above


@lru_cache(maxsize=1024)
def _words_between(count: int, language: str) -> list[str]:
    """What stands before, between and behind the items of a list."""
    return format_list([_ITEM] * count, locale=_LOCALES[language]).split(_ITEM)


def language_name(code: str, own: bool = False) -> str:
    """The name of a language, in the reader's language or in its own; an unknown code is given back."""
    return _language_name(code.partition("-")[0], "" if own else spoken())


@lru_cache(maxsize=1024)
def _language_name(code: str, language: str) -> str:
    try:
        return str((_LOCALES[language] if language else Locale(code)).languages[code])
    except (KeyError, ValueError):
        return code


def other_language(code: str) -> bool:
    """Whether a text is in another language than its page; the page says so then, and how it was chosen."""
    if not code:
        return False
    who = found()
    own = who.language if who else LANGUAGES[0]
    if code == own or code.partition("-")[0] == own:
        return False
    if who:
        who.fell_back = True
    return True


def fell_back() -> bool:
    """Whether this page shows a text in another language."""
    return reader().fell_back


def chain() -> list[str]:
    """The languages in which a name is looked for, one after the other, the reader's first."""
    first = spoken()
    return [language_name(code) for code in dict.fromkeys((first, *LANGUAGES))]


def extract_queries(
    file: BinaryIO, keywords: Any, comments: Any, options: Any
) -> Iterator[tuple[int, None, str, list[str]]]:  # the form of an extractor of Babel
    """Give Babel what a query file says to people."""
    del keywords, comments, options
    query = Query.parse(file.read().decode("utf-8"))
    head = (query.head.get(key) for key in ("because", "problem", "remedy"))
    for text in (query.title, query.summary, *head, *(row.summary for row in query.parameters)):
        if text:
            yield 1, None, text, []
