// Runs cases, one JSON document a line, and compares: in Node and in a browser.
import { Policy } from "./host.mjs";

const hex = (text) => Uint8Array.from(text.match(/../g) ?? [], (byte) => parseInt(byte, 16));
const STATUS = ["NOT EVALUATED", "FAIL", "PASS", "ERROR"];
const shown = (value) => JSON.stringify(value, (_, v) => (typeof v === "bigint" ? `${v}n` : v));

const exact = (digits) => (Number.isSafeInteger(Number(digits)) ? Number(digits) : BigInt(digits));

// Ints beyond 2^53 become BigInt, as a program with exact numbers would give them.
function parse(json) {
  return JSON.parse(json.replace(/("(?:[^"\\]|\\.)*")|(-?\d{16,}(?![.\deE]))|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g, (all, text, int) =>
    text !== undefined ? text : int !== undefined ? `{"$int":"${int}"}` : all,
  ), (_, value) => (value?.$int === undefined ? value : exact(value.$int)));
}

function host(facts) {
  const known = new Map(facts.map(({ kind, args, answer }) => [shown([kind, args]), answer]));
  return (kind, args) => {
    const answer = known.get(shown([kind, args]));
    if (!answer) throw new Error(`${kind}(${args}) was not asked before`);
    if (answer.fails) throw new Error("the provider is down");
    if (answer.nan) return NaN;
    if (answer.negative_zero) return -0;
    if (answer.int !== undefined) return BigInt(answer.int);
    return answer.value;
  };
}

function compare(what, ours, expected, failures) {
  const [one, other] = [shown(ours), shown(expected)];
  if (one !== other) failures.push(`${what}\n    node ${one}\n  oracle ${other}`);
}

const text = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Runs a case; adds what differs to `failures` and gives the number of runs. */
export async function runCase(line, failures) {
  const { seed, wasm, runs } = parse(line);
  const policy = await Policy.load(hex(wasm));
  for (const [number, { json, limits, facts, expected }] of runs.entries()) {
    const at = `seed ${seed} run ${number}`;
    try {
      const input = parse(json);
      policy.facts = host(facts);
      compare(`${at} input ${json}`, text(policy.encode(json)), expected.input, failures);
      compare(`${at} value of ${json}`, text(policy.encode(input)), expected.input, failures);
      const layers = Object.entries(limits.layers).map(([layer, limit]) => [layer, BigInt(limit)]);
      const all = { total: BigInt(limits.total), layers: Object.fromEntries(layers) };
      const decided = policy.decide(input, all);
      const explained = policy.explain(input, all);
      for (const [name, result] of [["decide", decided], ["explain", explained]]) {
        compare(`${at} ${name} packed (${result.error?.cause})`, result.packed.toString(16), expected.packed, failures);
        compare(`${at} ${name} gas`, result.gas, expected.gas, failures);
        compare(`${at} ${name} effects`, result.effects.map((effect) => effect.operands), expected.effects, failures);
        compare(`${at} ${name} output`, result.output, expected.output, failures);
      }
      compare(`${at} rules`, explained.rules.map((rule) => STATUS.indexOf(rule.status)), expected.rules, failures);
      compare(`${at} reasons`, explained.reasons, expected.reasons, failures);
    } catch (error) {
      failures.push(`${at}: ${error.stack}`);
    }
  }
  return runs.length;
}

export function summary(runs, failures) {
  const count = failures.length ? `${failures.length} differences in ${runs} runs` : `${runs} runs, all the same`;
  return [...failures.slice(0, 12), count].join("\n\n");
}
