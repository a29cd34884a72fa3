// Values that may be missing and are no addresses by themselves: a block with eight bytes of header, then the value.

function newBox(): i32 {
  const box = allocate(16);
  store<i32>(box, 6);
  store<i32>(box + 4, 8);
  return box;
}

function boxI32(value: i32): i32 {
  const box = newBox();
  store<i32>(box + 8, value);
  return box;
}

function boxI64(value: i64): i32 {
  const box = newBox();
  store<i64>(box + 8, value);
  return box;
}

function boxF32(value: f32): i32 {
  const box = newBox();
  store<f32>(box + 8, value);
  return box;
}

function boxF64(value: f64): i32 {
  const box = newBox();
  store<f64>(box + 8, value);
  return box;
}

// Whether two values of several types are the same, as `===` says: numbers and texts by what they are, others by which one it is.
function sameValue(a: i32, b: i32): boolean {
  const kind = load<i32>(a);
  if (kind == 6 && load<i32>(b) == 6) return load<f64>(a + 8) == load<f64>(b + 8);
  if (kind == 1 && load<i32>(b) == 1) return sameText(a, b);
  return a == b;
}
