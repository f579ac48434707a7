// Fills the list of suggestions below the search box while somebody writes. Without it, the search works the same.
const box = document.querySelector("[data-suggest]");
const list = document.getElementById("suggestions");
let waiting = 0;
let asked = "";

async function suggest() {
  const text = box.value.trim();
  if (text.length < 2 || text === asked) return;
  asked = text;
  const address = new URL(box.dataset.suggest, location.href);
  address.searchParams.set("q", text);
  const answer = await fetch(address);
  if (!answer.ok || text !== box.value.trim()) return;
  const found = await answer.json();
  list.replaceChildren(...found.map((row) => {
    const option = document.createElement("option");
    option.value = row.name;
    option.label = row.kindName;
    return option;
  }));
}

if (box && list) {
  box.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => suggest().catch(() => {}), 120);
  });
}
