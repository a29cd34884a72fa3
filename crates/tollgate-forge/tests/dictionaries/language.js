// Objects that take any key: order, what is missing, what changes while it is gone over, JSON.

const said/*: string[]*/ = [];
function say(text/*: string*/)/*: void*/ { said.push(text); }

/*interface Counts { [word: string]: number }*/
/*interface Item { name: string; tags: Record<string, string>; more?: { [key: string]: number[] } }*/
/*type Nested = Record<string, Record<string, number>>;*/

function count(text/*: string*/)/*: Counts*/ {
  const counts/*: Counts*/ = {};
  for (const word of text.split(" ")) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

function shown(o/*: Counts*/)/*: string*/ {
  let out = "";
  for (const k in o) out += `${k}=${o[k]} `;
  return `${out}| ${Object.keys(o).join()} | ${Object.values(o).join()}`;
}

function order()/*: void*/ {
  const o/*: Counts*/ = { b: 1, "10": 2, a: 3, 9: 4, "-1": 5, "01": 6, "4294967294": 7, "4294967295": 8, "1.5": 9, 0: 10 };
  o["2"] = 11;
  o[7] = 12;
  o[1.5] = 13;
  o[-1] = 14;
  o[1e21] = 15;
  say(shown(o));
  delete o["9"];
  delete o[0];
  delete o["none"];
  o.b = 20;
  delete o.a;
  o.a = 21;
  o["9"] = 22;
  say(shown(o));
  say(`${"b" in o} ${"z" in o} ${9 in o} ${0 in o} ${Object.hasOwn(o, "a")} ${delete o.z}`);
}

function missing()/*: void*/ {
  const o/*: Record<string, string | null>*/ = { a: null, b: "x" };
  const texts/*: Record<string, string | undefined>*/ = { a: undefined };
  say(`${o.a} ${o.b} ${o.c} ${o["a"] === undefined} ${o["c"] === undefined} ${"a" in texts} ${texts.a} ${Object.keys(texts).length}`);
  const counts/*: Counts*/ = {};
  counts.a ??= 5;
  counts.a ??= 6;
  counts.b ||= 7;
  const c = (counts["c"] ??= 8) + (counts["a"] ??= 1);
  counts.d = counts.e = 3;
  say(`${shown(counts)} ${c}`);
  const x = counts["a"];
  if (x !== undefined) say(`${x + 1}`);
  const lists/*: { [key: string]: number[] }*/ = {};
  for (const n of [3, 1, 2, 3]) (lists[n % 2 === 0 ? "even" : "odd"] ??= []).push(n);
  say(`${lists.odd?.join()} ${lists.even?.length} ${lists.none?.length}`);
}

function changing()/*: void*/ {
  const o/*: Counts*/ = { a: 1, b: 2, c: 3, d: 4 };
  let out = "";
  for (const k in o) {
    out += k;
    if (k === "a") delete o.b;
    if (k === "c") { o.b = 5; continue; }
    if (k === "d") break;
  }
  let last = "";
  for (last in o) out += last;
  for (const [k, v] of Object.entries(o)) {
    out += `${k}${v}`;
    delete o.d;
    o.a = 9;
  }
  const calls/*: (() => string)[]*/ = [];
  for (const k in o) calls.push(() => k);
  var name = "";
  outer: for (name in o) for (const other in o) {
    if (other === "c") continue outer;
    out += `-${name}${other}`;
  }
  say(`${out} ${calls.map((f) => f()).join("")} ${last} ${name}`);
  for (const [, v] of Object.entries(o)) out += v;
  for (const [k] of Object.entries(o)) out += k;
  say(out);
}

function copies()/*: void*/ {
  const a/*: Counts*/ = { x: 1, y: 2 };
  const key = "z";
  const b/*: Counts*/ = { y: 0, ...a, [key]: 3, [`${key}${key}`]: 4, x: 5 };
  a.x = 100;
  say(`${shown(a)} ${shown(b)} ${a === b} ${typeof a}`);
  const nested/*: Nested*/ = { p: { q: 1 }, r: {} };
  const inner = nested["r"];
  if (inner) inner.s = 2;
  (nested.t ??= {}).u = 3;
  say(`${nested.p?.q} ${nested["r"]?.["s"]} ${nested.t?.u} ${nested.none?.u}`);
  const functions/*: Record<string, (x: number) => number>*/ = { twice: (x) => x * 2, next(x) { return x + 1; } };
  const f = functions["twice"];
  say(`${f ? f(4) : 0} ${functions.next?.(4)} ${functions.none?.(4)}`);
  if (functions.next) say(`${functions.next(5)} ${functions.twice/*!*/(6)}`);
  say([a, b].map((o) => Object.keys(o).length).join());
}

function json()/*: void*/ {
  const o/*: Record<string, number | null | undefined>*/ = { b: 1, a: undefined, "2": null, "1": 3, "\"": 4 };
  say(JSON.stringify(o));
  say(JSON.stringify({ of: o, list: [o] }, null, 2));
  const item/*: Item*/ = { name: "n", tags: { k: "v", "10": "t", "9": "n" } };
  say(JSON.stringify(item));
  const text = '{"tags":{"z":"1","a":"2","5":"3","z":"4"},"name":"m","more":{"x":[1,2],"y":[]}}';
  const read/*: Item*/ = JSON.parse(text);
  say(`${JSON.stringify(read)} ${Object.keys(read.tags).join()} ${read.more?.x?.length} ${read.more?.z?.length}`);
  const counts/*: Counts*/ = JSON.parse('{"a":1,"b":2.5,"":3}');
  say(shown(counts));
  const empty/*: Counts*/ = JSON.parse(" { } ");
  say(`${JSON.stringify(empty)} ${Object.keys(empty).length}`);
}

function many()/*: void*/ {
  const o/*: Record<string, number>*/ = {};
  for (let i = 0; i < 500; i++) o[`k${i * 7 % 500}`] = i;
  for (let i = 0; i < 500; i += 2) delete o[`k${i}`];
  for (let i = 40; i > 0; i -= 3) o[i] = i;
  let sum = 0;
  for (const k in o) sum = (sum * 31 + k.length + (o[k] ?? 0)) % 1000003;
  say(`${Object.keys(o).length} ${sum} ${Object.keys(o).slice(0, 16).join()}`);
}

export function handle(s/*: string*/)/*: string*/ {
  say(shown(count("the cat and the dog and 10 the 9 cats")));
  order();
  missing();
  changing();
  copies();
  json();
  many();
  return said.join("\n");
}
