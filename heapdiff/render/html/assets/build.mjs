// Builds what the page runs: `npm ci && npm run build`. The same versions give the same bytes, so that the check can compare them.
import { build } from "esbuild";
import { readFile, writeFile, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const built = join(here, "..", "built");
const LIBRARIES = ["echarts", "zrender", "tslib", "tabulator-tables"];
const TEXTS = {
  echarts: ["LICENSE", "NOTICE", "licenses/LICENSE-d3"],
  zrender: ["LICENSE"],
  tslib: ["LICENSE.txt"],
  "tabulator-tables": ["LICENSE"],
};

await mkdir(built, { recursive: true });
await build({
  entryPoints: [join(here, "src", "report.js"), join(here, "src", "report.css")],
  outdir: built,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2020", "chrome100", "firefox100", "safari15"],
  legalComments: "none", // they stand in LICENSES.txt
  charset: "utf8",
  define: { "process.env.NODE_ENV": '"production"' },
});

const parts = ["What stands in report.js and report.css beside heapdiff's own code. Made by assets/build.mjs.\n"];
for (const name of LIBRARIES) {
  const root = join(here, "node_modules", name);
  const { version, license } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  parts.push(`${"=".repeat(80)}\n${name} ${version} (${license})\n`);
  for (const text of TEXTS[name]) {
    parts.push(`--- ${text}\n${(await readFile(join(root, text), "utf8")).replaceAll("\r\n", "\n").trimEnd()}\n`);
  }
}
await writeFile(join(built, "LICENSES.txt"), parts.join("\n"));
