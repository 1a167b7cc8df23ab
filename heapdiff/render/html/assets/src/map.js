// The owner map: a treemap, and a list beside it that says and does the same by keyboard. Its place is in the address, so that
// the browser's Back goes back.
import { count, share, signedSize, size } from "./amounts.js";
import { chart, tooltip } from "./charts.js";
import { inkOn, mix } from "./colours.js";
import { Owners } from "./owners.js";

const DEPTH = 3;
const LEAST = [0.002, 0.005, 0.007]; // of the whole, by depth: what is smaller could not be read
const USUAL_AREA = 360_000; // square pixels for which these are right
const MOST_SCALE = 4; // however small the place is
const ALWAYS = 60; // of what is directly below the group that is open, also where all are small
const OF_GROWN = 0.4; // these are what the map is for
const LEAST_LABEL = 38; // pixels: in less stands no word
const OUT_OF_SIGHT = -10_000;
const MOST_ROWS = 200;
const MOST_FOUND = 50;
const VISIBLE_GROWTH = 0.02;
const WORTH_A_COLOUR = 0.0005; // of the whole

export function drawMap(section, data) {
  const owners = new Owners(data);
  const find = (name) => section.querySelector(`[data-map="${name}"]`);
  const state = { root: -1, by: "bytes" };

  const place = find("chart");
  const scale = () => Math.min(MOST_SCALE, Math.max(1, USUAL_AREA / Math.max(1, place.clientWidth * place.clientHeight)));
  const view = chart(place, (colour) => options(owners, state.root, colour, scale()));
  view.chart.on("click", ({ data: tile }) => {
    if (!tile || tile.opens === undefined) return;
    const number = owners.below(tile.opens).length ? tile.opens : owners.parent(tile.opens);
    if (number !== state.root) go(number);
  });
  view.chart.on("finished", () => {
    place.dataset.drawn = String(state.root);
  });

  function go(number) {
    location.hash = number < 0 ? "map" : `map-${number}`;
  }

  function show(number) {
    state.root = number;
    delete place.dataset.drawn;
    view.draw();
    renderWay(find("way"), owners, number, go);
    renderRows();
    const way = number < 0 ? "everything that roots reach" : owners.path(number);
    find("said").textContent = `${way}: ${size(owners.bytes(number))} in ${count(owners.objects(number))} objects`;
    find("up").disabled = number < 0;
  }

  function renderRows() {
    const words = find("search").value.trim();
    const numbers = words ? owners.find(words, MOST_FOUND + 1) : [...owners.below(state.root)];
    if (state.by === "growth") numbers.sort((one, other) => owners.change(other) - owners.change(one));
    else if (words) numbers.sort((one, other) => owners.bytes(other) - owners.bytes(one));
    const most = words ? MOST_FOUND : MOST_ROWS;
    const rows = numbers.slice(0, most).map((number) => row(owners, number, Boolean(words), state.root, go));
    if (!words && numbers.length && owners.own(state.root)) rows.push(ownRow(owners, state.root));
    find("rows").replaceChildren(...rows);
    const rest = numbers.length - most;
    find("found").textContent = words
      ? `${numbers.length > most ? `the first ${most}` : count(numbers.length)} found in the whole map`
      : rest > 0
        ? `${count(rest)} more`
        : numbers.length
          ? ""
          : "Nothing further is below it.";
  }

  function arrive() {
    const match = /^#map(?:-(\d+))?$/.exec(location.hash);
    const number = match?.[1] === undefined ? -1 : Number(match[1]);
    if (owners.has(number) && number !== state.root && (match || state.root >= 0)) show(number);
    return match;
  }

  find("up").addEventListener("click", () => go(owners.parent(state.root)));
  find("search").addEventListener("input", renderRows);
  find("by").addEventListener("change", (event) => {
    state.by = event.target.value;
    renderRows();
  });
  section.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && find("search").value) {
      find("search").value = "";
      renderRows();
    } else if ((event.key === "Backspace" || event.key === "Escape") && state.root >= 0 && event.target.tagName !== "INPUT") {
      event.preventDefault();
      go(owners.parent(state.root));
    }
  });
  addEventListener("hashchange", () => {
    if (arrive() && section.getBoundingClientRect().top > innerHeight * 0.6) section.scrollIntoView();
    else if (location.hash.startsWith("#map") && section.getBoundingClientRect().bottom < 0) section.scrollIntoView();
  });
  for (const link of document.querySelectorAll("a[data-group]")) {
    link.href = `#map-${link.dataset.group}`;
    link.addEventListener("click", () => section.scrollIntoView());
  }
  find("body").hidden = false;
  show(-1);
  arrive();
  return { owners, go };
}

function renderWay(place, owners, number, go) {
  const steps = [-1, ...owners.way(number)].map((at) => {
    const item = document.createElement("li");
    const here = at === number;
    const shown = document.createElement(here ? "span" : "button");
    shown.textContent = owners.label(at);
    if (here) shown.setAttribute("aria-current", "location");
    else {
      shown.type = "button";
      shown.addEventListener("click", () => go(at));
    }
    item.append(shown);
    return item;
  });
  place.replaceChildren(...steps);
}

function row(owners, number, whole, root, go) {
  const line = document.createElement("tr");
  const name = document.createElement("th");
  name.scope = "row";
  const opens = owners.below(number).length > 0 || whole;
  const shown = document.createElement(opens ? "button" : "span");
  if (opens) {
    shown.type = "button";
    shown.addEventListener("click", () => go(owners.below(number).length ? number : owners.parent(number)));
  }
  shown.className = "name";
  shown.textContent = whole ? owners.path(number) : owners.label(number);
  name.append(shown);
  const type = owners.type(number);
  if (type && type !== owners.label(number)) {
    const small = document.createElement("span");
    small.className = "type";
    small.textContent = type;
    name.append(small);
  }
  fillRow(line, name, owners, owners.bytes(number), owners.compared ? owners.before(number) : 0, owners.bytes(whole ? -1 : root));
  return line;
}

function ownRow(owners, number) {
  const line = document.createElement("tr");
  const name = document.createElement("th");
  name.scope = "row";
  name.textContent = "itself";
  fillRow(line, name, owners, owners.own(number), owners.ownBefore(number), owners.bytes(number));
  return line;
}

function fillRow(line, name, owners, bytes, before, whole) {
  const cells = [size(bytes), share(bytes, whole)];
  if (owners.compared) cells.push(bytes === before ? "–" : signedSize(bytes - before));
  line.append(name, ...cells.map(cell));
  const visible = bytes - before > owners.total * WORTH_A_COLOUR;
  if (visible && owners.grown(bytes, before) > VISIBLE_GROWTH) line.className = "grown";
}

function cell(text, at) {
  const made = document.createElement("td");
  if (at === 1) made.className = "share";
  made.textContent = text;
  return made;
}

// Neutral where nothing changed; red for what grew and blue for what shrank, as much as they did.
function fill(growth, colour) {
  if (Math.abs(growth) < VISIBLE_GROWTH) return colour.same;
  return mix(colour.same, growth > 0 ? colour.grown : colour.shrunk, 0.25 + 0.75 * Math.min(1, Math.abs(growth)));
}

function tiles(owners, number, colour, depth, whole) {
  const usual = whole * LEAST[DEPTH - depth];
  const children = [];
  let [small, smallBytes, smallBefore] = [0, 0, 0];
  for (const [at, child] of owners.below(number).entries()) {
    const bytes = owners.bytes(child);
    const least = owners.growth(child) > VISIBLE_GROWTH ? usual * OF_GROWN : usual;
    const tooSmall = bytes < least && !(depth === DEPTH && at < ALWAYS);
    if (!bytes || tooSmall || owners.isRest(child)) {
      small += owners.isRest(child) ? owners.data.merged[child] : Number(bytes > 0);
      smallBytes += bytes;
      smallBefore += owners.compared ? owners.before(child) : 0;
    } else {
      children.push(tile(owners, child, colour, depth, whole));
    }
  }
  if (smallBytes > 0) children.push(plain(`${count(small)} smaller`, smallBytes, owners.grown(smallBytes, smallBefore), colour, number));
  if (owners.own(number) > usual && children.length) children.push(itself(owners, number, colour));
  return children;
}

function plain(name, value, growth, colour, opens) {
  const filled = fill(growth, colour);
  const ink = filled === colour.same ? colour.faint : inkOn(filled);
  return { name, value, opens, itemStyle: { color: filled, borderColor: colour.paper }, label: { color: ink } };
}

function itself(owners, number, colour) {
  const own = owners.own(number);
  return plain("itself", own, owners.grown(own, owners.ownBefore(number)), colour, number);
}

function tile(owners, number, colour, depth, whole) {
  const filled = fill(owners.growth(number), colour);
  const ink = inkOn(filled);
  const children = depth > 1 ? tiles(owners, number, colour, depth - 1, whole) : [];
  return {
    name: owners.label(number),
    value: owners.bytes(number),
    group: number,
    opens: number,
    itemStyle: { color: filled, borderColor: children.length ? filled : colour.paper },
    label: { color: ink },
    upperLabel: { color: ink },
    ...(children.length ? { children } : {}),
  };
}

function options(owners, root, colour, scale) {
  const told = ({ data: tile }) => {
    if (!tile || tile.group === undefined) return tile ? `${tile.name}\n${size(tile.value)}` : "";
    const lines = [owners.path(tile.group).slice(-90), owners.type(tile.group), `${size(tile.value)} in ${count(owners.objects(tile.group))} objects`];
    if (owners.compared) lines.push(`${signedSize(owners.change(tile.group))} since the first snapshot`);
    return lines.filter(Boolean).join("\n");
  };
  const below = tiles(owners, root, colour, DEPTH, Math.max(1, owners.bytes(root)) * scale);
  return {
    tooltip: { ...tooltip(colour), formatter: told },
    series: [
      {
        type: "treemap",
        data: below.length ? below : [itself(owners, root, colour)],
        left: 0,
        right: 0,
        top: 0,
        bottom: 0,
        roam: false,
        nodeClick: false,
        breadcrumb: { show: false },
        label: { show: true, fontSize: 12, lineHeight: 15, overflow: "truncate", formatter: ({ data: tile }) => `${tile.name}\n${size(tile.value)}` },
        labelLayout: ({ rect }) => (rect.width < LEAST_LABEL ? { x: OUT_OF_SIGHT } : {}),
        upperLabel: { show: true, height: 20, fontSize: 12, overflow: "truncate", formatter: ({ data: tile }) => `${tile.name}  ${size(tile.value)}` },
        itemStyle: { borderWidth: 1, gapWidth: 1, borderColor: colour.paper },
        levels: [
          { itemStyle: { gapWidth: 3, borderWidth: 0, borderColor: colour.paper }, upperLabel: { show: false } },
          { itemStyle: { gapWidth: 2, borderWidth: 3 } },
          { itemStyle: { gapWidth: 1, borderWidth: 2 } },
          { itemStyle: { gapWidth: 1, borderWidth: 1 } },
        ],
      },
    ],
  };
}
