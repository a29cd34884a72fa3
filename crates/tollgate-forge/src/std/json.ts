// JSON: texts in the making, with the block of the units, how many there are and have room, the text that indents a level, and the levels around.

function newJson(indent: i32): i32 {
  const json = allocate(24);
  store<i32>(json, 11);
  store<i32>(json + 4, jsonBlock(32));
  store<i32>(json + 8, 0);
  store<i32>(json + 12, 32);
  store<i32>(json + 16, indent);
  store<i32>(json + 20, 0);
  return json;
}

function jsonBlock(room: i32): i32 {
  const units = allocate(16 + (u32(room) << 1));
  store<i32>(units, 2);
  return units;
}

// The text that is done. What is appended to it goes into the room that is left.
function jsonText(json: i32): i32 {
  const units = load<i32>(json + 4);
  const length = load<i32>(json + 8);
  store<i32>(units + 4, units + 16 + (length << 1));
  store<i32>(units + 8, units + 16 + (load<i32>(json + 12) << 1));
  return sharedText(units + 16, length, units);
}

// What indents a level: so many spaces, or the beginning of a text.
function jsonSpaces(count: f64): i32 {
  return section("          ", 0, position(count, 10));
}

function jsonIndent(text: i32): i32 {
  return section(text, 0, min(textLength(text), 10));
}

// Where so many more units come to stand.
function jsonRoom(json: i32, more: i32): i32 {
  const length = load<i32>(json + 8);
  const total = length + more;
  if (total > 536870888) unreachable();
  if (total > load<i32>(json + 12)) {
    const room = max(total, min(length << 1, 536870888));
    const units = jsonBlock(room);
    memoryCopy(units + 16, load<i32>(json + 4) + 16, length << 1);
    store<i32>(json + 4, units);
    store<i32>(json + 12, room);
  }
  store<i32>(json + 8, total);
  return load<i32>(json + 4) + 16 + (length << 1);
}

function jsonPut(json: i32, unit: i32): void {
  store<u16>(jsonRoom(json, 1), u16(unit));
}

function jsonPutUnits(json: i32, from: i32, count: i32): void {
  memoryCopy(jsonRoom(json, count), from, count << 1);
}

function jsonPutText(json: i32, text: i32): void {
  jsonPutUnits(json, load<i32>(text + 8), textLength(text));
}

// The letter of the escape of a unit: `u` for one of four digits, 0 if it stands for itself.
function jsonEscape(unit: i32): i32 {
  if (unit == 34 || unit == 92) return unit;
  if (unit >= 32) return 0;
  if (unit == 8) return 98;
  if (unit == 9) return 116;
  if (unit == 10) return 110;
  if (unit == 12) return 102;
  if (unit == 13) return 114;
  return 117;
}

function jsonPutEscape(json: i32, unit: i32, letter: i32): void {
  jsonPut(json, 92);
  jsonPut(json, letter);
  if (letter != 117) return;
  for (let shift: i32 = 12; shift >= 0; shift -= 4) {
    const digit = (unit >> shift) & 15;
    jsonPut(json, digit < 10 ? 48 + digit : 87 + digit);
  }
}

function jsonPutQuoted(json: i32, text: i32): void {
  const length = textLength(text);
  const units = load<i32>(text + 8);
  jsonPut(json, 34);
  let from: i32 = 0;
  for (let i: i32 = 0; i < length; i++) {
    const unit: i32 = load<u16>(units + (i << 1));
    if (unit > 92 && unit < 0xd800) continue;
    let letter = jsonEscape(unit);
    if ((unit & 0xf800) == 0xd800) {
      const next: i32 = i + 1 < length ? load<u16>(units + (i << 1) + 2) : 0;
      if (unit < 0xdc00 && (next & 0xfc00) == 0xdc00) {
        i++;
        continue;
      }
      letter = 117;
    }
    if (letter == 0) continue;
    jsonPutUnits(json, units + (from << 1), i - from);
    jsonPutEscape(json, unit, letter);
    from = i + 1;
  }
  jsonPutUnits(json, units + (from << 1), length - from);
  jsonPut(json, 34);
}

function jsonPutNumber(json: i32, x: f64): void {
  jsonPutText(json, x - x == 0.0 ? numberText(x) : "null");
}

// Whether nothing is in the array or object that is open. No value ends with a bracket that opens.
function jsonEmpty(json: i32): boolean {
  const last: i32 = load<u16>(load<i32>(json + 4) + 14 + (load<i32>(json + 8) << 1));
  return last == 91 || last == 123;
}

function jsonLine(json: i32): void {
  const indent = load<i32>(json + 16);
  if (textLength(indent) == 0) return;
  jsonPut(json, 10);
  for (let i: i32 = load<i32>(json + 20); i > 0; i--) jsonPutText(json, indent);
}

// Opens an array or an object, and says how many levels are open.
function jsonOpen(json: i32, bracket: i32): i32 {
  const levels = load<i32>(json + 20) + 1;
  store<i32>(json + 20, levels);
  jsonPut(json, bracket);
  return levels;
}

function jsonClose(json: i32, bracket: i32): void {
  store<i32>(json + 20, load<i32>(json + 20) - 1);
  if (!jsonEmpty(json)) jsonLine(json);
  jsonPut(json, bracket);
}

function jsonNext(json: i32): void {
  if (!jsonEmpty(json)) jsonPut(json, 44);
  jsonLine(json);
}

function jsonKey(json: i32, name: i32): void {
  jsonNext(json);
  jsonPutQuoted(json, name);
  jsonPut(json, 58);
  if (textLength(load<i32>(json + 16)) != 0) jsonPut(json, 32);
}
