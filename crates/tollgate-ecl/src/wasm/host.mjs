// Host of a compiled policy: encodes inputs, answers facts, calls the module, reads back what it decided and why.
//
// Works where there is WebAssembly and BigInt: Node, Deno, browsers. The calling convention is docs/policy-wasm.md.
//
//   import { Policy } from "./host.mjs";
//   const policy = await Policy.load(bytes, { facts: (kind, args) => undefined });
//   const { decision, reasons } = policy.explain({ offer: { price_per_kwh: "0.42 EUR" } });

const HOST = "tollgate:ecl/host@0.1.0";
const ABI = 2;
const WIT = "0.1.0";
const STATE = { groups: 0, gas: 8, limits: 40, output: 80, leaves: 88, rules: 96, effects: 128 };
const EFFECT_BYTES = 8;
const EFFECT_HEAD_BYTES = 16;
const LEAF_BYTES = 40;
const PAGE = 65536;
const ONE = 10n ** 18n;
const MASK32 = 0xffffffffn;
const WIDE_MIN = -(1n << 127n);
const WIDE_MAX = (1n << 127n) - 1n;
const INT_MIN = -(1n << 63n);
const INT_MAX = (1n << 63n) - 1n;
const DELEGATES_MAX = 64;
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
};
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

/** An input that is not of the policy's type. `path` names the field. */
export class InputError extends Error {
  constructor(path, message) {
    super(`${path || "input"}: ${message}`);
    this.name = "InputError";
    this.path = path;
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

/** Reads digits as a decimal scaled by 10^18: exactly, or not at all. */
function parseDecimal(text) {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text);
  if (!match) throw new RangeError("not a decimal number");
  const fraction = (match[3] ?? "").replace(/0+$/, "");
  let digits = BigInt(match[2] + fraction);
  if (digits === 0n) return 0n;
  const exponent = Math.max(-1e6, Math.min(1e6, Number(match[4] ?? 0)));
  let shift = 18 - fraction.length + exponent;
  for (; shift < 0 && digits % 10n === 0n; shift++) digits /= 10n;
  if (shift < 0) throw new RangeError(`${18 - shift} fractional digits, at most 18 fit`);
  if (shift > 60) throw new RangeError("out of range");
  const value = digits * 10n ** BigInt(shift) * (match[1] ? -1n : 1n);
  if (value < WIDE_MIN || value > WIDE_MAX) throw new RangeError("out of range");
  return value;
}

const isDid = (text) => /^did:[a-z0-9]+:[^\s\p{Cc}]+$/u.test(text);

/** Canonical JSON: keys sorted by code point, no spaces. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const bytes = (key) => utf8.encode(key);
  const compare = (a, b) => {
    const [x, y] = [bytes(a), bytes(b)];
    for (let i = 0; i < Math.min(x.length, y.length); i++) if (x[i] !== y[i]) return x[i] - y[i];
    return x.length - y.length;
  };
  const entries = Object.keys(value).sort(compare).map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
  return `{${entries.join(",")}}`;
}

/** Texts by their content: of the pool, the input, and answers of the host. */
class Texts {
  constructor(pool) {
    this.pool = pool;
    this.own = new Map();
  }

  get(text) {
    return this.pool.get(text) ?? this.own.get(text);
  }
}

/** Encodes an input: the record, then texts and list elements as they are completed. */
class Encoder {
  constructor(program, texts) {
    this.program = program;
    this.texts = texts;
    this.words = words(program, { Record: program.input });
    this.heap = new Uint8Array(256);
    this.length = this.words * 8;
  }

  encode(input) {
    const record = this.value({ Record: this.program.input }, input, "");
    const out = this.reserve(0);
    writeWords(out, 0, record);
    return this.heap.subarray(0, this.length);
  }

  reserve(bytes) {
    const end = this.length + bytes;
    if (end > this.heap.length) {
      const bigger = new Uint8Array(Math.max(end, this.heap.length * 2));
      bigger.set(this.heap.subarray(0, this.length));
      this.heap = bigger;
    }
    this.length = end;
    return new DataView(this.heap.buffer);
  }

  append(bytes, length) {
    const at = this.length;
    this.reserve((bytes.length + 7) & ~7);
    this.heap.set(bytes, at);
    return (BigInt(this.program.input_base + at) << 32n) | BigInt(length);
  }

  text(text) {
    const known = this.texts.get(text);
    if (known !== undefined) return known;
    const bytes = utf8.encode(text);
    const handle = this.append(bytes, bytes.length);
    this.texts.own.set(text, handle);
    return handle;
  }

  /** The words of a value. */
  value(type, value, path) {
    const [kind, of] = open(type);
    const wrong = (expected) => new InputError(path, `expected ${expected}, found ${show(value)}`);
    const wide = (read) => {
      let number;
      try {
        number = read();
      } catch (error) {
        throw new InputError(path, error.message);
      }
      if (number < WIDE_MIN || number > WIDE_MAX) throw new InputError(path, "out of range");
      return [BigInt.asUintN(64, number), BigInt.asUintN(64, number >> 64n)];
    };
    const bounded = (expected, bound, check) => {
      if (typeof value !== "string" || (check && !check(value))) throw wrong(expected);
      if (utf8.encode(value).length > bound) throw new InputError(path, `at most ${bound} bytes of UTF-8 fit`);
      return [this.text(value)];
    };
    switch (kind) {
      case "Bool":
        if (typeof value !== "boolean") throw wrong("true or false");
        return [value ? 1n : 0n];
      case "Int": {
        if (typeof value !== "bigint" && !Number.isSafeInteger(value)) throw wrong("an int (a BigInt beyond 2^53)");
        const int = BigInt(value);
        if (int < INT_MIN || int > INT_MAX) throw new InputError(path, "an int has 64 bits");
        return [BigInt.asUintN(64, int)];
      }
      case "Number":
        if (typeof value !== "number" || !Number.isFinite(value)) throw wrong("a finite number");
        return [bitsOf(value)];
      case "Decimal":
        if (typeof value !== "number" && typeof value !== "string") throw wrong("a number or a string of digits");
        return wide(() => parseDecimal(String(value)));
      case "Money":
        return wide(() => money(value, of));
      case "Quantity":
        return wide(() => (typeof value === "string" ? quantity(value, UNITS[of].units) : parseDecimal(String(value))));
      case "Duration": {
        const nanoseconds = typeof value === "string" ? duration(value) : (parseDecimal(String(value)) * 10n ** 9n) / ONE;
        return [BigInt.asUintN(64, nanoseconds)];
      }
      case "Instant":
        return [BigInt.asUintN(64, instant(value, path))];
      case "String":
        return bounded("a string", of);
      case "Did":
        return bounded("a did (did:METHOD:ID)", 256, isDid);
      case "Pattern":
        return bounded("a did pattern", 256);
      case "Attributes": {
        const text = canonical(value);
        if (utf8.encode(text).length > 16384) throw new InputError(path, "at most 16384 bytes of canonical JSON fit");
        return [this.text(text)];
      }
      case "Enum": {
        const cases = this.program.enums[of].cases;
        const at = cases.indexOf(value);
        if (at < 0) throw wrong(`one of ${cases.join(", ")}`);
        return [BigInt(at)];
      }
      case "Option": {
        const none = new Array(words(this.program, of)).fill(0n);
        return value === null || value === undefined ? [0n, ...none] : [1n, ...this.value(of, value, path)];
      }
      case "Record":
        return this.record(this.program.records[of], value, path);
      case "List":
        return [this.list(of, value, path)];
      case "Trust": {
        const vector = Array.isArray(value) ? value : TRUST.map((name) => value?.[name]);
        if (vector.length !== 6 || !vector.every((n) => typeof n === "number" && n >= 0 && n <= 1)) {
          throw wrong("six numbers in 0..1");
        }
        return vector.map(bitsOf);
      }
      default:
        throw wrong(kind);
    }
  }

  record(record, value, path) {
    if (value === null || typeof value !== "object" || Array.isArray(value)) {
      throw new InputError(path, `expected an object, found ${show(value)}`);
    }
    const names = new Map(record.fields.map((field) => [field.name, field]));
    const values = new Map();
    // In the order in which the fields are given, as texts are written in that order.
    for (const [name, given] of Object.entries(value)) {
      const field = names.get(name);
      if (!field && record.open) continue;
      if (!field) throw new InputError(path, `unknown field \`${name}\`; fields: ${[...names.keys()].join(", ")}`);
      values.set(name, this.value(field.ty, given, path ? `${path}.${name}` : name));
    }
    // A record without fields takes a word that says nothing.
    if (record.fields.length === 0) return [0n];
    return record.fields.flatMap((field) => {
      const given = values.get(field.name);
      if (given) return given;
      if (open(field.ty)[0] !== "Option") throw new InputError(path, `add the field \`${field.name}\``);
      return new Array(words(this.program, field.ty)).fill(0n);
    });
  }

  list([element, bound], value, path) {
    if (!Array.isArray(value)) throw new InputError(path, `expected a list, found ${show(value)}`);
    if (value.length > bound) throw new InputError(path, `at most ${bound} elements fit`);
    if (value.length === 0) return 0n;
    const elements = value.flatMap((item, number) => this.value(element, item, `${path}[${number}]`));
    const bytes = new Uint8Array(elements.length * 8);
    writeWords(new DataView(bytes.buffer), 0, elements);
    return this.append(bytes, value.length);
  }
}

function writeWords(view, at, words) {
  words.forEach((word, number) => view.setBigUint64(at + 8 * number, word, true));
}

const scratch = new DataView(new ArrayBuffer(8));

function bitsOf(number) {
  scratch.setFloat64(0, number);
  return scratch.getBigUint64(0);
}

function numberOf(bits) {
  scratch.setBigUint64(0, bits);
  return scratch.getFloat64(0);
}

const show = (value) => (value === undefined ? "nothing" : JSON.stringify(value, (_, v) => (typeof v === "bigint" ? `${v}` : v)));

function words(program, type) {
  const [kind, of] = open(type);
  switch (kind) {
    case "Decimal":
    case "Money":
    case "Quantity":
      return 2;
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

function money(value, currency) {
  let amount = value;
  let unit = currency;
  if (value !== null && typeof value === "object") {
    ({ amount, currency: unit } = value);
  } else if (typeof value === "string" && value.includes(" ")) {
    amount = value.slice(0, value.indexOf(" "));
    unit = value.slice(value.indexOf(" ") + 1);
  }
  if (unit !== currency) throw new RangeError(`expected money<${currency}>, found an amount in ${unit}`);
  return parseDecimal(String(amount));
}

function quantity(text, units) {
  const match = /^([-.\d]*) *(.*)$/.exec(text);
  const factor = units[match[2]];
  if (factor === undefined) throw new RangeError(`no such unit; units: ${Object.keys(units).join(", ")}`);
  const scaled = parseDecimal(match[1]) * factor;
  if (scaled % ONE !== 0n) throw new RangeError("more precise than can be stored");
  return scaled / ONE;
}

function duration(text) {
  const negative = text.startsWith("-");
  let sum = 0n;
  let rest = negative ? text.slice(1) : text;
  do {
    const match = /^(\d[.\d]*) *(ns|us|µs|ms|s|min|h|d)(?![a-z])/.exec(rest);
    if (!match) throw new InputError("", `expected a duration like 30s, 15min, 2h, found ${text}`);
    const scaled = parseDecimal(match[1]) * DURATIONS[match[2] === "µs" ? "us" : match[2]];
    if (scaled % ONE !== 0n) throw new RangeError("more precise than a nanosecond");
    sum += scaled / ONE;
    rest = rest.slice(match[0].length);
  } while (rest);
  return negative ? -sum : sum;
}

function instant(text, path) {
  const match = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)$/.exec(text);
  const seconds = match ? Date.parse(`${match[1]}T${match[2]}${match[4].toUpperCase()}`) / 1000 : NaN;
  if (Number.isNaN(seconds)) throw new InputError(path, "write RFC 3339 with an offset: 2025-01-28T10:15:00Z");
  return BigInt(seconds) * 10n ** 9n + BigInt((match[3] ?? "").padEnd(9, "0"));
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
    case "String":
      return `"${shownText(value.replaceAll("\\", "\\\\").replaceAll('"', '\\"'))}"`;
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
      return valueText(type, value);
    case "Attributes":
      return JSON.parse(value);
    case "List":
      return value.map((item) => valueJson(of[0], item));
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

/** The digest section is the last one: a length, its name, 32 bytes. */
async function checkDigest(bytes) {
  const name = utf8.encode("tollgate-ecl-digest");
  const at = bytes.length - (3 + name.length + 32);
  const found = at > 8 && name.every((byte, number) => bytes[at + 3 + number] === byte);
  if (!found) throw new PolicyError("the module was not built from a policy");
  if (!globalThis.crypto?.subtle) return;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes.subarray(0, at)));
  if (!digest.every((byte, number) => bytes[at + 3 + name.length + number] === byte)) {
    throw new PolicyError("the module has been changed after it was built");
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
    await checkDigest(source);
    const module = await WebAssembly.compile(source);
    const [section] = WebAssembly.Module.customSections(module, "tollgate-ecl");
    if (!section) throw new PolicyError("the module was not built from a policy");
    const metadata = JSON.parse(strict.decode(section));
    if (metadata.abi !== ABI || metadata.wit !== WIT) {
      throw new PolicyError(`the module is for calling convention ${metadata.abi} and host interface ${metadata.wit}`);
    }
    if (hash !== undefined && hash !== metadata.program.hash) {
      throw new PolicyError(`the module is policy ${metadata.program.hash}, not ${hash}`);
    }
    const policy = new Policy();
    policy.program = metadata.program;
    policy.facts = facts ?? (() => undefined);
    const host = Object.fromEntries(FACTS.map(([kind, name], number) => [name, policy.#import(kind, number)]));
    const instance = await WebAssembly.instantiate(module, { [HOST]: host });
    policy.exports = instance.exports;
    policy.base = instance.exports.base.value;
    policy.pool = new Map([["", 0n]]);
    for (const [address, length] of metadata.texts) {
      policy.pool.set(policy.#text(address, length), (BigInt(address) << 32n) | BigInt(length));
    }
    return policy;
  }

  /** Decides: `{ decision, error, by, gas, effects, output }`. */
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
    this.texts = new Texts(this.pool);
    return new Encoder(this.program, this.texts).encode(input);
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
      const point = (code >= 16 && code <= 20) || code === 24 ? this.program.points[high] : null;
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
          const conditions = rule.leaves.map((leaf, n) => this.#condition(leaf, leaves + LEAF_BYTES * (rule.leaf_base + n)));
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

  #condition(leaf, at) {
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
    if (compare && (status === "PASS" || status === "FAIL")) {
      const left = operand(compare.left, compare.left_type, 1, 2);
      const right = operand(compare.right, compare.right_type, 3, 4);
      if (left !== null && right !== null) what = `${left} ${compare.operator} ${right}`;
      else if (left !== null) what = compare.operator ? `${left} ${compare.operator}` : left;
    }
    const unknown = handled ? " (a fact is unknown)" : "";
    return { status, handled, operator: compare?.operator ?? null, line: `${what}: ${status}${unknown}` };
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

  #answerWords(kind, answer, arena) {
    switch (kind) {
      case "active_sessions":
        return [BigInt.asUintN(64, BigInt(answer))];
      case "karma":
        if (typeof answer !== "number" || !Number.isFinite(answer)) throw new TypeError("expected a finite number");
        return [bitsOf(answer)];
      case "balance": {
        const wide = parseDecimal(String(answer));
        return [BigInt.asUintN(64, wide), BigInt.asUintN(64, wide >> 64n)];
      }
      case "store_get":
        return [arena.text(answer, 1024)];
      case "blueprint":
        return [arena.text(canonical(typeof answer === "string" ? JSON.parse(answer) : answer), 16384)];
      case "delegates": {
        if (!Array.isArray(answer) || answer.length > DELEGATES_MAX || !answer.every(isDid)) {
          throw new TypeError(`expected at most ${DELEGATES_MAX} dids`);
        }
        if (answer.length === 0) return [0n];
        const at = arena.take(8 * answer.length);
        arena.write(at, answer.map((did) => arena.text(did, 256)));
        return [(BigInt(at) << 32n) | BigInt(answer.length)];
      }
      default:
        if (typeof answer !== "boolean") throw new TypeError("expected true or false");
        return [answer ? 1n : 0n];
    }
  }

  /** Writes an answer at `out`, and what it refers to behind it. */
  #answer(number, answer, out) {
    const arena = new Arena(this, out);
    const kind = FACTS[number][0];
    if (kind === "trust" || kind === "realm_trust") {
      const vector = Array.isArray(answer) ? answer : TRUST.map((name) => answer[name]);
      if (vector.length !== 6 || !vector.every((n) => typeof n === "number" && n >= 0 && n <= 1)) {
        throw new RangeError("a trust vector is six numbers in 0..1");
      }
      arena.take(48);
      arena.write(out, vector.map(bitsOf));
    } else {
      // The answer's own words stand first; what they refer to follows.
      arena.take(16);
      arena.write(out, this.#answerWords(kind, answer, arena));
    }
    return arena.top - out;
  }
}

/** The free end of a policy's arena. */
class Arena {
  constructor(policy, top) {
    this.policy = policy;
    this.top = top;
  }

  take(bytes) {
    const at = this.top;
    this.top += (bytes + 7) & ~7;
    const { memory } = this.policy.exports;
    const missing = this.policy.base + this.top - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    return at;
  }

  write(at, words) {
    writeWords(new DataView(this.policy.exports.memory.buffer), this.policy.base + at, words);
  }

  text(text, bound) {
    if (typeof text !== "string") throw new TypeError("expected a string");
    const known = this.policy.texts.get(text);
    if (known !== undefined) return known;
    const bytes = utf8.encode(text);
    if (bytes.length > bound) throw new RangeError(`at most ${bound} bytes fit`);
    const at = this.take(bytes.length);
    new Uint8Array(this.policy.exports.memory.buffer).set(bytes, this.policy.base + at);
    // The padding of a text is zero.
    new Uint8Array(this.policy.exports.memory.buffer).fill(0, this.policy.base + at + bytes.length, this.policy.base + this.top);
    const handle = (BigInt(at) << 32n) | BigInt(bytes.length);
    this.policy.texts.own.set(text, handle);
    return handle;
  }
}
