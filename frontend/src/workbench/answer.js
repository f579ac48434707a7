// Asks the endpoint, and turns what it answers into one form: columns and rows of terms.
import Parser from "n3/src/N3Parser.js";

const ACCEPT = "application/sparql-results+json, application/n-triples;q=0.9, application/problem+json";
/** Longer addresses are refused by some proxies; such queries are sent as a form. */
const LONGEST = 6000;

/**
 * Ask a query.
 * @returns {Promise<{columns: string[], rows: Object[][], truth?: boolean, graph: boolean, truncated: boolean}>}
 * @throws {Refusal} with what the server says
 */
export async function ask(endpoint, query, signal) {
  const fields = new URLSearchParams({ query });
  const short = fields.toString().length < LONGEST;
  const answer = await fetch(short ? `${endpoint}?${fields}` : endpoint, {
    method: short ? "GET" : "POST",
    body: short ? undefined : fields,
    headers: { Accept: ACCEPT },
    signal,
  });
  const text = await answer.text();
  if (!answer.ok) throw new Refusal(text, answer.status);
  const truncated = answer.headers.has("Citygraph-Truncated");
  if (answer.headers.get("Content-Type").startsWith("application/n-triples"))
    return { ...triples(text), graph: true, truncated };
  const { head, results, boolean } = JSON.parse(text);
  if (boolean !== undefined) return { columns: [], rows: [], truth: boolean, graph: false, truncated };
  const rows = results.bindings.map((row) => head.vars.map((name) => row[name]));
  return { columns: head.vars, rows, graph: false, truncated };
}

/** What the endpoint refuses, with the place in the query where it knows one. */
export class Refusal extends Error {
  constructor(text, status) {
    let facts = {};
    try {
      facts = JSON.parse(text);
    } catch {
      // A proxy in between answers as it likes.
    }
    super([facts.title ?? `HTTP ${status}`, facts.detail].filter(Boolean).join(": "));
    this.line = facts.line;
    this.column = facts.column;
  }
}

function triples(text) {
  const rows = new Parser({ format: "N-Triples" })
    .parse(text)
    .map(({ subject, predicate, object }) => [subject, predicate, object].map(term));
  return { columns: ["subject", "property", "value"], rows };
}

/** A term of the parser in the form of SPARQL's JSON. */
function term({ termType, value, language, datatype }) {
  if (termType === "NamedNode") return { type: "uri", value };
  if (termType === "BlankNode") return { type: "bnode", value };
  return { type: "literal", value, "xml:lang": language || undefined, datatype: datatype?.value };
}
