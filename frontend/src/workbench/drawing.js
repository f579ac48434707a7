// What map, network and chart share: an SVG in its frame with the buttons of zooming.
import { create } from "d3-selection";
import { zoomable } from "../zooming.js";

export const WIDTH = 960;

/** A frame with an empty SVG of a height; `label` says what is to be seen. */
export function drawing(height, label, { place, part }) {
  const box = part("drawing");
  const frame = box.querySelector("[data-frame]");
  frame.setAttribute("aria-label", label);
  const svg = create("svg:svg")
    .attr("class", "drawing")
    .attr("viewBox", `0 0 ${WIDTH} ${height}`)
    .attr("role", "img")
    .attr("aria-label", label);
  const layer = svg.append("g");
  frame.append(svg.node());
  place.append(box);
  return {
    svg,
    layer,
    zoomable: (scaled) => zoomable(svg.node(), layer.node(), box.querySelector("[data-zooming]"), frame, scaled),
    note: (words) => Object.assign(box.querySelector("figcaption"), { textContent: words }),
  };
}
