// Texts go in and out as UTF-8. What is no character becomes U+FFFD, as an encoder and a decoder of browsers do it.

// The address in the upper half, the length in the lower.
function encodeUtf8(text: i32): i64 {
  const length = textLength(text);
  let bytes: u32 = 0;
  for (let i: i32 = 0; i < length; i++) {
    const point = codePoint(text, i);
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    if (point > 0xffff) i++;
  }
  const start = allocate(bytes);
  let at = start;
  for (let i: i32 = 0; i < length; i++) {
    let point = codePoint(text, i);
    if (point > 0xffff) i++;
    else if ((point & 0xf800) == 0xd800) point = 0xfffd;
    if (point < 0x80) {
      store<u8>(at, u8(point));
      at += 1;
    } else if (point < 0x800) {
      store<u8>(at, u8(0xc0 | (point >> 6)));
      at = lastByte(at + 1, point);
    } else if (point < 0x10000) {
      store<u8>(at, u8(0xe0 | (point >> 12)));
      at = lastByte(lastByte(at + 1, point >> 6), point);
    } else {
      store<u8>(at, u8(0xf0 | (point >> 18)));
      at = lastByte(lastByte(lastByte(at + 1, point >> 12), point >> 6), point);
    }
  }
  return i64((u64(u32(start)) << 32) | u64(bytes));
}

function lastByte(at: i32, point: i32): i32 {
  store<u8>(at, u8(0x80 | (point & 0x3f)));
  return at + 1;
}

// Each byte becomes at most one unit.
function decodeUtf8(start: i32, length: i32): i32 {
  if (u32(length) > 536870888) unreachable();
  const text = newText(length);
  const end = start + length;
  let to = text + 16;
  let at = start;
  while (at != end) {
    const first: i32 = load<u8>(at);
    at++;
    if (first < 0x80) {
      store<u16>(to, u16(first));
      to += 2;
      continue;
    }
    let missing: i32 = 0;
    let low: i32 = 0x80;
    let high: i32 = 0xbf;
    let point: i32 = 0;
    if (first >= 0xc2 && first <= 0xdf) {
      missing = 1;
      point = first & 0x1f;
    } else if (first >= 0xe0 && first <= 0xef) {
      missing = 2;
      point = first & 0xf;
      if (first == 0xe0) low = 0xa0;
      if (first == 0xed) high = 0x9f;
    } else if (first >= 0xf0 && first <= 0xf4) {
      missing = 3;
      point = first & 7;
      if (first == 0xf0) low = 0x90;
      if (first == 0xf4) high = 0x8f;
    }
    let whole = missing > 0;
    while (whole && missing > 0) {
      const next: i32 = at == end ? 0 : load<u8>(at);
      if (next < low || next > high) {
        whole = false;
      } else {
        low = 0x80;
        high = 0xbf;
        point = (point << 6) | (next & 0x3f);
        missing--;
        at++;
      }
    }
    if (!whole) point = 0xfffd;
    if (point < 0x10000) {
      store<u16>(to, u16(point));
      to += 2;
    } else {
      store<u16>(to, u16(0xd800 + ((point - 0x10000) >> 10)));
      store<u16>(to + 2, u16(0xdc00 + ((point - 0x10000) & 0x3ff)));
      to += 4;
    }
  }
  store<i32>(text + 4, (to - text - 16) >> 1);
  return text;
}
