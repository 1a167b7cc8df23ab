// The table of types: sorted by any column, searched by name.
import { FilterModule, FormatModule, InteractionModule, PageModule, ResizeTableModule, SortModule, Tabulator } from "tabulator-tables";
import { count, signed, signedSize, size } from "./amounts.js";

Tabulator.registerModule([FilterModule, FormatModule, InteractionModule, PageModule, ResizeTableModule, SortModule]);

const narrow = () => innerWidth < 540;
const written = (write) => (cell) => document.createTextNode(write(cell.getValue()));
const number = (title, field, write, more = {}) => ({
  title,
  field,
  hozAlign: "right",
  headerHozAlign: "right",
  headerSortStartingDir: "desc",
  sorter: "number",
  minWidth: narrow() ? 92 : 108,
  widthGrow: 1,
  formatter: written(write),
  ...more,
});

export function drawTypes(section, data) {
  const find = (name) => section.querySelector(`[data-types="${name}"]`);
  const rows = data.type.map((type, at) => ({
    id: at,
    type,
    before: data.before?.[at] ?? 0,
    count: data.count[at],
    change: data.before ? data.count[at] - data.before[at] : 0,
    bytes: data.bytes[at],
    grown: data.bytesBefore ? data.bytes[at] - data.bytesBefore[at] : 0,
  }));
  const name = { title: "Type", field: "type", sorter: "alphanum", minWidth: narrow() ? 120 : 240, widthGrow: 4, variableHeight: true, formatter: written(String) };
  const compared = [
    number("Growth", "grown", signedSize),
    number("Bytes", "bytes", size),
    number("New", "change", signed),
    number("Objects", "count", count),
    number("Before", "before", count),
  ];
  const single = [number("Objects", "count", count), number("Bytes", "bytes", size)];
  const place = find("table");
  place.replaceChildren();
  const table = new Tabulator(place, {
    data: rows,
    layout: "fitColumns",
    columns: [name, ...(data.before ? compared : single)],
    pagination: true,
    paginationSize: 20,
    paginationButtonCount: 3,
    paginationElement: find("pages"), // not inside the grid, which may have rows only
    initialSort: [],
    placeholder: "No type has that in its name.",
  });
  const said = (shown) => {
    find("found").textContent = shown === rows.length ? `${count(shown)} types` : `${count(shown)} of ${count(rows.length)} types`;
  };
  table.on("dataFiltered", (_, kept) => said(kept.length));
  table.on("tableBuilt", () => {
    said(rows.length);
    makeAccessible(table, place);
  });
  find("search").addEventListener("input", (event) => {
    const words = event.target.value.trim().toLowerCase();
    if (words) table.setFilter((row) => row.type.toLowerCase().includes(words));
    else table.clearFilter();
  });
  find("tools").hidden = false;
  return table;
}

// Tabulator sorts by mouse only, and has an element between the grid and its rows that belongs to neither.
function makeAccessible(table, place) {
  place.setAttribute("aria-label", "All types");
  const holder = place.querySelector(".tabulator-tableholder");
  holder.setAttribute("role", "rowgroup");
  holder.setAttribute("aria-label", "Rows");
  holder.querySelector(".tabulator-table").setAttribute("role", "presentation");
  for (const header of place.querySelectorAll(".tabulator-col.tabulator-sortable")) {
    header.tabIndex = 0;
    header.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      header.click();
    });
  }
}
