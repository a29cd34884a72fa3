// Maps and sets: entries in the order in which they came, found by chains of those whose hashes end alike.
//
// A table has room for twice as many entries as it has chains. An entry that is deleted leaves its chain, stays in the table, and is passed over; those at
// the beginning are passed over once. A table that is full moves what is left to a new one and says so: whoever goes over the old one goes on there. So an
// entry costs the same, however many there are.

class Table<K, V> {
  keys: K[] = [];
  values: V[] = [];
  // 1 for an entry that was deleted; all before the first are.
  dead: u8[] = [];
  first: i32 = 0;
  // The next entry of the same chain, and the first one of each; -1 for none.
  chain: i32[] = [];
  heads: i32[] = [];
  next: Table<K, V> | null = null;
  cleared: boolean = false;
  constructor(chains: i32) {
    for (let i: i32 = 0; i < chains; i++) this.heads.push(-1);
  }
  head(key: K): i32 {
    return hashOf(key) & (i32(this.heads.length) - 1);
  }
  find(key: K): i32 {
    let at = this.heads[this.head(key)];
    while (at >= 0 && !sameKey(this.keys[at], key)) at = this.chain[at];
    return at;
  }
  append(key: K, value: V): void {
    const head = this.head(key);
    this.chain.push(this.heads[head]);
    this.heads[head] = i32(this.keys.length);
    this.keys.push(key);
    this.values.push(value);
    this.dead.push(0);
  }
  remove(key: K): boolean {
    const head = this.head(key);
    let before: i32 = -1;
    let at = this.heads[head];
    while (at >= 0 && !sameKey(this.keys[at], key)) {
      before = at;
      at = this.chain[at];
    }
    if (at < 0) return false;
    if (before < 0) this.heads[head] = this.chain[at];
    else this.chain[before] = this.chain[at];
    this.dead[at] = 1;
    const length = i32(this.dead.length);
    while (this.first < length && this.dead[this.first] != 0) this.first++;
    return true;
  }
  // Adds an entry behind so many that are there, and returns the table that has it.
  added(key: K, value: V, live: i32): Table<K, V> {
    if (i32(this.keys.length) < i32(this.heads.length) << 1) {
      this.append(key, value);
      return this;
    }
    const chains = i32(this.heads.length);
    if (chains > 0x8000000) unreachable();
    const next = new Table<K, V>(live > chains ? chains << 1 : chains);
    const length = i32(this.keys.length);
    for (let i: i32 = 0; i < length; i++) {
      if (this.dead[i] == 0) next.append(this.keys[i], this.values[i]);
    }
    this.next = next;
    next.append(key, value);
    return next;
  }
  emptied(): Table<K, V> {
    const next = new Table<K, V>(4);
    this.next = next;
    this.cleared = true;
    return next;
  }
}

// A place among entries, which stays right while they change.
class Cursor<K, V> {
  at: i32 = 0;
  constructor(public table: Table<K, V>) {}
  // Goes to the next entry, if there is one.
  step(): boolean {
    let next = this.table.next;
    while (next !== null) {
      let gone: i32 = 0;
      if (this.table.cleared) gone = this.at;
      else for (let i: i32 = 0; i < this.at; i++) gone += i32(this.table.dead[i]);
      this.at -= gone;
      this.table = next;
      next = next.next;
    }
    if (this.at < this.table.first) this.at = this.table.first;
    const length = i32(this.table.keys.length);
    while (this.at < length && this.table.dead[this.at] != 0) this.at++;
    if (this.at >= length) return false;
    this.at++;
    return true;
  }
  key(): K {
    return this.table.keys[this.at - 1];
  }
  value(): V {
    return this.table.values[this.at - 1];
  }
}

function sameKey<K>(a: K, b: K): boolean {
  return a === b || (a !== a && b !== b);
}

class Map<K, V> {
  #table: Table<K, V> = new Table<K, V>(4);
  #size: i32 = 0;
  get size(): number {
    return this.#size;
  }
  has(key: K): boolean {
    return this.#table.find(key) >= 0;
  }
  get(key: K): V | undefined {
    const at = this.#table.find(key);
    if (at < 0) return undefined;
    return this.#table.values[at];
  }
  set(key: K, value: V): this {
    const at = this.#table.find(key);
    if (at >= 0) {
      this.#table.values[at] = value;
    } else {
      this.#table = this.#table.added(plusZero(key), value, this.#size);
      this.#size++;
    }
    return this;
  }
  delete(key: K): boolean {
    if (!this.#table.remove(key)) return false;
    this.#size--;
    return true;
  }
  clear(): void {
    this.#table = this.#table.emptied();
    this.#size = 0;
  }
  forEach(f: (value: V, key: K, map: Map<K, V>) => void): void {
    const cursor = this.#cursor();
    while (cursor.step()) f(cursor.value(), cursor.key(), this);
  }
  #cursor(): Cursor<K, V> {
    return new Cursor<K, V>(this.#table);
  }
  #keys(): K[] {
    const list: K[] = [];
    const cursor = this.#cursor();
    while (cursor.step()) list.push(cursor.key());
    return list;
  }
  #values(): V[] {
    const list: V[] = [];
    const cursor = this.#cursor();
    while (cursor.step()) list.push(cursor.value());
    return list;
  }
  #copy(other: Map<K, V>): void {
    const cursor = other.#cursor();
    while (cursor.step()) this.set(cursor.key(), cursor.value());
  }
}

class Set<T> {
  #table: Table<T, boolean> = new Table<T, boolean>(4);
  #size: i32 = 0;
  get size(): number {
    return this.#size;
  }
  has(value: T): boolean {
    return this.#table.find(value) >= 0;
  }
  add(value: T): this {
    if (this.#table.find(value) < 0) {
      this.#table = this.#table.added(plusZero(value), true, this.#size);
      this.#size++;
    }
    return this;
  }
  delete(value: T): boolean {
    if (!this.#table.remove(value)) return false;
    this.#size--;
    return true;
  }
  clear(): void {
    this.#table = this.#table.emptied();
    this.#size = 0;
  }
  forEach(f: (value: T, key: T, set: Set<T>) => void): void {
    const cursor = this.#cursor();
    while (cursor.step()) f(cursor.key(), cursor.key(), this);
  }
  #cursor(): Cursor<T, boolean> {
    return new Cursor<T, boolean>(this.#table);
  }
  #keys(): T[] {
    const list: T[] = [];
    const cursor = this.#cursor();
    while (cursor.step()) list.push(cursor.key());
    return list;
  }
  #fill(list: T[]): void {
    for (const value of list) this.add(value);
  }
}

function hashI32(value: i32): i32 {
  let bits: u32 = u32(value);
  bits ^= bits >> 16;
  bits *= 0x7feb352d;
  bits ^= bits >> 15;
  bits *= 0x846ca68b;
  bits ^= bits >> 16;
  return i32(bits);
}

function hashI64(value: i64): i32 {
  return hashI32(i32(value) ^ i32(value >> 32));
}

// NaN is one key, and so are both zeros.
function hashF64(value: f64): i32 {
  if (value == 0.0) return 0;
  if (value != value) return 1;
  return hashI64(reinterpret<i64>(value));
}

function hashText(text: i32): i32 {
  const length = textLength(text);
  const units = load<i32>(text + 8);
  let bits: u32 = 0x811c9dc5;
  for (let i: i32 = 0; i < length; i++) bits = (bits ^ u32(load<u16>(units + (i << 1)))) * 0x1000193;
  return hashI32(i32(bits));
}
