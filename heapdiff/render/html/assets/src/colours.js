// The page's colours, read from its style sheet, so that charts follow light, dark and print.
const dark = matchMedia("(prefers-color-scheme: dark)");
const print = matchMedia("print");

export function colours() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: read("ink"),
    faint: read("faint"),
    line: read("line"),
    paper: read("paper"),
    panel: read("panel"),
    grown: read("grown"),
    shrunk: read("shrunk"),
    same: read("same"),
    terms: [1, 2, 3, 4, 5, 6, 7, 8].map((number) => read(`term-${number}`)),
  };
}

export function onChange(draw) {
  for (const query of [dark, print]) query.addEventListener("change", draw);
  addEventListener("beforeprint", draw);
  addEventListener("afterprint", draw);
}

const parse = (colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));

export function mix(from, to, part) {
  const ends = [parse(from), parse(to)];
  const mixed = ends[0].map((value, at) => Math.round(value + (ends[1][at] - value) * part));
  return `#${mixed.map((value) => value.toString(16).padStart(2, "0")).join("")}`;
}

function luminance(colour) {
  const [red, green, blue] = parse(colour).map((value) => {
    const part = value / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

// Black or white, whichever is easier to read on a colour.
export const inkOn = (colour) => (luminance(colour) > 0.18 ? "#111111" : "#ffffff");
