// The editor of the YASGUI family over the plain field, completing our own prefixes and terms; it asks no other host.
import Yasqe from "@zazuko/yasqe";
import "@zazuko/yasqe/build/yasqe.min.css";

/**
 * Put an editor in the place of a text area.
 * @param {HTMLTextAreaElement} field keeps the text for forms
 * @param {{prefixes: Object, classes: string[], properties: string[]}} facts
 * @param {() => void} submit is called by Ctrl+Enter
 */
export function editor(field, facts, submit) {
  const pairs = Object.entries(facts.prefixes).map(([name, iri]) => `${name}: <${iri}>`);
  const ours = { persistenceId: null, bulk: true, autoShow: true };
  Yasqe.forkAutocompleter("prefixes", { ...ours, name: "our-prefixes", get: () => pairs }, false);
  Yasqe.forkAutocompleter("class", { ...ours, name: "our-classes", get: () => facts.classes }, false);
  Yasqe.forkAutocompleter("property", { ...ours, name: "our-properties", get: () => facts.properties }, false);
  const place = document.createElement("div");
  field.after(place);
  const made = new Yasqe(place, {
    value: field.value,
    autocompleters: ["our-prefixes", "our-classes", "our-properties", "variables"],
    persistenceId: null,
    consumeShareLink: null,
    createShareableLink: null,
    showQueryButton: false,
    resizeable: false,
    editorHeight: "auto",
    viewportMargin: Infinity,
    extraKeys: {
      // Tab leaves the editor, as it leaves any field: whoever cannot use a mouse is not kept in it.
      Tab: false,
      "Shift-Tab": false,
      "Ctrl-Enter": submit,
      "Cmd-Enter": submit,
      "Ctrl-S": false,
    },
  });
  const input = made.getInputField();
  input.setAttribute("aria-label", document.querySelector(`label[for="${field.id}"]`).textContent);
  field.hidden = true;
  made.on("change", () => {
    field.value = made.getValue();
    unmark(made);
  });
  return made;
}

/** Show where a query went wrong. */
export function mark(made, line, column) {
  if (!line) return;
  made.addLineClass(line - 1, "background", "faulty");
  made.setCursor({ line: line - 1, ch: Math.max(column - 1, 0) || 0 });
}

function unmark(made) {
  made.eachLine((line) => made.removeLineClass(line, "background", "faulty"));
}
