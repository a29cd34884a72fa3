// Whole numbers of many digits, for conversions between numbers and their decimal text that are exact.
//
// One lies in memory that is given back when the conversion ends: the count of its parts of 32 bits, then the parts, lowest first.

function bigNew(parts: i32, value: u64): i32 {
  const big = allocate(u32(4 + (parts << 2)));
  bigSet(big, value);
  return big;
}

function bigSet(big: i32, value: u64): void {
  store<u32>(big + 4, u32(value & 0xffffffff));
  store<u32>(big + 8, u32(value >> 32));
  store<i32>(big, value == 0 ? 0 : value >> 32 == 0 ? 1 : 2);
}

// Times a number, plus one.
function bigMultiply(big: i32, by: u32, plus: u32): void {
  const count = load<i32>(big);
  let carry: u64 = u64(plus);
  let at = big + 4;
  for (let i: i32 = 0; i < count; i++) {
    const product: u64 = u64(load<u32>(at)) * u64(by) + carry;
    store<u32>(at, u32(product & 0xffffffff));
    carry = product >> 32;
    at += 4;
  }
  if (carry != 0) {
    store<u32>(at, u32(carry));
    store<i32>(big, count + 1);
  }
}

function bigPowerOfTen(big: i32, power: i32): void {
  let left = power;
  while (left >= 9) {
    bigMultiply(big, 1000000000, 0);
    left -= 9;
  }
  let rest: u32 = 1;
  while (left > 0) {
    rest *= 10;
    left--;
  }
  if (rest > 1) bigMultiply(big, rest, 0);
}

function bigShift(big: i32, bits: i32): void {
  const count = load<i32>(big);
  if (count == 0) return;
  const whole = bits >> 5;
  if (whole > 0) {
    for (let i: i32 = count - 1; i >= 0; i--) {
      store<u32>(big + 4 + ((i + whole) << 2), load<u32>(big + 4 + (i << 2)));
    }
    for (let i: i32 = 0; i < whole; i++) store<u32>(big + 4 + (i << 2), 0);
    store<i32>(big, count + whole);
  }
  if ((bits & 31) != 0) bigMultiply(big, u32(1) << u32(bits & 31), 0);
}

function bigBits(big: i32): i32 {
  const count = load<i32>(big);
  if (count == 0) return 0;
  return (count << 5) - i32(clz(load<u32>(big + (count << 2))));
}

function bigCompare(a: i32, b: i32): i32 {
  const count = load<i32>(a);
  const other = load<i32>(b);
  if (count != other) return count < other ? -1 : 1;
  for (let i: i32 = count; i > 0; i--) {
    const x = load<u32>(a + (i << 2));
    const y = load<u32>(b + (i << 2));
    if (x != y) return x < y ? -1 : 1;
  }
  return 0;
}

// Takes away one that is not larger.
function bigSubtract(a: i32, b: i32): void {
  const other = load<i32>(b);
  let count = load<i32>(a);
  let borrow: u64 = 0;
  for (let i: i32 = 1; i <= count; i++) {
    const from: u64 = u64(load<u32>(a + (i << 2)));
    const by: u64 = (i <= other ? u64(load<u32>(b + (i << 2))) : 0) + borrow;
    store<u32>(a + (i << 2), u32((from - by) & 0xffffffff));
    borrow = from < by ? 1 : 0;
  }
  while (count > 0 && load<u32>(a + (count << 2)) == 0) count--;
  store<i32>(a, count);
}

// Compares a + b with c; the sum is written to `sum`.
function bigCompareSum(a: i32, b: i32, c: i32, sum: i32): i32 {
  const left = load<i32>(a);
  const right = load<i32>(b);
  const count = max(left, right);
  let carry: u64 = 0;
  for (let i: i32 = 1; i <= count; i++) {
    carry += (i <= left ? u64(load<u32>(a + (i << 2))) : 0) + (i <= right ? u64(load<u32>(b + (i << 2))) : 0);
    store<u32>(sum + (i << 2), u32(carry & 0xffffffff));
    carry = carry >> 32;
  }
  store<u32>(sum + ((count + 1) << 2), u32(carry));
  store<i32>(sum, carry == 0 ? count : count + 1);
  return bigCompare(sum, c);
}

// Divides by a small number, and returns the rest.
function bigDivide(big: i32, by: u32): u32 {
  let count = load<i32>(big);
  let rest: u64 = 0;
  for (let i: i32 = count; i > 0; i--) {
    const value: u64 = (rest << 32) | u64(load<u32>(big + (i << 2)));
    store<u32>(big + (i << 2), u32(value / u64(by)));
    rest = value % u64(by);
  }
  while (count > 0 && load<u32>(big + (count << 2)) == 0) count--;
  store<i32>(big, count);
  return u32(rest);
}

// Drops low bits, and rounds: a half goes up.
function bigShiftRight(big: i32, bits: i32): void {
  const count = load<i32>(big);
  const whole = (bits - 1) >> 5;
  if (whole >= count) {
    store<i32>(big, 0);
    return;
  }
  for (let i: i32 = 1; i <= count - whole; i++) store<u32>(big + (i << 2), load<u32>(big + ((i + whole) << 2)));
  let left = count - whole;
  store<i32>(big, left);
  // One bit is kept below the point.
  const rest = (bits - 1) & 31;
  if (rest > 0) bigDivide(big, u32(1) << u32(rest));
  const half = bigDivide(big, 2);
  if (half == 0) return;
  if (load<i32>(big) == 0) bigSet(big, 1);
  else bigMultiply(big, 1, 1);
}
