// Goods of several kinds in a store: prices, stock, and what was ordered.
/*interface Priced {
  readonly sku: string;
  price(quantity: number): number;
  label?: string;
}*/

class Money {
  cents/*: number*/;
  constructor(cents/*: number*/) {
    this.cents = Math.round(cents);
  }
  static of(euros/*: number*/)/*: Money*/ {
    return new Money(euros * 100);
  }
  static readonlyZero = new Money(0);
  plus(other/*: Money*/)/*: Money*/ {
    return new Money(this.cents + other.cents);
  }
  times(factor/*: number*/)/*: Money*/ {
    return new Money(this.cents * factor);
  }
  less(percent/*: number*/)/*: Money*/ {
    return this.times(1 - percent / 100);
  }
  isMore(other/*: Money*/)/*: boolean*/ {
    return this.cents > other.cents;
  }
  toString()/*: string*/ {
    const whole = Math.trunc(this.cents / 100);
    return `${whole}.${String(Math.abs(this.cents % 100)).padStart(2, "0")} EUR`;
  }
}

class Item /*implements Priced*/ {
  static #next = 1000;
  sku/*: string*/;
  name/*: string*/;
  label/*: string | undefined*/;
  #stock/*: number*/;
  unit/*: Money*/;
  constructor(name/*: string*/, unit/*: Money*/, stock/*: number*/ = 10) {
    this.sku = `${name.slice(0, 2).toUpperCase()}-${Item.#next++}`;
    this.name = name;
    this.unit = unit;
    this.#stock = stock;
  }
  get stock()/*: number*/ {
    return this.#stock;
  }
  set stock(value/*: number*/) {
    this.#stock = Math.max(0, Math.trunc(value));
  }
  get available()/*: boolean*/ {
    return this.stock > 0;
  }
  cost(quantity/*: number*/)/*: Money*/ {
    return this.unit.times(quantity);
  }
  price(quantity/*: number*/)/*: number*/ {
    return this.cost(quantity).cents;
  }
  remove(quantity/*: number*/)/*: boolean*/ {
    if (quantity > this.stock) return false;
    this.stock -= quantity;
    return true;
  }
  describe()/*: string*/ {
    return `${this.sku} ${this.name} at ${this.unit}, ${this.available ? String(this.stock) : "none"} left`;
  }
}

class Bulk extends Item {
  from/*: number*/;
  percent = 10;
  constructor(name/*: string*/, unit/*: Money*/, stock/*: number*/, from/*: number*/) {
    super(name, unit, stock);
    this.from = from;
    this.label = "bulk";
  }
  cost(quantity/*: number*/)/*: Money*/ {
    const plain = super.cost(quantity);
    return quantity >= this.from ? plain.less(this.percent) : plain;
  }
  describe()/*: string*/ {
    return `${super.describe()}, ${this.percent}% off from ${this.from}`;
  }
}

class Download extends Item {
  constructor(name/*: string*/, unit/*: Money*/) {
    super(name, unit, 0);
  }
  get available()/*: boolean*/ {
    return true;
  }
  remove(quantity/*: number*/)/*: boolean*/ {
    return quantity > 0;
  }
  get stock()/*: number*/ {
    return 999;
  }
  set stock(value/*: number*/) {}
}

class Bundle extends Item {
  parts/*: Item[]*/;
  constructor(name/*: string*/, parts/*: Item[]*/) {
    super(name, parts.reduce((sum, part) => sum.plus(part.unit), Money.readonlyZero), 0);
    this.parts = parts;
  }
  get stock()/*: number*/ {
    return this.parts.reduce((least, part) => Math.min(least, part.stock), Infinity);
  }
  set stock(value/*: number*/) {
    for (const part of this.parts) part.stock = value;
  }
  remove(quantity/*: number*/)/*: boolean*/ {
    if (this.stock < quantity) return false;
    this.parts.forEach((part) => part.remove(quantity));
    return true;
  }
  cost(quantity/*: number*/)/*: Money*/ {
    let sum = Money.readonlyZero;
    for (const part of this.parts) sum = sum.plus(part.cost(quantity));
    return sum.less(5);
  }
}

class Line {
  item/*: Item*/;
  quantity/*: number*/;
  constructor(item/*: Item*/, quantity/*: number*/) {
    this.item = item;
    this.quantity = quantity;
  }
  get total()/*: Money*/ {
    return this.item.cost(this.quantity);
  }
}

class Order {
  lines/*: Line[]*/ = [];
  refused/*: string[]*/ = [];
  note/*: string | null*/ = null;
  static #count = 0;
  number = ++Order.#count;
  add(item/*: Item*/, quantity/*: number*/)/*: this*/ {
    if (item.remove(quantity)) {
      const known = this.lines.find((line) => line.item === item);
      if (known !== undefined) known.quantity += quantity;
      else this.lines.push(new Line(item, quantity));
    } else {
      this.refused.push(`${quantity} of ${item.name}`);
    }
    return this;
  }
  get total()/*: Money*/ {
    return this.lines.map((line) => line.total).reduce((a, b) => a.plus(b), Money.readonlyZero);
  }
  show()/*: string*/ {
    const rows = this.lines.map((line) => `  ${String(line.quantity).padStart(3)} x ${line.item.name}: ${line.total}`);
    const more = this.note !== null ? ` (${this.note.toLowerCase()})` : "";
    return [`order ${this.number}${more}`, ...rows, ...this.refused.map((r) => `  refused: ${r}`), `  total ${this.total}`].join("\n");
  }
}

/*abstract */class Rule {
  /*abstract applies(order: Order): boolean;*/
  /*abstract get text(): string;*/
  check(order/*: Order*/)/*: string*/ {
    return this.applies(order) ? this.text : "";
  }
}

class Large extends Rule {
  limit/*: Money*/;
  constructor(limit/*: Money*/) {
    super();
    this.limit = limit;
  }
  applies(order/*: Order*/)/*: boolean*/ {
    return order.total.isMore(this.limit);
  }
  get text()/*: string*/ {
    return `more than ${this.limit}`;
  }
}

class Contains extends Rule {
  of/*: string*/;
  constructor(of/*: string*/) {
    super();
    this.of = of;
  }
  applies(order/*: Order*/)/*: boolean*/ {
    return order.lines.some((line) => {
      const item = line.item;
      return item.name === this.of || item instanceof Bundle && item.parts.some((part) => part.name === this.of);
    });
  }
  get text()/*: string*/ {
    return `has ${this.of}`;
  }
}

function tags(list/*: Priced[]*/)/*: string*/ {
  return list.map((p) => `${p.sku}=${p.price(3)}${p.label ?? ""}`).join(" ");
}

export function handle(input/*: string*/)/*: string*/ {
  const pen = new Item("pen", Money.of(1.2), 100);
  const paper = new Bulk("paper", Money.of(0.05), 5000, 500);
  const book = new Download("book", Money.of(19.99));
  const set = new Bundle("set", [pen, paper, book]);
  pen.label = "blue";
  const orders = [
    new Order().add(pen, 3).add(paper, 499).add(pen, 2),
    new Order().add(paper, 1000).add(book, 1).add(pen, 500),
    new Order().add(set, 10).add(book, 2),
  ];
  orders[1].note = "URGENT";
  const rules/*: Rule[]*/ = [new Large(Money.of(60)), new Contains("book"), new Contains("pen")];
  const out/*: string[]*/ = [];
  for (const order of orders) {
    out.push(order.show());
    out.push(rules.map((rule) => rule.check(order)).filter((text) => text !== "").join(", "));
  }
  for (const item of [pen, paper, book, set]) out.push(item.describe());
  set.stock = 7.9;
  out.push(`${pen.stock} ${paper.stock} ${book.stock} ${set.stock}`);
  const plain/*: Priced*/ = { sku: "X-1", price: (quantity/*: number*/) => quantity * 7/*, label: undefined*/ };
  out.push(tags([pen, set, plain, paper]));
  return out.join("\n") + input;
}
