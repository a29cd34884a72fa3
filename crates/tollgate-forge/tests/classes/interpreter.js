// A small language: tokens, a tree of classes, and values in scopes.
class Token {
  kind/*: string*/;
  text/*: string*/;
  at/*: number*/;
  constructor(kind/*: string*/, text/*: string*/, at/*: number*/) {
    this.kind = kind;
    this.text = text;
    this.at = at;
  }
  is(text/*: string*/)/*: boolean*/ {
    return this.kind !== "number" && this.text === text;
  }
}

class Lexer {
  #text/*: string*/;
  #at = 0;
  constructor(text/*: string*/) {
    this.#text = text;
  }
  static isDigit(c/*: string*/)/*: boolean*/ {
    return c >= "0" && c <= "9";
  }
  static isLetter(c/*: string*/)/*: boolean*/ {
    return (c >= "a" && c <= "z") || (c >= "A" && c <= "Z") || c === "_";
  }
  #while(test/*: (c: string) => boolean*/)/*: string*/ {
    const start = this.#at;
    while (this.#at < this.#text.length && test(this.#text[this.#at])) this.#at++;
    return this.#text.slice(start, this.#at);
  }
  tokens()/*: Token[]*/ {
    const found/*: Token[]*/ = [];
    while (this.#at < this.#text.length) {
      const at = this.#at;
      const c = this.#text[at];
      if (c === " " || c === "\n") {
        this.#at++;
      } else if (Lexer.isDigit(c)) {
        found.push(new Token("number", this.#while((d) => Lexer.isDigit(d) || d === "."), at));
      } else if (Lexer.isLetter(c)) {
        found.push(new Token("name", this.#while((d) => Lexer.isLetter(d) || Lexer.isDigit(d)), at));
      } else {
        const two = this.#text.slice(at, at + 2);
        const double = ["==", "<=", ">=", "!=", "&&", "||"].includes(two);
        this.#at += double ? 2 : 1;
        found.push(new Token("sign", double ? two : c, at));
      }
    }
    found.push(new Token("end", "", this.#text.length));
    return found;
  }
}

class Scope {
  names/*: string[]*/ = [];
  values/*: number[]*/ = [];
  parent/*: Scope | null*/;
  constructor(parent/*: Scope | null*/ = null) {
    this.parent = parent;
  }
  find(name/*: string*/)/*: Scope | null*/ {
    if (this.names.includes(name)) return this;
    if (this.parent !== null) return this.parent.find(name);
    return null;
  }
  get(name/*: string*/)/*: number*/ {
    const scope = this.find(name);
    return scope === null ? NaN : scope.values[scope.names.indexOf(name)];
  }
  declare(name/*: string*/, value/*: number*/)/*: void*/ {
    this.names.push(name);
    this.values.push(value);
  }
  set(name/*: string*/, value/*: number*/)/*: boolean*/ {
    const scope = this.find(name);
    if (scope === null) return false;
    scope.values[scope.names.indexOf(name)] = value;
    return true;
  }
}

class Machine {
  functions/*: Define[]*/ = [];
  output/*: string[]*/ = [];
  steps = 0;
  tick()/*: void*/ {
    this.steps++;
  }
}

/*abstract */class Node {
  static made = 0;
  id = ++Node.made;
  /*abstract run(machine: Machine, scope: Scope): number;*/
  /*abstract show(): string;*/
  get isConstant()/*: boolean*/ {
    return false;
  }
  toString()/*: string*/ {
    return this.show();
  }
}

class Literal extends Node {
  value/*: number*/;
  constructor(value/*: number*/) {
    super();
    this.value = value;
  }
  run(machine/*: Machine*/)/*: number*/ {
    machine.tick();
    return this.value;
  }
  show()/*: string*/ {
    return String(this.value);
  }
  get isConstant()/*: boolean*/ {
    return true;
  }
}

class Name extends Node {
  name/*: string*/;
  constructor(name/*: string*/) {
    super();
    this.name = name;
  }
  run(machine/*: Machine*/, scope/*: Scope*/)/*: number*/ {
    machine.tick();
    return scope.get(this.name);
  }
  show()/*: string*/ {
    return this.name;
  }
}

class Binary extends Node {
  op/*: string*/;
  left/*: Node*/;
  right/*: Node*/;
  constructor(op/*: string*/, left/*: Node*/, right/*: Node*/) {
    super();
    this.op = op;
    this.left = left;
    this.right = right;
  }
  run(machine/*: Machine*/, scope/*: Scope*/)/*: number*/ {
    machine.tick();
    const a = this.left.run(machine, scope);
    if (this.op === "&&" && a === 0) return 0;
    if (this.op === "||" && a !== 0) return a;
    const b = this.right.run(machine, scope);
    switch (this.op) {
      case "+": return a + b;
      case "-": return a - b;
      case "*": return a * b;
      case "/": return a / b;
      case "%": return a % b;
      case "<": return a < b ? 1 : 0;
      case ">": return a > b ? 1 : 0;
      case "<=": return a <= b ? 1 : 0;
      case ">=": return a >= b ? 1 : 0;
      case "==": return a === b ? 1 : 0;
      case "!=": return a !== b ? 1 : 0;
      default: return b;
    }
  }
  show()/*: string*/ {
    return `(${this.left} ${this.op} ${this.right})`;
  }
  get isConstant()/*: boolean*/ {
    return this.left.isConstant && this.right.isConstant;
  }
}

class Assign extends Node {
  name/*: string*/;
  value/*: Node*/;
  isNew/*: boolean*/;
  constructor(name/*: string*/, value/*: Node*/, isNew/*: boolean*/) {
    super();
    this.name = name;
    this.value = value;
    this.isNew = isNew;
  }
  run(machine/*: Machine*/, scope/*: Scope*/)/*: number*/ {
    machine.tick();
    const value = this.value.run(machine, scope);
    if (this.isNew) scope.declare(this.name, value);
    else if (!scope.set(this.name, value)) machine.output.push(`no ${this.name}`);
    return value;
  }
  show()/*: string*/ {
    return `${this.isNew ? "let " : ""}${this.name} = ${this.value}`;
  }
}

class Block extends Node {
  list/*: Node[]*/;
  constructor(list/*: Node[]*/) {
    super();
    this.list = list;
  }
  run(machine/*: Machine*/, scope/*: Scope*/)/*: number*/ {
    let last = 0;
    const inner = new Scope(scope);
    for (const node of this.list) last = node.run(machine, inner);
    return last;
  }
  show()/*: string*/ {
    return `{ ${this.list.map((node) => node.show()).join("; ")} }`;
  }
}

class Loop extends Node {
  test/*: Node*/;
  body/*: Node*/;
  once/*: boolean*/;
  constructor(test/*: Node*/, body/*: Node*/, once/*: boolean*/) {
    super();
    this.test = test;
    this.body = body;
    this.once = once;
  }
  run(machine/*: Machine*/, scope/*: Scope*/)/*: number*/ {
    let last = 0;
    while (this.test.run(machine, scope) !== 0) {
      last = this.body.run(machine, scope);
      if (this.once) break;
    }
    return last;
  }
  show()/*: string*/ {
    return `${this.once ? "if" : "while"} ${this.test} ${this.body}`;
  }
}

class Define extends Node {
  name/*: string*/;
  params/*: string[]*/;
  body/*: Node*/;
  constructor(name/*: string*/, params/*: string[]*/, body/*: Node*/) {
    super();
    this.name = name;
    this.params = params;
    this.body = body;
  }
  run(machine/*: Machine*/)/*: number*/ {
    machine.functions.push(this);
    return 0;
  }
  show()/*: string*/ {
    return `fn ${this.name}(${this.params.join(", ")}) ${this.body}`;
  }
}

class Call extends Node {
  name/*: string*/;
  given/*: Node[]*/;
  constructor(name/*: string*/, given/*: Node[]*/) {
    super();
    this.name = name;
    this.given = given;
  }
  run(machine/*: Machine*/, scope/*: Scope*/)/*: number*/ {
    machine.tick();
    const values = this.given.map((node) => node.run(machine, scope));
    if (this.name === "print") {
      machine.output.push(values.map(String).join(" "));
      return values.length;
    }
    const target = machine.functions.find((f) => f.name === this.name);
    if (target === undefined) return NaN;
    const inner = new Scope();
    target.params.forEach((name, i) => inner.declare(name, values[i]));
    return target.body.run(machine, inner);
  }
  show()/*: string*/ {
    return `${this.name}(${this.given.map((node) => node.show()).join(", ")})`;
  }
}

class Parser {
  static levels/*: string[][]*/ = [["||"], ["&&"], ["==", "!=", "<", ">", "<=", ">="], ["+", "-"], ["*", "/", "%"]];
  tokens/*: Token[]*/;
  at = 0;
  constructor(text/*: string*/) {
    this.tokens = new Lexer(text).tokens();
  }
  get next()/*: Token*/ {
    return this.tokens[this.at];
  }
  take()/*: Token*/ {
    return this.tokens[this.at++];
  }
  accept(text/*: string*/)/*: boolean*/ {
    if (!this.next.is(text)) return false;
    this.at++;
    return true;
  }
  program()/*: Block*/ {
    const list/*: Node[]*/ = [];
    while (this.next.kind !== "end" && !this.next.is("}")) {
      list.push(this.statement());
      this.accept(";");
    }
    return new Block(list);
  }
  block()/*: Node*/ {
    this.accept("{");
    const block = this.program();
    this.accept("}");
    return block;
  }
  statement()/*: Node*/ {
    if (this.accept("let")) {
      const name = this.take().text;
      this.accept("=");
      return new Assign(name, this.binary(0), true);
    }
    if (this.accept("while")) return new Loop(this.binary(0), this.block(), false);
    if (this.accept("if")) return new Loop(this.binary(0), this.block(), true);
    if (this.accept("fn")) {
      const name = this.take().text;
      const params/*: string[]*/ = [];
      this.accept("(");
      while (!this.accept(")")) {
        params.push(this.take().text);
        this.accept(",");
      }
      return new Define(name, params, this.block());
    }
    const left = this.binary(0);
    if (left instanceof Name && this.accept("=")) return new Assign(left.name, this.binary(0), false);
    return left;
  }
  binary(level/*: number*/)/*: Node*/ {
    if (level >= Parser.levels.length) return this.primary();
    let left = this.binary(level + 1);
    while (this.next.kind === "sign" && Parser.levels[level].includes(this.next.text)) {
      const op = this.take().text;
      const right = this.binary(level + 1);
      const made = new Binary(op, left, right);
      left = made.isConstant ? new Literal(made.run(new Machine(), new Scope())) : made;
    }
    return left;
  }
  primary()/*: Node*/ {
    const token = this.take();
    if (token.kind === "number") return new Literal(Number(token.text));
    if (token.is("(")) {
      const inner = this.binary(0);
      this.accept(")");
      return inner;
    }
    if (this.accept("(")) {
      const given/*: Node[]*/ = [];
      while (!this.accept(")")) {
        given.push(this.binary(0));
        this.accept(",");
      }
      return new Call(token.text, given);
    }
    return new Name(token.text);
  }
}

const PROGRAM = `
fn fact(n) { let r = 1; while n > 1 { r = r * n; n = n - 1 } r }
fn fib(n) { let r = n; if n >= 2 { r = fib(n - 1) + fib(n - 2) } r }
let i = 0;
while i < 3 + 4 * 1 { print(i, fact(i), fib(i)); i = i + 1 }
if i == 7 && fact(5) != 1 || 0 { print(100 / 8 % 5) }
missing = 4;
print(fib(12), fact(10), nothing(1))
`;

export function handle(input/*: string*/)/*: string*/ {
  const tree = new Parser(PROGRAM).program();
  const machine = new Machine();
  const last = tree.run(machine, new Scope());
  const lines = [tree.show(), ...machine.output, `${last} ${machine.steps} ${machine.functions.length} ${Node.made}`];
  return lines.join("\n") + input;
}
