"""Settings from file, environment and defaults."""

import pytest

from citygraph.errors import SettingsError, SourceError
from citygraph.settings import Repository, Settings


def test_environment_goes_before_file_and_file_before_default(tmp_path):
    """The nearest word counts: environment, then file, then default."""
    path = tmp_path / "citygraph.toml"
    path.write_text('publisher = "file"\nlicence = "https://example.org/file"\n')
    settings = Settings.read(path, {"CITYGRAPH_PUBLISHER": "environment"})
    assert (settings.publisher, settings.licence, settings.page_size) == ("environment", "https://example.org/file", 50)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("base_iri = 'nowhere'", "base_iri"),
        ("page_size = 'many'", "page_size"),
        ("page_size = 0", "page_size"),
        ("poll_seconds = 0", "poll_seconds"),
        ("release_folder = ''", "release_folder"),
        (r'release_folder = "\u0000"', "release_folder"),
        ("store = 'http://[x'", "store"),
        ("store = 'http://localhost:99999/'", "store"),
        ("page_size = true", "page_size"),
        ("title = 5", "title"),
        ("colour = 'red'", "colour"),
        ("reasoner = 'magic'", "reasoner"),
        ("query_seconds = 0", "query_seconds"),
        ("query_workers = 1", "query_workers"),
        ("proxies = -1", "proxies"),
        ("port = 70000", "port.*from 1 to 65535"),
        ("query_seconds = inf", "query_seconds"),
        ("query_seconds = nan", "query_seconds"),
        ("kept_releases = 1", "kept_releases.*at least 2"),
        ("publisher = ", "citygraph.toml"),
        ("contact_email = 'mailto:towns@example.org'", "contact_email"),
    ],
)
def test_a_wrong_setting_is_named_with_its_remedy(tmp_path, text, named):
    """An unknown, misspelt or unfitting setting stops the start and is named."""
    path = tmp_path / "citygraph.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match=named):
        Settings.read(path, {})


def test_numbers_from_the_environment_are_numbers(tmp_path):
    """The environment knows only texts; a number among the settings is read as one."""
    assert Settings.read(tmp_path / "none", {"CITYGRAPH_PAGE_SIZE": "7"}).page_size == 7


def test_a_repository_without_a_folder_is_refused_by_name(tmp_path):
    """A missing folder is named, with what to do."""
    with pytest.raises(SourceError, match=r"ontology.*missing"):
        Repository(tmp_path).check()
