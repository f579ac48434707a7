"""The fixture world beside recorded entities of Wikidata: its cities are linked to Berlin, Los Angeles and London."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from citygraph.imports.dump import import_dump
from imports.samples import EXCERPT, about

if TYPE_CHECKING:
    from pathlib import Path

ROWS = {"city:obersoed": "Q65", "city:rivermouth": "Q64", "city:twinham-east": "Q84"}
"""Berlin states Los Angeles, with a start; Los Angeles is not recorded; London states Berlin, without dates."""
PAGES = {
    "rivermouth-en": "https://rivermouth.example/twins?page=1|2",
    "obersoed-de": "https://obersoed.example/partner",
}
_HEAD = """\
#curie_map:
#  city: https://w3id.org/citygraph/id/city/
#  owl: http://www.w3.org/2002/07/owl#
#  semapv: https://w3id.org/semapv/vocab/
#  wd: http://www.wikidata.org/entity/
subject_id\tpredicate_id\tobject_id\tmapping_justification\tconfidence
"""


def make_twins(world: Path, target: Path) -> None:
    """Copy the data of the world, link three of its cities, give two sources an address, and import the entities."""
    shutil.copytree(world, target)
    lines = (f"{thing}\towl:sameAs\twd:{item}\tsemapv:ManualMappingCuration\t1.0\n" for thing, item in ROWS.items())
    (target / "links" / "wikidata.sssom.tsv").write_text(_HEAD + "".join(lines), "utf-8")
    for name, page in PAGES.items():
        path = target / "sources" / f"{name}.ttl"
        text = path.read_text("utf-8")
        path.write_text(
            text.replace("a cg:Source ;", f"a cg:Source ;\n    schema:url <{page.replace('|', '%7C')}> ;", 1)
        )
    import_dump(EXCERPT, target / "imported" / "wikidata-recorded", about())
