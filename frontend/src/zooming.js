// Lets a picture be enlarged and moved: by buttons, by the keyboard, by Ctrl and wheel, and by hand once it is enlarged,
// so that neither wheel nor finger is kept from moving the page.
import { select } from "d3-selection";
import { zoom, zoomIdentity } from "d3-zoom";

const STEP = 1.6;
const PAN = 60;
const KEYS = {
  "+": (behaviour, target) => behaviour.scaleBy(target, STEP),
  "-": (behaviour, target) => behaviour.scaleBy(target, 1 / STEP),
  0: (behaviour, target) => behaviour.transform(target, zoomIdentity),
  ArrowLeft: (behaviour, target) => behaviour.translateBy(target, PAN, 0),
  ArrowRight: (behaviour, target) => behaviour.translateBy(target, -PAN, 0),
  ArrowUp: (behaviour, target) => behaviour.translateBy(target, 0, PAN),
  ArrowDown: (behaviour, target) => behaviour.translateBy(target, 0, -PAN),
};

/**
 * Make the layer of an SVG follow the reader's hand.
 * @param {SVGSVGElement} svg with a viewBox
 * @param {SVGGElement} layer what moves
 * @param {HTMLElement} controls holds buttons with data-zoom="+", "-" and "0"
 * @param {HTMLElement} keyboard what takes the keys
 * @param {(scale: number) => void} scaled is told each new scale
 */
export function zoomable(svg, layer, controls, keyboard, scaled = () => {}) {
  const target = select(svg);
  const { width, height } = svg.viewBox.baseVal;
  let scale = 1;
  const behaviour = zoom()
    .scaleExtent([1, 24])
    .extent([[0, 0], [width, height]])
    .translateExtent([[0, 0], [width, height]])
    .filter((event) => {
      if (event.type === "wheel") return event.ctrlKey || event.metaKey;
      if (event.type.startsWith("touch")) return event.touches.length > 1 || scale > 1;
      return !event.button && (scale > 1 || event.type === "dblclick");
    })
    .on("zoom", ({ transform }) => {
      layer.setAttribute("transform", transform);
      if (transform.k !== scale) scaled((scale = transform.k));
      svg.classList.toggle("enlarged", scale > 1);
      for (const button of controls.querySelectorAll("[data-zoom='-'], [data-zoom='0']")) button.disabled = scale <= 1;
    });
  // Without a duration the double click jumps: nothing moves that nobody asked to move.
  target.call(behaviour).on("dblclick.zoom", (event) => {
    event.preventDefault();
    behaviour.scaleBy(target, event.shiftKey ? 1 / STEP : STEP, point(svg, event));
  });
  for (const button of controls.querySelectorAll("[data-zoom]"))
    button.addEventListener("click", () => KEYS[button.dataset.zoom](behaviour, target));
  keyboard.addEventListener("keydown", (event) => {
    const move = KEYS[event.key];
    if (!move || event.target !== keyboard || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.startsWith("Arrow") && scale <= 1) return;
    event.preventDefault();
    move(behaviour, target);
  });
  behaviour.transform(target, zoomIdentity);
  controls.hidden = false;
}

/** Where an event happened, in the units of the viewBox. */
function point(svg, event) {
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  return [at.x, at.y];
}
