// A parser of expressions that says what is wrong and where, and an evaluator of what it reads.

class ParseError extends Error {
  constructor(message/*: string*/, line/*: number*/, column/*: number*/) {
    super(`${line}:${column}: ${message}`);
    this.name = "ParseError";
    this.line = line;
    this.column = column;
  }
  line/*: number*/;
  column/*: number*/;
}
class EvaluationError extends Error {
  name = "EvaluationError";
}
class UnknownName extends EvaluationError {
  constructor(wanted/*: string*/, known/*: string[]*/) {
    super(`\`${wanted}\` is not known` + (known.length > 0 ? `; known are ${known.join(", ")}` : ""));
    this.wanted = wanted;
  }
  wanted/*: string*/;
}

class Token {
  constructor(kind/*: string*/, text/*: string*/, line/*: number*/, column/*: number*/) {
    this.kind = kind;
    this.text = text;
    this.line = line;
    this.column = column;
  }
  kind/*: string*/;
  text/*: string*/;
  line/*: number*/;
  column/*: number*/;
}

function isDigit(c/*: string*/)/*: boolean*/ { return c >= "0" && c <= "9"; }
function isLetter(c/*: string*/)/*: boolean*/ { return (c >= "a" && c <= "z") || (c >= "A" && c <= "Z") || c === "_"; }

function tokens(text/*: string*/)/*: Token[]*/ {
  const list/*: Token[]*/ = [];
  let line = 1;
  let start = 0;
  let at = 0;
  while (at < text.length) {
    const c = text[at];
    const column = at - start + 1;
    if (c === "\n") {
      line++;
      start = ++at;
    } else if (c === " ") {
      at++;
    } else if (isDigit(c)) {
      let end = at;
      let dots = 0;
      while (end < text.length && (isDigit(text[end]) || text[end] === ".")) {
        if (text[end] === "." && ++dots > 1) throw new ParseError("a number has one point", line, end - start + 1);
        end++;
      }
      list.push(new Token("number", text.slice(at, end), line, column));
      at = end;
    } else if (isLetter(c)) {
      let end = at;
      while (end < text.length && (isLetter(text[end]) || isDigit(text[end]))) end++;
      list.push(new Token("name", text.slice(at, end), line, column));
      at = end;
    } else if ("+-*()/=,;".includes(c)) {
      list.push(new Token(c, c, line, column));
      at++;
    } else {
      throw new ParseError(`\`${c}\` is no part of an expression`, line, column);
    }
  }
  list.push(new Token("end", "the end", line, at - start + 1));
  return list;
}

class Expr {
  value(scope/*: Scope*/)/*: number*/ {
    throw new EvaluationError("nothing to evaluate");
  }
}
class Num extends Expr {
  constructor(n/*: number*/) { super(); this.n = n; }
  n/*: number*/;
  value(scope/*: Scope*/)/*: number*/ { return this.n; }
}
class Name extends Expr {
  constructor(name/*: string*/) { super(); this.name = name; }
  name/*: string*/;
  value(scope/*: Scope*/)/*: number*/ { return scope.get(this.name); }
}
class Infix extends Expr {
  constructor(op/*: string*/, left/*: Expr*/, right/*: Expr*/) { super(); this.op = op; this.left = left; this.right = right; }
  op/*: string*/;
  left/*: Expr*/;
  right/*: Expr*/;
  value(scope/*: Scope*/)/*: number*/ {
    const left = this.left.value(scope);
    const right = this.right.value(scope);
    switch (this.op) {
      case "+": return left + right;
      case "-": return left - right;
      case "*": return left * right;
      case "/":
        if (right === 0) throw new EvaluationError("division by zero");
        return left / right;
      default: throw new EvaluationError(`no operator ${this.op}`);
    }
  }
}
class Call extends Expr {
  constructor(name/*: string*/, given/*: Expr[]*/) { super(); this.name = name; this.given = given; }
  name/*: string*/;
  given/*: Expr[]*/;
  value(scope/*: Scope*/)/*: number*/ {
    const values = this.given.map((one) => one.value(scope));
    switch (this.name) {
      case "max": return values.reduce((a, b) => a > b ? a : b, -Infinity);
      case "sqrt":
        if (values.length !== 1) throw new RangeError(`sqrt takes 1 value, ${values.length} given`);
        if (values[0] < 0) throw new EvaluationError("the root of a negative number");
        return Math.sqrt(values[0]);
      case "try":
        // The first of what is given that has a value.
        for (const one of this.given) {
          try {
            return one.value(scope);
          } catch (e) {
            if (!(e instanceof EvaluationError)) throw e;
          } finally {
            scope.tried++;
          }
        }
        throw new EvaluationError("nothing has a value");
      default:
        throw new UnknownName(this.name, ["max", "sqrt", "try"]);
    }
  }
}

class Scope {
  names/*: Map<string, number>*/ = new Map/*<string, number>*/();
  tried = 0;
  get(name/*: string*/)/*: number*/ {
    const found = this.names.get(name);
    if (found === undefined) throw new UnknownName(name, [...this.names.keys()]);
    return found;
  }
}

class Parser {
  #tokens/*: Token[]*/;
  #at = 0;
  depth = 0;
  constructor(text/*: string*/) { this.#tokens = tokens(text); }
  get next()/*: Token*/ { return this.#tokens[this.#at]; }
  fail(message/*: string*/)/*: ParseError*/ {
    return new ParseError(`${message}, found ${this.next.text}`, this.next.line, this.next.column);
  }
  take(kind/*: string*/)/*: Token*/ {
    const token = this.next;
    if (token.kind !== kind) throw this.fail(`expected ${kind}`);
    this.#at++;
    return token;
  }
  sum()/*: Expr*/ {
    let left = this.product();
    while (this.next.kind === "+" || this.next.kind === "-") {
      const op = this.take(this.next.kind).text;
      left = new Infix(op, left, this.product());
    }
    return left;
  }
  product()/*: Expr*/ {
    let left = this.single();
    while (this.next.kind === "*" || this.next.kind === "/") {
      const op = this.take(this.next.kind).text;
      left = new Infix(op, left, this.single());
    }
    return left;
  }
  single()/*: Expr*/ {
    this.depth++;
    try {
      if (this.depth > 6) throw this.fail("too deep");
      switch (this.next.kind) {
        case "number": return new Num(Number(this.take("number").text));
        case "-": this.take("-"); return new Infix("-", new Num(0), this.single());
        case "(": {
          this.take("(");
          const inner = this.sum();
          this.take(")");
          return inner;
        }
        case "name": {
          const name = this.take("name").text;
          if (this.next.kind !== "(") return new Name(name);
          this.take("(");
          const given/*: Expr[]*/ = [];
          while (this.next.kind !== ")") {
            given.push(this.sum());
            if (this.next.kind !== ")") this.take(",");
          }
          this.take(")");
          return new Call(name, given);
        }
        default: throw this.fail("expected a value");
      }
    } finally {
      this.depth--;
    }
  }
  // Statements: what one of them says wrong does not keep the others from being read.
  program(scope/*: Scope*/, out/*: string[]*/)/*: void*/ {
    while (this.next.kind !== "end") {
      const first = this.next;
      try {
        if (first.kind === "name" && this.#tokens[this.#at + 1].kind === "=") {
          this.take("name");
          this.take("=");
          scope.names.set(first.text, this.sum().value(scope));
          out.push(`${first.text} is ${scope.get(first.text)}`);
        } else {
          out.push(`${this.sum().value(scope)}`);
        }
        if (this.next.kind !== "end") this.take(";");
      } catch (e) {
        if (e instanceof ParseError) out.push(`line ${e.line}, column ${e.column}: ${e.message}`);
        else if (e instanceof UnknownName) out.push(`${e.name}: ${e.message} (${e.wanted})`);
        else out.push(`${e}`);
        while (this.next.kind !== "end" && this.next.kind !== ";") this.#at++;
        if (this.next.kind === ";") this.#at++;
      }
    }
  }
}

const PROGRAMS = [
  "1 + 2 * 3; (1 + 2) * 3; 7 / 2 - 1",
  "a = 2; b = a * a + 1; b / (a - 2); b; c + 1; sqrt(b - 1)",
  "1 +; 2 * (3 + 4; 5 5; 6",
  "x = 1 / 0; x; try(1 / 0, y, 42, z); try(); try(sqrt(1, 2), 1)",
  "max(1, sqrt(16), 3); max(); foo(1); sqrt(-4); sqrt()",
  "((((((((1))))))));\n(((1)))\n; 1 2\n; -  -3",
  "1.5.2",
  "1 ? 2",
  "",
];

export function handle(_/*: string*/)/*: string*/ {
  const out/*: string[]*/ = [];
  for (const text of PROGRAMS) {
    const scope = new Scope();
    try {
      const parser = new Parser(text);
      parser.program(scope, out);
      out.push(`depth ${parser.depth}`);
    } catch (e) {
      out.push(`not read: ${e}`);
    } finally {
      out.push(`tried ${scope.tried}`);
    }
  }
  return out.join("\n");
}
