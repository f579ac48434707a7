#+ title: What every profile ends with
#+ summary: The descriptions of the concepts that the catalogue mentions.

PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

INSERT { ?concept ?property ?value }
WHERE {
    { SELECT DISTINCT ?concept { ?thing ?any ?concept FILTER(ISIRI(?concept)) } }
    GRAPH <authorities> { ?concept ?property ?value }
    FILTER(?property != skos:exactMatch && ?property != <profiles#extension>)
}
