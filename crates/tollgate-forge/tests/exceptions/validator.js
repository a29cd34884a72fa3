// A validator of orders: rules throw, and what they say is gathered for each field; what is wrong with the rules themselves goes through.

class Invalid extends Error {
  constructor(field/*: string*/, message/*: string*/) {
    super(message);
    this.name = "Invalid";
    this.field = field;
  }
  field/*: string*/;
  at(prefix/*: string*/)/*: Invalid*/ { return new Invalid(`${prefix}.${this.field}`, this.message); }
}
class Several extends Invalid {
  constructor(all/*: Invalid[]*/) {
    super("", `${all.length} problems`);
    this.name = "Several";
    this.all = all;
  }
  all/*: Invalid[]*/;
}
class BrokenRule extends TypeError {
  constructor(rule/*: string*/) {
    super(`the rule ${rule} is wrong`);
    this.name = "BrokenRule";
  }
}

// Runs all, and throws what they all threw.
function every(checks/*: (() => void)[]*/)/*: void*/ {
  const problems/*: Invalid[]*/ = [];
  for (const check of checks) {
    try {
      check();
    } catch (e) {
      if (e instanceof Several) for (const one of e.all) problems.push(one);
      else if (e instanceof Invalid) problems.push(e);
      else throw e;
    }
  }
  if (problems.length === 1) throw problems[0];
  if (problems.length > 1) throw new Several(problems);
}
function inside/*<T>*/(field/*: string*/, check/*: () => T*/)/*: T*/ {
  try {
    return check();
  } catch (e) {
    if (e instanceof Several) throw new Several(e.all.map((one) => one.at(field)));
    if (e instanceof Invalid) throw e.at(field);
    throw e;
  }
}

function required(field/*: string*/, value/*: string | undefined*/)/*: string*/ {
  if (value === undefined || value.trim() === "") throw new Invalid(field, "is required");
  return value;
}
function inRange(field/*: string*/, value/*: number*/, least/*: number*/, most/*: number*/)/*: number*/ {
  if (least > most) throw new BrokenRule(`${least} to ${most}`);
  if (value !== value) throw new Invalid(field, "is no number");
  if (value < least || value > most) throw new RangeError(`${field}: ${value} is not from ${least} to ${most}`);
  return value;
}
function ranged(field/*: string*/, value/*: number*/, least/*: number*/, most/*: number*/)/*: number*/ {
  try {
    return inRange(field, value, least, most);
  } catch (e) {
    if (e instanceof RangeError) throw new Invalid(field, e.message.slice(field.length + 2));
    throw e;
  }
}

/*interface Address { street?: string; city: string; zip: string }*/
/*interface Item { name: string; count: number; price: number }*/
/*interface Order { customer?: string; address: Address; items: Item[]; discount: number }*/

function checkAddress(a/*: Address*/)/*: void*/ {
  every([
    () => { required("street", a.street); },
    () => { required("city", a.city); },
    () => {
      if (a.zip.length !== 5) throw new Invalid("zip", `has ${a.zip.length} digits`);
      for (const c of a.zip) if (c < "0" || c > "9") throw new Invalid("zip", `has a ${c}`);
    },
  ]);
}
function total(items/*: Item[]*/)/*: number*/ {
  return items.reduce((sum, item) => {
    const price = item.price * item.count;
    if (price > 10000) throw new Invalid("items", `${item.name} costs ${price}`);
    return sum + price;
  }, 0);
}

class Validator {
  checked = 0;
  failed = 0;
  #open = false;
  seen/*: Map<string, number>*/ = new Map/*<string, number>*/();
  check(order/*: Order*/, most/*: number*/)/*: number*/ {
    if (this.#open) throw new Error("already at work");
    this.#open = true;
    let ok = false;
    try {
      every([
        () => { required("customer", order.customer); },
        () => inside("address", () => checkAddress(order.address)),
        () => order.items.forEach((item, i) => inside(`items[${i}]`, () => every([
          () => { required("name", item.name); },
          () => { ranged("count", item.count, 1, most); },
        ]))),
        () => { ranged("discount", order.discount, 0, 0.5); },
      ]);
      const sum = total(order.items) * (1 - order.discount);
      ok = true;
      return sum;
    } finally {
      this.#open = false;
      this.checked++;
      if (!ok) this.failed++;
      const name = order.customer ?? "nobody";
      this.seen.set(name, (this.seen.get(name) ?? 0) + 1);
    }
  }
}

function describe(e/*: Error*/)/*: string*/ {
  if (e instanceof Several) return e.all.map((one) => `  ${one.field} ${one.message}`).join("\n");
  if (e instanceof Invalid) return `  ${e.field} ${e.message}`;
  return `  ${e}`;
}

export function handle(_/*: string*/)/*: string*/ {
  const good/*: Order*/ = { customer: "Ada", address: { street: "Main St", city: "Bern", zip: "12345" }, items: [{ name: "pen", count: 3, price: 1.5 }], discount: 0.1 };
  const orders/*: Order[]*/ = [
    good,
    { ...good, customer: undefined, address: { city: " ", zip: "12a45" } },
    { ...good, items: [{ name: "", count: 0, price: 1 }, { name: "ink", count: NaN, price: 2 }] },
    { ...good, discount: 0.75 },
    { ...good, items: [{ name: "car", count: 2, price: 9000 }] },
    { ...good, address: { street: "x", city: "y", zip: "123" }, items: [] },
  ];
  const validator = new Validator();
  const out/*: string[]*/ = [];
  for (const most of [10, 0]) {
    orders.forEach((order, i) => {
      try {
        out.push(`order ${i}: ${validator.check(order, most)}`);
      } catch (e) {
        out.push(`order ${i} is refused:\n${describe(e)}`);
      }
    });
  }
  out.push(`${validator.checked} checked, ${validator.failed} failed`);
  for (const [name, count] of validator.seen) out.push(`${name}: ${count}`);
  return out.join("\n");
}
