"use strict";
// A click on a heading sorts its table, another one the other way round.
for (const table of document.querySelectorAll("table")) {
  const headings = table.tHead.rows[0].cells;
  for (const [column, heading] of Array.from(headings).entries()) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => sortBy(table, headings, column));
  }
}
function sortBy(table, headings, column) {
  const descending = headings[column].getAttribute("aria-sort") === "ascending";
  for (const heading of headings) heading.removeAttribute("aria-sort");
  headings[column].setAttribute("aria-sort", descending ? "descending" : "ascending");
  const rows = Array.from(table.tBodies[0].rows);
  const texts = new Map(rows.map((row) => [row, row.cells[column].textContent.trim()]));
  const known = (text) => text !== "" && text !== "–";
  const number = (text) => parseFloat(text.replaceAll(",", "").replace("−", "-"));
  const numeric = Array.from(texts.values()).filter(known).every((text) => !isNaN(number(text)));
  const order = (a, b) => (numeric ? number(a) - number(b) : a.localeCompare(b, "en"));
  rows.sort((a, b) => {
    const [one, other] = [texts.get(a), texts.get(b)];
    if (known(one) !== known(other)) return known(one) ? -1 : 1;
    if (!known(one)) return 0;
    return descending ? order(other, one) : order(one, other);
  });
  table.tBodies[0].append(...rows);
}
