// Starts what needs a script: charts, the owner map, the table of types. Everything else is in the page already.
import { drawEquation, drawGrowth } from "./charts.js";
import { drawMap } from "./map.js";
import { drawTypes } from "./types.js";

const data = JSON.parse(document.getElementById("data").textContent);
const section = (id) => document.getElementById(id);

document.documentElement.classList.add("scripted");
if (data.growth) drawGrowth(section("growth-chart"), data.growth);
if (data.equation) drawEquation(section("equation-chart"), data.equation);
if (data.owners) drawMap(section("map"), data.owners);
if (data.types) drawTypes(section("types"), data.types);
document.documentElement.dataset.ready = String(Math.round(performance.now()));
