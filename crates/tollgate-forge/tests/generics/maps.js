// Maps and sets as people use them: counting, grouping, caches, graphs, and changes while they are gone over.
/* interface Item { name: string; n: number; price: number } */
let common/*: Map<string, number>*/ = new Map();

class Graph {
  edges = new Map/*<string, Set<string>>*/();
  link(a/*: string*/, b/*: string*/)/*: this*/ {
    for (const x of [a, b]) if (!this.edges.has(x)) this.edges.set(x, new Set());
    this.edges.get(a)?.add(b);
    this.edges.get(b)?.add(a);
    return this;
  }
  reach(from/*: string*/)/*: string[]*/ {
    const seen = new Set([from]);
    const queue = [from];
    for (const at of queue) {
      for (const next of this.edges.get(at) ?? new Set/*<string>*/()) {
        if (!seen.has(next)) {
          seen.add(next);
          queue.push(next);
        }
      }
    }
    return [...seen];
  }
}

class Lru/*<K, V>*/ {
  #map = new Map/*<K, V>*/();
  most/*: number*/;
  constructor(most/*: number*/) {
    this.most = most;
  }
  get(key/*: K*/)/*: V | undefined*/ {
    const value = this.#map.get(key);
    if (value === undefined) return undefined;
    this.#map.delete(key);
    this.#map.set(key, value);
    return value;
  }
  set(key/*: K*/, value/*: V*/)/*: void*/ {
    this.#map.delete(key);
    this.#map.set(key, value);
    if (this.#map.size <= this.most) return;
    for (const oldest of this.#map.keys()) {
      this.#map.delete(oldest);
      break;
    }
  }
  keys()/*: K[]*/ {
    return Array.from(this.#map.keys());
  }
}

function count/*<T>*/(list/*: T[]*/)/*: Map<T, number>*/ {
  const found = new Map/*<T, number>*/();
  for (const x of list) found.set(x, (found.get(x) ?? 0) + 1);
  return found;
}

function group/*<T, K>*/(list/*: T[]*/, key/*: (x: T) => K*/)/*: Map<K, T[]>*/ {
  const groups = new Map/*<K, T[]>*/();
  for (const x of list) {
    const k = key(x);
    const there = groups.get(k);
    if (there) there.push(x);
    else groups.set(k, [x]);
  }
  return groups;
}

function changed()/*: string*/ {
  let out = "";
  const m = new Map([[1, "a"], [2, "b"], [3, "c"]]);
  for (const [k, v] of m) {
    out += `${k}${v} `;
    if (k === 1) m.delete(2);
    if (k === 3) m.set(1, "again").set(4, "d");
    if (k < 40 && k > 3) m.set(k + 1, "more");
    if (k === 30) for (const old of [...m.keys()]) if (old < 30) m.delete(old);
  }
  const s = new Set(["x"]);
  for (const x of s) {
    out += x;
    s.delete(x);
    if (out.length < 400) s.add(x);
  }
  const cleared = new Set([1, 2, 3]);
  for (const x of cleared) {
    out += `|${x}`;
    if (x !== 2) continue;
    cleared.clear();
    cleared.add(7).add(8);
  }
  outer: for (const a of cleared) {
    for (const [k, v] of m) {
      if (k === 35) continue outer;
      if (a === 8) break outer;
      out += v.length;
    }
  }
  return `${out} ${m.size} ${s.size} ${cleared.size}`;
}

function keys()/*: string*/ {
  const numbers = new Set([0, -0, NaN, NaN, 1 / 3, 2 ** 53, Infinity, -Infinity]);
  let out = `${numbers.size} ${numbers.has(-0)} ${numbers.has(NaN)} ${numbers.has(1)}`;
  for (const x of numbers) out += ` ${1 / x}`;
  const texts = new Map/*<string | null, number>*/([[null, 1], ["a" + "b", 2], ["", 3]]);
  texts.set("ab", 20).set(null, 10);
  out += ` ${texts.size} ${texts.get(null)} ${texts.get("ab")} ${texts.get("")} ${texts.get("no")}`;
  const perhaps = new Set/*<number | undefined>*/([undefined, 1, undefined, -0, 0, NaN, NaN]);
  for (const x of perhaps) out += x === undefined ? " u" : ` ${1 / x}`;
  const a/*: Item*/ = { name: "a", n: 1, price: 2 };
  const items = new Set([a, { name: "a", n: 1, price: 2 }, a]);
  const lists = new Map([[[1], "one"], [[1], "two"]]);
  const f = ()/*: number*/ => 1;
  const functions = new Set([f, ()/*: number*/ => 1, f]);
  const truth = new Map([[true, 1], [false, 2], [true, 3]]);
  return `${out} ${items.size} ${items.has(a)} ${lists.size} ${functions.size} ${truth.size}${truth.get(true)}`;
}

export function handle(_/*: string*/)/*: string*/ {
  const out/*: string[]*/ = [];
  const letters = count("mississippi".split(""));
  let text = "";
  for (const [letter, n] of letters) text += letter + n;
  out.push(text, [...letters.keys()].sort().join(""), `${[...letters.values()].reduce((a, b) => a + b)}`);
  const groups = group([1, 2, 3, 4, 5], (n) => n % 3);
  groups.forEach((list, key, all) => { out.push(`${key}: ${list.join()} of ${all.size}`); });
  out.push(new Graph().link("a", "b").link("b", "c").link("d", "e").link("c", "f").reach("a").join());
  const lru = new Lru/*<string, number>*/(2);
  lru.set("a", 1);
  lru.set("b", 2);
  lru.get("a");
  lru.set("c", 3);
  out.push(`${lru.keys().join()} ${lru.get("b")} ${lru.get("a")}`);
  const stock = new Map/*<string, Item>*/();
  for (const name of ["nut", "bolt", "nut"]) {
    const there = stock.get(name);
    if (there) there.n++;
    else stock.set(name, { name, n: 1, price: name.length });
  }
  let worth = 0;
  for (const { n, price } of stock.values()) worth += n * price;
  common.set("worth", worth);
  const copy = new Map(common);
  copy.set("other", 1).delete("worth");
  out.push(`${common.get("worth")} ${common.size} ${copy.size} ${copy.has("worth")}`);
  const many = new Map/*<string, number>*/();
  for (let i = 0; i < 3000; i++) many.set(`k${i % 700}`, i);
  for (let i = 0; i < 700; i += 2) many.delete(`k${i}`);
  for (let i = 0; i < 200; i++) many.set(`k${i * 3}`, -i);
  let sum = 0;
  let order = "";
  for (const [k, v] of many) {
    sum += v;
    if (k.endsWith("99")) order += k;
  }
  out.push(`${many.size} ${sum} ${order}`, changed(), keys());
  const calls/*: (() => string)[]*/ = [];
  for (const [k, v] of new Map([["p", 1], ["q", 2]])) calls.push(() => k + v);
  out.push(calls.map((f) => f()).join(), [...new Set("hello"), ..."!"].join(""), `${new Set([...new Set([3, 1, 3])].map((x) => x % 2)).size}`);
  return out.join("\n");
}
