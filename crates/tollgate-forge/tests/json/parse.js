// Texts that are read as values of types, and written again: what is JSON, what is of the type, and what is said of the rest.

/*interface Item { name: string; price: number; tags: string[]; note?: string; parent?: Item | null }
interface Order { id: number; open: boolean; items: Item[] }
type Shape = { kind: "circle"; r: number } | { w: number; kind: "box"; h: number; label?: string } | { kind: "dot" | "none" };
type Json = string | number | boolean | null | Json[] | Named;
interface Named { name: string; value: Json }
interface Odd { "": number; "a b": number; "\u00e9": string; z: number; "10"?: number; "9"?: number; e: "x" | "y" | null; n: 1 | 2 | 3; t: true; u: number | undefined }
interface Deep { next: Deep | null }*/

function order(text/*: string*/)/*: string*/ {
  return JSON.stringify(JSON.parse/*<Order>*/(text));
}
function items(text/*: string*/)/*: string*/ {
  const list/*: Item[]*/ = JSON.parse(text);
  return `${list.length} ${list.map((item) => item.tags.join("+") + (item.note ?? "-")).join(";")} ${JSON.stringify(list)}`;
}
function shapes(text/*: string*/)/*: string*/ {
  const list = JSON.parse(text)/* as Shape[]*/;
  let out = "";
  for (const shape of list) out += shape.kind === "circle" ? `o${shape.r}` : shape.kind === "box" ? `b${shape.w * shape.h}${shape.label ?? ""}` : shape.kind;
  return out + JSON.stringify(list);
}
function json(text/*: string*/)/*: string*/ {
  return JSON.stringify(JSON.parse/*<Json>*/(text), null, 1);
}
function odd(text/*: string*/)/*: string*/ {
  return JSON.stringify(JSON.parse/*<Odd>*/(text));
}
function numbers(text/*: string*/)/*: string*/ {
  const list/*: number[]*/ = JSON.parse(text);
  return list.map((x) => (Object_is(x) ? "-0" : `${x}`)).join(" ");
}
function Object_is(x/*: number*/)/*: boolean*/ { return x === 0 && 1 / x < 0; }
function text(text/*: string*/)/*: string*/ {
  const read/*: string*/ = JSON.parse(text);
  let out = `${read.length}`;
  for (let i = 0; i < read.length; i++) out += ` ${read.charCodeAt(i)}`;
  return out;
}
function flags(text/*: string*/)/*: string*/ {
  const read = JSON.parse(text)/* as (boolean | null)[]*/;
  return read.map((x) => (x === null ? "n" : x ? "y" : "-")).join("");
}
function number(text/*: string*/)/*: string*/ {
  const x = JSON.parse(text)/* as number*/;
  return `${x * 2}`;
}

function tried(f/*: (text: string) => string*/, text/*: string*/)/*: string*/ {
  try {
    return f(text);
  } catch (e) {
    return e.name;
  }
}

export function handle(input/*: string*/)/*: string*/ {
  const out/*: string[]*/ = [];
  const say/*: (line: string) => void*/ = (line/*: string*/) => { out.push(line); };
  for (const t of ['{"id":1,"open":true,"items":[]}', ' {\n\t"items" : [ { "price" : -1.5e3 , "tags":["a","b"], "name":"\\u00fc\\n" } ] ,"open": false\r,"id":0 } ',
    '{"id":1,"id":2,"open":true,"items":[],"open":false}', '{"open":true,"items":[{"name":"p","price":1,"tags":[],"parent":{"note":"x","tags":["q"],"price":2,"name":"c","parent":null}}],"id":7}'])
    say(tried(order, t));
  for (const t of ['[]', '[{"name":"a","price":1,"tags":[]},{"name":"b","price":2,"tags":["x"],"note":"n"},{"note":"m","tags":[],"name":"c","price":3},{"name":"d","price":4,"tags":["x","y"]}]'])
    say(tried(items, t));
  for (const t of ['[{"kind":"circle","r":2},{"w":2,"h":3,"kind":"box"},{"kind":"dot"},{"kind":"none"},{"label":"l","kind":"box","w":1,"h":1}]', '[{"r":2,"kind":"\\u0063ircle"}]', '[{"kind":"box","r":1,"kind":"circle"}]'])
    say(tried(shapes, t));
  for (const t of ['1', '"x"', 'null', 'true', '[1,"a",[null,[]],{"name":"n","value":{"value":[],"name":"m"}}]', '[]', '[[[[[]]]]]'])
    say(tried(json, t));
  for (const t of ['{"":1,"a b":2,"\\u00e9":"e","z":3,"e":"x","n":3,"t":true,"u":1}', '{"z":1,"10":5,"n":1,"9":4,"e":null,"t":true,"\u00e9":"","":0,"a b":-0,"10":6}'])
    say(tried(odd, t));
  for (const t of ['[0,-0,1,-1,0.5,-0.0,1e5,1E+5,1e-5,123456789012345678901234567890,1e308,1e309,-1e999999999999,1e-999999999999,5e-324,2.2250738585072011e-308,0.1,1.7976931348623159e308,9007199254740993,4.35,0.000001,100e-2]', '[' + '9'.repeat(400) + ']', '[0.' + '0'.repeat(400) + '1e401]', '[ ]'])
    say(tried(numbers, t));
  for (const t of ['""', '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\uD83D\\ude00\\ud800x\\udfff"', '"\u2028\u2029\x7f\ufeff"', '"😀é"', '"\\u0000"'])
    say(tried(text, t));
  say(tried(flags, "[true,false , null]"));
  say(tried(number, " -12.5e1 "));
  return out.join("\n");
}
