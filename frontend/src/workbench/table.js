// The answer as a table. Rows are made as they are wanted: a browser bears thousands, but not all at once.
import { termElement } from "./terms.js";

const ROWS = 200;

export function table({ columns, rows }, { place, show, part }) {
  const box = part("table");
  const [head, body, more] = ["thead tr", "tbody", "[data-more]"].map((name) => box.querySelector(name));
  head.replaceChildren(
    ...columns.map((name) => {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = name;
      return cell;
    }),
  );
  let shown = 0;
  const add = () => {
    const next = rows.slice(shown, shown + ROWS);
    body.append(
      ...next.map((row) => {
        const line = document.createElement("tr");
        line.append(
          ...row.map((term) => {
            const cell = document.createElement("td");
            if (term) cell.append(termElement(term, show));
            return cell;
          }),
        );
        return line;
      }),
    );
    shown += next.length;
    more.hidden = shown >= rows.length;
  };
  more.addEventListener("click", add);
  add();
  place.append(box);
}
