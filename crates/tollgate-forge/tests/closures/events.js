// An emitter, memory, loops, shadowing and the order of evaluation. Types stand in comments, so that Node reads this too.
/*type Handler = (name: string, value: number) => void;*/
/*interface Emitter { on: (f: Handler) => () => void; emit: (name: string, value: number) => number; size: () => number }*/
function emitter()/*: Emitter*/ {
  let handlers/*: Handler[]*/ = [];
  return {
    on: (f) => { handlers.push(f); return () => { handlers = handlers.filter((h) => h !== f); }; },
    emit: (name, value) => { let n = 0; for (const h of handlers) { h(name, value); n++; } return n; },
    size: () => handlers.length,
  };
}

/*interface Cell { get: () => number; set: (x: number) => void }*/
function cell(start/*: number*/, changed/*: (from: number, to: number) => void*/)/*: Cell*/ {
  return { get: () => start, set: (x) => { const from = start; start = x; changed(from, x); } };
}
function memo(f/*: (n: number) => number*/)/*: (n: number) => number*/ {
  const known/*: (number | undefined)[]*/ = [];
  return (n) => {
    while (known.length <= n) known.push(undefined);
    const k = known[n];
    if (k !== undefined) return k;
    const v = f(n);
    known[n] = v;
    return v;
  };
}
function pipeline(steps/*: ((x: number) => number)[]*/)/*: (x: number) => number*/ {
  return steps.reduce((f, g) => (x/*: number*/)/*: number*/ => g(f(x)), (x/*: number*/)/*: number*/ => x);
}
export function handle(s/*: string*/)/*: string*/ {
  const out/*: string[]*/ = [];
  const e = emitter();
  const log/*: Handler*/ = (name, value) => { out.push(`${name}:${value}`); };
  const off = e.on(log);
  e.on((n, v) => { out.push(n + "!" + v); });
  out.push(`${e.emit("a", 1)} ${e.size()}`);
  off();
  out.push(`${e.emit("b", 2)} ${e.size()}`);
  const c = cell(3, (from, to) => { out.push(`${from}->${to}`); });
  c.set(9); c.set(c.get() + 1);
  let calls = 0;
  const slow = memo((n) => { calls++; return n * n; });
  out.push(`${slow(3)} ${slow(3)} ${slow(2)} ${calls}`);
  out.push(`${pipeline([(x) => x + 1, (x) => x * 2, Math_min])(5)}`);
  function Math_min(x/*: number*/)/*: number*/ { return Math.min(x, 11); }
  // nested counters, blocks
  const fs/*: (() => string)[]*/ = [];
  for (let i = 0, j = 10; i < j; i += 3, j -= 1) {
    let k = i * j;
    fs.push(() => `${i},${j},${k}`);
    if (i === 3) { k = -1; continue; }
    { const i = "inner"; fs.push(() => i + k); }
    k++;
  }
  out.push(fs.map((f) => f()).join(" "));
  // a loop that changes its variable through a function
  let text = "";
  for (let i = 0; i < 6; i++) { const skip = () => { i += 2; }; text += i; if (i === 1) skip(); }
  out.push(text);
  // closures in while with let in the block
  const ws/*: (() => number)[]*/ = [];
  let n = 0;
  while (n < 3) { const m = n++; ws.push(() => m * 100 + n); }
  do { let q = n; ws.push(() => q++); n--; } while (n > 1);
  out.push(ws.map((f) => f()).join() + " " + ws.map((f) => f()).join());
  // switch
  for (const x of [0, 1, 2]) {
    switch (x) { case 0: { const v = x; ws.push(() => v + 0.5); break; } case 1: let z = 7; ws.push(() => z + x); break; default: ws.push(() => x); }
  }
  out.push(ws.map((f) => f()).join());
  // functions before and after
  function a(x/*: number*/)/*: number*/ { return x <= 0 ? base : b(x - 1); }
  function b(x/*: number*/)/*: number*/ { return a(x) + base; }
  var base = 5;
  out.push(`${a(2)}`);
  // parameters that change
  function acc(total/*: number*/)/*: (x: number) => number*/ { return (x) => (total += x); }
  const acc1 = acc(10), acc2 = acc(0);
  acc1(1); acc2(2); acc1(3);
  out.push(`${acc1(0)} ${acc2(0)}`);
  // order of evaluation
  const order/*: string[]*/ = [];
  const t = (x/*: string*/)/*: ((a: number, b: number) => number)*/ => { order.push(x); return (a, b) => a + b; };
  const v = (x/*: number*/)/*: number*/ => { order.push(`${x}`); return x; };
  t("f")(v(1), v(2)); [v(3)].map((x) => t("g")(x, v(4)));
  out.push(order.join());
  // destructured parameters and defaults
  const area = ({ w, h }/*: { w: number; h: number }*/, k = w)/*: number*/ => w * h * k;
  out.push(`${area({ w: 3, h: 2 })} ${area({ w: 3, h: 1 }, 10)}`);
  const first = ([x, y = 9]/*: number[]*/)/*: number*/ => x * 10 + y;
  out.push(`${[[1], [2, 3]].map(first)}`);
  let i32 = 0; const bump = ()/*: number*/ => { i32++; return i32; };
  out.push(`${bump() + bump() * 10} ${i32}`);
  let last/*: (() => number) | undefined*/;
  for (const k of [1, 2, 3]) { if (last === undefined || k === 3) last = () => k; }
  out.push(`${last?.()}`);
  const maybe = { f: undefined/* as (() => number) | undefined*/, g: null/* as ((x: number) => number) | null*/ };
  maybe.g = (x) => x * 3;
  out.push(`${maybe.f?.()} ${maybe.g?.(4)} ${maybe.g(1)}`);
  const mk = ()/*: (() => number)*/ => { function inner()/*: number*/ { return 1; } return inner; };
  out.push(`${mk() === mk()} ${mk === mk}`);
  const sorted = ["bb", "a", "ccc"].sort((x, y) => y.length - x.length);
  out.push(sorted.join());
  let late/*: number*/;
  const setLate = (x/*: number*/)/*: void*/ => { late = x; };
  setLate(4); late = 8; out.push(`${late}`);
  return out.join("\n");
}
