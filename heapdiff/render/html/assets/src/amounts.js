// Numbers as people read them, as heapdiff/render/amounts.py writes them.
const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];
const COUNTS = new Intl.NumberFormat("en-US");

export const count = (number) => COUNTS.format(number);

export const signed = (number) => (number > 0 ? `+${count(number)}` : count(number));

export function size(number) {
  if (Math.abs(number) < 999.5) return `${Math.round(number)} B`;
  let unit = 0;
  while (Math.abs(number) >= 999.5 && unit < UNITS.length - 1) {
    number /= 1000;
    unit += 1;
  }
  const digits = Math.abs(number) < 9.995 ? 2 : Math.abs(number) < 99.95 ? 1 : 0;
  return `${number.toFixed(digits)} ${UNITS[unit]}`;
}

export const signedSize = (number) => (number > 0 ? `+${size(number)}` : size(number));

export function share(part, whole) {
  if (!whole || !part) return "0 %";
  const percent = (100 * part) / whole;
  return percent < 0.1 ? "< 0.1 %" : `${percent.toFixed(percent < 10 ? 1 : 0)} %`;
}
