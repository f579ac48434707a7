#+ title: What every profile ends with
#+ summary: The classes of addresses, and the descriptions of the concepts that the catalogue mentions.

PREFIX dcat: <http://www.w3.org/ns/dcat#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

# The official shapes of DCAT-AP 3 ask addresses to be resources, which every IRI is, but only by inference (RDFS)
INSERT { ?address a rdfs:Resource }
WHERE { ?thing dcat:accessURL|dcat:downloadURL|dcat:endpointURL|dcat:endpointDescription ?address } ;

INSERT { ?concept ?property ?value }
WHERE {
    { SELECT DISTINCT ?concept { ?thing ?any ?concept FILTER(ISIRI(?concept)) } }
    GRAPH <authorities> { ?concept ?property ?value }
    FILTER(?property != skos:exactMatch && ?property != <profiles#extension>)
}
