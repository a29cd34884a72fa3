// Objects that take any key: an entry for each in a table of ours. Keys that are indices of arrays come first, by their numbers, then the others
// in the order in which they came.

class Record<K, V> {
  #table: Table<string, V> = new Table<string, V>(4);
  #size: i32 = 0;
  #has(key: string): boolean {
    return this.#table.find(key) >= 0;
  }
  #get(key: string): V | undefined {
    const at = this.#table.find(key);
    if (at < 0) return undefined;
    return this.#table.values[at];
  }
  // The value of a key that is there.
  #value(key: string): V {
    return this.#table.values[this.#table.find(key)];
  }
  #set(key: string, value: V): void {
    const at = this.#table.find(key);
    if (at >= 0) {
      this.#table.values[at] = value;
    } else {
      this.#table = this.#table.added(key, value, this.#size);
      this.#size++;
    }
  }
  #delete(key: string): void {
    if (this.#table.remove(key)) this.#size--;
  }
  // The number that a key is as an index, or -1.
  #index(key: string): number {
    const length = key.length;
    if (length === 0 || length > 10) return -1;
    let index = 0;
    for (let i = 0; i < length; i++) {
      const digit = key.charCodeAt(i) - 48;
      if (digit < 0 || digit > 9) return -1;
      index = index * 10 + digit;
    }
    if (length > 1 && key.charCodeAt(0) === 48) return -1;
    return index < 4294967295 ? index : -1;
  }
  #keys(): string[] {
    const indices: number[] = [];
    const others: string[] = [];
    const cursor = new Cursor<string, V>(this.#table);
    while (cursor.step()) {
      const index = this.#index(cursor.key());
      if (index >= 0) indices.push(index);
      else others.push(cursor.key());
    }
    if (indices.length === 0) return others;
    indices.sort((a, b) => a - b);
    const all: string[] = [];
    for (const index of indices) all.push(`${index}`);
    for (const key of others) all.push(key);
    return all;
  }
  #values(): V[] {
    return this.#valuesOf(this.#keys());
  }
  // The values of keys that are there.
  #valuesOf(keys: string[]): V[] {
    const list: V[] = [];
    for (const key of keys) list.push(this.#value(key));
    return list;
  }
  #copy(other: Record<K, V>): void {
    for (const key of other.#keys()) this.#set(key, other.#value(key));
  }
}
