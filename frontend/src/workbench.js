// The SPARQL workbench: an editor over the plain form, and the answer as table, map, network or chart.
// All words stand in the page; without this script the form and the server's table do the same job.
import "./workbench.css";
import { Refusal, ask } from "./workbench/answer.js";
import { chart } from "./workbench/chart.js";
import { editor, mark } from "./workbench/editor.js";
import { map } from "./workbench/map.js";
import { network } from "./workbench/network.js";
import { table } from "./workbench/table.js";
import { shower } from "./workbench/terms.js";

const VIEWS = { table, map, network, chart };
const bench = document.getElementById("workbench");
const form = bench.querySelector("form.query");
const field = form.querySelector("textarea");
const part = (name) => bench.querySelector(`template[data-part="${name}"]`).content.firstElementChild.cloneNode(true);
const find = (name) => bench.querySelector(`[data-${name}]`);

let answer;
let view = new URLSearchParams(location.search).get("view");
let stopping;
let made;
let show;

/** Words of the page with numbers or names in their gaps. */
function words(name, ...values) {
  const text = find("words").content.querySelector(`[data-word="${name}"]`).textContent;
  return text.replace(/\{(\d)\}/g, (_, index) => {
    const value = values[index];
    return typeof value === "number" ? value.toLocaleString(document.documentElement.lang) : value;
  });
}

function remember(query) {
  const address = new URL(location.href);
  address.searchParams.set("query", query);
  if (view && view !== "table") address.searchParams.set("view", view);
  else address.searchParams.delete("view");
  history.replaceState(null, "", address);
}

async function run() {
  const query = field.value;
  if (!query.trim()) return;
  stopping?.abort();
  stopping = new AbortController();
  find("error").hidden = true;
  bench.setAttribute("aria-busy", "true");
  find("status").textContent = words("asking");
  find("stop").hidden = false;
  remember(query);
  try {
    answer = await ask(bench.dataset.endpoint, query, stopping.signal);
    find("server-answer")?.remove();
    draw();
  } catch (error) {
    find("status").textContent = "";
    if (error.name === "AbortError") return;
    find("answer").hidden = true;
    complain(error);
  } finally {
    find("stop").hidden = true;
    bench.removeAttribute("aria-busy");
  }
}

function complain(error) {
  find("error").hidden = false;
  find("error-line").textContent = error.line ? words("line", error.line, error.column ?? 1) : "";
  find("error-text").textContent = error instanceof Refusal ? error.message : words("unreachable");
  mark(made, error.line, error.column);
}

function draw() {
  const { rows, truth, graph, truncated } = answer;
  const yes = truth !== undefined;
  find("answer").hidden = false;
  find("views").hidden = yes;
  find("status").textContent = yes ? words(truth ? "yes" : "no") : words("rows", rows.length);
  find("truncated").hidden = !truncated;
  const place = find("place");
  place.replaceChildren();
  const say = (name) => place.append(Object.assign(document.createElement("p"), { textContent: words(name) }));
  if (!yes) VIEWS[view in VIEWS ? view : "table"](answer, { place, show, part, words, say });
  for (const button of find("views").querySelectorAll("[data-view]"))
    button.setAttribute("aria-pressed", String(button.dataset.view === (view in VIEWS ? view : "table")));
  for (const link of find("downloads").querySelectorAll("[data-format]")) {
    link.closest("li").hidden = link.dataset.kind.split(" ").includes(yes ? "boolean" : graph ? "graph" : "table") === false;
    link.href = `${bench.dataset.endpoint}?${new URLSearchParams({ query: field.value, format: link.dataset.format })}`;
  }
}

function examples(rows) {
  const list = find("examples").querySelector("ul");
  const filter = find("examples").querySelector("input");
  list.replaceChildren(
    ...rows.map(({ title, summary, language, text }) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: title, title: summary });
      if (language) button.lang = language;
      button.addEventListener("click", () => {
        made.setValue(text);
        // Query files name the view that suits them, as those of the Wikidata Query Service do.
        view = /^#defaultView:(\w+)/im.exec(text)?.[1].toLowerCase() ?? "table";
        run().then(() => find("status").scrollIntoView({ block: "start" }));
      });
      const item = document.createElement("li");
      item.append(button);
      return item;
    }),
  );
  filter.addEventListener("input", () => {
    const wanted = filter.value.trim().toLocaleLowerCase();
    for (const item of list.children) item.hidden = !item.textContent.toLocaleLowerCase().includes(wanted);
  });
}

async function begin() {
  const facts = await (await fetch(bench.dataset.facts)).json();
  show = shower({ ...facts, home: bench.dataset.home, language: bench.dataset.language });
  made = editor(field, facts, () => run());
  examples(facts.examples);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  find("stop").addEventListener("click", () => stopping?.abort());
  for (const button of find("views").querySelectorAll("[data-view]"))
    button.addEventListener("click", () => {
      view = button.dataset.view;
      remember(field.value);
      draw();
    });
  for (const element of bench.querySelectorAll("[data-with-script]")) element.hidden = false;
  bench.dataset.ready = "";
  mark(made, Number(bench.dataset.line), Number(bench.dataset.column));
  // The server has answered the table of a shared link already; the other views are drawn here.
  if (find("server-answer") && view in VIEWS && view !== "table") await run();
  else if (find("server-answer")) find("answer").hidden = true;
}

begin();
