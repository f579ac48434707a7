"""Reads a catalogue as CKAN's harvesters do, in an environment that has CKAN, and prints what they would store."""

import json
import sys
import warnings

warnings.simplefilter("error", UserWarning)

from ckanext.dcat.processors import RDFParser  # noqa: E402 - a warning while it is imported counts too

parser = RDFParser(profiles=["euro_dcat_ap_3"])
parser.parse(sys.stdin.buffer.read(), _format=sys.argv[1])
print(json.dumps({"datasets": list(parser.datasets()), "next": parser.next_page()}))
