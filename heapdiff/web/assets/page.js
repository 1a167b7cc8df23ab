"use strict";
// Adds to a page that works without it: what takes a while says that it is busy, long tables get a filter.
for (const asking of document.querySelectorAll("form[data-busy], a[data-busy]")) {
  const button = asking.querySelector("button") ?? asking;
  asking.addEventListener(button === asking ? "click" : "submit", () => {
    const said = button.textContent;
    button.textContent = asking.dataset.busy;
    button.disabled = true;
    addEventListener("pageshow", () => { button.textContent = said; button.disabled = false; }, { once: true });
  });
}
for (const table of document.querySelectorAll("table[data-filter]")) {
  const rows = [...table.tBodies[0].rows];
  if (rows.length < 8) continue;
  const field = document.createElement("input");
  field.type = "search";
  field.className = "filter";
  field.placeholder = table.dataset.filter;
  field.setAttribute("aria-label", table.dataset.filter);
  field.addEventListener("input", () => {
    const wanted = field.value.toLowerCase();
    for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });
  table.parentElement.before(field);
}
