#+ title: DCAT-AP CH 2
#+ summary: The catalogue as opendata.swiss reads it.

PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX dct: <http://purl.org/dc/terms/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

# The terms of use of opendata.swiss: without one of the four a data set is dropped
DELETE { ?thing dct:license ?ours } INSERT { ?thing dct:license ?theirs }
WHERE {
    ?thing dct:license ?ours GRAPH <authorities> { ?ours skos:exactMatch ?theirs }
    FILTER(STRSTARTS(STR(?theirs), "http://dcat-ap.ch/vocabulary/licenses/"))
} ;

# dct:rights no longer carries the terms
DELETE WHERE { ?file dct:rights ?rights } ;

# One identifier, which names the organisation
DELETE { ?dataset dct:identifier ?id } INSERT { ?dataset dct:identifier ?named }
WHERE {
    ?dataset a dcat:Dataset ; dct:identifier ?id GRAPH <settings> { <settings> <settings#organisation> ?slug }
    BIND(CONCAT(STR(?id), "@", ?slug) AS ?named)
}
