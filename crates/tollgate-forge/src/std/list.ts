// Arrays: 16 bytes with the length, the room, and the address of the elements, which lie in a block of their own.
//
// `shift` is the power of two that the bytes of an element are. Before the first element are eight bytes: what the block is, and how many bytes of the
// block lie before them, which is more than none where elements were taken away at the front. They are room for others: `ensureRoom` moves the
// elements back when there are as many before them as are left, so that a queue costs the same for each element and takes no more memory.

function newElements(room: i32, shift: i32): i32 {
  if (room < 0 || u32(room) > u32(0x7fffffe0) >> u32(shift)) unreachable();
  const bytes: u32 = u32(room) << u32(shift);
  const block = allocate(8 + bytes);
  return beginElements(block + 8, 0);
}

// Writes what stands before elements, and returns where they are.
function beginElements(elements: i32, before: i32): i32 {
  store<i32>(elements - 8, 4);
  store<i32>(elements - 4, before);
  return elements;
}

function newList(length: i32, room: i32, shift: i32): i32 {
  const list = allocate(16);
  store<i32>(list, 3);
  store<i32>(list + 4, length);
  store<i32>(list + 8, room);
  store<i32>(list + 12, newElements(room, shift));
  return list;
}

function ensureRoom(list: i32, needed: i32, shift: i32): void {
  const room = load<i32>(list + 8);
  if (needed >= 0 && needed <= room) return;
  if (movedBack(list, needed, shift)) return;
  const wanted: i32 = max(max(needed, 4), room < 0x20000000 ? room << 1 : needed);
  if (needed < 0) unreachable();
  const elements = newElements(wanted, shift);
  memoryCopy(elements, load<i32>(list + 12), load<i32>(list + 4) << shift);
  store<i32>(list + 8, wanted);
  store<i32>(list + 12, elements);
}

// Moves the elements to the beginning of their block if that makes room for so many, and is worth it.
function movedBack(list: i32, needed: i32, shift: i32): boolean {
  const elements = load<i32>(list + 12);
  const before = load<i32>(elements - 4);
  const bytes = load<i32>(list + 4) << shift;
  const room = load<i32>(list + 8) + (before >> shift);
  if (before == 0 || before < bytes || needed < 0 || needed > room) return false;
  const start = elements - before;
  memoryCopy(start, elements, bytes);
  store<i32>(list + 8, room);
  store<i32>(list + 12, beginElements(start, 0));
  return true;
}

// Makes the array one longer, and returns where the last element is to be written.
function pushed(list: i32, shift: i32): i32 {
  const length = load<i32>(list + 4);
  ensureRoom(list, length + 1, shift);
  store<i32>(list + 4, length + 1);
  return load<i32>(list + 12) + (length << shift);
}

// Where an element is; there must be one.
function elementAt(list: i32, index: i32, shift: i32): i32 {
  if (u32(index) >= u32(load<i32>(list + 4))) fault(Element);
  return load<i32>(list + 12) + (index << shift);
}

// Where an element is written: one that is there, or the next.
function elementToSet(list: i32, index: i32, shift: i32): i32 {
  if (index == load<i32>(list + 4)) return pushed(list, shift);
  return elementAt(list, index, shift);
}

// Takes the last element away, and returns where it was.
function popped(list: i32, shift: i32): i32 {
  const left = load<i32>(list + 4) - 1;
  if (left < 0) fault(Missing);
  store<i32>(list + 4, left);
  return load<i32>(list + 12) + (left << shift);
}

// Takes the first element away, and returns where a copy of it is until the next one is taken.
function shifted(list: i32, shift: i32): i32 {
  const left = load<i32>(list + 4) - 1;
  if (left < 0) fault(Missing);
  const first = load<i32>(list + 12);
  const size: i32 = i32(1) << shift;
  memoryCopy(8, first, size);
  const before = load<i32>(first - 4) + size;
  store<i32>(list + 4, left);
  store<i32>(list + 8, load<i32>(list + 8) - 1);
  store<i32>(list + 12, beginElements(first + size, before));
  return 8;
}

// For calls of which the element is not used: nothing happens to an empty array.
function dropLast(list: i32, shift: i32): void {
  const length = load<i32>(list + 4);
  if (length > 0) store<i32>(list + 4, length - 1);
}

function dropFirst(list: i32, shift: i32): void {
  if (load<i32>(list + 4) > 0) shifted(list, shift);
}

// Makes room at the front for so many elements, and returns where it is.
function unshifted(list: i32, count: i32, shift: i32): i32 {
  const length = load<i32>(list + 4);
  const elements = load<i32>(list + 12);
  const before = load<i32>(elements - 4);
  if (count <= before >> shift) {
    const bytes = count << shift;
    store<i32>(list + 4, length + count);
    store<i32>(list + 8, load<i32>(list + 8) + count);
    store<i32>(list + 12, beginElements(elements - bytes, before - bytes));
    return elements - bytes;
  }
  ensureRoom(list, length + count, shift);
  const first = load<i32>(list + 12);
  memoryCopy(first + (count << shift), first, length << shift);
  store<i32>(list + 4, length + count);
  return first;
}

// Fewer elements; more would have no value.
function setLength(list: i32, length: f64): void {
  if (!(length >= 0.0 && length <= f64(load<i32>(list + 4))) || trunc(length) != length) fault(ArrayLength);
  store<i32>(list + 4, i32(length));
}

// The length that a number is for `Array.from`.
function lengthOf(x: f64): i32 {
  if (!(x >= 1.0)) return 0;
  if (x >= 2147483648.0) fault(ArrayLength);
  return i32(x);
}

function listOf(elements: i32, length: i32, shift: i32): i32 {
  const made = newList(length, length, shift);
  memoryCopy(load<i32>(made + 12), elements, length << shift);
  return made;
}

function listSlice(list: i32, start: f64, end: f64, shift: i32): i32 {
  const length = load<i32>(list + 4);
  const from = relative(start, length);
  const to = relative(end, length);
  return listOf(load<i32>(list + 12) + (from << shift), max(to - from, 0), shift);
}

// Adds the elements of another array.
function appendAll(list: i32, other: i32, shift: i32): void {
  const length = load<i32>(list + 4);
  const more = load<i32>(other + 4);
  ensureRoom(list, length + more, shift);
  memoryCopy(load<i32>(list + 12) + (length << shift), load<i32>(other + 12), more << shift);
  store<i32>(list + 4, length + more);
}

// Adds the elements of another array before the first.
function prependAll(list: i32, other: i32, shift: i32): void {
  const more = load<i32>(other + 4);
  const first = unshifted(list, more, shift);
  memoryCopy(first, load<i32>(other + 12), more << shift);
}

// Writes the elements of another array from a place on, where there is room for them.
function putAll(list: i32, from: i32, other: i32, shift: i32): void {
  memoryCopy(load<i32>(list + 12) + (from << shift), load<i32>(other + 12), load<i32>(other + 4) << shift);
}

// How many elements are taken out behind a place.
function removable(list: i32, from: i32, count: f64): i32 {
  const left = load<i32>(list + 4) - from;
  const whole = count != count ? 0.0 : trunc(count);
  if (whole <= 0.0) return 0;
  return whole >= f64(left) ? left : i32(whole);
}

// Takes elements out, makes room for so many others in their place, and returns those that were taken.
function spliced(list: i32, from: i32, gone: i32, added: i32, shift: i32): i32 {
  const length = load<i32>(list + 4);
  const taken = listOf(load<i32>(list + 12) + (from << shift), gone, shift);
  ensureRoom(list, length - gone + added, shift);
  const first = load<i32>(list + 12) + (from << shift);
  memoryCopy(first + (added << shift), first + (gone << shift), (length - from - gone) << shift);
  store<i32>(list + 4, length - gone + added);
  return taken;
}

// The largest and the smallest of numbers, from what it is of none.
function largest(list: i32, most: f64): f64 {
  let at = load<i32>(list + 12);
  const end = at + (load<i32>(list + 4) << 3);
  while (at < end) {
    most = Math.max(most, load<f64>(at));
    at += 8;
  }
  return most;
}

function smallest(list: i32, least: f64): f64 {
  let at = load<i32>(list + 12);
  const end = at + (load<i32>(list + 4) << 3);
  while (at < end) {
    least = Math.min(least, load<f64>(at));
    at += 8;
  }
  return least;
}

function reversed(list: i32, shift: i32): i32 {
  const size: i32 = i32(1) << shift;
  let low = load<i32>(list + 12);
  let high = low + ((load<i32>(list + 4) - 1) << shift);
  while (low < high) {
    memoryCopy(8, low, size);
    memoryCopy(low, high, size);
    memoryCopy(high, 8, size);
    low += size;
    high -= size;
  }
  return list;
}

function split(text: i32, by: i32, most: f64): i32 {
  const limit: u32 = u32(toInt32(most));
  const list = newList(0, 4, 2);
  const length = textLength(text);
  const width = textLength(by);
  if (limit == 0) return list;
  if (width == 0) {
    for (let i: i32 = 0; i < length && u32(i) < limit; i++) store<i32>(pushed(list, 2), section(text, i, i + 1));
    return list;
  }
  let from: i32 = 0;
  let at = findFrom(text, by, 0);
  while (at >= 0) {
    store<i32>(pushed(list, 2), section(text, from, at));
    if (u32(load<i32>(list + 4)) >= limit) return list;
    from = at + width;
    at = findFrom(text, by, from);
  }
  store<i32>(pushed(list, 2), section(text, from, length));
  return list;
}

// The characters of a text: two units are one above 0xffff.
function charactersOf(text: i32): i32 {
  const length = textLength(text);
  const list = newList(0, max(length, 1), 2);
  let at: i32 = 0;
  while (at < length) {
    const character = characterOf(text, at);
    store<i32>(pushed(list, 2), character);
    at += textLength(character);
  }
  return list;
}
