// The answer as a network: triples as they are; of a table, the first column of things joined to the others of its row.
import { forceCenter, forceCollide, forceLink, forceManyBody, forceSimulation, forceX, forceY } from "d3-force";
import { WIDTH, drawing } from "./drawing.js";

const HEIGHT = 620;
const NODES = 250;
const LETTERS = 26;

/** The lines between things: from, to, word. */
export function edges({ columns, rows, graph }) {
  const thing = (term) => term && term.type !== "literal" && term.type !== "typed-literal";
  if (graph) return rows.filter(([, , value]) => thing(value)).map(([from, word, to]) => ({ from, to, word }));
  return rows.flatMap((row) => {
    const [first, ...others] = row.map((term, index) => [term, columns[index]]).filter(([term]) => thing(term));
    return others.map(([to, name]) => ({ from: first[0], to, word: { type: "literal", value: name } }));
  });
}

export function network(answer, context) {
  const found = edges(answer);
  if (!found.length) return context.say("no-lines");
  const nodes = new Map();
  const links = [];
  for (const { from, to, word } of found) {
    const fresh = new Set([from.value, to.value].filter((value) => !nodes.has(value)));
    if (nodes.size + fresh.size > NODES) continue;
    for (const term of [from, to])
      if (!nodes.has(term.value)) nodes.set(term.value, { id: term.value, degree: 0, ...context.show(term) });
    nodes.get(from.value).degree += 1;
    nodes.get(to.value).degree += 1;
    links.push({ source: from.value, target: to.value, word: context.show(word).text });
  }
  const drawn = [...nodes.values()];
  // The layout is worked out before anything is shown: nothing moves by itself.
  forceSimulation(drawn)
    .force("link", forceLink(links).id((node) => node.id).distance(70))
    .force("charge", forceManyBody().strength(drawn.length > 80 ? -90 : -260))
    .force("collide", forceCollide(14))
    .force("x", forceX(WIDTH / 2).strength(0.05))
    .force("y", forceY(HEIGHT / 2).strength(0.09))
    .force("center", forceCenter(WIDTH / 2, HEIGHT / 2))
    .stop()
    .tick(300);
  fit(drawn);
  const { layer, zoomable, note } = drawing(HEIGHT, context.words("network"), context);
  const lines = layer.append("g").attr("class", "edges").selectAll("line").data(links).join("line");
  lines
    .attr("x1", (link) => link.source.x)
    .attr("y1", (link) => link.source.y)
    .attr("x2", (link) => link.target.x)
    .attr("y2", (link) => link.target.y)
    .append("title")
    .text((link) => `${link.source.text} – ${link.word} – ${link.target.text}`);
  const groups = layer.append("g").attr("class", "nodes").selectAll("g").data(drawn).join("g");
  groups.attr("transform", (node) => `translate(${node.x},${node.y})`);
  groups.append("circle").attr("r", (node) => 4 + Math.min(Math.sqrt(node.degree), 6)).append("title").text((node) => node.text);
  // Where names would cover each other, only those with the most lines are written; zooming brings the others.
  const order = [...drawn].sort((one, other) => other.degree - one.degree);
  const rank = new Map(order.map((node, index) => [node.id, index]));
  const names = groups
    .append("text")
    .attr("x", 10)
    .attr("y", 4)
    .text((node) => (node.text.length > LETTERS ? `${node.text.slice(0, LETTERS - 1)}…` : node.text));
  const write = (scale) => {
    names.attr("display", (node) => (rank.get(node.id) < 45 * scale * scale ? null : "none")).attr("font-size", 12 / scale ** 0.7);
    groups.selectAll("circle").attr("transform", `scale(${1 / scale ** 0.6})`);
  };
  write(1);
  zoomable(write);
  note(context.words("counted", links.length, found.length));
}

/** Move and scale the layout into the picture. */
function fit(nodes) {
  const [left, right] = [Math.min(...nodes.map(({ x }) => x)), Math.max(...nodes.map(({ x }) => x))];
  const [top, bottom] = [Math.min(...nodes.map(({ y }) => y)), Math.max(...nodes.map(({ y }) => y))];
  const scale = Math.min((WIDTH - 220) / (right - left || 1), (HEIGHT - 60) / (bottom - top || 1), 2);
  for (const node of nodes) {
    node.x = WIDTH / 2 - 60 + (node.x - (left + right) / 2) * scale;
    node.y = HEIGHT / 2 + (node.y - (top + bottom) / 2) * scale;
  }
}
