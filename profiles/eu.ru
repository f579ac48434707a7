#+ title: DCAT-AP 3.0.1
#+ summary: The catalogue as data.europa.eu reads it.

PREFIX dct: <http://purl.org/dc/terms/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

# The European name of the licence
DELETE { ?thing dct:license ?ours } INSERT { ?thing dct:license ?theirs }
WHERE {
    ?thing dct:license ?ours GRAPH <authorities> { ?ours skos:exactMatch ?theirs }
    FILTER(STRSTARTS(STR(?theirs), "http://publications.europa.eu/resource/authority/licence/"))
}
