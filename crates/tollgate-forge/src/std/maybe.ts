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
