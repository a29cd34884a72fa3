// Elements that are not there, in each place that asks whether they are: they are `undefined`, and nothing ends.

const said/*: string[]*/ = [];
function say(text/*: string*/)/*: void*/ { said.push(text); }

/*interface Point { x: number; name: string; next?: Point; tags: string[] }*/
/*type Mode = "fast" | "slow";*/
/*type Mixed = string | number;*/
class Item { constructor(n/*: number*/) { this.n = n; } n/*: number*/; twice()/*: number*/ { return this.n * 2; } note()/*: void*/ { say(`note ${this.n}`); } }

const places = [0, 1, 2, 3, -1, 0.5, 1.5, NaN, Infinity, -Infinity, 4294967296, 4294967297, 2147483648, -0, 1e300];

let steps = 0;
function step(n/*: number*/)/*: number*/ { steps += 1; say(`step ${n}`); return n; }

function perhaps(list/*: number[]*/, i/*: number*/)/*: number | undefined*/ { return list[i]; }
function chosen(list/*: string[]*/, i/*: number*/)/*: string | undefined*/ { return i < 100 ? list[i] : undefined; }
const arrow = (list/*: boolean[]*/, i/*: number*/)/*: boolean | undefined*/ => list[i];
function take(x/*: number | undefined*/)/*: string*/ { return x === undefined ? "none" : `${x}`; }
function taken(x/*?: string*/)/*: string*/ { return x ?? "none"; }
function rest(...all/*: (number | undefined)[]*/)/*: string*/ { return all.map((x) => take(x)).join("|"); }

function numbers()/*: void*/ {
  const list = [5, 0, NaN];
  for (const i of places) {
    say(`${i}: ${list[i] ?? -7} ${list[i] === undefined} ${list[i] !== undefined} ${list[i] == null} ${list[i] != null} ${undefined === list[i]} ${null == list[i]} ${list[i] || 9} ${!list[i]} ${list[i] ? "t" : "f"}`);
    const x/*: number | undefined*/ = list[i];
    say(`${x} ${take(list[i])} ${rest(list[i], 1, list[i])} ${perhaps(list, i)} ${typeof list[i] === "undefined"} ${typeof list[i]}`);
    if (list[i]) say("yes"); else say("no");
    if (!list[i] && i > 0) say("not");
    while (list[i]) { say("while"); break; }
    for (; list[i];) { say("for"); break; }
    const t = list[i] === 5, n = list[i] !== 5, z = 0 === list[i], same = list[i] === list[i + 1], other = list[i] === step(5), both = step(5) === list[i];
    say(`${t} ${n} ${z} ${same} ${other} ${both} ${list[i] == 5} ${list[i] === x} ${x === list[i]} ${list[i] === null}`);
    switch (list[i]) { case 5: say("five"); break; case 0: say("zero"); break; default: say("other"); }
    switch (list[i]) { case 5: say("five"); break; case undefined: say("nothing"); break; default: say("other"); }
    switch (list[i]) { case 5: say("only five"); }
    list[i] && say("and");
    list[i] || say("or");
    list[i] ?? say("coalesce");
  }
}


function kinds()/*: void*/ {
  const list/*: i32[]*/ = [3, 0];
  const small/*: u8[]*/ = [200];
  const single/*: f32[]*/ = [0.5];
  for (let i = -1; i < 3; i++) {
    say(`${list[i] ?? 8} ${list[i] === undefined} ${list[i] === 3} ${list[i] || 4} ${!list[i]} ${small[i] ?? 1} ${single[i] ?? 2} ${small[i] === small[0]}`);
    const x/*: i32 | undefined*/ = list[i];
    const y/*: f32 | undefined*/ = single[i];
    say(`${x} ${y}`);
  }
}

// An element becomes the number that is wanted, and what may be missing too.
function wider(n/*: i32[]*/, i/*: number*/)/*: number | undefined*/ { return n[i]; }
function widened()/*: void*/ {
  const list/*: i32[]*/ = [3, 0];
  const small/*: u8[]*/ = [200];
  const single/*: f32[]*/ = [0.5];
  const rows/*: i32[][]*/ = [[4]];
  const bytes = new Uint8Array(2);
  for (let i = -1; i < 3; i++) {
    const a/*: number | undefined*/ = list[i];
    const b/*: number | undefined*/ = small[i];
    const c/*: number | undefined*/ = rows[i]?.[0];
    const d/*: i32 | undefined*/ = small[i];
    const e/*: number | undefined*/ = list[i] ?? list[i + 1];
    const f/*: (number | undefined)[]*/ = [single[i], list[i]];
    let g/*: number | undefined*/ = 2.5;
    [g] = list;
    const h/*: number | undefined*/ = i > 0 ? list[i] : 2.5;
    say(`${a} ${b} ${c} ${d} ${e} ${f.map((x) => take(x)).join("|")} ${g} ${h}`);
    g = single[i];
    say(`${g} ${wider(list, i)} ${take(bytes[i])} ${take(list[i])} ${rest(small[i], single[i])}`);
  }
}

// Both sides of a comparison run, the left one first.
function sides()/*: void*/ {
  const texts/*: string[]*/ = [];
  say(`${texts[0] == (texts.push("x"), null)}`);
  say(`${texts[1] !== (texts.push("y"), undefined)} ${texts[1]}`);
  say(`${(texts.pop(), undefined) === texts[1]} ${texts[0] === (texts.pop(), undefined)}`);
  const rows/*: string[][]*/ = [];
  say(`${rows[0]?.[0] === (rows.push(["x"]), undefined)} ${rows[0]?.[0] === (rows.pop(), undefined)}`);
  const keyed/*: Record<string, number[]>*/ = {};
  say(`${keyed["k"]?.[0] === (keyed["k"] = [1], undefined)} ${keyed["k"]?.[0] === undefined}`);
  const numbers = [1];
  say(`${numbers[0] === (numbers.pop(), undefined)} ${numbers[0] === (step(4), undefined)} ${(step(5), null) == numbers[step(0)]}`);
}

function texts()/*: void*/ {
  const text = "a\u00e9";
  const parts = "k=v=".split("=");
  for (const i of places) {
    say(`${text[i] ?? "-"} ${text[i] === undefined} ${text[i] === "a"} ${"a" !== text[i]} ${text[i] === text[i + 1]} ${text[i] || "or"} ${!text[i]} ${parts[i] ?? "x"} ${parts[i] || "empty"} ${!parts[i]} ${parts[i] === ""}`);
    const x/*: string | undefined*/ = text[i];
    const y/*: string | undefined*/ = parts[i];
    say(`${x} ${y} ${taken(text[i])} ${taken(parts[i])} ${chosen(parts, i)} ${text[i]?.length} ${parts[i]?.length ?? -1} ${text[i]?.toUpperCase() ?? "none"}`);
    switch (text[i]) { case "a": say("case a"); break; default: say("default"); }
  }
  let at = 0;
  while (text[at] !== undefined) at++;
  let words = 0;
  let p = 0;
  const line = "  ab  c ";
  while (p < line.length) { while (line[p] === " ") p++; if (line[p]) words++; while (line[p] && line[p] !== " ") p++; }
  say(`${at} ${words} ${p}`);
}

function objects()/*: void*/ {
  const points/*: Point[]*/ = [{ x: 1, name: "a", tags: ["t"] }, { x: 2, name: "", next: { x: 3, name: "n", tags: [] }, tags: [] }];
  const items = [new Item(4)];
  const lists/*: number[][]*/ = [[1, 2], [], [3]];
  const calls = [(x/*: number*/) => x + 1];
  for (const i of places) {
    say(`${points[i]?.x} ${points[i]?.name ?? "none"} ${points[i]?.next?.x ?? -1} ${points[i]?.next?.name} ${points[i]?.tags[0] ?? "no tag"} ${points[i]?.tags?.[0]} ${points[i]?.tags.length}`);
    say(`${items[i]?.n ?? -1} ${items[i]?.twice()} ${items[i] === undefined} ${!items[i]} ${items[i] ? "t" : "f"} ${items[i] === items[0]} ${points[i] !== points[1]}`);
    say(`${lists[i]?.[0] ?? -1} ${lists[i]?.[1]} ${lists[i]?.[0] === 1} ${lists[i]?.[0] === undefined} ${(lists[i] ?? []).length} ${lists[i]?.length ?? -9} ${lists[i]?.[5]?.toFixed(1)} ${calls[i]?.(i)}`);
    items[i]?.note();
    if (points[i]?.x === 1) say("one");
    if (points[i]?.next) say("next");
    const p/*: Point | undefined*/ = points[i];
    say(p ? p.name : "none");
    const q = (points[i] ?? points[0]).name;
    const l/*: number[] | undefined*/ = lists[i];
    say(`${q} ${l === undefined ? "none" : l.join()} ${(lists[i] || lists[0]).join()}`);
  }
}

function grid()/*: void*/ {
  const cells = [[1, 0], [0, 1]];
  const out/*: number[]*/ = [];
  for (let r = 0; r < 2; r++) for (let c = 0; c < 2; c++) {
    let n = 0;
    for (let a = -1; a <= 1; a++) for (let b = -1; b <= 1; b++) n += cells[r + a]?.[c + b] ?? 0;
    out.push(n);
  }
  say(out.join());
}

function more()/*: void*/ {
  const flags = [true, false];
  const modes/*: Mode[]*/ = ["fast"];
  const mixed/*: Mixed[]*/ = ["a", 1, ""];
  const gaps/*: (number | undefined)[]*/ = [1, undefined];
  const nulls/*: (string | null)[]*/ = ["s", null];
  for (let i = -1; i < 4; i++) {
    say(`${flags[i] ?? true} ${flags[i] === undefined} ${flags[i] === false} ${flags[i] || false} ${!flags[i]} ${arrow(flags, i)}`);
    say(`${modes[i] ?? "slow"} ${modes[i] === "fast"} ${modes[i] === undefined} ${mixed[i] ?? "none"} ${mixed[i] === "a"} ${mixed[i] === 1} ${mixed[i] === undefined} ${!mixed[i]} ${mixed[i] || "or"}`);
    say(`${gaps[i] ?? -3} ${gaps[i] === undefined} ${gaps[i] === 1} ${gaps[i] == null} ${nulls[i] ?? "none"} ${nulls[i] === null} ${nulls[i] === undefined} ${nulls[i] == null} ${!nulls[i]} ${nulls[i] === "s"}`);
    const m/*: Mode | undefined*/ = modes[i];
    const x/*: Mixed | undefined*/ = mixed[i];
    const g/*: number | undefined*/ = gaps[i];
    const s/*: string | null | undefined*/ = nulls[i];
    say(`${m} ${x} ${g} ${s}`);
    switch (modes[i]) { case "fast": say("fast"); break; default: say("not fast"); }
  }
  say(`${gaps[9] ?? gaps[8] ?? gaps[1] ?? 6} ${(flags[0] ? mixed[7] : mixed[0]) ?? "branch"}`);
}

function typed()/*: void*/ {
  const bytes = new Uint8Array([7, 0]);
  const floats = Float64Array.of(0.5);
  for (const i of places) {
    say(`${bytes[i] ?? -1} ${bytes[i] === undefined} ${bytes[i] === 7} ${bytes[i] || 3} ${!bytes[i]} ${floats[i] ?? -2}`);
    const x/*: number | undefined*/ = floats[i];
    say(`${x} ${take(bytes[i])}`);
  }
}

function places_in_objects()/*: void*/ {
  const list = [1];
  const o/*: { a?: number; b: number | undefined }*/ = { a: list[3], b: list[4] };
  o.a = list[0];
  o.b = list[9];
  const all/*: (number | undefined)[]*/ = [list[0], list[1]];
  all.push(list[2], list[0]);
  const m = new Map/*<string, number | undefined>*/();
  m.set("k", list[5]);
  let x/*: number | undefined*/;
  x = list[7];
  say(`${o.a} ${o.b} ${all.map((y) => y ?? -5).join()} ${m.get("k")} ${m.has("k")} ${x}`);
  const read = (i/*: number*/)/*: number | undefined*/ => { return list[i]; };
  const made/*: (i: number) => number | undefined*/ = (i) => list[i];
  say(`${read(0)} ${read(1)} ${made(0)} ${made(1)} ${Math.max(list[4] ?? 2, list[0] ?? 8)}`);
}

function patterns()/*: void*/ {
  const parts = "a".split("=");
  const [a, b = "x"] = parts;
  const [, c = a + b, [d = "deep"] = []] = [parts[0], parts[7] ?? "seven", parts];
  let e/*: string | undefined*/ = "old", f/*: string | undefined*/ = "old";
  [e, f] = parts;
  let g/*: number | undefined*/ = 1;
  [, g] = [2];
  say(`${a} ${b} ${c} ${d} ${e} ${f} ${g}`);
  for (const [k, v = "none"] of ["a=1", "b"].map((s) => s.split("="))) say(`${k} ${v}`);
}

function assignments()/*: void*/ {
  const groups/*: string[][]*/ = [];
  for (const word of ["a", "bb", "c", "dd"]) (groups[word.length - 1] ??= []).push(word);
  const counts/*: number[]*/ = [];
  counts[0] ||= 5;
  counts[0] ||= 6;
  counts[1] ??= 7;
  counts[1] ??= step(8);
  counts[2] &&= step(9);
  const v = (counts[2] ??= 3);
  say(`${groups.map((g) => g.join("+")).join()} ${counts.join()} ${v}`);
}

function order()/*: void*/ {
  let list = [1, 2];
  const change = ()/*: number*/ => { list = [7]; say("changed"); return 1; };
  say(`${list[change()] ?? -4}`);
  list = [1, 2];
  say(`${list[1] === (list = [], 2)} ${list[0] ?? step(4)} ${list[step(3)] ?? step(5)}`);
  list = [3];
  say(`${list[0] ?? step(6)} ${list[0] || step(6)} ${list[step(0)]?.toFixed(step(1))} ${list[step(1)]?.toFixed(step(1))}`);
  let i = 0;
  say(`${list[i++] === i} ${i === list[i++]} ${i} ${list[i++] ?? i}`);
}

export function handle(text/*: string*/)/*: string*/ {
  numbers(); kinds();
  widened();
  sides(); texts(); objects(); grid(); more(); typed(); places_in_objects(); patterns(); assignments(); order();
  const list/*: number[]*/ = [];
  say(`${steps} ${list[0] ?? -6} ${list[0] === undefined}`);
  return said.join("\n") + text;
}
