// Functions that are values: counters, operations, recursion. Types stand in comments, so that Node reads this too.
/*type Op = (a: number, b: number) => number;*/
/*interface Counter { next: () => number; reset(): void; value(): number }*/
function counter(start/*: number*/)/*: Counter*/ {
  let n = start;
  return { next: () => ++n, reset() { n = start; }, value: () => n };
}
function compose(f/*: (x: number) => number*/, g/*: (x: number) => number*/)/*: (x: number) => number*/ {
  return (x) => f(g(x));
}
const add = (a/*: number*/, b/*: number*/)/*: number*/ => a + b;
const fact = (n/*: number*/)/*: number*/ => n < 2 ? 1 : n * fact(n - 1);
const isEven = (n/*: number*/)/*: boolean*/ => n === 0 || isOdd(n - 1);
const isOdd = (n/*: number*/)/*: boolean*/ => n !== 0 && isEven(n - 1);
function apply(op/*: Op*/, a/*: number*/, b/*: number*/)/*: number*/ { return op(a, b); }
function twice(x/*: number*/)/*: number*/ { return x * 2; }
const table/*: { name: string; run: Op }[]*/ = [
  { name: "add", run: add },
  { name: "mul", run: (a, b) => a * b },
  { name: "pow", run: function (a, b) { return a ** b; } },
];
export function handle(s/*: string*/)/*: string*/ {
  const out/*: string[]*/ = [];
  const say = (x/*: string*/)/*: void*/ => { out.push(x); };
  const c = counter(5);
  c.next(); c.next();
  say(`${c.value()}`);
  c.reset();
  say(`${c.next()}`);
  const fs/*: (() => number)[]*/ = [];
  for (let i = 0; i < 3; i++) { fs.push(() => i * 10); i += 0; }
  say(fs.map((f) => f()).join());
  const gs/*: (() => number)[]*/ = [];
  for (const x of [1, 2, 3]) gs.push(() => x);
  for (var v = 0; v < 3; v++) gs.push(() => v);
  say(gs.map((f) => f()).join());
  say(`${compose(twice, (x) => x + 1)(4)} ${fact(5)} ${isEven(10)} ${isOdd(7)}`);
  for (const t of table) say(`${t.name}=${t.run(2, 5)} ${apply(t.run, 3, 4)}`);
  let total = 0;
  const inc = (by/*: number*/ = 1)/*: number*/ => (total += by);
  inc(); inc(5);
  say(`${total}`);
  const same = inc;
  say(`${same === inc} ${twice === twice} ${[1, 2, 3].map(twice)}`);
  const fib = (n/*: number*/)/*: number*/ => n < 2 ? n : fib(n - 1) + fib(n - 2);
  say(`${fib(15)}`);
  function local(n/*: number*/)/*: number*/ { return n + total; }
  say(`${[1, 2].map(local)} ${local(1)}`);
  const maybe/*: (() => number) | null*/ = total > 100 ? null : () => 7;
  say(`${maybe === null ? -1 : maybe()} ${maybe?.()}`);
  say(`${((a/*: number*/, b/*: number*/) => a - b)(9, 4)} ${typeof maybe} ${typeof say}`);
  const curry = (a/*: number*/) => (b/*: number*/) => (d/*: number*/) => a * 100 + b * 10 + d;
  say(`${curry(1)(2)(3)}`);
  let w = 1;
  const both = { get: () => w, set: (x/*: number*/) => { w = x; } };
  both.set(8);
  say(`${w} ${both.get()}`);
  const hoisted = early();
  function early()/*: number*/ { return 42; }
  let late = 1;
  function useLate()/*: number*/ { return late++; }
  useLate(); useLate();
  say(`${hoisted} ${late}`);
  const rec = function go(n/*: number*/)/*: number*/ { return n <= 0 ? 0 : n + go(n - 1); };
  say(`${rec(4)}`);
  const sorted = [3, 1, 2]; const cmp = (a/*: number*/, b/*: number*/)/*: number*/ => b - a;
  sorted.sort(cmp);
  say(`${sorted} ${sorted.reduce(add)} ${sorted.filter((x) => x > total - 5).length}`);
  return out.join("\n");
}
