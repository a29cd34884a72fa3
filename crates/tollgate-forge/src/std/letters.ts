// Upper and lower case by tables, see `check/letters.rs`.

// The entry that has a character, or 0.
function caseEntry(table: i32, point: i32): i32 {
  let low: i32 = 0;
  let high = load<i32>(table);
  while (low < high) {
    const middle = (low + high) >> 1;
    const entry = table + 4 + middle * 20;
    if (point < load<i32>(entry)) {
      high = middle;
    } else if (point > load<i32>(entry + 4)) {
      low = middle + 1;
    } else {
      const step = load<i32>(entry + 8);
      return step < 2 || (point - load<i32>(entry)) % step == 0 ? entry : 0;
    }
  }
  return 0;
}

function writePoint(at: i32, point: i32): i32 {
  if (point < 0x10000) return writeUnit(at, point);
  return writeUnit(writeUnit(at, 0xd800 + ((point - 0x10000) >> 10)), 0xdc00 + ((point - 0x10000) & 0x3ff));
}

function writeCase(at: i32, table: i32, point: i32): i32 {
  const entry = caseEntry(table, point);
  if (entry == 0) return writePoint(at, point);
  const change = load<i32>(entry + 12);
  if (load<i32>(entry + 8) != 0) return writePoint(at, point + change);
  let to = writeUnit(at, change & 0xffff);
  if (change >>> 16 != 0) to = writeUnit(to, change >>> 16);
  const third = load<i32>(entry + 16);
  return third == 0 ? to : writeUnit(to, third);
}

// Room for a text whose length is known when it is written.
function textOfAtMost(length: i32): i32 {
  return newText(min(length, 178956970) * 3);
}

function toUpperCase(text: i32): i32 {
  const length = textLength(text);
  const made = textOfAtMost(length);
  let to = made + 16;
  for (let i: i32 = 0; i < length; i++) {
    const unit = unitAt(text, i);
    if (unit < 0x80) {
      to = writeUnit(to, unit >= 97 && unit <= 122 ? unit - 32 : unit);
    } else {
      const point = codePoint(text, i);
      if (point > 0xffff) i++;
      to = writeCase(to, upperTable(), point);
    }
  }
  return ended(made, to);
}

function toLowerCase(text: i32): i32 {
  const length = textLength(text);
  const made = textOfAtMost(length);
  let to = made + 16;
  for (let i: i32 = 0; i < length; i++) {
    const unit = unitAt(text, i);
    if (unit < 0x80) {
      to = writeUnit(to, unit >= 65 && unit <= 90 ? unit + 32 : unit);
    } else if (unit == 0x3a3) {
      to = writeUnit(to, isLastSigma(text, i) ? 0x3c2 : 0x3c3);
    } else {
      const point = codePoint(text, i);
      if (point > 0xffff) i++;
      to = writeCase(to, lowerTable(), point);
    }
  }
  return ended(made, to);
}

// Sets the length of the text that was allocated last, and gives back what it does not need.
function ended(text: i32, end: i32): i32 {
  store<i32>(text + 4, (end - text - 16) >> 1);
  heap = (u32(end) + 7) & 0xfffffff8;
  return text;
}

// 1 for letters with case, 2 for what is passed over, 0 for the rest.
function sigmaClass(point: i32): i32 {
  if (point < 0x80) {
    if ((point >= 65 && point <= 90) || (point >= 97 && point <= 122)) return 1;
    return point == 39 || point == 46 || point == 58 || point == 94 || point == 96 ? 2 : 0;
  }
  const entry = caseEntry(sigmaTable(), point);
  return entry == 0 ? 0 : load<i32>(entry + 12);
}

// A sigma ends a word: a letter stands before it and none behind.
function isLastSigma(text: i32, index: i32): boolean {
  let before: i32 = 0;
  for (let i: i32 = index - 1; i >= 0; i--) {
    if ((unitAt(text, i) & 0xfc00) == 0xdc00 && i > 0 && codePoint(text, i - 1) > 0xffff) i--;
    before = sigmaClass(codePoint(text, i));
    if (before != 2) break;
  }
  if (before != 1) return false;
  const length = textLength(text);
  for (let i: i32 = index + 1; i < length; i++) {
    const point = codePoint(text, i);
    const behind = sigmaClass(point);
    if (behind != 2) return behind == 0;
    if (point > 0xffff) i++;
  }
  return true;
}
