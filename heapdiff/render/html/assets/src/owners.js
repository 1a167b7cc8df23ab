// The groups of the owner map, as columns came with the page. Draws nothing.
export class Owners {
  constructor(data) {
    this.data = data;
    this.children = new Map([[-1, []]]);
    data.parent.forEach((parent, number) => {
      if (!this.children.has(parent)) this.children.set(parent, []);
      this.children.get(parent).push(number);
    });
    this.total = this.below(-1).reduce((sum, number) => sum + data.bytes[number], 0);
    this.compared = data.before !== null;
  }

  get length() {
    return this.data.parent.length;
  }

  has = (number) => Number.isInteger(number) && number >= -1 && number < this.length;
  below = (number) => this.children.get(number) ?? [];
  bytes = (number) => (number < 0 ? this.total : this.data.bytes[number]);
  objects = (number) =>
    number < 0 ? this.below(-1).reduce((sum, each) => sum + this.data.objects[each], 0) : this.data.objects[number];
  before = (number) =>
    number < 0 ? this.below(-1).reduce((sum, each) => sum + this.data.before[each], 0) : this.data.before[number];
  change = (number) => (this.compared ? this.bytes(number) - this.before(number) : 0);
  own = (number) => (number < 0 ? 0 : this.data.own[number]);
  ownBefore = (number) =>
    number < 0 || !this.compared ? 0 : this.before(number) - this.below(number).reduce((sum, each) => sum + this.before(each), 0);
  parent = (number) => this.data.parent[number];
  kind = (number) => this.data.kinds[this.data.kind[number]];
  isRest = (number) => number >= 0 && this.kind(number) === "more";

  label(number) {
    if (number < 0) return "everything";
    if (this.isRest(number)) return `${this.data.merged[number].toLocaleString("en-US")} smaller`;
    return this.data.names[this.data.label[number]];
  }

  type = (number) => (number < 0 ? "" : this.data.names[this.data.type[number]]);

  // From the top down to a group, itself included.
  way(number) {
    const way = [];
    for (let at = number; at >= 0; at = this.parent(at)) way.unshift(at);
    return way;
  }

  // As a person would write it: `shop.cache.SESSIONS['…'].tags`.
  path(number) {
    const way = this.way(number).filter((at) => this.kind(at) !== "package" && !this.isRest(at));
    const named = this.parent(way[0] ?? -1) === -1 ? way.slice(1) : way;
    return named.map((at) => this.label(at)).join("") || this.label(number);
  }

  // How much of itself a group has gained or lost, from -1 to 1.
  growth = (number) => (this.compared ? this.grown(this.bytes(number), this.before(number)) : 0);

  grown(now, before) {
    const most = Math.max(now, before);
    return this.compared && most ? (now - before) / most : 0;
  }

  find(words, most) {
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    const found = [];
    for (let number = 0; number < this.length && found.length < most && wanted.length; number += 1) {
      if (this.isRest(number)) continue;
      const text = `${this.path(number)} ${this.type(number)}`.toLowerCase();
      if (wanted.every((word) => text.includes(word))) found.push(number);
    }
    return found;
  }
}
