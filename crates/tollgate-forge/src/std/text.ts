// Texts: 16 bytes with the length in units of 16 bits, where the units are, and the block that has room behind them.
//
// Units are never changed, so texts share them: a slice has none of its own, and what is appended to the end of a block goes
// into its spare room.

function newText(length: i32): i32 {
  if (u32(length) > 536870888) unreachable();
  const text = allocate(16 + (u32(length) << 1));
  store<i32>(text, 1);
  store<i32>(text + 4, length);
  store<i32>(text + 8, text + 16);
  store<i32>(text + 12, 0);
  return text;
}

function sharedText(units: i32, length: i32, block: i32): i32 {
  const text = allocate(16);
  store<i32>(text, 1);
  store<i32>(text + 4, length);
  store<i32>(text + 8, units);
  store<i32>(text + 12, block);
  return text;
}

function textLength(text: i32): i32 {
  return load<i32>(text + 4);
}

function unitAt(text: i32, index: i32): i32 {
  return load<u16>(load<i32>(text + 8) + (index << 1));
}

function oneUnit(unit: i32): i32 {
  const text = newText(1);
  store<u16>(text + 16, u16(unit));
  return text;
}

// A whole number from 0 to the limit: what is outside is the nearest, NaN is 0.
function position(x: f64, limit: i32): i32 {
  if (!(x > 0.0)) return 0;
  if (x >= f64(limit)) return limit;
  return i32(x);
}

// A place counted from the end, if it is negative.
function relative(x: f64, length: i32): i32 {
  const whole = trunc(x);
  return position(whole < 0.0 ? whole + f64(length) : whole, length);
}

function concatenate(a: i32, b: i32): i32 {
  const left = textLength(a);
  const right = textLength(b);
  if (left == 0) return b;
  if (right == 0) return a;
  const length = left + right;
  if (u32(length) > 536870888) unreachable();
  const from = load<i32>(a + 8);
  const end = from + (left << 1);
  const bytes = right << 1;
  const block = load<i32>(a + 12);
  if (block != 0 && load<i32>(block + 4) == end && u32(load<i32>(block + 8)) - u32(end) >= u32(bytes)) {
    memoryCopy(end, load<i32>(b + 8), bytes);
    store<i32>(block + 4, end + bytes);
    return sharedText(from, length, block);
  }
  // What grows at its end gets as much room again.
  const spare: i32 = left < right ? 0 : length;
  const room: u32 = u32(length + spare) << 1;
  const made = allocate(16 + room);
  const units = made + 16;
  store<i32>(made, 2);
  store<i32>(made + 4, units + (length << 1));
  store<i32>(made + 8, units + i32(room));
  memoryCopy(units, from, left << 1);
  memoryCopy(units + (left << 1), load<i32>(b + 8), bytes);
  return sharedText(units, length, made);
}

function sameText(a: i32, b: i32): boolean {
  if (a == b) return true;
  const length = textLength(a);
  if (length != textLength(b)) return false;
  return sameUnits(load<i32>(a + 8), load<i32>(b + 8), length);
}

function sameUnits(a: i32, b: i32, length: i32): boolean {
  for (let i: i32 = 0; i < length; i++) {
    if (load<u16>(a + (i << 1)) != load<u16>(b + (i << 1))) return false;
  }
  return true;
}

// Less than, equal to or more than 0, by units.
function compareTexts(a: i32, b: i32): i32 {
  const left = textLength(a);
  const right = textLength(b);
  const shorter = min(left, right);
  for (let i: i32 = 0; i < shorter; i++) {
    const x = unitAt(a, i);
    const y = unitAt(b, i);
    if (x != y) return x < y ? -1 : 1;
  }
  return left < right ? -1 : left > right ? 1 : 0;
}

function section(text: i32, start: i32, end: i32): i32 {
  const length = textLength(text);
  if (start == 0 && end == length) return text;
  if (start >= end) return sharedText(load<i32>(text + 8), 0, 0);
  return sharedText(load<i32>(text + 8) + (start << 1), end - start, load<i32>(text + 12));
}

function slice(text: i32, start: f64, end: f64): i32 {
  const length = textLength(text);
  return section(text, relative(start, length), relative(end, length));
}

function substring(text: i32, start: f64, end: f64): i32 {
  const length = textLength(text);
  const a = position(start, length);
  const b = position(end, length);
  return section(text, min(a, b), max(a, b));
}

function substr(text: i32, start: f64, count: f64): i32 {
  const length = textLength(text);
  const from = relative(start, length);
  return section(text, from, from + position(count, length - from));
}

function charAt(text: i32, at: f64): i32 {
  const index = trunc(at);
  if (index != index) return section(text, 0, min(1, textLength(text)));
  if (index < 0.0 || index >= f64(textLength(text))) return section(text, 0, 0);
  return section(text, i32(index), i32(index) + 1);
}

function charCodeAt(text: i32, at: f64): f64 {
  const index = at == at ? trunc(at) : 0.0;
  if (!(index >= 0.0 && index < f64(textLength(text)))) return NaN;
  return f64(unitAt(text, i32(index)));
}

// The character that begins with a unit: two units are one above 0xffff.
function codePoint(text: i32, index: i32): i32 {
  const first = unitAt(text, index);
  if ((first & 0xfc00) != 0xd800 || index + 1 >= textLength(text)) return first;
  const second = unitAt(text, index + 1);
  if ((second & 0xfc00) != 0xdc00) return first;
  return ((first - 0xd800) << 10) + (second - 0xdc00) + 0x10000;
}

// `text[i]`: there is such a unit.
function elementOfText(text: i32, index: i32): i32 {
  if (u32(index) >= u32(textLength(text))) fault(Element);
  return section(text, index, index + 1);
}

// The units of the character that begins there.
function characterOf(text: i32, index: i32): i32 {
  return section(text, index, index + (codePoint(text, index) > 0xffff ? 2 : 1));
}

function findFrom(text: i32, part: i32, start: i32): i32 {
  const length = textLength(part);
  const last = textLength(text) - length;
  const a = load<i32>(text + 8);
  const b = load<i32>(part + 8);
  for (let i = start; i <= last; i++) {
    if (sameUnits(a + (i << 1), b, length)) return i;
  }
  return -1;
}

function indexOf(text: i32, part: i32, start: f64): f64 {
  return f64(findFrom(text, part, position(start, textLength(text))));
}

function lastIndexOf(text: i32, part: i32, start: f64): f64 {
  const length = textLength(part);
  const last = textLength(text) - length;
  const from = start == start ? position(start, textLength(text)) : textLength(text);
  const a = load<i32>(text + 8);
  const b = load<i32>(part + 8);
  for (let i = min(from, last); i >= 0; i--) {
    if (sameUnits(a + (i << 1), b, length)) return f64(i);
  }
  return -1.0;
}

function includes(text: i32, part: i32, start: f64): boolean {
  return findFrom(text, part, position(start, textLength(text))) >= 0;
}

function startsWith(text: i32, part: i32, start: f64): boolean {
  const at = position(start, textLength(text));
  const length = textLength(part);
  if (at + length > textLength(text)) return false;
  return sameUnits(load<i32>(text + 8) + (at << 1), load<i32>(part + 8), length);
}

function endsWith(text: i32, part: i32, end: f64): boolean {
  const length = textLength(part);
  const at = position(end, textLength(text)) - length;
  if (at < 0) return false;
  return sameUnits(load<i32>(text + 8) + (at << 1), load<i32>(part + 8), length);
}

function repeat(text: i32, count: f64): i32 {
  const times = trunc(count == count ? count : 0.0);
  const length = textLength(text);
  if (times < 0.0 || times == Infinity) fault(Count, count);
  if (times * f64(length) > 536870888.0) fault(TextLength);
  const total = i32(times) * length;
  if (length == 0 || total == 0) return section(text, 0, 0);
  const made = newText(total);
  const bytes = length << 1;
  for (let i: i32 = 0; i < total << 1; i += bytes) memoryCopy(made + 16 + i, load<i32>(text + 8), bytes);
  return made;
}

function filler(text: i32, target: f64, fill: i32): i32 {
  const length = textLength(text);
  const wanted = trunc(target == target ? target : 0.0);
  if (wanted <= f64(length) || textLength(fill) == 0) return section(text, 0, 0);
  if (wanted > 536870888.0) fault(TextLength);
  const missing = i32(wanted) - length;
  const times = ceil(f64(missing) / f64(textLength(fill)));
  return section(repeat(fill, times), 0, missing);
}

function padStart(text: i32, target: f64, fill: i32): i32 {
  return concatenate(filler(text, target, fill), text);
}

function padEnd(text: i32, target: f64, fill: i32): i32 {
  return concatenate(text, filler(text, target, fill));
}

function isSpace(unit: i32): boolean {
  if (unit < 0x80) return unit == 32 || (unit >= 9 && unit <= 13);
  return unit == 0xa0 || unit == 0x1680 || (unit >= 0x2000 && unit <= 0x200a) || unit == 0x2028 || unit == 0x2029 ||
    unit == 0x202f || unit == 0x205f || unit == 0x3000 || unit == 0xfeff;
}

function spacesBefore(text: i32): i32 {
  const length = textLength(text);
  let at: i32 = 0;
  while (at < length && isSpace(unitAt(text, at))) at++;
  return at;
}

function withoutSpacesBehind(text: i32, start: i32): i32 {
  let at = textLength(text);
  while (at > start && isSpace(unitAt(text, at - 1))) at--;
  return at;
}

function trim(text: i32): i32 {
  const start = spacesBefore(text);
  return section(text, start, withoutSpacesBehind(text, start));
}

function trimStart(text: i32): i32 {
  return section(text, spacesBefore(text), textLength(text));
}

function trimEnd(text: i32): i32 {
  return section(text, 0, withoutSpacesBehind(text, 0));
}

// What `$` stands for in a replacement: itself, what was found, what is before and behind it.
function expanded(text: i32, at: i32, found: i32, by: i32): i32 {
  const length = textLength(by);
  let made = section(by, 0, 0);
  let from: i32 = 0;
  for (let i: i32 = 0; i + 1 < length; i++) {
    if (unitAt(by, i) != 36) continue;
    const next = unitAt(by, i + 1);
    if (next != 36 && next != 38 && next != 96 && next != 39) continue;
    made = concatenate(made, section(by, from, i));
    if (next == 36) made = concatenate(made, section(by, i, i + 1));
    else if (next == 38) made = concatenate(made, section(text, at, at + found));
    else if (next == 96) made = concatenate(made, section(text, 0, at));
    else made = concatenate(made, section(text, at + found, textLength(text)));
    from = i + 2;
    i++;
  }
  if (from == 0) return by;
  return concatenate(made, section(by, from, length));
}

function replace(text: i32, part: i32, by: i32): i32 {
  const at = findFrom(text, part, 0);
  if (at < 0) return text;
  const found = textLength(part);
  const head = concatenate(section(text, 0, at), expanded(text, at, found, by));
  return concatenate(head, section(text, at + found, textLength(text)));
}

function replaceAll(text: i32, part: i32, by: i32): i32 {
  const found = textLength(part);
  const step = max(found, 1);
  let at = findFrom(text, part, 0);
  if (at < 0) return text;
  let made = section(text, 0, 0);
  let from: i32 = 0;
  while (at >= 0) {
    made = concatenate(concatenate(made, section(text, from, at)), expanded(text, at, found, by));
    from = at + found;
    at = at + step > textLength(text) ? -1 : findFrom(text, part, at + step);
  }
  return concatenate(made, section(text, from, textLength(text)));
}

function fromCharCode(code: f64): i32 {
  return oneUnit(toInt32(code) & 0xffff);
}

function fromCodePoint(code: f64): i32 {
  if (!(code >= 0.0 && code <= 1114111.0) || trunc(code) != code) fault(CodePoint, code);
  return characterText(i32(code));
}

function characterText(point: i32): i32 {
  if (point < 0x10000) return oneUnit(point);
  const text = newText(2);
  store<u16>(text + 16, u16(0xd800 + ((point - 0x10000) >> 10)));
  store<u16>(text + 18, u16(0xdc00 + ((point - 0x10000) & 0x3ff)));
  return text;
}

// The place that `at` means: one that is negative counts from the end, and one that is not there is -1.
function fromEnd(x: f64, length: i32): i32 {
  const whole = x != x ? 0.0 : trunc(x);
  const place = whole < 0.0 ? whole + f64(length) : whole;
  return place >= 0.0 && place < f64(length) ? i32(place) : -1;
}

// A number as the place in a sequence: one that is not whole is none.
function wholeIndex(x: f64): i32 {
  const index = i32(x);
  return f64(index) == x ? index : -1;
}
