// What JavaScript throws by itself: faults that are errors of the same class and with the same message.

const said/*: string[]*/ = [];
function tries(what/*: string*/, f/*: () => string*/)/*: void*/ {
  try {
    said.push(`${what}: ${f()}`);
  } catch (e) {
    said.push(`${what}! ${e.name} ${e.message} ${e instanceof RangeError} ${e instanceof TypeError}`);
  } finally {
    said.push("/");
  }
}

class Late {
  constructor(count/*: number*/) { this.text = "ab".repeat(count); }
  text/*: string*/;
  get twice()/*: string*/ { return this.text.repeat(-2); }
  say()/*: string*/ { try { return this.twice; } finally { said.push("late"); } }
}

// What was done before a fault stays done, and what comes behind it is not.
function order(n/*: number*/)/*: string*/ {
  let out = "";
  const step = (x/*: number*/)/*: number*/ => { out += x; return x; };
  const list/*: string[]*/ = [];
  for (let i = 0; i < 4; i++) {
    try {
      list.push("x".repeat(step(i) > n ? step(-i) : step(i)), `${step(9)}`);
      if (i === 1) continue;
      out += "!";
    } catch (e) {
      out += e.message.length;
      if (i === 3) break;
    } finally {
      out += ";";
    }
  }
  return `${out} ${list.length}`;
}

function deep(n/*: number*/)/*: number*/ {
  if (n > 0) return 1 + deep(n - 1);
  return (1.5).toFixed(101).length;
}

function again()/*: string*/ {
  let first/*: Error | null*/ = null;
  try {
    try {
      String.fromCodePoint(-1);
    } catch (e) {
      first = e;
      throw e;
    }
  } catch (e) {
    return `${first === e} ${e}`;
  }
  return "none";
}

function left()/*: number*/ {
  for (const n of [1, 200, 3]) {
    try {
      try {
        n.toFixed(n);
      } finally {
        if (n === 200) return n;
      }
    } catch {
      return -1;
    }
  }
  return 0;
}

export function handle(s/*: string*/)/*: string*/ {
  tries("repeat", () => "ab".repeat(-1));
  tries("repeat half", () => "ab".repeat(-0.5));
  tries("repeat far", () => "ab".repeat(Infinity));
  tries("long", () => `${"ab".repeat(1e9).length}`);
  tries("pad", () => `${"ab".padStart(1e10, "x").length}`);
  tries("digits", () => (1).toFixed(101));
  tries("few digits", () => (1).toFixed(-1));
  tries("base", () => (10).toString(1));
  tries("bases", () => (10).toString(37));
  tries("point", () => String.fromCodePoint(0x110000));
  tries("half a point", () => String.fromCodePoint(1.5));
  tries("typed", () => `${new Uint8Array(-1).length}`);
  tries("offset", () => { const a = new Int16Array(2); a.set([1, 2], 1); return `${a[0]}`; });
  tries("filled", () => `${new Array/*<number>*/(-1).fill(0).length}`);
  tries("from", () => `${Array.from({ length: 2 ** 40 }, (_, i) => i).length}`);
  tries("length", () => { const list = [1, 2]; list.length = -1; return `${list.length}`; });
  tries("late", () => new Late(1).say());
  tries("never", () => new Late(-1).say());
  tries("list", () => [1, 2, 200, 3].map((x) => (1).toFixed(x)).join());
  tries("deep", () => `${deep(20)}`);
  tries("early", () => {
    const f = ()/*: number*/ => x;
    try { return `${f()}`; } catch (e) { return e.name; } finally { said.push("early"); }
    const x = 1;
  });
  said.push(order(1), order(-1), again(), `${left()}`);
  return said.join("\n");
}
