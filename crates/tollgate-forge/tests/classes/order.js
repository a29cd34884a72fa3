// In which order an object comes to its values, and which member is meant.
const said/*: string[]*/ = [];

function say(what/*: string*/)/*: number*/ {
  said.push(what);
  return said.length;
}

class Base {
  first = say("Base.first");
  second/*: number*/;
  constructor(given/*: number*/ = say("Base.default")) {
    say(`Base(${given})`);
    this.second = this.first + given;
    this.describe();
  }
  describe()/*: void*/ {
    say("Base.describe");
  }
  get kind()/*: string*/ {
    return `base of ${this.name()}`;
  }
  name()/*: string*/ {
    return "Base";
  }
}

class Middle extends Base {
  third = say(`Middle.third after ${this.second}`);
  name()/*: string*/ {
    return `Middle(${super.name()})`;
  }
}

class Last extends Middle {
  fourth = say("Last.fourth");
  seen/*: string | undefined*/;
  constructor(given/*: number*/, extra/*: number*/ = say("Last.default")) {
    say("before super");
    super(given + extra);
    say(`after super, ${this.fourth}, ${this.third}`);
    this.fourth = 40;
  }
  describe()/*: void*/ {
    super.describe();
    // The fields of this class are not there yet.
    this.seen = "by the constructor above";
    say(`Last.describe of ${this.first}`);
  }
  get kind()/*: string*/ {
    return `${super.kind}!`;
  }
  name()/*: string*/ {
    return `Last(${super.name()})`;
  }
}

class Temperature {
  #celsius = 0;
  static made = 0;
  static fixed = "constant";
  constructor(celsius/*: number*/) {
    this.#celsius = celsius;
    Temperature.made++;
  }
  get fahrenheit()/*: number*/ {
    return (this.#celsius * 9) / 5 + 32;
  }
  set fahrenheit(value/*: number*/) {
    this.#celsius = ((value - 32) * 5) / 9;
  }
  static freezing()/*: Temperature*/ {
    return new Temperature(0);
  }
  static get count()/*: number*/ {
    return Temperature.made;
  }
  static set count(value/*: number*/) {
    Temperature.made = value * 10;
  }
  #twice()/*: number*/ {
    return this.#celsius * 2;
  }
  compare(other/*: Temperature*/)/*: number*/ {
    return this.#celsius - other.#celsius + this.#twice();
  }
}

class Chain {
  links/*: string[]*/ = [];
  add(link/*: string*/)/*: this*/ {
    this.links.push(link);
    return this;
  }
}

class Padded extends Chain {
  pad = "-";
  add(link/*: string*/)/*: this*/ {
    super.add(this.pad + link);
    return this;
  }
  wider()/*: this*/ {
    this.pad += "-";
    return this;
  }
}

class Button {
  clicks = 0;
  onClick = ()/*: number*/ => ++this.clicks;
  later(times/*: number*/)/*: (() => string)[]*/ {
    const all/*: (() => string)[]*/ = [];
    for (let i = 0; i < times; i++) {
      all.push(() => {
        const inner = ()/*: number*/ => this.clicks * 10 + i;
        return `${inner()}/${this.onClick()}`;
      });
    }
    return all;
  }
}

class Meter {
  reads = 0;
  #value/*: number | null*/ = 5;
  get value()/*: number*/ {
    this.reads++;
    return this.#value ?? 0;
  }
  set value(to/*: number*/) {
    say(`set ${to} after ${this.reads}`);
    this.#value = to;
  }
  get cleared()/*: number | null*/ {
    this.reads += 100;
    return this.#value;
  }
  set cleared(to/*: number | null*/) {
    this.#value = to;
  }
  toString()/*: string*/ {
    this.reads += 1000;
    return `meter ${this.reads}`;
  }
}

// What is given to `super` comes before the fields of the class above, which extends none.
class Given {
  static next = 0;
  id = Given.next++;
  field = say("Given.field");
  constructor(given/*: number*/, other/*: number*/) {
    say(`Given ${given} ${other} ${this.id} ${this.field}`);
  }
}

class Taken extends Given {
  own = say("Taken.own");
  constructor() {
    super(Given.next, say("Taken.argument"));
    say(`Taken ${this.own}`);
  }
}

export function handle(input/*: string*/)/*: string*/ {
  new Taken();
  new Taken();
  const meter = new Meter();
  const before = meter.value++;
  const after = --meter.value;
  const sum = (meter.value += meter.value * 2);
  const kept = meter.cleared ?? 1;
  const or = (meter.value ||= 9);
  const and = (meter.value &&= 7);
  const filled = (meter.cleared ??= 3);
  meter.cleared = null;
  const again = (meter.cleared ??= meter.value + 4);
  say(`${before} ${after} ${sum} ${kept} ${or} ${and} ${filled} ${again} ${meter.reads}`);
  say(meter + "!" + (meter.reads = 0) + meter + meter.reads);
  const one = new Last(100);
  say(`${one.kind} ${one.second} ${one.fourth} ${one.seen === undefined}`);
  const two/*: Base*/ = new Middle();
  say(`${two.kind} ${two.second} ${two instanceof Middle} ${two instanceof Last}`);
  const mild = new Temperature(20);
  mild.fahrenheit += 18;
  mild.fahrenheit++;
  say(`${mild.fahrenheit.toFixed(3)} ${mild.compare(Temperature.freezing()).toFixed(3)}`);
  Temperature.count = Temperature.count + 5;
  say(`${Temperature.count} ${Temperature.made} ${Temperature.fixed}`);
  const padded = new Padded().add("a").wider().add("b");
  say(`${padded.links.join(",")} ${padded.pad}`);
  const button = new Button();
  const click = button.onClick;
  click();
  say(button.later(3).map((f) => f()).join(" ") + ` ${button.clicks}`);
  const list/*: Base[]*/ = [one, two, new Base(7)];
  say(list.map((x) => x.name()).join("; "));
  const found = list.find((x) => x instanceof Last && x.fourth === 40);
  say(found === one ? "found" : "not found");
  return said.join("\n") + input;
}
