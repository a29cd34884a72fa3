// Generic collections as people write them: a list, a tree, a queue of priorities, results, observers.
/* type Order<T> = (a: T, b: T) => number;
interface Pair<A, B> { first: A; second: B }
interface Sized { size: number }
interface Container<T> extends Sized { get(at: number): T | undefined; each(f: (x: T) => void): void } */

class Link/*<T>*/ {
  next/*: Link<T> | null*/ = null;
  value/*: T*/;
  constructor(value/*: T*/) {
    this.value = value;
  }
}

class Chain/*<T> implements Container<T>*/ {
  #first/*: Link<T> | null*/ = null;
  #last/*: Link<T> | null*/ = null;
  size = 0;
  static made = 0;
  static of/*<T>*/(list/*: T[]*/)/*: Chain<T>*/ {
    const chain = new Chain/*<T>*/();
    Chain.made++;
    for (const x of list) chain.add(x);
    return chain;
  }
  add(x/*: T*/)/*: this*/ {
    const link = new Link(x);
    if (this.#last === null) this.#first = link;
    else this.#last.next = link;
    this.#last = link;
    this.size++;
    return this;
  }
  get(at/*: number*/)/*: T | undefined*/ {
    let link = this.#first;
    for (let i = 0; i < at && link !== null; i++) link = link.next;
    return link?.value;
  }
  each(f/*: (x: T) => void*/)/*: void*/ {
    for (let link = this.#first; link !== null; link = link.next) f(link.value);
  }
  map/*<U>*/(f/*: (x: T) => U*/)/*: Chain<U>*/ {
    const other = new Chain/*<U>*/();
    this.each((x) => { other.add(f(x)); });
    return other;
  }
  reduce/*<A>*/(start/*: A*/, f/*: (so: A, x: T) => A*/)/*: A*/ {
    let so = start;
    this.each((x) => { so = f(so, x); });
    return so;
  }
}

class Counted/*<T>*/ extends Chain/*<T>*/ {
  looks = 0;
  get(at/*: number*/)/*: T | undefined*/ {
    this.looks++;
    return super.get(at);
  }
}

class Branch/*<K, V>*/ {
  left/*: Branch<K, V> | null*/ = null;
  right/*: Branch<K, V> | null*/ = null;
  key/*: K*/;
  value/*: V*/;
  constructor(key/*: K*/, value/*: V*/) {
    this.key = key;
    this.value = value;
  }
}

class Tree/*<K, V>*/ {
  #root/*: Branch<K, V> | null*/ = null;
  #order/*: Order<K>*/;
  constructor(order/*: Order<K>*/) {
    this.#order = order;
  }
  set(key/*: K*/, value/*: V*/)/*: void*/ {
    this.#root = this.#put(this.#root, key, value);
  }
  #put(at/*: Branch<K, V> | null*/, key/*: K*/, value/*: V*/)/*: Branch<K, V>*/ {
    if (at === null) return new Branch(key, value);
    const side = this.#order(key, at.key);
    if (side < 0) at.left = this.#put(at.left, key, value);
    else if (side > 0) at.right = this.#put(at.right, key, value);
    else at.value = value;
    return at;
  }
  get(key/*: K*/)/*: V | undefined*/ {
    let at = this.#root;
    while (at) {
      const side = this.#order(key, at.key);
      if (side === 0) return at.value;
      at = side < 0 ? at.left : at.right;
    }
    return undefined;
  }
  entries()/*: Pair<K, V>[]*/ {
    const out/*: Pair<K, V>[]*/ = [];
    const walk = (at/*: Branch<K, V> | null*/)/*: void*/ => {
      if (!at) return;
      walk(at.left);
      out.push(pair(at.key, at.value));
      walk(at.right);
    };
    walk(this.#root);
    return out;
  }
}

function pair/*<A, B>*/(first/*: A*/, second/*: B*/)/*: Pair<A, B>*/ {
  return { first, second };
}

function swap/*<A, B>*/(p/*: Pair<A, B>*/)/*: Pair<B, A>*/ {
  return pair(p.second, p.first);
}

function byNumber/*<T>*/(key/*: (x: T) => number*/)/*: Order<T>*/ {
  return (a, b) => key(a) - key(b);
}

function least/*<T>*/(list/*: T[]*/, order/*: Order<T>*/)/*: T | null*/ {
  let best/*: T | null*/ = null;
  for (const x of list) if (best === null || order(x, best) < 0) best = x;
  return best;
}

function total/*<T extends Sized>*/(list/*: T[]*/)/*: number*/ {
  let sum = 0;
  for (const x of list) sum += x.size;
  return sum;
}

function show(c/*: Container<string>*/)/*: string*/ {
  let text = `${c.size}:`;
  c.each((x) => { text += x; });
  return `${text}/${c.get(0) ?? "none"}/${c.get(9) ?? "none"}`;
}

function composed/*<A, B, C>*/(f/*: (a: A) => B*/, g/*: (b: B) => C*/)/*: (a: A) => C*/ {
  return (a) => g(f(a));
}

export function handle(_/*: string*/)/*: string*/ {
  const out/*: string[]*/ = [];
  const words = Chain.of("the quick brown fox jumps".split(" "));
  const counted = new Counted/*<string>*/().add("x");
  out.push(show(words), show(counted), show(new Chain()), `${counted.looks}`);
  const written/*: Container<string>*/ = { size: 7, get: (at) => (at > 5 ? undefined : "w"), each: (f) => { f("v"); } };
  out.push(show(written), `${total([words, counted])} ${total([{ size: 3, name: "three" }])}`);
  const lengths = words.map((w) => w.length);
  out.push(`${lengths.reduce(0, (a, b) => a + b)} ${lengths.reduce("", (a, b) => a + b)} ${Chain.made}`);
  const tree = new Tree/*<string, number>*/((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  words.each((w) => { tree.set(w, (tree.get(w) ?? 0) + w.length); });
  tree.set("fox", -0.5);
  out.push(tree.entries().map((e) => `${e.first}=${e.second}`).join());
  const numbers = new Tree/*<number, Chain<string>>*/(byNumber((n) => n));
  words.each((w) => {
    const there = numbers.get(w.length);
    if (there === undefined) numbers.set(w.length, Chain.of([w]));
    else there.add(w);
  });
  out.push(numbers.entries().map(swap).map((e) => `${e.second}${show(e.first)}`).join(";"));
  out.push(`${least([3, -1, 2], byNumber((n) => n))} ${least(["ccc", "a"], byNumber((s) => s.length))} ${least([4].slice(1), byNumber((n) => n))}`);
  const f = composed((n/*: number*/) => n + 1, (n) => `<${n}>`);
  out.push(f(1), composed(f, (s) => s.length)(10).toString());
  return out.join("\n");
}
