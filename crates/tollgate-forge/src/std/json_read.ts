// JSON that is read: a text is looked at as a whole first, so that what reads values of types meets nothing that is no JSON.
//
// A reader has what it is, the text, the place of the next unit, what is wrong or 0, the way there, the block of the brackets that open, how many there are, how
// many have room, and the order that the last object of each type had. A bracket has the place behind the one that closes it, and which bracket opens next then: so
// what is not wanted is passed over at once.

function newReader(text: i32, types: i32, order: i32): i32 {
  const reader = allocate(u32(32 + (types << 2)));
  store<i32>(reader, 13);
  store<i32>(reader + 4, text);
  store<i32>(reader + 8, 0);
  store<i32>(reader + 12, 0);
  store<i32>(reader + 16, "");
  store<i32>(reader + 20, allocate(64));
  store<i32>(reader + 24, 0);
  store<i32>(reader + 28, 8);
  for (let i: i32 = 0; i < types; i++) store<i32>(reader + 32 + (i << 2), order);
  return reader;
}

// Notes that there is something else than JSON at a place.
function jsonWrong(reader: i32, at: i32): i32 {
  const text = load<i32>(reader + 4);
  let what: i32 = "Unexpected end of JSON";
  if (at < textLength(text)) {
    const json = newJson("");
    jsonPutQuoted(json, characterOf(text, at));
    what = concatenate(concatenate("Unexpected ", jsonText(json)), " in JSON");
  }
  return jsonProblem(reader, what, at);
}

function jsonProblem(reader: i32, what: i32, at: i32): i32 {
  const text = load<i32>(reader + 4);
  let line: i64 = 1;
  let start: i32 = 0;
  for (let i: i32 = 0; i < at; i++) {
    if (unitAt(text, i) != 10) continue;
    line++;
    start = i + 1;
  }
  let all = concatenate(concatenate(what, " at position "), signedText(i64(at)));
  all = concatenate(concatenate(all, " (line "), signedText(line));
  all = concatenate(concatenate(all, " column "), signedText(i64(at - start + 1)));
  store<i32>(reader + 12, concatenate(all, ")"));
  return -1;
}

// Notes a bracket that opens, and returns which one it is.
function jsonBracket(reader: i32): i32 {
  const count = load<i32>(reader + 24);
  const room = load<i32>(reader + 28);
  if (count == room) {
    const more = allocate(u32(room) << 4);
    memoryCopy(more, load<i32>(reader + 20), room << 3);
    store<i32>(reader + 20, more);
    store<i32>(reader + 28, room << 1);
  }
  store<i32>(reader + 24, count + 1);
  return count;
}

function jsonClosed(reader: i32, bracket: i32, at: i32): void {
  const entry = load<i32>(reader + 20) + (bracket << 3);
  store<i32>(entry, at);
  store<i32>(entry + 4, load<i32>(reader + 24));
}

function behindGap(units: i32, start: i32, length: i32): i32 {
  let at = start;
  while (at < length) {
    const unit: i32 = load<u16>(units + (at << 1));
    if (unit != 32 && unit != 10 && unit != 13 && unit != 9) break;
    at++;
  }
  return at;
}

// Looks at all of the text. What stands in it after the place is, by `next`: 0 a value, 1 a value or `]`, 2 a name or `}`, 3 a name, 4 a comma or what closes.
function jsonCheck(reader: i32, levels: i32): void {
  const text = load<i32>(reader + 4);
  const units = load<i32>(text + 8);
  const length = textLength(text);
  // Twice the number of each bracket that is open, and one more for objects.
  const open = allocate(u32(levels) << 2);
  let depth: i32 = 0;
  let next: i32 = 0;
  let at: i32 = 0;
  while (at >= 0) {
    at = behindGap(units, at, length);
    const unit: i32 = at < length ? i32(load<u16>(units + (at << 1))) : -1;
    const last: i32 = depth > 0 ? load<i32>(open + ((depth - 1) << 2)) : 0;
    if (next == 4 && depth == 0) {
      if (at < length) jsonWrong(reader, at);
      break;
    }
    const closes: i32 = (last & 1) == 1 ? 125 : 93;
    if (unit == closes && (next == 1 || next == 2 || next == 4)) {
      at++;
      depth--;
      jsonClosed(reader, last >> 1, at);
      next = 4;
    } else if (next == 4) {
      if (unit != 44) at = jsonWrong(reader, at);
      else at++;
      next = (last & 1) == 1 ? 3 : 0;
    } else if (next >= 2) {
      if (unit != 34) at = jsonWrong(reader, at);
      else at = colonBehind(reader, jsonStringEnd(reader, at));
      next = 0;
    } else if (unit == 91 || unit == 123) {
      const object: i32 = unit == 123 ? 1 : 0;
      if (depth == levels) {
        at = jsonProblem(reader, "Too many levels of JSON", at);
      } else {
        store<i32>(open + (depth << 2), (jsonBracket(reader) << 1) | object);
        depth++;
        at++;
        next = 1 + object;
      }
    } else {
      if (unit == 34) at = jsonStringEnd(reader, at);
      else if (unit == 45 || isDigit(unit)) at = jsonNumberEnd(reader, at);
      else if (unit == 116) at = jsonWordEnd(reader, at, "true");
      else if (unit == 102) at = jsonWordEnd(reader, at, "false");
      else at = jsonWordEnd(reader, at, "null");
      next = 4;
    }
  }
  store<i32>(reader + 8, 0);
  store<i32>(reader + 24, 0);
}

function colonBehind(reader: i32, end: i32): i32 {
  if (end < 0) return end;
  const text = load<i32>(reader + 4);
  const at = behindGap(load<i32>(text + 8), end, textLength(text));
  if (at >= textLength(text) || unitAt(text, at) != 58) return jsonWrong(reader, at);
  return at + 1;
}

// What a letter behind a backslash stands for; 0 if it is none, or `u`.
function jsonUnescaped(letter: i32): i32 {
  if (letter == 34 || letter == 92 || letter == 47) return letter;
  if (letter == 98) return 8;
  if (letter == 102) return 12;
  if (letter == 110) return 10;
  if (letter == 114) return 13;
  if (letter == 116) return 9;
  return 0;
}

function jsonStringEnd(reader: i32, start: i32): i32 {
  const text = load<i32>(reader + 4);
  const units = load<i32>(text + 8);
  const length = textLength(text);
  let at = start + 1;
  while (at < length) {
    const unit: i32 = load<u16>(units + (at << 1));
    if (unit == 34) return at + 1;
    if (unit < 32) return jsonWrong(reader, at);
    at++;
    if (unit != 92) continue;
    const letter: i32 = at < length ? unitAt(text, at) : 0;
    if (letter == 117) {
      for (let i: i32 = 0; i < 4; i++) {
        at++;
        if (at >= length || digitValue(unitAt(text, at)) > 15) return jsonWrong(reader, at);
      }
    } else if (jsonUnescaped(letter) == 0) {
      return jsonWrong(reader, at);
    }
    at++;
  }
  return jsonWrong(reader, length);
}

function digitsEnd(text: i32, start: i32): i32 {
  const length = textLength(text);
  let at = start;
  while (at < length && isDigit(unitAt(text, at))) at++;
  return at;
}

function jsonNumberEnd(reader: i32, start: i32): i32 {
  const text = load<i32>(reader + 4);
  const length = textLength(text);
  let at: i32 = unitAt(text, start) == 45 ? start + 1 : start;
  let end: i32 = at < length && unitAt(text, at) == 48 ? at + 1 : digitsEnd(text, at);
  if (end == at) return jsonWrong(reader, end);
  if (end < length && unitAt(text, end) == 46) {
    at = end + 1;
    end = digitsEnd(text, at);
    if (end == at) return jsonWrong(reader, end);
  }
  if (end < length && (unitAt(text, end) | 32) == 101) {
    at = end + 1;
    if (at < length && (unitAt(text, at) == 43 || unitAt(text, at) == 45)) at++;
    end = digitsEnd(text, at);
    if (end == at) return jsonWrong(reader, end);
  }
  return end;
}

function jsonWordEnd(reader: i32, start: i32, word: i32): i32 {
  const text = load<i32>(reader + 4);
  for (let i: i32 = 0; i < textLength(word); i++) {
    const at = start + i;
    if (at >= textLength(text) || unitAt(text, at) != unitAt(word, i)) return jsonWrong(reader, at);
  }
  return start + textLength(word);
}

// From here on the text is JSON.

// The first unit of what comes next.
function jsonPeek(reader: i32): i32 {
  const text = load<i32>(reader + 4);
  const at = behindGap(load<i32>(text + 8), load<i32>(reader + 8), textLength(text));
  store<i32>(reader + 8, at);
  return unitAt(text, at);
}

function jsonTake(reader: i32): void {
  jsonPeek(reader);
  store<i32>(reader + 8, load<i32>(reader + 8) + 1);
}

// Where the value ends that is next. Brackets are left to whoever passes over it.
function jsonValueEnd(reader: i32): i32 {
  const unit = jsonPeek(reader);
  const text = load<i32>(reader + 4);
  let at = load<i32>(reader + 8);
  if (unit == 91 || unit == 123) return load<i32>(load<i32>(reader + 20) + (load<i32>(reader + 24) << 3));
  if (unit == 34) return jsonStringEnd(reader, at);
  if (unit == 116 || unit == 110) return at + 4;
  if (unit == 102) return at + 5;
  return jsonNumberEnd(reader, at);
}

function jsonSkip(reader: i32): void {
  const unit = jsonPeek(reader);
  const end = jsonValueEnd(reader);
  if (unit == 91 || unit == 123) {
    const entry = load<i32>(reader + 20) + (load<i32>(reader + 24) << 3);
    store<i32>(reader + 24, load<i32>(entry + 4));
  }
  store<i32>(reader + 8, end);
}

// What a value is that begins with a unit.
function jsonKind(unit: i32): i32 {
  if (unit == 34) return "string";
  if (unit == 91) return "array";
  if (unit == 123) return "object";
  if (unit == 110) return "null";
  if (unit == 116 || unit == 102) return "boolean";
  return "number";
}

// Notes that something else was found than the type says.
function jsonMismatch(reader: i32, expected: i32, found: i32): void {
  const start = concatenate("expected ", expected);
  store<i32>(reader + 12, concatenate(concatenate(start, ", found "), found));
}

function jsonUnlike(reader: i32, expected: i32): void {
  jsonMismatch(reader, expected, jsonKind(jsonPeek(reader)));
}

// The same for a value of the right kind, which is shown.
function jsonUnlisted(reader: i32, expected: i32): void {
  const end = jsonValueEnd(reader);
  const from = load<i32>(reader + 8);
  const text = load<i32>(reader + 4);
  const shown = section(text, from, min(end, from + 40));
  jsonMismatch(reader, expected, end > from + 40 ? concatenate(shown, "…") : shown);
}

function inElement(reader: i32, index: i32): void {
  const step = concatenate(concatenate("[", signedText(i64(index))), "]");
  store<i32>(reader + 16, concatenate(step, load<i32>(reader + 16)));
}

function inProperty(reader: i32, name: i32): void {
  store<i32>(reader + 16, concatenate(concatenate(".", name), load<i32>(reader + 16)));
}

// What is wrong with the value, and where.
function jsonMessage(reader: i32): i32 {
  const way = load<i32>(reader + 16);
  const what = load<i32>(reader + 12);
  if (textLength(way) == 0) return what;
  const from: i32 = unitAt(way, 0) == 46 ? 1 : 0;
  return concatenate(concatenate(section(way, from, textLength(way)), ": "), what);
}

// Begins an array or an object, if it is one.
function jsonEnter(reader: i32, bracket: i32, expected: i32): boolean {
  if (jsonPeek(reader) != bracket) {
    jsonUnlike(reader, expected);
    return false;
  }
  store<i32>(reader + 8, load<i32>(reader + 8) + 1);
  store<i32>(reader + 24, load<i32>(reader + 24) + 1);
  return true;
}

// Whether there is one more in it.
function jsonMore(reader: i32, closes: i32): boolean {
  const unit = jsonPeek(reader);
  if (unit == closes || unit == 44) store<i32>(reader + 8, load<i32>(reader + 8) + 1);
  return unit != closes;
}

function readString(reader: i32): i32 {
  if (jsonPeek(reader) != 34) {
    jsonUnlike(reader, "string");
    return "";
  }
  const from = load<i32>(reader + 8) + 1;
  const end = jsonValueEnd(reader) - 1;
  store<i32>(reader + 8, end + 1);
  return unescaped(load<i32>(reader + 4), from, end);
}

// A part of a text without its escapes: itself if there are none.
function unescaped(text: i32, from: i32, end: i32): i32 {
  let escape = from;
  while (escape < end && unitAt(text, escape) != 92) escape++;
  if (escape == end) return section(text, from, end);
  const made = newText(end - from);
  let to: i32 = made + 16;
  for (let at = from; at < end; at++) {
    let unit = unitAt(text, at);
    if (unit == 92) {
      at++;
      const letter = unitAt(text, at);
      unit = jsonUnescaped(letter);
      if (letter == 117) {
        for (let i: i32 = 1; i <= 4; i++) unit = (unit << 4) | digitValue(unitAt(text, at + i));
        at += 4;
      }
    }
    store<u16>(to, u16(unit));
    to += 2;
  }
  store<i32>(made + 4, (to - made - 16) >> 1);
  return made;
}

function readNumber(reader: i32): f64 {
  const unit = jsonPeek(reader);
  if (unit != 45 && !isDigit(unit)) {
    jsonUnlike(reader, "number");
    return 0.0;
  }
  const from = load<i32>(reader + 8);
  const end = jsonValueEnd(reader);
  store<i32>(reader + 8, end);
  if (unit == 45) return -decimalValue(load<i32>(reader + 4), from + 1, end);
  return decimalValue(load<i32>(reader + 4), from, end);
}

// A whole number between two others.
function readSigned(reader: i32, least: i64, most: i64, expected: i32): i64 {
  const minus = jsonPeek(reader) == 45;
  const size = jsonSize(reader, expected);
  // Of 2^63 the negative is the same.
  const value: i64 = minus ? -i64(size) : i64(size);
  jsonWhole(reader, minus ? value <= 0 && value >= least : value >= 0 && value <= most, expected);
  return value;
}

function readUnsigned(reader: i32, most: u64, expected: i32): u64 {
  const minus = jsonPeek(reader) == 45;
  const size = jsonSize(reader, expected);
  jsonWhole(reader, minus ? size == 0 : size <= most, expected);
  return size;
}

function jsonWhole(reader: i32, fits: boolean, expected: i32): void {
  if (load<i32>(reader + 12) != 0) return;
  if (fits) jsonSkip(reader);
  else jsonUnlisted(reader, expected);
}

// How much the whole number is that is next, without its sign.
function jsonSize(reader: i32, expected: i32): u64 {
  const unit = jsonPeek(reader);
  if (unit != 45 && !isDigit(unit)) {
    jsonUnlike(reader, expected);
    return 0;
  }
  const text = load<i32>(reader + 4);
  const from: i32 = load<i32>(reader + 8) + (unit == 45 ? 1 : 0);
  const end = jsonValueEnd(reader);
  let size: u64 = 0;
  if (digitsEnd(text, from) == end && end - from <= 20) {
    const none: u64 = 0;
    for (let at = from; at < end; at++) {
      const digit = u64(unitAt(text, at) - 48);
      if (size > (~none - digit) / 10) {
        jsonUnlisted(reader, expected);
        break;
      }
      size = size * 10 + digit;
    }
    return size;
  }
  const value = decimalValue(text, from, end);
  if (trunc(value) != value || value > 9007199254740991.0) jsonUnlisted(reader, expected);
  else size = u64(value);
  return size;
}

function readBoolean(reader: i32): boolean {
  const unit = jsonPeek(reader);
  if (unit != 116 && unit != 102) jsonUnlike(reader, "boolean");
  else jsonSkip(reader);
  return unit == 116;
}

// Where the value of a property of the object that comes next is, of several the last; -1 for none.
function jsonTag(reader: i32, name: i32): i32 {
  const at = load<i32>(reader + 8);
  const bracket = load<i32>(reader + 24);
  let found: i32 = -1;
  jsonEnter(reader, 123, "");
  while (jsonMore(reader, 125)) {
    const same = sameText(readString(reader), name);
    jsonTake(reader);
    jsonPeek(reader);
    if (same) found = load<i32>(reader + 8);
    jsonSkip(reader);
  }
  store<i32>(reader + 8, at);
  store<i32>(reader + 24, bracket);
  return found;
}

// Whether a property whose value is wrong comes again in the object that is read: then that is its value, and nothing is wrong. The value began at a place, before a
// bracket.
function jsonAgain(reader: i32, at: i32, bracket: i32, name: i32): boolean {
  store<i32>(reader + 8, at);
  store<i32>(reader + 24, bracket);
  jsonSkip(reader);
  const next = load<i32>(reader + 8);
  const open = load<i32>(reader + 24);
  let again = false;
  while (!again && jsonMore(reader, 125)) {
    again = sameText(readString(reader), name);
    jsonTake(reader);
    jsonSkip(reader);
  }
  store<i32>(reader + 8, next);
  store<i32>(reader + 24, open);
  if (!again) return false;
  store<i32>(reader + 12, 0);
  store<i32>(reader + 16, "");
  return true;
}

// The order of an object that is read, with one more property behind so many: that of the last one, as long as it is the same.
function readOrder(order: i32, at: i32, number: i32, room: i32): i32 {
  if (load<i32>(order) == 14) {
    orderPush(order, number);
    return order;
  }
  if (at < load<i32>(order + 4) && load<i32>(order + 8 + (at << 2)) == number) return order;
  const made = allocate(u32(8 + (room << 2)));
  memoryCopy(made, order, 8 + (at << 2));
  store<i32>(made, 14);
  store<i32>(made + 4, at);
  orderPush(made, number);
  return made;
}

// The order when so many properties were read.
function readOrderEnd(order: i32, count: i32): i32 {
  if (load<i32>(order) == 12 && load<i32>(order + 4) == count) return order;
  if (load<i32>(order) == 14) {
    store<i32>(order, 12);
    return order;
  }
  const made = allocate(u32(8 + (count << 2)));
  memoryCopy(made, order, 8 + (count << 2));
  store<i32>(made + 4, count);
  return made;
}
