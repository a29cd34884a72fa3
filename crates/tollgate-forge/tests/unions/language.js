// A small language: its tree is a union that leads back to itself, its results are values or errors.

/*type Token =
  | { kind: "number"; value: number; at: number }
  | { kind: "name"; text: string; at: number }
  | { kind: "sign"; text: "+" | "-" | "*" | "/" | "(" | ")" | "=" | ";" | "?" | ":"; at: number }
  | { kind: "end"; at: number };
type Sign = "+" | "-" | "*" | "/";
interface Num { kind: "num"; value: number }
interface Name { kind: "name"; name: string }
interface Binary { kind: "binary"; op: Sign; left: Expr; right: Expr }
interface Negate { kind: "negate"; of: Expr }
interface Choose { kind: "choose"; test: Expr; yes: Expr; no: Expr }
type Expr = Num | Name | Binary | Negate | Choose;
type Statement = { kind: "let"; name: string; value: Expr } | { kind: "show"; value: Expr };
type Result<T> = { ok: true; value: T } | { ok: false; error: string; at: number };*/

function fail(message/*: string*/)/*: never*/ {
  throw new SyntaxError(message);
}

function isSign(text/*: string*/)/*: boolean*/ {
  return "+-*/()=;?:".includes(text);
}

function tokens(source/*: string*/)/*: Result<Token[]>*/ {
  const out/*: Token[]*/ = [];
  let at = 0;
  while (at < source.length) {
    const c = source.charAt(at);
    if (c === " ") {
      at++;
    } else if (c >= "0" && c <= "9") {
      const from = at;
      while (at < source.length && source.charAt(at) >= "0" && source.charAt(at) <= "9") at++;
      out.push({ kind: "number", value: Number(source.slice(from, at)), at: from });
    } else if (c >= "a" && c <= "z") {
      const from = at;
      while (at < source.length && source.charAt(at) >= "a" && source.charAt(at) <= "z") at++;
      out.push({ kind: "name", text: source.slice(from, at), at: from });
    } else {
      switch (c) {
        case "+": case "-": case "*": case "/": case "(": case ")": case "=": case ";": case "?": case ":":
          out.push({ kind: "sign", text: signOf(c), at });
          at++;
          break;
        default:
          return { ok: false, error: `unknown ${c}`, at };
      }
    }
  }
  out.push({ kind: "end", at });
  return { ok: true, value: out };
}

function signOf(text/*: string*/)/*: "+" | "-" | "*" | "/" | "(" | ")" | "=" | ";" | "?" | ":"*/ {
  switch (text) {
    case "+": return "+";
    case "-": return "-";
    case "*": return "*";
    case "/": return "/";
    case "(": return "(";
    case ")": return ")";
    case "=": return "=";
    case ";": return ";";
    case "?": return "?";
    case ":": return ":";
    default: return fail(`no sign: ${text}`);
  }
}

class Parser {
  constructor(list/*: Token[]*/) { this.list = list; }
  list/*: Token[]*/;
  at/*: number*/ = 0;
  peek()/*: Token*/ { return this.list[this.at]; }
  next()/*: Token*/ { return this.list[this.at++]; }
  takes(text/*: string*/)/*: boolean*/ {
    const token = this.peek();
    if (token.kind !== "sign" || token.text !== text) return false;
    this.at++;
    return true;
  }
  program()/*: Statement[]*/ {
    const out/*: Statement[]*/ = [];
    while (this.peek().kind !== "end") {
      out.push(this.statement());
      if (!this.takes(";") && this.peek().kind !== "end") fail(`; is missing at ${this.peek().at}`);
    }
    return out;
  }
  statement()/*: Statement*/ {
    const first = this.peek();
    if (first.kind === "name") {
      const second = this.list[this.at + 1];
      if (second.kind === "sign" && second.text === "=") {
        this.at += 2;
        return { kind: "let", name: first.text, value: this.choice() };
      }
    }
    return { kind: "show", value: this.choice() };
  }
  choice()/*: Expr*/ {
    const test = this.sum();
    if (!this.takes("?")) return test;
    const yes = this.choice();
    if (!this.takes(":")) fail("no :");
    return { kind: "choose", test, yes, no: this.choice() };
  }
  sum()/*: Expr*/ {
    let left = this.product();
    for (;;) {
      const token = this.peek();
      if (token.kind === "sign" && (token.text === "+" || token.text === "-")) {
        this.at++;
        left = { kind: "binary", op: token.text, left, right: this.product() };
      } else return left;
    }
  }
  product()/*: Expr*/ {
    let left = this.unary();
    for (;;) {
      if (this.takes("*")) left = { kind: "binary", op: "*", left, right: this.unary() };
      else if (this.takes("/")) left = { kind: "binary", op: "/", left, right: this.unary() };
      else return left;
    }
  }
  unary()/*: Expr*/ {
    const token = this.next();
    switch (token.kind) {
      case "number": return { kind: "num", value: token.value };
      case "name": return { kind: "name", name: token.text };
      case "sign":
        if (token.text === "-") return { kind: "negate", of: this.unary() };
        if (token.text === "(") {
          const inner = this.choice();
          if (!this.takes(")")) fail(`) is missing at ${this.peek().at}`);
          return inner;
        }
        return fail(`${token.text} at ${token.at}`);
      case "end":
        return fail("the end");
    }
  }
}

function apply(op/*: Sign*/, a/*: number*/, b/*: number*/)/*: number*/ {
  switch (op) {
    case "+": return a + b;
    case "-": return a - b;
    case "*": return a * b;
    case "/": return a / b;
  }
}

function value(e/*: Expr*/, names/*: Map<string, number>*/)/*: number*/ {
  switch (e.kind) {
    case "num": return e.value;
    case "name": return names.get(e.name) ?? fail(`no ${e.name}`);
    case "binary": return apply(e.op, value(e.left, names), value(e.right, names));
    case "negate": return -value(e.of, names);
    case "choose": return value(e.test, names) ? value(e.yes, names) : value(e.no, names);
    default: {
      const never/*: never*/ = e;
      return never;
    }
  }
}

// What is known already is computed; others stay as they are.
function folded(e/*: Expr*/)/*: Expr*/ {
  if (e.kind === "num" || e.kind === "name") return e;
  if (e.kind === "negate") {
    const of = folded(e.of);
    return of.kind === "num" ? { kind: "num", value: -of.value } : { kind: "negate", of };
  }
  if (e.kind === "choose") {
    const test = folded(e.test);
    if (test.kind === "num") return test.value ? folded(e.yes) : folded(e.no);
    return { ...e, test, yes: folded(e.yes), no: folded(e.no) };
  }
  const left = folded(e.left), right = folded(e.right);
  if (left.kind === "num" && right.kind === "num") return { kind: "num", value: apply(e.op, left.value, right.value) };
  if (e.op === "*" && (isNumber(left, 1) || isNumber(right, 1))) return isNumber(left, 1) ? right : left;
  return { kind: "binary", op: e.op, left, right };
}

function isNumber(e/*: Expr*/, n/*: number*/)/*: boolean*/ {
  return e.kind === "num" && e.value === n;
}

function shown(e/*: Expr*/)/*: string*/ {
  if ("value" in e) return `${e.value}`;
  if ("name" in e) return e.name;
  if (e.kind === "negate") return `-${shown(e.of)}`;
  if (e.kind !== "binary") return `(${shown(e.test)} ? ${shown(e.yes)} : ${shown(e.no)})`;
  return `(${shown(e.left)} ${e.op} ${shown(e.right)})`;
}

function ok/*<T>*/(value/*: T*/)/*: Result<T>*/ { return { ok: true, value }; }

function run(source/*: string*/)/*: Result<string>*/ {
  const list = tokens(source);
  if (!list.ok) return { ok: false, error: list.error, at: list.at };
  const names = new Map/*<string, number>*/();
  const out/*: string[]*/ = [];
  try {
    for (const statement of new Parser(list.value).program()) {
      const tree = folded(statement.value);
      const found = value(tree, names);
      if (statement.kind === "let") names.set(statement.name, found);
      out.push(`${statement.kind} ${shown(statement.value)} => ${shown(tree)} = ${found}`);
    }
  } catch (e) {
    return { ok: false, error: e.message, at: -1 };
  }
  return ok(out.join("\n"));
}

export function handle(input/*: string*/)/*: string*/ {
  const programs = [
    "1 + 2 * 3", "a = 2; b = a * (a + 1); a - b", "x = 1 * 7; x ? x * 1 : 0 - x", "-(2 + 3) * -1", "1 ? 2 : nothing",
    "nothing + 1", "1 + # 2", "(1 + 2", "1 2", "", "* 3", "y = 4; z = y; z ? (y ? 1 : 2) : 3; z / 0",
  ];
  const out/*: string[]*/ = [];
  for (const source of programs) {
    const result = run(source);
    out.push(result.ok ? result.value : `error: ${result.error} (${result.at})`);
  }
  return out.join("\n") + input;
}
