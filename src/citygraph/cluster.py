"""Opens Apache Spark, for whoever has more machines than one: an extra, of which everything else does without."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from citygraph.errors import SettingsError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_OURS = {
    # A text of SQL means what it says: N-Triples write backslashes of their own.
    "spark.sql.parser.escapedStringLiterals": "true",
    "spark.ui.showConsoleProgress": "false",
}
_ALONE = {"spark.driver.host": "localhost", "spark.driver.bindAddress": "127.0.0.1", "spark.ui.enabled": "false"}
"""On one machine nobody else is let in."""


def open_spark(master: str = "") -> SparkSession:
    """Open the session of this process, or join the one that ``spark-submit`` has opened.

    ``master`` is an address as Spark writes them, ``local[4]`` or ``spark://host:7077``. Without one, the
    configuration of Spark says where it runs.
    """
    try:
        from pyspark.errors import PySparkRuntimeError  # noqa: PLC0415 - an extra
        from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra
    except ImportError:
        raise SettingsError("spark", "PySpark is not there", "install it with `pip install citygraph[spark]`") from None
    builder = SparkSession.builder.appName("citygraph")
    options = _OURS | ({"spark.master": master} if master else {})
    if master.startswith("local"):  # the machine is this one, and so is its Python; Spark would take any python3
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        options |= _ALONE
    for name, value in options.items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except PySparkRuntimeError as error:
        remedy = "install Java 17 (Debian: default-jre-headless), and check the address of the master"
        raise SettingsError("spark", f"Spark does not start ({error})", remedy) from None
    session.sparkContext.setLogLevel("ERROR")
    return session
