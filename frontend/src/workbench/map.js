// The answer on a map: a point for each row that has a place, on the coast lines of Natural Earth.
import { geoEqualEarth, geoGraticule10, geoPath } from "d3-geo";
import { feature } from "topojson-client";
import world from "world-atlas/land-110m.json";
import { WIDTH, drawing } from "./drawing.js";

const HEIGHT = 470;
const POINTS = 3000;
const POINT = /^\s*(?:<[^>]*>\s*)?POINT\s*\(\s*([-+\d.eE]+)\s+([-+\d.eE]+)/i;
const NAMES = [/^(lon|lng|long|longitude)$/i, /^(lat|latitude)$/i];

/** Which function finds the place in a row; none where no column has places. */
export function places({ columns, rows }) {
  const valid = ([x, y]) => Math.abs(x) <= 180 && Math.abs(y) <= 90;
  const whole = columns.findIndex((_, index) => rows.some((row) => POINT.test(row[index]?.value ?? "")));
  if (whole >= 0)
    return (row) => {
      const found = POINT.exec(row[whole]?.value ?? "");
      const at = found && [Number(found[1]), Number(found[2])];
      return at && valid(at) ? at : undefined;
    };
  const [x, y] = NAMES.map((name) => columns.findIndex((column) => name.test(column)));
  if (x < 0 || y < 0) return undefined;
  return (row) => {
    const at = [row[x], row[y]].map((term) => (term ? Number(term.value) : NaN));
    return valid(at) ? at : undefined;
  };
}

export function map(answer, context) {
  const place = places(answer);
  const found = place ? answer.rows.map((row) => [place(row), row]).filter(([at]) => at) : [];
  if (!found.length) return context.say("no-places");
  const drawn = found.slice(0, POINTS);
  const { layer, zoomable, note } = drawing(HEIGHT, context.words("map"), context);
  const all = { type: "MultiPoint", coordinates: drawn.map(([at]) => at) };
  const edge = 40;
  const projection = geoEqualEarth().rotate([-11, 0]).fitSize([WIDTH, HEIGHT], { type: "Sphere" });
  const whole = projection.scale();
  projection.fitExtent([[edge, edge], [WIDTH - edge, HEIGHT - edge]], all);
  if (!(projection.scale() < whole * 12)) {
    // One place, or places close together: their region rather than their street.
    const middle = drawn[0][0];
    projection.scale(whole * 12).translate([0, 0]);
    const [x, y] = projection(middle);
    projection.translate([WIDTH / 2 - x, HEIGHT / 2 - y]);
  } else if (projection.scale() < whole) projection.fitSize([WIDTH, HEIGHT], { type: "Sphere" });
  const path = geoPath(projection.clipExtent([[-WIDTH, -HEIGHT], [2 * WIDTH, 2 * HEIGHT]]));
  layer.append("path").attr("class", "graticule").attr("d", path(geoGraticule10()));
  layer.append("path").attr("class", "land").attr("d", path(feature(world, world.objects.land)));
  const points = layer
    .append("g")
    .attr("class", "points")
    .selectAll("circle")
    .data(drawn)
    .join("circle")
    .attr("cx", ([at]) => projection(at)[0])
    .attr("cy", ([at]) => projection(at)[1])
    .attr("r", 5);
  points.append("title").text(([, row]) =>
    answer.columns
      .map((name, index) => row[index] && !POINT.test(row[index].value) && `${name}: ${context.show(row[index]).text}`)
      .filter(Boolean)
      .join("\n"),
  );
  zoomable((scale) => points.attr("r", 5 / Math.sqrt(scale) / Math.sqrt(scale)));
  note(context.words("counted", drawn.length, answer.rows.length));
}
