// What JSON values become, with everything that decides about it: kinds, escapes, order, what is left out, levels.

/*interface Item { name: string; price: number; tags: string[]; note?: string; parent?: Item | null }
type Shape = { kind: "circle"; r: number } | { kind: "box"; w: number; h: number; label?: string };
type Json = string | number | boolean | null | Json[] | Named;
interface Named { name: string; value: Json }
interface Odd { b: number; "10": string; "9": string; "01": number; "4294967294": number; "4294967295": number; "-1": number; a: number; "": number; "a b": number }
interface Maybe { z?: number; a?: string; m?: boolean; n: number | null; u: number | undefined }*/

function numbers()/*: string*/ {
  const list = [0, -0, 1, -1.5, 1e21, 1e-7, 123456789012345680000, 5e-324, NaN, Infinity, -Infinity, 0.1 + 0.2, 4294967296];
  return JSON.stringify(list) + list.map((x) => JSON.stringify(x)).join(";");
}

function literals(t/*: string*/, n/*: number*/)/*: string*/ {
  const none/*: number | null*/ = n > 0 ? null : n;
  return JSON.stringify({ error: null }) + JSON.stringify({ data: [1, t, null, true, { t, none }, [n, n]], error: none, left: undefined, deep: { a: [null], b: null } }) +
    JSON.stringify([{ a: 1 }, { b: t }, null, { a: 2 }], null, 1) + JSON.stringify([[{ x: null }, 1], [{ x: null }, 2]]) + JSON.stringify([undefined, t, n]) + JSON.stringify([null, undefined]) +
    JSON.stringify({ ...{ t }, z: null, "9": null }) + JSON.stringify([{ a: null }, { a: null }, { a: n }]) + JSON.stringify(({ a: ([null, t]) }));
}

function texts()/*: string*/ {
  let all = "";
  for (let i = 0; i < 256; i++) all += String.fromCharCode(i);
  const some = ["", "\"", "\\", "/", "\u2028\u2029", "😀", "\ud83d", "\ude00", "\ude00\ud83d", "\ud83d\ud83d\ude00x", "x\ud800", "\uffff\ue000"];
  return JSON.stringify(all) + JSON.stringify(some) + some.map((s) => JSON.stringify(s)).join("");
}

function kinds()/*: string*/ {
  const shapes/*: Shape[]*/ = [{ kind: "circle", r: 1 }, { h: 2, kind: "box", w: 3 }, { kind: "box", label: "x", w: 1, h: 1 }];
  const none/*: Json[]*/ = [];
  const inner/*: Json[]*/ = [null, false];
  const json/*: Json[]*/ = [1, "two", true, null, none, inner, { name: "x", value: { value: inner, name: "y" } }];
  const some/*: (string | number | boolean | null)[]*/ = ["a", 1, true, false, null, NaN];
  const numbers/*: (number | undefined)[]*/ = [1, undefined, 3];
  const mode/*: "fast" | "slow"*/ = "slow";
  return JSON.stringify(shapes) + JSON.stringify(json) + JSON.stringify(some) + JSON.stringify(numbers) + JSON.stringify(mode) +
    JSON.stringify(shapes[1]) + JSON.stringify(null) + JSON.stringify(true) + JSON.stringify([shapes[0].kind]);
}

function order()/*: string*/ {
  const a = { x: 1, y: 2 };
  const b = { y: 2, x: 1 };
  let out = JSON.stringify(a) + JSON.stringify(b) + JSON.stringify([a, b, a]);
  const odd/*: Odd*/ = { b: 1, "10": "ten", "9": "nine", "01": 3, "4294967294": 1, "4294967295": 2, "-1": 4, a: 5, "": 6, "a b": 7 };
  out += JSON.stringify(odd);
  const maybe/*: Maybe*/ = { m: true, n: null, u: undefined };
  out += JSON.stringify(maybe);
  maybe.z = 1;
  out += JSON.stringify(maybe);
  maybe.m = undefined;
  maybe.a = "a";
  maybe.u = 5;
  out += JSON.stringify(maybe);
  maybe.m = false;
  maybe.z = undefined;
  out += JSON.stringify(maybe);
  const spread = { first: 1, ...maybe, x: 2, ...b };
  out += JSON.stringify(spread) + JSON.stringify({ ...b, ...a }) + JSON.stringify({ x: 0, ...b, z: 1 });
  const { first, u, ...rest } = spread;
  rest.a ??= "other";
  out += JSON.stringify(rest) + `${first}${u}`;
  const few/*: Maybe*/ = { n: 3, u: undefined };
  const none/*: { z?: number; u?: number }*/ = {};
  out += JSON.stringify({ z: 1, m: true, ...few }) + JSON.stringify({ ...maybe, ...few }) + JSON.stringify({ ...few, ...maybe }) + JSON.stringify({ z: 5, u: 6, ...none });
  none.u = undefined;
  const over/*: { z?: number; u?: number }*/ = { u: 1, z: 2, ...none };
  out += JSON.stringify({ z: 5, u: 6, ...none }) + JSON.stringify(over) + JSON.stringify({ ...over, ...none, z: 8 });
  const swapped/*: Maybe*/ = { n: 1, u: 1 };
  swapped.a ??= "late";
  swapped.z ??= 9;
  [swapped.m] = [true];
  ({ first: swapped.n } = spread);
  return out + JSON.stringify(swapped);
}

function levels()/*: string*/ {
  const item/*: Item*/ = { name: "a", price: 1, tags: [], parent: { name: "b", price: NaN, tags: ["x", "y"], note: "n", parent: null } };
  const gone/*: Maybe[]*/ = [{ n: null, u: undefined }];
  const nothing/*: { a?: number }[]*/ = [{}, { a: 1 }, { a: undefined }];
  let out = "";
  for (const space of [0, 1, 2, 3.9, 10, 11, -1, NaN, Infinity, 1.5]) out += JSON.stringify(item, null, space);
  for (const space of ["", " ", "\t", "--", "0123456789abc", "\n"]) out += JSON.stringify([[item], [item, item]], undefined, space);
  return out + JSON.stringify(gone, null, 2) + JSON.stringify(nothing, null, 1) + JSON.stringify("x", null, 2) + JSON.stringify(item, null, null) + JSON.stringify(item, undefined, undefined);
}

function people()/*: string*/ {
  const list/*: { id: number; email: string; tags: string[] }[]*/ = [];
  for (let i = 0; i < 300; i++) list.push({ id: i, email: `user${i}@example.com`, tags: ["a".repeat(i % 7), "ü"] });
  const text = JSON.stringify(list);
  return text + text.length + JSON.stringify({ total: list.length, list: list.slice(0, 2) });
}

const held = { b: 1, a: [1] };
function kept()/*: string*/ {
  held.a.push(held.b);
  return JSON.stringify(held) + JSON.stringify({ held, again: held });
}

export function handle(input/*: string*/)/*: string*/ {
  return [numbers(), literals(input, -1), literals("q", 2), texts(), kinds(), order(), levels(), people(), kept(), JSON.stringify(input)].join("\n");
}
