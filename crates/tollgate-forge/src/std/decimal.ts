// Numbers as decimal text and back, as JavaScript does it: the fewest digits that are read as the same number, the nearest
// number to a text. After Steele and White (1990).

// Where the point stands: the number is 0.digits times ten to this power.
let pointAfter: i32 = 0;

// The fewest digits of a number above 0, as a whole number.
function shortestDigits(x: f64): u64 {
  const bits = reinterpret<u64>(x);
  const biased = i32((bits >> 52) & 0x7ff);
  const fraction: u64 = bits & 0xfffffffffffff;
  const mantissa: u64 = biased == 0 ? fraction : fraction | 0x10000000000000;
  const exponent: i32 = biased == 0 ? -1074 : biased - 1075;
  const even = (mantissa & 1) == 0;
  // The number below is nearer than the one above.
  const uneven: i32 = fraction == 0 && biased > 1 ? 1 : 0;
  const mark = heapMark();
  const rest = bigNew(40, mantissa);
  const scale = bigNew(40, 1);
  const above = bigNew(40, 1);
  const below = bigNew(40, 1);
  const sum = bigNew(42, 0);
  const up: i32 = max(exponent, 0);
  bigShift(rest, up + 1 + uneven);
  bigShift(scale, max(-exponent, 0) + 1 + uneven);
  bigShift(above, up + uneven);
  bigShift(below, up);
  const length: i32 = 64 - i32(clz(mantissa));
  let power: i32 = i32(ceil(f64(exponent + length - 1) * 0.30102999566398114 - 1e-10));
  if (power >= 0) {
    bigPowerOfTen(scale, power);
  } else {
    bigPowerOfTen(rest, -power);
    bigPowerOfTen(above, -power);
    bigPowerOfTen(below, -power);
  }
  const fits = bigCompareSum(rest, above, scale, sum);
  if (even ? fits >= 0 : fits > 0) {
    power++;
  } else {
    bigMultiply(rest, 10, 0);
    bigMultiply(above, 10, 0);
    bigMultiply(below, 10, 0);
  }
  let digits: u64 = 0;
  while (true) {
    let digit: u64 = 0;
    while (bigCompare(rest, scale) >= 0) {
      bigSubtract(rest, scale);
      digit++;
    }
    const low = bigCompare(rest, below);
    const high = bigCompareSum(rest, above, scale, sum);
    const downOk = even ? low <= 0 : low < 0;
    const upOk = even ? high >= 0 : high > 0;
    if (downOk || upOk) {
      if (downOk && upOk) {
        const half = bigCompareSum(rest, rest, scale, sum);
        if (half > 0 || (half == 0 && (digit & 1) == 1)) digit++;
      } else if (upOk) {
        digit++;
      }
      digits = digits * 10 + digit;
      break;
    }
    digits = digits * 10 + digit;
    bigMultiply(rest, 10, 0);
    bigMultiply(above, 10, 0);
    bigMultiply(below, 10, 0);
  }
  heapRestore(mark);
  pointAfter = power;
  return digits;
}

function digitsOf(value: u64): i32 {
  let count: i32 = 1;
  let rest = value;
  while (rest >= 10) {
    rest /= 10;
    count++;
  }
  return count;
}

// Writes digits that end before an address.
function writeDigits(end: i32, value: u64, count: i32): void {
  let at = end;
  let rest = value;
  for (let i: i32 = 0; i < count; i++) {
    at -= 2;
    store<u16>(at, u16(48 + i32(rest % 10)));
    rest /= 10;
  }
}

function unsignedText(value: u64): i32 {
  const count = digitsOf(value);
  const text = newText(count);
  writeDigits(text + 16 + (count << 1), value, count);
  return text;
}

function signedText(value: i64): i32 {
  if (value >= 0) return unsignedText(u64(value));
  const size = u64(-value);
  const count = digitsOf(size);
  const text = newText(count + 1);
  store<u16>(text + 16, 45);
  writeDigits(text + 18 + (count << 1), size, count);
  return text;
}

function booleanText(value: boolean): i32 {
  return value ? "true" : "false";
}

function numberText(x: f64): i32 {
  if (x != x) return "NaN";
  if (x == 0.0) return "0";
  if (x == Infinity) return "Infinity";
  if (x == -Infinity) return "-Infinity";
  if (abs(x) < 9007199254740992.0 && trunc(x) == x) return signedText(i64(x));
  const digits = shortestDigits(abs(x));
  const point = pointAfter;
  const count = digitsOf(digits);
  const text = newText(32);
  let at = text + 16;
  if (x < 0.0) at = writeUnit(at, 45);
  if (point > 0 && point <= 21) {
    if (count <= point) {
      writeDigits(at + (count << 1), digits, count);
      at += count << 1;
      for (let i: i32 = count; i < point; i++) at = writeUnit(at, 48);
    } else {
      writeDigits(at + ((count + 1) << 1), digits, count);
      // Those before the point move over its place.
      memoryCopy(at, at + 2, point << 1);
      writeUnit(at + (point << 1), 46);
      at += (count + 1) << 1;
    }
  } else if (point > -6 && point <= 0) {
    at = writeUnit(writeUnit(at, 48), 46);
    for (let i: i32 = point; i < 0; i++) at = writeUnit(at, 48);
    at += count << 1;
    writeDigits(at, digits, count);
  } else {
    at += (count == 1 ? 1 : count + 1) << 1;
    writeDigits(at, digits, count);
    if (count > 1) {
      const first = at - ((count + 1) << 1);
      memoryCopy(first, first + 2, 2);
      writeUnit(first + 2, 46);
    }
    const power = point - 1;
    at = writeUnit(writeUnit(at, 101), power < 0 ? 45 : 43);
    const size = u64(abs(power));
    at += digitsOf(size) << 1;
    writeDigits(at, size, digitsOf(size));
  }
  store<i32>(text + 4, (at - text - 16) >> 1);
  return text;
}

function writeUnit(at: i32, unit: i32): i32 {
  store<u16>(at, u16(unit));
  return at + 2;
}

function toFixed(x: f64, places: f64): i32 {
  const count = trunc(places == places ? places : 0.0);
  if (count < 0.0 || count > 100.0) fault(Digits);
  if (!(abs(x) < 1e21)) return numberText(x);
  const digits = i32(count);
  const bits = reinterpret<u64>(abs(x));
  const biased = i32(bits >> 52);
  const mantissa: u64 = biased == 0 ? bits & 0xfffffffffffff : (bits & 0xfffffffffffff) | 0x10000000000000;
  const exponent: i32 = biased == 0 ? -1074 : biased - 1075;
  const value = bigNew(48, mantissa);
  bigPowerOfTen(value, digits);
  if (exponent < 0) bigShiftRight(value, -exponent);
  else bigShift(value, exponent);
  // From behind, into room that is large enough.
  const end = allocate(320) + 320;
  let at = end;
  let written: i32 = 0;
  while (load<i32>(value) > 0 || written <= digits) {
    if (written == digits && digits > 0) {
      at -= 2;
      store<u16>(at, 46);
    }
    at -= 2;
    store<u16>(at, u16(48 + i32(bigDivide(value, 10))));
    written++;
  }
  // A number that is rounded to 0 keeps its sign, -0 has none.
  if (x < 0.0) {
    at -= 2;
    store<u16>(at, 45);
  }
  const length = (end - at) >> 1;
  const text = newText(length);
  memoryCopy(text + 16, at, length << 1);
  return text;
}

// The nearest number to `digits[.digits][e[sign]digits]`.
function decimalValue(text: i32, start: i32, end: i32): f64 {
  let mantissa: u64 = 0;
  let kept: i32 = 0;
  let exponent: i32 = 0;
  let behind = false;
  let dropped = false;
  let at = start;
  for (; at < end; at++) {
    const unit = unitAt(text, at);
    if (unit == 46) {
      behind = true;
      continue;
    }
    if (unit < 48 || unit > 57) break;
    const digit = unit - 48;
    if (kept < 19) {
      if (mantissa != 0 || digit != 0) {
        mantissa = mantissa * 10 + u64(digit);
        kept++;
      }
      if (behind) exponent--;
    } else {
      if (!behind) exponent++;
      dropped = dropped || digit != 0;
    }
  }
  if (mantissa == 0) return 0.0;
  const digitsEnd = at;
  if (at < end) exponent += exponentValue(text, at + 1, end);
  if (!dropped && mantissa <= 9007199254740992 && exponent >= -22 && exponent <= 22) {
    let power: f64 = 1.0;
    for (let i: i32 = abs(exponent); i > 0; i--) power *= 10.0;
    return exponent < 0 ? f64(mantissa) / power : f64(mantissa) * power;
  }
  if (kept + exponent > 310) return Infinity;
  if (kept + exponent < -330) return 0.0;
  const mark = heapMark();
  const value = bigNew(170, mantissa);
  const scale = bigNew(170, 1);
  if (dropped) exponent = exponent - moreDigits(value, text, start, digitsEnd);
  if (exponent >= 0) bigPowerOfTen(value, exponent);
  else bigPowerOfTen(scale, -exponent);
  const nearest = quotient(value, scale);
  heapRestore(mark);
  return nearest;
}

function exponentValue(text: i32, start: i32, end: i32): i32 {
  const sign = unitAt(text, start);
  let value: i32 = 0;
  for (let at: i32 = sign == 43 || sign == 45 ? start + 1 : start; at < end; at++) {
    value = min(value * 10 + unitAt(text, at) - 48, 100000000);
  }
  return sign == 45 ? -value : value;
}

// Adds the digits behind the first 19, and returns how many. What is behind 800 digits only shows that there is more.
function moreDigits(value: i32, text: i32, start: i32, end: i32): i32 {
  let seen: i32 = 0;
  let more: i32 = 0;
  let rest = false;
  for (let at = start; at < end; at++) {
    const digit = unitAt(text, at) - 48;
    if (digit < 0 || (seen == 0 && digit == 0)) continue;
    seen++;
    if (seen <= 19) continue;
    if (more < 800) {
      bigMultiply(value, 10, u32(digit));
      more++;
    } else {
      rest = rest || digit != 0;
    }
  }
  if (rest) {
    bigMultiply(value, 10, 1);
    more++;
  }
  return more;
}

// The nearest number to a quotient; of two as near the even one.
function quotient(value: i32, scale: i32): f64 {
  let power = bigBits(value) - bigBits(scale);
  if (power > 0) bigShift(scale, power);
  else bigShift(value, -power);
  if (bigCompare(value, scale) < 0) {
    bigShift(value, 1);
    power--;
  }
  // Numbers near 0 have fewer bits.
  const bits: i32 = power >= -1022 ? 53 : power + 1075;
  if (bits < 0) return 0.0;
  let result: u64 = 0;
  for (let i: i32 = 0; i < bits; i++) {
    result = result << 1;
    if (bigCompare(value, scale) >= 0) {
      bigSubtract(value, scale);
      result |= 1;
    }
    bigShift(value, 1);
  }
  const half = bigCompare(value, scale);
  if (half > 0 || (half == 0 && (result & 1) == 1)) result++;
  return scaleByTwo(f64(result), power - bits + 1);
}

// Where digits with a point and an exponent end, from a place on; the place itself if there are none.
function decimalEnd(text: i32, start: i32): i32 {
  const length = textLength(text);
  let at = start;
  let digits: i32 = 0;
  while (at < length && isDigit(unitAt(text, at))) {
    at++;
    digits++;
  }
  if (at < length && unitAt(text, at) == 46) {
    let behind = at + 1;
    while (behind < length && isDigit(unitAt(text, behind))) {
      behind++;
      digits++;
    }
    if (digits > 0) at = behind;
  }
  if (digits == 0) return start;
  if (at < length && (unitAt(text, at) | 32) == 101) {
    let power = at + 1;
    if (power < length && (unitAt(text, power) == 43 || unitAt(text, power) == 45)) power++;
    if (power < length && isDigit(unitAt(text, power))) {
      while (power < length && isDigit(unitAt(text, power))) power++;
      at = power;
    }
  }
  return at;
}

function isDigit(unit: i32): boolean {
  return unit >= 48 && unit <= 57;
}

// The value of a digit in any base up to 36, or more.
function digitValue(unit: i32): i32 {
  if (isDigit(unit)) return unit - 48;
  const letter = unit | 32;
  return unit < 0x80 && letter >= 97 && letter <= 122 ? letter - 87 : 99;
}

// `parseFloat`: as much of the text as is a number.
function parseFloat(text: i32): f64 {
  const start = spacesBefore(text);
  const length = textLength(text);
  const sign: i32 = start < length ? unitAt(text, start) : 0;
  const from: i32 = sign == 43 || sign == 45 ? start + 1 : start;
  let value: f64 = NaN;
  if (findFrom(section(text, from, min(length, from + 8)), "Infinity", 0) == 0) {
    value = Infinity;
  } else {
    const end = decimalEnd(text, from);
    if (end > from) value = decimalValue(text, from, end);
  }
  return sign == 45 ? -value : value;
}

// `Number(text)`: all of it is a number.
function textNumber(text: i32): f64 {
  const trimmed = trim(text);
  const length = textLength(trimmed);
  if (length == 0) return 0.0;
  if (length > 2 && unitAt(trimmed, 0) == 48) {
    const letter = unitAt(trimmed, 1) | 32;
    const base: i32 = letter == 120 ? 16 : letter == 111 ? 8 : letter == 98 ? 2 : 0;
    if (base != 0) {
      for (let i: i32 = 2; i < length; i++) {
        if (digitValue(unitAt(trimmed, i)) >= base) return NaN;
      }
      return digitsValue(trimmed, 2, length, base);
    }
  }
  const sign = unitAt(trimmed, 0);
  const from: i32 = sign == 43 || sign == 45 ? 1 : 0;
  let value: f64 = NaN;
  if (sameText(section(trimmed, from, length), "Infinity")) value = Infinity;
  else if (from < length && decimalEnd(trimmed, from) == length) value = decimalValue(trimmed, from, length);
  return sign == 45 ? -value : value;
}

// The nearest number to digits of a base.
function digitsValue(text: i32, start: i32, end: i32, base: i32): f64 {
  if (base == 10) return decimalValue(text, start, end);
  let value: f64 = 0.0;
  for (let at = start; at < end; at++) {
    value = value * f64(base) + f64(digitValue(unitAt(text, at)));
  }
  // Above this, what was rounded away on the way may matter.
  if (value < 9007199254740992.0) return value;
  let first = start;
  while (first < end && unitAt(text, first) == 48) first++;
  if (end - first > 1100) return Infinity;
  const mark = heapMark();
  const big = bigNew(((end - first) >> 2) * 3 + 170, 0);
  for (let at = first; at < end; at++) bigMultiply(big, u32(base), u32(digitValue(unitAt(text, at))));
  const scale = bigNew(((end - first) >> 2) * 3 + 170, 1);
  const nearest = bigBits(big) > 1030 ? Infinity : quotient(big, scale);
  heapRestore(mark);
  return nearest;
}

function parseInt(text: i32, radix: f64): f64 {
  let start = spacesBefore(text);
  const length = textLength(text);
  const sign: i32 = start < length ? unitAt(text, start) : 0;
  if (sign == 43 || sign == 45) start++;
  let base = toInt32(radix);
  if (base != 0 && (base < 2 || base > 36)) return NaN;
  const prefix = start + 1 < length && unitAt(text, start) == 48 && (unitAt(text, start + 1) | 32) == 120;
  if (prefix && (base == 0 || base == 16)) {
    start += 2;
    base = 16;
  }
  if (base == 0) base = 10;
  let end = start;
  while (end < length && digitValue(unitAt(text, end)) < base) end++;
  if (end == start) return NaN;
  const value = digitsValue(text, start, end, base);
  return sign == 45 ? -value : value;
}
