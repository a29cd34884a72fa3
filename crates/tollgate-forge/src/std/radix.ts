// Numbers as text with another base than ten.

// JavaScript takes what is no number for 0, and has no base below 2 or above 36.
function baseOf(radix: f64): f64 {
  const base = trunc(radix);
  if (!(base >= 2.0 && base <= 36.0)) fault(Base);
  return base;
}

function digitUnit(digit: i32): i32 {
  return digit < 10 ? 48 + digit : 87 + digit;
}

// A whole number, and whether `-` stands before it.
function wholeRadixText(value: u64, negative: bool, base: u64): i32 {
  let count: i32 = negative ? 2 : 1;
  for (let rest = value / base; rest != 0; rest /= base) count++;
  const text = newText(count);
  let at = text + 16 + (count << 1);
  let left = value;
  do {
    at -= 2;
    writeUnit(at, digitUnit(i32(left % base)));
    left /= base;
  } while (left != 0);
  if (negative) writeUnit(text + 16, 45);
  return text;
}

function unsignedRadixText(value: u64, radix: f64): i32 {
  return wholeRadixText(value, false, u64(baseOf(radix)));
}

function signedRadixText(value: i64, radix: f64): i32 {
  return wholeRadixText(u64(value < 0 ? -value : value), value < 0, u64(baseOf(radix)));
}

function numberRadixText(x: f64, radix: f64): i32 {
  const base = baseOf(radix);
  const size = abs(x);
  if (base == 10.0 || !(size < Infinity)) return numberText(x);
  if (size < 9007199254740992.0 && trunc(size) == size) return wholeRadixText(u64(size), x < 0.0, u64(base));
  return longRadixText(x, base);
}

// As many digits behind the point as tell the number from those next to it, and zeros for those before the point that it does not have.
function longRadixText(x: f64, base: f64): i32 {
  const size = abs(x);
  const mark = heapMark();
  // There are at most 1,076 units behind the point and 1,025 before it.
  const point = allocate(4480) + 2240;
  let whole = floor(size);
  const end = fractionDigits(point, size - whole, size, base);
  // The last digit behind the point was rounded up to one before it.
  if (end < point) whole += 1.0;
  let start = point;
  while (whole / base >= 9007199254740992.0) {
    whole /= base;
    start -= 2;
    writeUnit(start, 48);
  }
  do {
    const digit = whole % base;
    start -= 2;
    writeUnit(start, digitUnit(i32(digit)));
    whole = (whole - digit) / base;
  } while (whole > 0.0);
  if (x < 0.0) {
    start -= 2;
    writeUnit(start, 45);
  }
  heapRestore(mark);
  const length = (max(end, point) - start) >> 1;
  // The text may lie over the room: its head is before what was written there.
  const text = newText(length);
  memoryCopy(text + 16, start, length << 1);
  return text;
}

// Writes the point and the digits behind it, and returns where they end: before the point if all of them became one before it.
function fractionDigits(point: i32, fraction: f64, size: f64, base: f64): i32 {
  // Half of the way to the next number.
  let reach = max(0.5 * (reinterpret<f64>(reinterpret<u64>(size) + 1) - size), 5e-324);
  if (fraction < reach) return point;
  let at = writeUnit(point, 46);
  let left = fraction;
  do {
    left *= base;
    reach *= base;
    const digit = i32(left);
    at = writeUnit(at, digitUnit(digit));
    left -= f64(digit);
    const more = left > 0.5 || (left == 0.5 && (digit & 1) != 0);
    if (more && left + reach > 1.0) return roundedUp(point, at, base);
  } while (left >= reach);
  return at;
}

// Makes the last digit that may be larger one larger, and drops those behind it.
function roundedUp(point: i32, end: i32, base: f64): i32 {
  let at = end;
  while (true) {
    at -= 2;
    if (at == point) return point - 2;
    const unit = i32(load<u16>(at));
    const digit = unit > 57 ? unit - 87 : unit - 48;
    if (f64(digit + 1) < base) return writeUnit(at, digitUnit(digit + 1));
  }
}
