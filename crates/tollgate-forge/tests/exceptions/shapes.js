// Every way in which an exception goes through a program, each told in a line.

const said/*: string[]*/ = [];
function say(text/*: string*/)/*: void*/ { said.push(text); }
function told(x/*: number*/, text/*: string*/)/*: number*/ { say(text); return x; }

function fail(text/*: string*/)/*: number*/ {
  say(`fail ${text}`);
  throw new Error(text);
}

class Failed extends Error {
  code/*: number*/;
  constructor(code/*: number*/, message/*: string*/) {
    super(message);
    this.name = "Failed";
    this.code = code;
  }
  twice()/*: number*/ { return this.code * 2; }
}
class Deeper extends Failed {
  name = "Deeper";
  constructor() { super(7, "deep"); }
}
class Silent extends RangeError { }

function show(e/*: Error*/)/*: string*/ {
  if (e instanceof Deeper) return `deeper ${e.twice()} ${e}`;
  if (e instanceof Failed) return `failed ${e.code} ${e}`;
  if (e instanceof RangeError) return `range ${e.name} ${e.message}`;
  if (e instanceof TypeError || e instanceof SyntaxError) return `other ${e.toString()}`;
  return `error ${e.name}|${e.message}`;
}

function classes()/*: void*/ {
  const all/*: Error[]*/ = [new Error("a"), new Error(), new RangeError("r"), new TypeError("t"), new SyntaxError(), new Failed(3, "f"), new Deeper(), new Silent("s")];
  for (const e of all) {
    try {
      throw e;
    } catch (caught) {
      say(show(caught) + (caught === e ? " same" : " other"));
    }
  }
}

function order()/*: void*/ {
  const add = (a/*: number*/, b/*: number*/, c/*: number*/) => a + b + c;
  let x = 1;
  try {
    x = add(told(1, "first"), fail("second"), told(3, "third"));
  } catch (e) {
    say(`order ${e.message} ${x}`);
  }
  const list/*: number[]*/ = [1];
  try {
    list[told(0, "index")] = fail("value");
  } catch {
    say(`list ${list.join()}`);
  }
  try {
    list.push(told(5, "pushed"), fail("push"));
  } catch {
    say(`list ${list.join()}`);
  }
  try {
    x += told(4, "plus") * fail("times") + told(9, "never");
  } catch {
    say(`x ${x}`);
  }
  try {
    say(`text ${told(1, "part")} ${fail("hole")} ${told(2, "later")}`);
  } catch {
    say("no text");
  }
  const o = { a: 1, b: 2 };
  try {
    o.a = told(10, "a") + fail("b");
  } catch {
    say(`o ${o.a} ${o.b}`);
  }
  try {
    const made = { a: told(1, "made a"), b: fail("made b"), c: told(3, "made c") };
    say(`${made.a}`);
  } catch {
    say("not made");
  }
  if (told(0, "no") > 0 && fail("and") > 0) say("never");
  try {
    if (told(1, "yes") > 0 && fail("and") > 0) say("never");
  } catch {
    say("condition");
  }
}

function ways(n/*: number*/)/*: string*/ {
  let out = "";
  for (let i = 0; i < 6; i++) {
    try {
      out += `[${i}`;
      if (i === n) {
        if (n === 1) continue;
        if (n === 2) break;
        if (n === 3) return out + " returned";
        if (n === 4) fail("four");
      }
      out += "=";
    } catch (e) {
      out += `caught ${e.message}`;
      if (n === 4) continue;
    } finally {
      out += "]";
      say(`finally ${n} ${i}`);
    }
    out += ";";
  }
  return out;
}

function overrides(n/*: number*/)/*: number*/ {
  for (;;) {
    try {
      if (n === 0) return 1;
      if (n === 1) fail("lost");
      if (n === 2) throw new Failed(2, "kept");
      return 3;
    } finally {
      if (n < 2) return 10 + n;
      if (n === 3) break;
    }
  }
  return 100;
}

function nested(n/*: number*/)/*: string*/ {
  try {
    try {
      try {
        if (n === 0) throw new RangeError("in");
        if (n === 1) throw new Failed(1, "in");
        if (n === 4) return "returned";
      } catch (e) {
        if (e instanceof RangeError) throw e;
        throw new Error(`again ${e.message}`);
      } finally {
        say("inner");
        if (n === 2) throw new TypeError("finally");
      }
      if (n === 3) throw new SyntaxError("out");
      return "no exception";
    } finally {
      say("middle");
    }
  } catch (e) {
    return show(e);
  } finally {
    say("outer");
  }
}

function jumps()/*: string*/ {
  let out = "";
  outer: for (let i = 0; i < 4; i++) {
    for (const j of [0, 1, 2]) {
      try {
        try {
          if (j === 1 && i === 0) continue outer;
          if (i === 1) continue;
          if (i === 3) break outer;
          if (j === 2) throw new Error(`${i}${j}`);
        } finally {
          out += `a${i}${j} `;
        }
        out += "+ ";
      } catch (e) {
        out += `c${e.message} `;
      } finally {
        out += `b${i}${j} `;
      }
    }
    out += "| ";
  }
  block: {
    try {
      if (out.length > 3) break block;
      out += "never";
    } finally {
      out += "left";
    }
  }
  let n = 0;
  while (n < 5) {
    try {
      n++;
      if (n === 2) continue;
      if (n === 4) break;
    } finally {
      n += 0.5;
    }
  }
  do {
    try {
      n++;
      if (n > 8) throw new Error("stop");
      continue;
    } catch {
      break;
    } finally {
      out += ` ${n}`;
    }
  } while (true);
  switch (out.length % 2) {
    default:
      try {
        break;
      } finally {
        out += " switched";
      }
  }
  return out;
}

class Account {
  #balance = 0;
  history/*: string[]*/ = [];
  constructor(start/*: number*/) {
    if (start < 0) throw new RangeError("negative");
    this.#balance = start;
  }
  get balance()/*: number*/ {
    if (this.#balance > 1000) throw new Failed(this.#balance, "too rich");
    return this.#balance;
  }
  set balance(to/*: number*/) {
    if (to < 0) throw new Error("overdrawn");
    this.#balance = to;
  }
  pay(x/*: number*/)/*: this*/ {
    this.history.push(`pay ${x}`);
    this.balance -= x;
    return this;
  }
  static of(text/*: string*/)/*: Account*/ {
    if (text === "") throw new SyntaxError("empty");
    return new Account(Number(text));
  }
}
class Special extends Account {
  bonus/*: number*/ = fail1("bonus");
  pay(x/*: number*/)/*: this*/ {
    if (x > 50) throw new TypeError("limit");
    super.pay(x);
    return this;
  }
}
let fails = false;
function fail1(text/*: string*/)/*: number*/ {
  if (fails) throw new Error(text);
  return 5;
}

function objects()/*: void*/ {
  const tries/*: (() => string)[]*/ = [
    () => `${new Account(-1).balance}`,
    () => `${new Account(2000).balance}`,
    () => `${new Account(100).pay(30).pay(80).balance}`,
    () => `${Account.of("").balance}`,
    () => `${Account.of("40").balance}`,
    () => { const a/*: Account*/ = new Special(10); return `${a.pay(5).pay(60).balance}`; },
    () => { fails = true; try { return `${new Special(1).bonus}`; } finally { fails = false; } },
    () => `${new Special(1).bonus}`,
  ];
  for (const f of tries) {
    try {
      say(`ok ${f()}`);
    } catch (e) {
      say(show(e));
    }
  }
  const a = new Account(20);
  try { a.pay(5).pay(50).pay(1); } catch { }
  say(`${a.balance} ${a.history.join()}`);
}

function callbacks()/*: void*/ {
  const list = [3, 1, 2];
  const attempt = (what/*: string*/, f/*: () => string*/) => {
    try {
      say(`${what} ${f()}`);
    } catch (e) {
      say(`${what} threw ${e.message}`);
    }
  };
  attempt("map", () => list.map((x) => x === 2 ? fail(`map ${x}`) : x * 2).join());
  attempt("map", () => list.map((x) => { try { return x === 2 ? fail("in") : x; } catch { return -1; } }).join());
  attempt("filter", () => list.filter((x) => { if (x === 1) throw new Error("filter"); return true; }).join());
  let sum = 0;
  attempt("forEach", () => { list.forEach((x) => { sum += x; if (sum > 3) throw new Error(`sum ${sum}`); }); return ""; });
  attempt("sort", () => list.sort((a, b) => { if (a === 2 || b === 2) throw new Error("sort"); return a - b; }).join());
  say(list.join());
  attempt("reduce", () => `${list.reduce((a, b) => a + b > 4 ? fail("reduce") : a + b)}`);
  attempt("some", () => `${list.some((x) => x === 1 || fail("some") > 0)}`);
  attempt("find", () => `${list.find((x) => x === 2 ? fail("find") > 0 : false)}`);
  const m = new Map([["a", 1], ["b", 2], ["c", 3]]);
  attempt("each", () => { m.forEach((v, k) => { m.delete(k); if (v === 2) throw new Error("each"); }); return ""; });
  say(`${m.size} ${[...m.keys()].join()}`);
  attempt("for", () => { for (const [k, v] of m) if (v === 3) throw new Error(`for ${k}`); return ""; });
  const counter = () => { let n = 0; return () => { if (++n > 2) throw new RangeError(`n ${n}`); return n; }; };
  const next = counter();
  for (let i = 0; i < 4; i++) attempt("next", () => `${next()}`);
}

function first/*<T>*/(list/*: T[]*/, test/*: (x: T) => boolean*/)/*: T*/ {
  for (const x of list) if (test(x)) return x;
  throw new Failed(list.length, "none");
}
function attempt/*<T>*/(f/*: () => T*/, other/*: T*/)/*: T*/ {
  try {
    return f();
  } catch (e) {
    say(`attempt ${e}`);
    return other;
  } finally {
    say("attempted");
  }
}

function closures()/*: void*/ {
  const kept/*: (() => string)[]*/ = [];
  for (let i = 0; i < 3; i++) {
    try {
      throw new Failed(i, `kept ${i}`);
    } catch (e) {
      kept.push(() => `${e.message} ${i}`);
      kept.push(() => { e.message += "!"; return e.message; });
    }
  }
  say(kept.map((f) => f()).join());
  say(kept.map((f) => f()).join());
  let n = 0;
  const f = () => { n++; throw new Error(`n ${n}`); };
  try { f(); } catch ({ message, name }) { say(`${name} ${message} ${n}`); }
  let x/*: number | undefined*/ = 5;
  try {
    x = undefined;
    if (n > 0) fail("x");
    x = 6;
  } catch {
    say(`x is ${x === undefined ? "gone" : "there"}`);
  }
  say(`${x ?? -1}`);
  let assigned/*: number*/;
  try {
    assigned = fail1("ok");
  } finally {
    say("assigning");
  }
  say(`${assigned}`);
  let given/*: string*/;
  try {
    fail("given");
    given = "never";
  } catch (e) {
    given = e.message;
  }
  say(given);
}

function deep(n/*: number*/)/*: number*/ {
  if (n === 0) throw new Failed(42, "bottom");
  try {
    return deep(n - 1) + 1;
  } finally {
    if (n % 10 === 0) say(`up ${n}`);
  }
}

function even(n/*: number*/)/*: boolean*/ {
  if (n < 0) throw new RangeError("even");
  return n === 0 || odd(n - 1);
}
function odd(n/*: number*/)/*: boolean*/ {
  return n !== 0 && even(n - 2);
}

export function handle(_/*: string*/)/*: string*/ {
  classes();
  order();
  for (let n = 0; n < 6; n++) say(ways(n));
  for (let n = 0; n < 4; n++) {
    try {
      say(`overrides ${overrides(n)}`);
    } catch (e) {
      say(show(e));
    }
  }
  for (let n = 0; n < 6; n++) say(`${n} ${nested(n)}`);
  say(jumps());
  objects();
  callbacks();
  say(`${attempt(() => first([1, 2, 3], (x) => x > 1), -1)}`);
  say(`${attempt(() => first([1, 2, 3], (x) => x > 5), -1)}`);
  say(attempt(() => first(["a", "b"], (x) => x === "c"), "nothing"));
  closures();
  try { deep(35); } catch (e) { say(show(e)); }
  say(`${attempt(() => even(4), false)} ${attempt(() => even(7), false)}`);
  return said.join("\n");
}
