// Orders that go from state to state by events, with values of several types beside them.

/*type State = "new" | "paid" | "sent" | "closed" | "failed";
type Level = 0 | 1 | 2;
type Event =
  | { type: "pay"; amount: number; by: "card" | "cash" }
  | { type: "send"; to: string; parcels?: number }
  | { type: "close" }
  | { type: "fail"; reason: string | null };
type Field = string | number | boolean | null;
interface Order { id: number; state: State; level: Level; log: string[]; note: Field }*/


/*interface Point { kind: 0; x: number; y: number }
interface Line { kind: 1; from: Point; to: Point }
interface Box { kind: 2; corner: Point; w: number; h: number; name?: string }
type Figure = Point | Line | Box;
type Tree<T> = { leaf: true; value: T } | { leaf: false; left: Tree<T>; right: Tree<T> };*/

function unreachableState(state/*: never*/)/*: never*/ {
  throw new Error(`no state ${state}`);
}

function next(state/*: State*/, event/*: Event*/)/*: State*/ {
  if (event.type === "fail") return "failed";
  switch (state) {
    case "new":
      return event.type === "pay" && event.amount > 0 ? "paid" : state;
    case "paid":
      return event.type === "send" ? "sent" : state;
    case "sent":
      return event.type === "close" ? "closed" : "sent";
    case "closed":
    case "failed":
      return state;
    default:
      return unreachableState(state);
  }
}

function said(event/*: Event*/)/*: string*/ {
  switch (event.type) {
    case "pay": {
      const { amount, by } = event;
      return `${amount} by ${by}${by === "cash" ? "!" : ""}`;
    }
    case "send": return `to ${event.to}${event.parcels === undefined ? "" : ` in ${event.parcels}`}`;
    case "fail": return `because ${event.reason ?? "of something"}`;
    case "close": return "done";
  }
}

function field(value/*: Field*/)/*: string*/ {
  if (value === null) return "nothing";
  if (typeof value === "string") return `text ${value.toUpperCase()}`;
  if (typeof value === "number") return `number ${value.toFixed(2)}`;
  return value ? "yes" : "no";
}

function sum(list/*: (string | number)[]*/)/*: number*/ {
  let total = 0;
  for (const x of list) {
    if (typeof x !== "string") total += x;
    else if (x === "ten") total += 10;
    else total += x.length;
  }
  return total;
}

function area(figure/*: Figure*/)/*: number*/ {
  switch (figure.kind) {
    case 0: return 0;
    case 1: return figure.from.kind + figure.to.kind;
    case 2: return figure.w * figure.h;
  }
}

function moved(figure/*: Figure*/, by/*: number*/)/*: Figure*/ {
  if (figure.kind === 0) return { ...figure, x: figure.x + by };
  if (figure.kind === 1) {
    const from = moved(figure.from, by), to = moved(figure.to, by);
    if (from.kind !== 0 || to.kind !== 0) return figure;
    return { kind: 1, from, to };
  }
  const { x, y } = figure.corner;
  return { kind: 2, corner: { kind: 0, x: x + by, y }, w: figure.w, h: figure.h, name: figure.name ?? "moved" };
}

function text(figure/*: Figure*/)/*: string*/ {
  if ("x" in figure) return `${figure.x},${figure.y}`;
  if ("from" in figure) return `${text(figure.from)}-${text(figure.to)}`;
  return `${text(figure.corner)} ${figure.w}x${figure.h} ${figure.name}`;
}

function leaves/*<T>*/(tree/*: Tree<T>*/)/*: T[]*/ {
  if (tree.leaf) return [tree.value];
  return [...leaves(tree.left), ...leaves(tree.right)];
}

function grown/*<T>*/(list/*: T[]*/)/*: Tree<T>*/ {
  if (list.length === 1) return { leaf: true, value: list[0] };
  const middle = list.length >> 1;
  return { leaf: false, left: grown(list.slice(0, middle)), right: grown(list.slice(middle)) };
}

let last/*: Figure | null*/ = null;

export function handle(input/*: string*/)/*: string*/ {
  const out/*: string[]*/ = [];
  const events/*: Event[]*/ = [
    { type: "close" }, { type: "pay", amount: 0, by: "cash" }, { type: "pay", amount: 5, by: "card" },
    { type: "send", to: "here" }, { type: "send", to: "there", parcels: 2 }, { type: "close" }, { type: "fail", reason: null },
  ];
  const order/*: Order*/ = { id: 1, state: "new", level: 0, log: [], note: null };
  for (const event of events) {
    const before = order.state;
    order.state = next(order.state, event);
    if (order.state !== before) order.level = order.level === 0 ? 1 : 2;
    order.log.push(`${before} -> ${order.state}: ${said(event)}`);
  }
  out.push(...order.log, `${order.level + 1}`);
  const notes/*: Field[]*/ = ["a", 1.005, true, null, "", 0, false];
  for (const note of notes) {
    order.note = note;
    out.push(`${field(order.note)} ${note} ${typeof note} ${note ? 1 : 0} ${note === "a"} ${note === 0} ${order.note === true}`);
  }
  out.push(`${sum(["ten", 2, "abc", 0.5])}`);
  const origin/*: Point*/ = { kind: 0, x: 0, y: 0 };
  const figures/*: Figure[]*/ = [
    origin, { kind: 1, from: origin, to: { kind: 0, x: 3, y: 4 } },
    { kind: 2, corner: origin, w: 2, h: 3 }, { kind: 2, corner: origin, w: 1, h: 1, name: "unit" },
  ];
  for (const figure of figures) {
    last = figure;
    out.push(`${text(moved(figure, 2))} ${area(figure)} ${last === figure} ${figure === origin}`);
  }
  if (last !== null && last.kind === 2) out.push(`${last.w} ${last.name}`);
  const tree = grown(["d", "a", "c"]);
  out.push(leaves(tree).join(), `${leaves(grown([1, 2, 3, 4, 5])).length}`, tree.leaf ? "leaf" : leaves(tree.right).join("+"));
  const counts = new Map/*<State, number>*/();
  for (const state of [order.state, "new", "new"]/* as State[]*/) counts.set(state, (counts.get(state) ?? 0) + 1);
  for (const [state, count] of counts) out.push(`${state} ${count}`);
  return out.join("\n") + input;
}
