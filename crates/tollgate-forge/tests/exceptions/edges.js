// Exceptions where something else goes on at the same time: what is known of values, defaults, chains, patterns, objects that are half made.

const said/*: string[]*/ = [];
function say(text/*: string*/)/*: void*/ { said.push(text); }
function fail(text/*: string*/)/*: number*/ { throw new Error(text); }
function failing(text/*: string*/)/*: string*/ { throw new RangeError(text); }
function tries(what/*: string*/, f/*: () => string*/)/*: void*/ {
  try {
    say(`${what}: ${f()}`);
  } catch (e) {
    say(`${what}! ${e.message}`);
  }
}

class Node {
  next/*: Node | null*/ = null;
  constructor(value/*: number*/) { this.value = value; }
  value/*: number*/;
}

// What is known of a value is forgotten where `finally` or a handler may have changed it.
function known(n/*: number*/)/*: string*/ {
  let x/*: number | undefined*/ = 5;
  while (true) {
    try {
      if (x !== undefined) break;
      x = 1;
    } finally {
      x = n > 0 ? undefined : 7;
    }
  }
  let y/*: string | null*/ = "y";
  try {
    y = null;
    if (n > 1) fail("y");
    y = "z";
  } catch {
    return `${x ?? -1} ${y ?? "none"}`;
  } finally {
    y = y === null ? "was none" : null;
    say(`${y ?? "now none"}`);
  }
  return `${x === undefined ? -1 : x} ${y === null ? "none" : y}`;
}

function defaults(a/*: number*/, b/*: number*/ = fail(`default of ${a}`), c/*: number*/ = b * 2)/*: number*/ {
  return a + b + c;
}
class Point {
  constructor(x/*: number*/ = fail("x of a point"), y/*: number*/ = 2) { this.x = x; this.y = y; }
  x/*: number*/;
  y/*: number*/;
  get sum()/*: number*/ {
    if (this.x > 5) throw new TypeError(`sum of ${this.x}`);
    return this.x + this.y;
  }
  set sum(to/*: number*/) {
    if (to < 0) throw new TypeError(`sum to ${to}`);
    this.x = to - this.y;
  }
  toString()/*: string*/ {
    if (this.y < 0) throw new SyntaxError("no text");
    return `(${this.x},${this.y})`;
  }
}

const seen/*: Half[]*/ = [];
class Half {
  first/*: number*/ = 1;
  second/*: number*/ = 0;
  constructor(n/*: number*/) {
    seen.push(this);
    this.first = n;
    if (n > 1) throw new Error(`half ${n}`);
    this.second = n * 2;
  }
}
class Whole extends Half {
  third/*: number*/ = this.first + 1;
  constructor(n/*: number*/) {
    super(n);
    if (n > 0) throw new Error(`whole ${n}`);
    this.third = 9;
  }
}

function text(n/*: number*/)/*: string*/ {
  if (n % 3 === 0) throw new Error(`t${n}`);
  return `<${n}>`;
}
function small(n/*: number*/)/*: number*/ {
  if (n > 2) throw new RangeError(`small ${n}`);
  return n + 1;
}
function smaller(n/*: number*/)/*: number*/ { return small(n) + small(n - 1); }

function loops()/*: string*/ {
  let out = "";
  for (let i = 0; i < 7; i++) {
    let here = 0;
    try {
      here = smaller(i);
      here += small(here - 3);
      out += `${here} `;
    } catch (e) {
      out += `${e.message}(${here}) `;
    }
  }
  let i = 0;
  try {
    while (small(i) < 100) i++;
  } catch {
    out += `while ${i} `;
  }
  try {
    do { i--; } while (small(i + 2) > 0 && i > -5);
  } catch {
    out += `do ${i} `;
  }
  try {
    for (let k = 0; smaller(k) < 50; k += 1) out += k;
  } catch {
    out += " for";
  }
  return out;
}

function returns(n/*: number*/)/*: string*/ {
  let out = "a";
  const add = (x/*: string*/) => { out += x; return out; };
  try {
    if (n === 0) return add("r");
    if (n === 1) return failing("r");
    return text(n);
  } catch (e) {
    if (n === 3) return add(`c${text(n + 1)}`);
    throw new Error(`${e.message}+`);
  } finally {
    add("f");
    say(out);
    if (n === 2) out = text(4);
  }
}

function patterns()/*: void*/ {
  const list = [1, 2];
  tries("pattern", () => { const [a, b, c = fail("c")] = list; return `${a}${b}${c}`; });
  tries("pattern", () => { const [a, b = fail("b")] = list; return `${a}${b}`; });
  const p = { x: 1, y: 2 };
  tries("assigned", () => { [p.x, p.y] = [7, fail("second")]; return ""; });
  say(`${p.x} ${p.y}`);
  tries("spread", () => { const q = { ...p, x: fail("spread") }; return `${q.x}`; });
  tries("spread", () => [...list, fail("array"), ...list].join());
  let n = 1;
  tries("compound", () => { n += fail("compound"); return ""; });
  let maybe/*: number | undefined*/;
  tries("filled", () => { maybe ??= fail("filled"); return ""; });
  tries("filled", () => { maybe ??= 4; maybe ??= fail("never"); return `${maybe}`; });
  say(`${n} ${maybe ?? -1}`);
  const node/*: Node | null*/ = list.length > 1 ? new Node(1) : null;
  tries("chain", () => `${node?.next?.value ?? fail("chain")}`);
  tries("index", () => { list[small(1)] = small(5); return ""; });
  tries("index", () => { list[small(0)] = small(0); return list.join(); });
  tries("ternary", () => `${list.length > 0 ? small(9) : 1}`);
  tries("args", () => "abc".slice(small(0), small(3)));
  tries("join", () => [1, 2, 3].map(text).join("+"));
  tries("nested", () => [[1], [2, 3]].map((row) => row.map((x) => small(x))).join("|"));
  tries("sorted", () => {
    const names = ["c", "a", "b"];
    try { names.sort((x, y) => { if (x + y === "ab" || x + y === "ba") throw new Error("ab"); return x < y ? -1 : 1; }); } finally { say(names.join()); }
    return names.join();
  });
  const m = new Map([["a", 1]]);
  tries("map", () => { m.set("b", 2).set(failing("key"), 3); return ""; });
  tries("map", () => { m.set("a", fail("value")); return ""; });
  say([...m.keys()].join() + [...m.values()].join());
}

function objects()/*: void*/ {
  tries("default", () => `${defaults(1, 2)} ${defaults(1, 2, 3)}`);
  tries("default", () => `${defaults(4)}`);
  tries("point", () => `${new Point(1)} ${new Point(1).sum}`);
  tries("point", () => `${new Point()}`);
  tries("point", () => `${new Point(6).sum}`);
  const p = new Point(3, 4);
  tries("point", () => { p.sum = -1; return ""; });
  tries("point", () => { p.sum -= 20; return ""; });
  tries("point", () => { p.sum += 2; return `${p}`; });
  tries("point", () => { p.y = -1; return `${p} never`; });
  tries("point", () => `${[new Point(1, 1), p]}`);
  for (const n of [0, 1, 2]) tries("half", () => `${new Whole(n).third}`);
  say(seen.map((h) => `${h.first}${h.second}`).join());
  const last = seen[1];
  say(`${last instanceof Whole ? last.third : -1}`);
}

function shadowed(e/*: number*/)/*: string*/ {
  let out = `${e}`;
  try {
    fail("e");
  } catch (e) {
    const f = () => e.message;
    { const e = 5; out += e; }
    out += f();
    try { throw new TypeError("inner"); } catch (e) { out += e.name; }
    out += e.message;
    e = new Error("new");
    out += f();
  }
  return out + e;
}

function count(n/*: number*/)/*: number*/ {
  var total = 0;
  try {
    for (var i = 0; i < n; i++) {
      if (i === 3) throw new Error("three");
      total += i;
    }
  } catch (e) {
    var caught = 100;
    total += caught;
  }
  return total + n;
}

function twice()/*: string*/ {
  const e = new Error("kept");
  let out = "";
  for (let i = 0; i < 3; i++) {
    try {
      try { throw e; } finally { out += i; if (i === 1) continue; }
    } catch (again) {
      out += again === e ? "same" : "other";
      e.message += i;
    }
  }
  return out + e.message;
}

export function handle(_/*: string*/)/*: string*/ {
  for (const n of [0, 1, 2]) tries("known", () => known(n));
  say(loops());
  for (let n = 0; n < 5; n++) tries("returns", () => returns(n));
  patterns();
  objects();
  say(shadowed(3));
  say(`${count(2)} ${count(9)}`);
  say(twice());
  const e = new RangeError();
  e.message = "changed";
  e.name = "Mine";
  tries("text", () => { say(`${e} ${e.toString().length} [${new Error("")}]`); e.name = ""; say(`${e}`); e.message = ""; say(`<${e}>`); throw e; });
  return said.join("\n");
}
