"""The promises of `cluster.py`: what one machine does, many do with the same outcome; tried in Spark's local mode."""

import bz2
import shutil

import pytest

from citygraph.cluster import open_spark
from citygraph.errors import SettingsError, SourceError
from citygraph.imports import spark
from citygraph.imports.dump import Choice, import_dump
from imports.samples import EXCERPT, about, entity, item, line, statement, troubled

pytestmark = [pytest.mark.real, pytest.mark.filterwarnings("ignore::ResourceWarning")]


@pytest.fixture(scope="session")
def session():
    """A session of Spark on two cores of this machine, with parts so small that there are several."""
    if shutil.which("java") is None:
        pytest.fail("Spark needs Java: run `make tools`")
    session = open_spark("local[2]")
    session.conf.set("spark.sql.files.maxPartitionBytes", "400000")
    session.conf.set("spark.sql.files.openCostInBytes", "0")
    yield session
    session.stop()


def made_up():
    """Give the lines of a dump with every trouble."""
    lines = [line(entity(n, statement(f"Q{n}$A", item(n + 1)), descriptions="x" * 500)) for n in range(1, 1500)]
    lines[3] = b'{"broken\xff\r\n'
    lines[700] = b'{"id":"Q701","x":"\xff"}\n'
    lines[900] = line({"entity": "Q901", "redirect": "Q3"})
    lines[901:903] = [b"\n", line(troubled()).replace(b"\n", b"\r\n")]
    lines[1400] = lines[1400][:100] + b"\r" + lines[1400][101:]
    return b"\xef\xbb\xbf[\n" + b"".join(lines) + EXCERPT.read_bytes().removeprefix(b"[\n")


@pytest.mark.parametrize(("name", "pack"), [("d.json", bytes), ("d.json.bz2", bz2.compress)])
def test_a_cluster_filters_as_one_machine_does(session, tmp_path, name, pack):
    """The files are the same, byte for byte, with the numbers of broken lines, however the dump was split."""
    dump = tmp_path / name
    dump.write_bytes(pack(made_up()))
    choice = Choice(("en", "de"), complete=pack is bytes)
    counts = import_dump(dump, tmp_path / "one", about(), choice)
    assert spark.import_dump(str(dump), tmp_path / "many", about(), choice) == counts
    assert counts.broken == 2
    found = {path.name: path.read_bytes() for path in (tmp_path / "many").iterdir()}
    assert found == {path.name: path.read_bytes() for path in (tmp_path / "one").iterdir()}
    assert {"broken.tsv", "entities.ndjson", "redirects.tsv", "source.toml"} == found.keys()


def test_a_dump_that_is_not_there_is_told(session, tmp_path):
    """An address that leads nowhere is an error with a remedy, and so is a finished import in the folder."""
    with pytest.raises(SourceError, match=r"cannot be read.*check its address"):
        spark.import_dump(str(tmp_path / "absent.json"), tmp_path / "out", about(), Choice())


def test_without_java_the_remedy_is_told(monkeypatch):
    """Where Spark cannot start, the error says what to install."""
    monkeypatch.setattr("pyspark.sql.SparkSession.Builder.getOrCreate", _fail)
    with pytest.raises(SettingsError, match="install Java"):
        open_spark("local[1]")


def _fail(*_):
    from pyspark.errors import PySparkRuntimeError  # noqa: PLC0415 - an extra

    raise PySparkRuntimeError("no Java")
