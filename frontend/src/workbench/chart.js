// The answer as a chart: bars with names, or a line over numbers and dates.
import { axisBottom, axisLeft } from "d3-axis";
import { scaleBand, scaleLinear } from "d3-scale";
import { line } from "d3-shape";
import { WIDTH, drawing } from "./drawing.js";

const BARS = 60;
const NUMBER = /#(integer|decimal|double|float|int|long|short|byte|(nonNegative|positive|unsigned)\w+)$/;
const DATE = /^(-?\d{4})(?:-(\d\d)(?:-(\d\d))?)?/;
const DATES = /#(gYear|gYearMonth|date|dateTime)$/;
const LETTERS = 34;

/** A value as a number: itself, or the year with its fraction. */
function amount(term) {
  if (!term) return NaN;
  if (!DATES.test(term.datatype ?? "")) return NUMBER.test(term.datatype ?? "") ? Number(term.value) : NaN;
  const [, year, month = 1, day = 1] = DATE.exec(term.value) ?? [];
  return Number(year) + (month - 1) / 12 + (day - 1) / 372;
}

/** The column of the values, that of the names, and whether the names lie on a line of numbers. */
export function axes({ columns, rows }) {
  const of = (test) => columns.map((_, index) => index).filter((index) => rows.some((row) => row[index] && test(row[index])));
  const numbers = of((term) => NUMBER.test(term.datatype ?? ""));
  const dates = of((term) => DATES.test(term.datatype ?? ""));
  const value = numbers.at(-1);
  if (value === undefined) return undefined;
  const others = columns.map((_, index) => index).filter((index) => index !== value);
  const words = others.filter((index) => !numbers.includes(index) && !dates.includes(index));
  // Words that people read go before the names of things.
  const name = words.find((index) => rows.some((row) => row[index]?.type === "literal")) ?? words[0] ?? others[0];
  return name === undefined ? undefined : { value, name, ordered: numbers.includes(name) || dates.includes(name) };
}

export function chart(answer, context) {
  const chosen = axes(answer);
  if (!chosen) return context.say("no-numbers");
  const { value, name, ordered } = chosen;
  const points = answer.rows
    .map((row) => ({ x: row[name], y: amount(row[value]) }))
    .filter(({ x, y }) => x && Number.isFinite(y));
  const label = context.words("chart", answer.columns[value], answer.columns[name]);
  const drawn = ordered ? curve(points, label, context) : bars(points.slice(0, BARS), label, context);
  drawn.note(`${label}. ${context.words("counted", ordered ? points.length : Math.min(points.length, BARS), answer.rows.length)}`);
}

function bars(points, label, context) {
  const [left, top, row] = [250, 30, 24];
  const height = top + row * points.length + 10;
  const frame = drawing(height, label, context);
  const x = scaleLinear([Math.min(0, ...points.map(({ y }) => y)), Math.max(1, ...points.map(({ y }) => y))], [left, WIDTH - 60]).nice();
  const y = scaleBand(points.map((_, index) => index), [top, top + row * points.length]).padding(0.25);
  frame.layer.append("g").attr("class", "axis").attr("transform", `translate(0,${height - 8})`)
    .call(axisBottom(x).ticks(6).tickSize(-(height - top - 10)).tickFormat(() => "")).attr("aria-hidden", "true");
  const text = ({ x: term }) => context.show(term).text;
  const rows = frame.layer.selectAll(".bar").data(points).join("g").attr("class", "bar");
  rows.append("rect").attr("x", ({ y: size }) => x(Math.min(0, size))).attr("y", (_, index) => y(index))
    .attr("width", ({ y: size }) => Math.abs(x(size) - x(0))).attr("height", y.bandwidth());
  rows.append("text").attr("x", left - 10).attr("y", (_, index) => y(index) + y.bandwidth() / 2 + 4).attr("text-anchor", "end")
    .text((point) => (text(point).length > LETTERS ? `${text(point).slice(0, LETTERS - 1)}…` : text(point))).append("title").text(text);
  rows.append("text").attr("class", "amount").attr("x", ({ y: size }) => x(Math.max(0, size)) + 6)
    .attr("y", (_, index) => y(index) + y.bandwidth() / 2 + 4).text(({ y: size }) => size.toLocaleString(document.documentElement.lang));
  return frame;
}

function curve(points, label, context) {
  const [left, right, top, height, bottom] = [60, 20, 20, 420, 36];
  const frame = drawing(height, label, context);
  const at = points.map(({ x, y }) => [amount(x), y]).sort(([one], [other]) => one - other);
  const span = (values) => [Math.min(...values), Math.max(...values)];
  const x = scaleLinear(span(at.map(([a]) => a)), [left, WIDTH - right]);
  const y = scaleLinear([Math.min(0, ...at.map(([, b]) => b)), Math.max(1, ...at.map(([, b]) => b))], [height - bottom, top]).nice();
  frame.layer.append("g").attr("class", "axis").attr("transform", `translate(0,${height - bottom})`).call(axisBottom(x).tickFormat(String));
  frame.layer.append("g").attr("class", "axis").attr("transform", `translate(${left},0)`).call(axisLeft(y));
  frame.layer.append("path").attr("class", "curve").attr("d", line(([a]) => x(a), ([, b]) => y(b))(at));
  frame.layer.append("g").attr("class", "points").selectAll("circle").data(at).join("circle")
    .attr("cx", ([a]) => x(a)).attr("cy", ([, b]) => y(b)).attr("r", 4)
    .append("title").text(([a, b]) => `${a}: ${b}`);
  return frame;
}
