#+ title: DCAT-AP.de 3.0
#+ summary: The catalogue as GovData reads it.

PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX dcatde: <http://dcat-ap.de/def/dcatde/>
PREFIX dct: <http://purl.org/dc/terms/>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

# K31: the licence by the German list
DELETE { ?thing dct:license ?ours } INSERT { ?thing dct:license ?theirs }
WHERE {
    ?thing dct:license ?ours GRAPH <authorities> { ?ours skos:exactMatch ?theirs }
    FILTER(STRSTARTS(STR(?theirs), "http://dcat-ap.de/def/licenses/"))
} ;

# A "by" licence says whom to name
INSERT { ?file dcatde:licenseAttributionByText ?name }
WHERE {
    ?file a dcat:Distribution ; dct:license ?licence FILTER(CONTAINS(STR(?licence), "by"))
    ?catalogue a dcat:Catalog ; dct:publisher/foaf:name ?name
} ;

# K12, K13: who delivers, by the list of GovData
INSERT { ?dataset dcatde:contributorID ?contributor }
WHERE {
    ?dataset a dcat:Dataset GRAPH <settings> { <settings> <settings#contributor_id> ?text }
    BIND(IRI(?text) AS ?contributor)
} ;
INSERT { ?contributor skos:inScheme <http://dcat-ap.de/def/contributors> }
WHERE {
    ?dataset dcatde:contributorID ?contributor
    FILTER(STRSTARTS(STR(?contributor), "http://dcat-ap.de/def/contributors/"))
} ;

# Which level of government the data are about: partnerships cross borders
INSERT { ?dataset dcatde:politicalGeocodingLevelURI <http://dcat-ap.de/def/politicalGeocoding/Level/international> }
WHERE { ?dataset a dcat:Dataset }
