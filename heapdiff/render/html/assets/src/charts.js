// Memory over time, and the memory equation as stacked bars. The tables beside them say the same.
import { BarChart, LineChart, TreemapChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import * as core from "echarts/core";
import { LabelLayout } from "echarts/features";
import { CanvasRenderer } from "echarts/renderers";
import { size } from "./amounts.js";
import { colours, onChange } from "./colours.js";

core.use([AriaComponent, BarChart, CanvasRenderer, GridComponent, LabelLayout, LegendComponent, LineChart, TooltipComponent, TreemapChart]);

const still = matchMedia("(prefers-reduced-motion: reduce)");

// A chart that is drawn again when its size, the colour scheme or the medium changes. `options` makes what it shows.
export function chart(place, options) {
  const made = core.init(place, null, { renderer: "canvas" });
  const draw = () => made.setOption({ animation: !still.matches, animationDuration: 200, ...options(colours()) }, true);
  draw();
  new ResizeObserver(() => {
    if (!place.clientWidth) return; // hidden: there is nothing to fit
    made.resize();
    draw();
  }).observe(place);
  onChange(draw);
  return { chart: made, draw };
}

export function tooltip(colour) {
  return {
    renderMode: "richText", // as HTML it would need styles that the page's policy forbids
    confine: true,
    backgroundColor: colour.panel,
    borderColor: colour.line,
    textStyle: { color: colour.ink, fontSize: 13 },
  };
}

const FONT = { fontSize: 12 };
const axis = (colour) => ({
  axisLine: { lineStyle: { color: colour.line } },
  axisLabel: { color: colour.faint, ...FONT },
  splitLine: { lineStyle: { color: colour.line, opacity: 0.5 } },
});
const legend = (colour) => ({ top: 0, left: 0, itemGap: 12, itemWidth: 14, textStyle: { color: colour.ink, ...FONT } });

export function drawGrowth(place, data) {
  const clock = (at) => new Date(at).toISOString().slice(11, 19);
  chart(place, (colour) => ({
    color: [colour.terms[0], colour.terms[1]],
    grid: { left: 8, right: 16, top: 34, bottom: 4, containLabel: true },
    legend: legend(colour),
    tooltip: {
      ...tooltip(colour),
      trigger: "axis",
      formatter: (points) =>
        [`${clock(points[0].value[0])} UTC`, ...points.map((each) => `${each.seriesName}: ${size(each.value[1])}`)].join("\n"),
    },
    xAxis: { type: "time", ...axis(colour), splitLine: { show: false }, axisLabel: { ...axis(colour).axisLabel, hideOverlap: true, formatter: clock } },
    yAxis: { type: "value", min: 0, ...axis(colour), axisLabel: { ...axis(colour).axisLabel, formatter: size } },
    series: data.lines.map((line, number) => ({
      name: line.name,
      type: "line",
      data: line.points,
      symbol: number ? "diamond" : "circle",
      symbolSize: line.points.length > 60 ? 0 : 8,
      lineStyle: { width: 2.5, type: number ? "dashed" : "solid" },
    })),
  }));
}

export function drawEquation(place, data) {
  chart(place, (colour) => ({
    color: colour.terms,
    aria: { enabled: true, decal: { show: data.terms.length > 1 } },
    grid: { left: 8, right: 24, top: place.clientWidth < 480 ? 92 : 62, bottom: 4, containLabel: true },
    legend: { ...legend(colour), data: data.terms },
    tooltip: {
      ...tooltip(colour),
      trigger: "axis",
      axisPointer: { type: "shadow" },
      formatter: (bars) => [bars[0].name, ...bars.map((each) => `${each.seriesName}: ${size(each.value)}`)].join("\n"),
    },
    xAxis: { type: "value", ...axis(colour), axisLabel: { ...axis(colour).axisLabel, formatter: size, hideOverlap: true } },
    yAxis: { type: "category", inverse: true, data: data.names, ...axis(colour) },
    series: data.terms.map((name, number) => ({
      name,
      type: "bar",
      stack: "memory",
      barMaxWidth: 34,
      data: data.rows.map((row) => Math.max(0, row[number])),
      itemStyle: { borderColor: colour.panel, borderWidth: 1 },
    })),
  }));
}
