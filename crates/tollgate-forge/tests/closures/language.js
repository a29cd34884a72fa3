// A small language becomes functions: rules that call each other, and a machine of states. Types stand in comments.
/*interface Env { names: string[]; values: number[]; calls: number }*/
/*type Code = (env: Env) => number;*/
/*interface Rules { expression: () => Code; done: () => boolean }*/
/*type Binary = (a: number, b: number) => number;*/
/*interface Operator { sign: string; level: number; apply: Binary }*/

const operators/*: Operator[]*/ = [
  { sign: "+", level: 1, apply: (a, b) => a + b },
  { sign: "-", level: 1, apply: (a, b) => a - b },
  { sign: "*", level: 2, apply: (a, b) => a * b },
  { sign: "/", level: 2, apply: (a, b) => a / b },
  { sign: "^", level: 3, apply: Math_pow },
];
function Math_pow(a/*: number*/, b/*: number*/)/*: number*/ { return a ** b; }

function tokens(text/*: string*/)/*: string[]*/ {
  const found/*: string[]*/ = [];
  let word = "";
  const flush = ()/*: void*/ => { if (word !== "") { found.push(word); word = ""; } };
  const isWord = (c/*: string*/)/*: boolean*/ => c >= "0" && c <= "9" || c >= "a" && c <= "z" || c === ".";
  for (const c of text) {
    if (isWord(c)) { word += c; continue; }
    flush();
    if (c !== " ") found.push(c);
  }
  flush();
  return found;
}

function lookup(env/*: Env*/, name/*: string*/)/*: number*/ {
  const at = env.names.indexOf(name);
  env.calls++;
  return at < 0 ? NaN : env.values[at];
}

function parser(text/*: string*/)/*: Rules*/ {
  const list = tokens(text);
  let at = 0;
  const peek = ()/*: string*/ => at < list.length ? list[at] : "";
  const take = ()/*: string*/ => list[at++];
  const binary = (level/*: number*/)/*: Code*/ => {
    if (level > 3) return primary();
    let left = binary(level + 1);
    for (;;) {
      const op = operators.find((o) => o.sign === peek() && o.level === level);
      if (op === undefined) return left;
      take();
      const a = left;
      const b = op.sign === "^" ? binary(level) : binary(level + 1);
      const apply = op.apply;
      left = (env) => apply(a(env), b(env));
    }
  };
  function primary()/*: Code*/ {
    const word = take();
    if (word === "(") { const inside = binary(1); take(); return inside; }
    if (word === "-") { const inside = primary(); return (env) => -inside(env); }
    const n = Number(word);
    if (n === n) return () => n;
    return (env) => lookup(env, word);
  }
  return { expression: () => binary(1), done: () => at >= list.length };
}

/*interface Machine { feed: (c: string) => void; state: () => string; count: () => number }*/
function machine()/*: Machine*/ {
  let state = "start";
  let seen = 0;
  const to/*: { from: string; when: (c: string) => boolean; next: string }[]*/ = [];
  const rule = (from/*: string*/, next/*: string*/, when/*: (c: string) => boolean*/)/*: void*/ => { to.push({ from, next, when }); };
  const digit = (c/*: string*/)/*: boolean*/ => c >= "0" && c <= "9";
  rule("start", "number", digit);
  rule("start", "sign", (c) => c === "-");
  rule("sign", "number", digit);
  rule("number", "number", digit);
  rule("number", "point", (c) => c === ".");
  rule("point", "fraction", digit);
  rule("fraction", "fraction", digit);
  return {
    feed(c) {
      const found = to.find((r) => r.from === state && r.when(c));
      state = found === undefined ? "error" : found.next;
      seen++;
    },
    state: () => state,
    count() { return seen; },
  };
}

export function handle(s/*: string*/)/*: string*/ {
  const out/*: string[]*/ = [];
  const env/*: Env*/ = { names: ["x", "y"], values: [3, 4], calls: 0 };
  for (const text of ["1 + 2 * 3", "(1 + 2) * 3", "2 ^ 3 ^ 2", "x * x + y * y", "-(x - 10) / 2", "z + 1", "8 / 4 / 2"]) {
    const rules = parser(text);
    const code = rules.expression();
    const first = code(env);
    env.values[0] += 1;
    out.push(`${text} = ${first}, ${code(env)} ${rules.done()}`);
    env.values[0] -= 1;
  }
  out.push(`${env.calls}`);
  for (const text of ["12", "-1.5", "1.", "x", "--"]) {
    const m = machine();
    for (const c of text) m.feed(c);
    out.push(`${text}: ${m.state()} ${m.count()}`);
  }
  return out.join("\n");
}
