// Host of a compiled policy: moves inputs and answers into the module, calls it, reads back what it decided and why.
//
// What an input or an answer may be is not decided here but in `host.wasm`, which stands beside this file: the same code
// that takes them in everywhere else. Works where there is WebAssembly and BigInt: Node, Deno, browsers. The calling
// convention is docs/policy-wasm.md.
//
//   import { Policy } from "./host.mjs";
//   const policy = await Policy.load(bytes, { facts: (kind, args) => undefined });
//   const { decision, reasons } = policy.explain({ offer: { price_per_kwh: "0.42 EUR" } });

const HOST = "tollgate:ecl/host@0.1.0";
const STATE = { groups: 0, gas: 8, limits: 40, output: 80, leaves: 88, rules: 96, effects: 128 };
const EFFECT_BYTES = 8;
const EFFECT_HEAD_BYTES = 16;
const LEAF_BYTES = 40;
const PAGE = 65536;
const ONE = 10n ** 18n;
const MASK32 = 0xffffffffn;
const WIDE_MIN = -(1n << 127n);
const WIDE_MAX = (1n << 127n) - 1n;
const INT_MAX = (1n << 63n) - 1n;
/** How many IPv4 addresses there are, and the number of the first one in its IPv6 form. */
const IPV4_COUNT = 1n << 32n;
const IPV4_MAPPED = 0xffff00000000n;
const TRUST = ["R", "I", "C", "P", "V", "Ω"];
const DECISIONS = ["accept", "reject", "escalate"];
const STATUS = ["NOT EVALUATED", "FAIL", "PASS", "ERROR"];
const FACTS = [
  ["trust", "get-trust"],
  ["has_credential", "has-credential"],
  ["resolve_did", "resolve-did"],
  ["delegates", "get-delegates"],
  ["blueprint", "get-blueprint"],
  ["conforms_to", "conforms-to"],
  ["active_sessions", "active-sessions"],
  ["balance", "get-balance"],
  ["store_get", "store-get"],
  ["karma", "get-karma"],
  ["realm_trust", "get-realm-trust"],
];
const ERRORS = {
  16: () => "arithmetic overflow",
  17: () => "division by zero",
  18: () => "the result is not a finite number",
  19: (detail) => `the fact \`${FACTS[detail][0]}\` is unknown`,
  20: (detail) => `the provider of the fact \`${FACTS[detail][0]}\` failed`,
  21: (detail) => `gas exhausted in layer ${["Total", "Layer(Network)", "Layer(Compute)", "Layer(Storage)", "Layer(Realm)"][detail]}`,
  22: () => "the input was made for another program",
  23: () => "internal error in the engine",
  24: () => "a value is demanded, and there is none",
  25: () => "a glob ends with a `\\`, which takes the next character as it is",
};
/** Errors that have a place in the source. */
const PLACED = [16, 17, 18, 19, 20, 24, 25];
const BAD_GLOB = 25;
const UNITS = {
  Length: { base: "m", units: { mm: ONE / 1000n, cm: ONE / 100n, m: ONE, km: 1000n * ONE } },
  Mass: { base: "g", units: { mg: ONE / 1000n, g: ONE, kg: 1000n * ONE, t: 1000000n * ONE } },
  Power: { base: "W", units: { W: ONE, kW: 1000n * ONE, MW: 1000000n * ONE } },
  Energy: { base: "Wh", units: { Wh: ONE, kWh: 1000n * ONE, MWh: 1000000n * ONE } },
};
const DURATIONS = {
  ns: 1n, us: 1000n, ms: 1000000n, s: 10n ** 9n, min: 60n * 10n ** 9n, h: 3600n * 10n ** 9n, d: 86400n * 10n ** 9n,
};

const utf8 = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true });

/** An input that is not of the policy's type. `path` names the field, `help` says what to do. */
export class InputError extends Error {
  constructor({ path, message, help }) {
    super(help ? `${message}; ${help}` : message);
    this.name = "InputError";
    this.path = path;
    this.help = help;
  }
}

/** A module that is not a policy, or not for this host. */
export class PolicyError extends Error {
  constructor(message) {
    super(message);
    this.name = "PolicyError";
  }
}

/** A type's name and what it carries: `"Bool"`, or one pair of an object. */
const open = (type) => (typeof type === "string" ? [type, null] : Object.entries(type)[0]);

/** A text that is JSON already, or the JSON of a value: what JSON cannot say is refused, never left out or made null. */
function jsonText(value) {
  if (typeof value !== "string") return write(value, "");
  if (/\p{Surrogate}/u.test(value)) throw refused("", "half a character");
  return value;
}

function write(value, path) {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "boolean":
    case "bigint":
      return String(value);
    case "number":
      if (!Number.isFinite(value)) throw refused(path, String(value));
      return Object.is(value, -0) ? "-0" : String(value);
    case "object":
      break;
    default:
      throw refused(path, value === undefined ? "undefined" : `a ${typeof value}`);
  }
  if (value === null) return "null";
  if (typeof value.toJSON === "function") return write(value.toJSON(), path);
  if (Array.isArray(value)) return `[${Array.from(value, (item, at) => write(item, `${path}[${at}]`)).join(",")}]`;
  if (Symbol.iterator in value || ArrayBuffer.isView(value)) throw refused(path, Object.prototype.toString.call(value));
  const given = Object.entries(value).filter(([, item]) => item !== undefined);
  const entries = given.map(([key, item]) => `${JSON.stringify(key)}:${write(item, path ? `${path}.${key}` : key)}`);
  return `{${entries.join(",")}}`;
}

function refused(path, found) {
  const message = `${path ? `\`${path}\`: ` : ""}expected a value of JSON, found ${found}`;
  return new InputError({ path, message, help: null });
}

const scratch = new DataView(new ArrayBuffer(8));

function numberOf(bits) {
  scratch.setBigUint64(0, bits);
  return scratch.getFloat64(0);
}

function words(program, type) {
  const [kind, of] = open(type);
  switch (kind) {
    case "Decimal":
    case "Money":
    case "Quantity":
    case "Ip":
      return 2;
    case "Cidr":
      return 5;
    case "Trust":
      return 6;
    case "Option":
      return 1 + words(program, of);
    case "Record":
      return program.records[of].words;
    default:
      return 1;
  }
}

/** Prints a scaled decimal with at least so many fractional digits. */
function decimalText(value, least = 0) {
  const magnitude = value < 0n ? -value : value;
  const digits = (magnitude % ONE).toString().padStart(18, "0");
  const shown = Math.max(digits.replace(/0+$/, "").length, least);
  return `${value < 0n ? "-" : ""}${magnitude / ONE}${shown ? `.${digits.slice(0, shown)}` : ""}`;
}

function quantityText(amount, dimension) {
  const { base, units } = UNITS[dimension];
  const magnitude = amount < 0n ? -amount : amount;
  let best = null;
  if (amount !== 0n) {
    for (const [symbol, factor] of Object.entries(units).reverse()) {
      if ((amount * ONE) % factor !== 0n) continue;
      const value = (amount * ONE) / factor;
      if (value < WIDE_MIN || value > WIDE_MAX) continue;
      const text = decimalText(value) + symbol;
      const rank = [utf8.encode(text).length, magnitude >= factor ? 0 : 1];
      if (!best || rank[0] < best.rank[0] || (rank[0] === best.rank[0] && rank[1] < best.rank[1])) best = { text, rank };
    }
  }
  return best ? best.text : decimalText(amount) + base;
}

function durationText(nanoseconds) {
  if (nanoseconds === 0n) return "0s";
  const [symbol, unit] = Object.entries(DURATIONS).reverse().find(([, unit]) => nanoseconds % unit === 0n);
  return `${nanoseconds / unit}${symbol}`;
}

function instantText(nanoseconds) {
  const second = 10n ** 9n;
  let seconds = nanoseconds / second;
  let rest = nanoseconds % second;
  if (rest < 0n) {
    rest += second;
    seconds -= 1n;
  }
  const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  const fraction = rest === 0n ? "" : `.${rest.toString().padStart(9, "0").replace(/0+$/, "")}`;
  return `${whole}${fraction}Z`;
}

/** An address, by its place in the order of all: those of IPv4, then those of IPv6; as RFC 5952 writes it. */
function ipText(place) {
  const rank = BigInt.asUintN(128, place) ^ (1n << 127n);
  if (rank < IPV4_COUNT) return [24n, 16n, 8n, 0n].map((shift) => (rank >> shift) & 255n).join(".");
  const bits = rank < IPV4_MAPPED + IPV4_COUNT ? rank - IPV4_COUNT : rank;
  const groups = Array.from({ length: 8 }, (_, at) => ((bits >> BigInt(112 - 16 * at)) & 0xffffn).toString(16));
  let zeros = { at: 0, count: 1 };
  for (let at = 0; at < 8; at++) {
    let count = 0;
    while (groups[at + count] === "0") count++;
    if (count > zeros.count) zeros = { at, count };
  }
  if (zeros.count === 1) return groups.join(":");
  return `${groups.slice(0, zeros.at).join(":")}::${groups.slice(zeros.at + zeros.count).join(":")}`;
}

/** A number as it is written without an exponent while that is short. */
function numberText(value) {
  const magnitude = Math.abs(value);
  if (Object.is(value, -0)) return "-0";
  if (value === 0 || (magnitude >= 1e-6 && magnitude < 1e17)) {
    const text = String(value);
    return text.includes("e") ? value.toFixed(20).replace(/0+$/, "") : text;
  }
  return value.toExponential().replace("e+", "e");
}

function shownText(text) {
  const chars = [...text];
  const escaped = chars.slice(0, 80).map((c) => {
    if (!/\p{Cc}/u.test(c)) return c;
    return { "\t": "\\t", "\r": "\\r", "\n": "\\n" }[c] ?? `\\u{${c.codePointAt(0).toString(16)}}`;
  });
  return escaped.join("") + (chars.length > 80 ? "…" : "");
}

function quoted(text) {
  return `"${shownText(text.replaceAll("\\", "\\\\").replaceAll('"', '\\"'))}"`;
}

/** A value as reasons print it. */
function valueText(type, value) {
  const [kind, of] = open(type);
  switch (kind) {
    case "Number":
      return numberText(value);
    case "Decimal":
      return decimalText(value);
    case "Money":
      return decimalText(value, 2);
    case "Quantity":
      return quantityText(value, of);
    case "Duration":
      return durationText(value);
    case "Instant":
      return instantText(value);
    case "Ip":
      return ipText(value);
    case "Cidr":
      return `${ipText(value.first)}/${value.prefix}`;
    case "String":
      return quoted(value);
    case "Did":
    case "Pattern":
    case "Attributes":
      return shownText(value);
    case "List": {
      const items = value.slice(0, 4).map((item) => valueText(of[0], item));
      return `[${items.join(", ")}${value.length > 4 ? `, … ${value.length - 4} more` : ""}]`;
    }
    case "Option":
      return value === null ? "none" : valueText(of, value);
    case "Record": {
      const fields = value.map(([name, ty, field]) => `${name}: ${valueText(ty, field)}`);
      return `{${fields.length ? ` ${fields.join(", ")}` : ""} }`;
    }
    case "Trust":
      return TRUST.map((name, number) => `${name} ${numberText(value[number])}`).join(", ");
    default:
      return String(value);
  }
}

/** A value as JSON: decimals, money and the like as text. */
function valueJson(type, value) {
  const [kind, of] = open(type);
  switch (kind) {
    case "Int":
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    case "Decimal":
      return decimalText(value);
    case "Money":
      return `${decimalText(value, 2)} ${of}`;
    case "Quantity":
    case "Duration":
    case "Instant":
    case "Ip":
    case "Cidr":
      return valueText(type, value);
    case "Attributes":
      return JSON.parse(value);
    case "List":
      return value.map((item) => valueJson(of[0], item));
    case "Map":
      return Object.fromEntries(value.map(([key, item]) => [key, valueJson(of[1], item)]));
    case "Option":
      return value === null ? null : valueJson(of, value);
    case "Record":
      return Object.fromEntries(value.map(([name, ty, field]) => [name, valueJson(ty, field)]));
    case "Trust":
      return Object.fromEntries(TRUST.map((name, number) => [name, value[number]]));
    default:
      return value;
  }
}

let compiled;

/** The module beside this file. */
function hostModule() {
  compiled ??= (async () => {
    const url = new URL("./host.wasm", import.meta.url);
    if (url.protocol !== "file:") return WebAssembly.compile(await (await fetch(url)).arrayBuffer());
    const { readFile } = await import("node:fs/promises");
    return WebAssembly.compile(await readFile(url));
  })();
  return compiled;
}

/** Takes in what a policy is given: bytes go in, bytes or an error come out. */
class Intake {
  static async of(module) {
    const intake = new Intake();
    intake.exports = (await WebAssembly.instantiate(await hostModule())).exports;
    try {
      intake.call("load", module);
    } catch (error) {
      throw error instanceof InputError ? new PolicyError(error.message) : error;
    }
    return intake;
  }

  /** The bytes that a function makes of a request; `null` for what the host does not know. */
  call(name, request, ...more) {
    const { memory, room, reply, reply_length: length } = this.exports;
    const at = room(request.length) >>> 0;
    new Uint8Array(memory.buffer).set(request, at);
    const result = this.exports[name](...more);
    const bytes = new Uint8Array(memory.buffer, reply() >>> 0, length());
    if (result === 2) return null;
    if (result !== 0) throw new InputError(JSON.parse(strict.decode(bytes)));
    return bytes.slice();
  }
}

/** A compiled policy. One evaluation at a time; nothing is kept between them. */
export class Policy {
  /**
   * Loads the module `bytes`. `facts(kind, args)` answers what only the host knows: `undefined` is unknown, an exception
   * is a failure. `hash`, when given, must be the program's.
   */
  static async load(bytes, { facts, hash } = {}) {
    const source = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
    const intake = await Intake.of(source);
    const module = await WebAssembly.compile(source);
    const [section] = WebAssembly.Module.customSections(module, "tollgate-ecl");
    const metadata = JSON.parse(strict.decode(section));
    if (hash !== undefined && hash !== metadata.program.hash) {
      throw new PolicyError(`the module is policy ${metadata.program.hash}, not ${hash}`);
    }
    const policy = new Policy();
    policy.intake = intake;
    policy.program = metadata.program;
    policy.facts = facts ?? (() => undefined);
    const host = Object.fromEntries(FACTS.map(([kind, name], number) => [name, policy.#import(kind, number)]));
    const instance = await WebAssembly.instantiate(module, { [HOST]: host });
    policy.exports = instance.exports;
    policy.base = instance.exports.base.value;
    const memory = new Uint8Array(policy.exports.memory.buffer);
    intake.call("pool", memory.subarray(policy.base, policy.exports.input_base.value));
    return policy;
  }

  /** Decides: `{ decision, error, by, gas, effects, output }`. The input is a value, or JSON text, which keeps every digit. */
  decide(input, limits) {
    return this.#run("decide", input, limits);
  }

  /** Decides, and says why: `reasons` are lines for people, `rules` and `conditions` the same as data. */
  explain(input, limits) {
    const result = this.#run("explain", input, limits);
    return { ...result, ...this.#reasons(result) };
  }

  /** The encoded input: the bytes that stand at `input_base`. */
  encode(input) {
    return this.intake.call("encode", utf8.encode(jsonText(input)));
  }

  #run(entry, input, limits) {
    const bytes = this.encode(input);
    const at = this.exports.input_base.value;
    this.#grow(at + bytes.length);
    new Uint8Array(this.exports.memory.buffer).set(bytes, at);
    this.#setLimits(limits);
    this.failure = null;
    let packed;
    try {
      packed = BigInt.asUintN(64, this.exports[entry](bytes.length));
    } catch (error) {
      this.failure = error;
      packed = 23n;
    }
    return this.#result(packed);
  }

  #grow(end) {
    const missing = end - this.exports.memory.buffer.byteLength;
    if (missing > 0) this.exports.memory.grow(Math.ceil(missing / PAGE));
  }

  #view() {
    return new DataView(this.exports.memory.buffer);
  }

  #setLimits(limits) {
    const own = this.program.gas_limits;
    const layers = { ...own.layers, ...limits?.layers };
    const all = [limits?.total ?? own.total, layers.network, layers.compute, layers.storage, layers.realm];
    const view = this.#view();
    all.forEach((limit, number) => {
      const word = BigInt(limit) > INT_MAX ? INT_MAX : BigInt(limit);
      view.setBigUint64(STATE.limits + 8 * number, word, true);
    });
  }

  #result(packed) {
    const view = this.#view();
    const gas = ["network", "compute", "storage", "realm"].map((layer, number) => [
      layer,
      Number(view.getBigUint64(STATE.gas + 8 * number, true)),
    ]);
    const code = Number(packed & 0xffn);
    const detail = Number((packed >> 8n) & 0xffn);
    const high = Number(packed >> 32n);
    const result = { packed, decision: null, error: null, by: null, message: null, gas: Object.fromEntries(gas), effects: [], output: null };
    const messages = this.program.messages;
    if (code > 2) {
      const message = (ERRORS[code] ?? ERRORS[23])(detail);
      const point = PLACED.includes(code) ? this.program.points[high] : null;
      result.error = { code, message, point, cause: this.failure };
      return result;
    }
    result.decision = DECISIONS[code];
    const body = this.program.body;
    if (detail === 0) {
      const group = Number((packed >> 16n) & 0xffffn);
      const rule = body.Policy.groups[group].rules[high];
      result.by = { group, rule: high, name: rule.name };
      result.message = messages[rule.message] ?? null;
    } else if (detail === 3) {
      result.by = { message: high };
      result.message = messages[high];
    } else {
      result.by = detail === 1 ? "otherwise" : "output";
      if (detail === 1) result.message = messages[body.Policy.otherwise_message] ?? null;
    }
    if (body.Policy) {
      result.effects = this.#effects(body.Policy, result.decision);
    } else if (detail === 2) {
      result.output = valueJson(body.Guard.ty, this.#read(body.Guard.ty, [this.#word(STATE.output), 0n]));
    }
    return result;
  }

  #effects(policy, decision) {
    return policy.effects.flatMap((entry, number) => {
      if (entry.on !== decision) return [];
      const word = this.#word(STATE.effects + EFFECT_BYTES * number);
      return [this.#read(entry.value.ty, [word, 0n])].flat(Infinity).filter((effect) => effect !== null);
    });
  }

  /** An effect: its number, what it cost, its operands. */
  #effect(address) {
    const effect = this.program.effects[Number(this.#view().getBigUint64(this.base + address, true))];
    let at = address + EFFECT_HEAD_BYTES;
    const operands = effect.operands.map((type) => {
      const value = valueJson(type, this.#load(type, at));
      at += 8 * words(this.program, type);
      return value;
    });
    return { kind: effect.kind, operands };
  }

  #reasons(result) {
    const policy = this.program.body.Policy;
    const reasons = [];
    const rules = [];
    if (policy) {
      const leaves = this.base + Number(this.#word(STATE.leaves));
      const statuses = this.base + Number(this.#word(STATE.rules));
      let number = 0;
      policy.groups.slice(0, Number(this.#word(STATE.groups))).forEach((group, at) => {
        for (const rule of group.rules) {
          const status = this.#view().getUint8(statuses + number++);
          const conditions = rule.leaves.map((leaf, n) => this.#condition(leaf, leaves + LEAF_BYTES * (rule.leaf_base + n), result.error));
          rules.push({ group: at, name: rule.name, status: STATUS[status], conditions });
        }
      });
    }
    const decided = typeof result.by?.group === "number" ? result.by.group : null;
    for (const rule of rules) {
      if (decided !== null && (rule.group !== decided || rule.status !== "PASS")) continue;
      for (const condition of rule.conditions) {
        if (condition.status !== "NOT EVALUATED") reasons.push(condition.line);
      }
    }
    if (result.error) {
      const { point, message } = result.error;
      reasons.push(point ? `${point.line_column.join(":")}: \`${point.text}\`: ${message}` : message);
    }
    return { reasons, rules };
  }

  #condition(leaf, at, error) {
    const view = this.#view();
    const word = (number) => view.getBigUint64(at + 8 * number, true);
    const status = STATUS[Number(word(0) & MASK32)];
    const handled = word(0) >> 32n !== 0n;
    const compare = leaf.compare;
    const operand = (label, type, one, two) => {
      if (type === "Never" || type === "Error") return null;
      const value = valueText(type, this.#read(type, [word(one), word(two)]));
      return label === "" || label === value ? value : `${label} (${value})`;
    };
    let what = (this.program.points[leaf.point] ?? this.program.points[0]).text;
    const known = status === "PASS" || status === "FAIL" || (status === "ERROR" && this.#hasUnreadableGlob(leaf, error));
    if (compare && known) {
      const left = operand(compare.left, compare.left_type, 1, 2);
      const right = operand(compare.right, compare.right_type, 3, 4);
      if (left !== null && right !== null) what = `${left} ${compare.operator} ${right}`;
      else if (left !== null) what = compare.operator ? `${left} ${compare.operator}` : left;
    }
    const unknown = handled ? " (a fact is unknown)" : "";
    return { status, handled, operator: compare?.operator ?? null, line: `${what}: ${status}${unknown}` };
  }

  /** Whether the evaluation ended because the glob on the right of this condition cannot be read: then both sides are known. */
  #hasUnreadableGlob(leaf, error) {
    if (error?.code !== BAD_GLOB) return false;
    const end = (point) => point?.span.slice(1).join(":");
    return end(error.point) !== undefined && end(error.point) === end(this.program.points[leaf.point]);
  }

  /** A word of the state block. */
  #word(at) {
    return this.#view().getBigUint64(at, true);
  }

  #text(address, length) {
    return strict.decode(new Uint8Array(this.exports.memory.buffer, this.base + address, length));
  }

  /** The value that these words stand for. */
  #read(type, [low, high]) {
    const [kind, of] = open(type);
    const address = Number(low >> 32n);
    const length = Number(low & MASK32);
    switch (kind) {
      case "Bool":
        return low === 1n;
      case "Int":
      case "Instant":
      case "Duration":
        return BigInt.asIntN(64, low);
      case "Number":
        return numberOf(low);
      case "Decimal":
      case "Money":
      case "Quantity":
      case "Ip":
        return BigInt.asIntN(128, (high << 64n) | low);
      case "String":
      case "Did":
      case "Pattern":
      case "Attributes":
        return this.#text(address, length);
      case "Enum":
        return this.program.enums[of].cases[Number(low)];
      case "Effect":
        return this.#effect(Number(low));
      case "List": {
        const stride = 8 * words(this.program, of[0]);
        return Array.from({ length }, (_, number) => this.#load(of[0], address + number * stride));
      }
      case "Map": {
        const stride = 8 + 8 * words(this.program, of[1]);
        return Array.from({ length }, (_, number) => {
          const at = address + number * stride;
          return [this.#load(of[0], at), this.#load(of[1], at + 8)];
        });
      }
      default:
        return this.#load(type, Number(low));
    }
  }

  /** The value at an address. */
  #load(type, address) {
    const [kind, of] = open(type);
    const view = this.#view();
    const word = (offset) => view.getBigUint64(this.base + address + offset, true);
    switch (kind) {
      case "Option":
        return word(0) === 0n ? null : this.#load(of, address + 8);
      case "Record":
        return this.program.records[of].fields.map((field) => [field.name, field.ty, this.#load(field.ty, address + field.offset)]);
      case "Cidr":
        return { first: this.#read("Ip", [word(0), word(8)]), prefix: word(32) };
      case "Trust":
        return TRUST.map((_, number) => numberOf(word(8 * number)));
      default:
        return this.#read(type, [word(0), words(this.program, type) === 2 ? word(8) : 0n]);
    }
  }

  /** The import for a kind of fact: bytes taken, −1 for unknown, −2 for a failure. */
  #import(kind, number) {
    return (...args) => {
      const out = args.pop();
      try {
        const texts = [];
        for (let at = 0; at < args.length; at += 2) texts.push(this.#text(args[at] >>> 0, args[at + 1] >>> 0));
        const answer = this.facts(kind, texts);
        return answer === undefined ? -1 : this.#answer(number, answer, out >>> 0);
      } catch (error) {
        this.failure = error;
        return -2;
      }
    };
  }

  /** Writes an answer at `out`; gives the bytes that it takes. */
  #answer(number, answer, out) {
    const bytes = this.intake.call("answer", utf8.encode(write(answer, "")), number, out);
    if (bytes === null) return -1;
    this.#grow(this.base + out + bytes.length);
    new Uint8Array(this.exports.memory.buffer).set(bytes, this.base + out);
    return bytes.length;
  }
}
