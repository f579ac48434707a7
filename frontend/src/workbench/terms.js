// What a term of an answer looks like: its words, its language, and where it leads.

/**
 * Make the function that shows terms.
 * @param {{base: string, home: string, language: string, names: Object, prefixes: Object}} facts
 * @returns {(term: Object) => {text: string, url?: string, foreign?: boolean, language?: string}}
 */
export function shower({ base, home, language, names, prefixes }) {
  const spaces = Object.entries(prefixes).filter(([, iri]) => !iri.startsWith(base));
  const within = (path) => {
    const url = new URL(path, new URL(home, location.href));
    if (language) url.searchParams.set("lang", language);
    return url.href;
  };
  return (term) => {
    if (term.type === "bnode") return { text: `_:${term.value}` };
    if (term.type !== "uri") return { text: term.value, language: term["xml:lang"] };
    const iri = term.value;
    if (iri.startsWith(base)) {
      const path = iri.slice(base.length);
      const text = names[iri] ?? path.replace(/^id\//, "").replace(/^ontology#/, "cg:");
      if (path.startsWith("id/")) return { text, url: within(path.replace(/^id\//, "page/")) };
      if (path.startsWith("graph/")) return { text, url: within(`page/${path}`) };
      return { text, url: path.startsWith("ontology") ? within(path) : undefined };
    }
    const [prefix, space] = spaces.find(([, start]) => iri.startsWith(start)) ?? [];
    const text = names[iri] ?? (space ? `${prefix}:${iri.slice(space.length)}` : iri);
    return /^https?:/.test(iri) ? { text, url: iri, foreign: true } : { text };
  };
}

/** An element that shows a term. */
export function termElement(term, show) {
  const { text, url, foreign, language } = show(term);
  const words = document.createElement("bdi");
  words.textContent = text;
  if (language) words.lang = language;
  if (!url) return words;
  const link = document.createElement("a");
  link.href = url;
  if (foreign) link.rel = "external";
  link.append(words);
  return link;
}
