// Lets the pictures of the server be enlarged, pointed at and narrowed down in place. Without this script the same
// picture stands there, the buttons of the form work, and the table holds all of it.
import { zoomable } from "./zooming.js";

const SVG = "http://www.w3.org/2000/svg";
const WAIT = 150;

/** Give a figure its buttons, and let it tell what is pointed at. */
function enliven(figure) {
  const svg = figure.querySelector("svg.drawing");
  const layer = document.createElementNS(SVG, "g");
  layer.append(...[...svg.children].filter((child) => !child.matches("title, desc, .paper")));
  svg.append(layer);
  zoomable(svg, layer, figure.querySelector("[data-zooming]"), figure.querySelector(".scroll"), (scale) => keep(svg, scale));
  point(figure, svg);
}

/** Names and points stay as large as they were, so that enlarging parts what lay together. */
function keep(svg, scale) {
  for (const mark of svg.querySelectorAll(".names text, .dots circle")) {
    const [x, y] = mark.tagName === "text" ? [mark.getAttribute("x"), mark.getAttribute("y")] : [mark.getAttribute("cx"), mark.getAttribute("cy")];
    const size = 1 / scale ** 0.8;
    mark.setAttribute("transform", `translate(${x},${y}) scale(${size}) translate(${-x},${-y})`);
  }
}

/** Say below the picture what the pointer or the keyboard is at, and light up what belongs to it. */
function point(figure, svg) {
  const tip = figure.querySelector("[data-tip]");
  const titles = new Map();
  // The browser's own hint would say the same twice, and later.
  for (const title of [...svg.querySelectorAll("g title")]) {
    titles.set(title.parentNode, title.textContent);
    title.parentNode.setAttribute("aria-label", title.textContent);
    if (!title.parentNode.closest("a, text")) title.parentNode.setAttribute("role", "img");
    title.remove();
  }
  const lines = [...svg.querySelectorAll(".lines path[data-ends]")];
  const clear = () => {
    tip.textContent = "";
    for (const line of lines) line.classList.remove("lit", "faint");
  };
  const show = (event) => {
    clear();
    const mark = event.target.closest("[aria-label], [data-dot]");
    if (!mark || mark === svg) return;
    const dot = mark.dataset.dot;
    const lit = lines.filter((line) => (dot ? line.dataset.ends.split(" ").includes(dot) : line === mark));
    tip.textContent = [titles.get(mark) ?? mark.textContent.trim(), ...(dot ? lit.slice(0, 3).map((line) => titles.get(line)) : [])].join(" · ");
    if (dot && lit.length > 3) tip.textContent += " …";
    if (lit.length) for (const line of lines) line.classList.add(lit.includes(line) ? "lit" : "faint");
  };
  svg.addEventListener("pointerover", show);
  svg.addEventListener("focusin", show);
  svg.addEventListener("pointerleave", clear);
  svg.addEventListener("focusout", clear);
  figure.addEventListener("keydown", (event) => event.key === "Escape" && clear());
}

/** Let each choice of the form show at once; the address tells it, so that it can be shared. */
function narrow(form) {
  let waiting;
  let asked;
  const slider = form.querySelector("[data-slider]");
  const year = form.elements.year;
  const choose = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => fetchPicture().catch(() => form.submit()), WAIT);
  };
  async function fetchPicture() {
    asked?.abort();
    asked = new AbortController();
    const fields = [...new FormData(form)].filter(([, value]) => value);
    const address = `?${new URLSearchParams(fields)}`;
    let answer;
    try {
      answer = await fetch(address, { headers: { Accept: "text/html" }, signal: asked.signal });
    } catch (error) {
      if (error.name === "AbortError") return;
      throw error;
    }
    if (!answer.ok) return form.reportValidity();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const [old, fresh] = [document, page].map((root) => root.querySelector("figure.picture"));
    fresh.querySelector("details").open = old.querySelector("details").open;
    old.replaceWith(fresh);
    enliven(fresh);
    form.querySelector("[data-status]").textContent = fresh.querySelector("svg desc").textContent;
    history.replaceState(null, "", address);
  }
  form.addEventListener("change", choose);
  year.addEventListener("input", () => {
    if (!year.checkValidity()) return;
    if (year.value) slider.value = year.value;
    choose();
  });
  slider.addEventListener("input", () => {
    year.value = slider.value;
    choose();
  });
  slider.closest("label").hidden = false;
}

for (const figure of document.querySelectorAll("figure.picture:has(svg.drawing)")) enliven(figure);
for (const form of document.querySelectorAll("form.filters")) narrow(form);
document.documentElement.dataset.ready = "";
