
// Typed arrays: as arrays that do not grow; several may share their elements.

function typedOf(elements: i32, length: i32): i32 {
  const list = allocate(16);
  store<i32>(list, 10);
  store<i32>(list + 4, length);
  store<i32>(list + 8, length);
  store<i32>(list + 12, elements);
  return list;
}

function newTyped(length: i32, shift: i32): i32 {
  return typedOf(newElements(length, shift), length);
}

function zeroTyped(length: f64, shift: i32): i32 {
  const whole = length != length ? 0.0 : trunc(length);
  if (whole < 0.0 || whole > 2147483647.0) fault(TypedLength, length);
  const made = newTyped(i32(whole), shift);
  let at = load<i32>(made + 12);
  // Blocks are whole words of eight bytes.
  const end = at + (i32(whole) << shift);
  while (u32(at) < u32(end)) {
    store<i64>(at, 0);
    at += 8;
  }
  return made;
}

function typedSlice(list: i32, start: f64, end: f64, shift: i32): i32 {
  const length = load<i32>(list + 4);
  const from = relative(start, length);
  const count = max(relative(end, length) - from, 0);
  const made = newTyped(count, shift);
  memoryCopy(load<i32>(made + 12), load<i32>(list + 12) + (from << shift), count << shift);
  return made;
}

function typedPart(list: i32, start: f64, end: f64, shift: i32): i32 {
  const length = load<i32>(list + 4);
  const from = relative(start, length);
  return typedOf(load<i32>(list + 12) + (from << shift), max(relative(end, length) - from, 0));
}

// Where the elements of another array go to; there must be room for all.
function typedOffset(list: i32, other: i32, offset: f64): i32 {
  const whole = offset != offset ? 0.0 : trunc(offset);
  if (whole < 0.0 || whole + f64(load<i32>(other + 4)) > f64(load<i32>(list + 4))) fault(TypedOffset);
  return i32(whole);
}

function copyTyped(list: i32, other: i32, offset: i32, shift: i32): void {
  memoryCopy(load<i32>(list + 12) + (offset << shift), load<i32>(other + 12), load<i32>(other + 4) << shift);
}
