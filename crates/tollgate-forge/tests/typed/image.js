// Typed arrays: conversions, parts that share their elements, a small picture, and checksums.
const HEX = "0123456789abcdef";

function hex(bytes/*: Uint8Array*/)/*: string*/ {
  let text = "";
  for (const byte of bytes) text += HEX[byte >> 4] + HEX[byte & 15];
  return text;
}

function crcTable()/*: Uint32Array*/ {
  const table = new Uint32Array(256);
  for (let n = 0; n < 256; n++) {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    table[n] = c;
  }
  return table;
}

const TABLE = crcTable();

function crc32(bytes/*: Uint8Array*/)/*: number*/ {
  let c = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) c = TABLE[(c ^ bytes[i]) & 0xff] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

class Picture {
  width/*: number*/;
  height/*: number*/;
  pixels/*: Uint8ClampedArray*/;
  constructor(width/*: number*/, height/*: number*/) {
    this.width = width;
    this.height = height;
    this.pixels = new Uint8ClampedArray(width * height);
  }
  row(y/*: number*/)/*: Uint8ClampedArray*/ {
    return this.pixels.subarray(y * this.width, (y + 1) * this.width);
  }
  draw(f/*: (x: number, y: number) => number*/)/*: this*/ {
    for (let y = 0; y < this.height; y++) {
      const row = this.row(y);
      for (let x = 0; x < row.length; x++) row[x] = f(x, y);
    }
    return this;
  }
  blur()/*: Picture*/ {
    const made = new Picture(this.width, this.height);
    const sums = new Float64Array(this.width);
    for (let y = 0; y < this.height; y++) {
      sums.fill(0);
      for (let d = -1; d <= 1; d++) {
        if (y + d >= 0 && y + d < this.height) this.row(y + d).forEach((v, x) => { sums[x] += v; });
      }
      made.row(y).set(sums.map((s) => s / 3));
    }
    return made;
  }
  show()/*: string*/ {
    const rows/*: string[]*/ = [];
    for (let y = 0; y < this.height; y++) {
      let text = "";
      for (const v of this.row(y)) text += " .:-=+*#%@"[Math.min(9, v >> 4)];
      rows.push(text);
    }
    return rows.join("\n");
  }
}

export function handle(input/*: string*/)/*: string*/ {
  const out/*: string[]*/ = [];
  const odd = [0, -0, 1.5, 2.5, -0.5, 0.5, 255, 256, -1, 300.7, 65536.9, 2147483648, -2147483649, 1e20, NaN, Infinity, -Infinity, 0.1];
  out.push(new Int8Array(odd).join());
  out.push(new Uint8Array(odd).join());
  out.push(new Uint8ClampedArray(odd).join());
  out.push(new Int16Array(odd).join());
  out.push(new Uint16Array(odd).join());
  out.push(new Int32Array(odd).join());
  out.push(new Uint32Array(odd).join());
  out.push(new Float32Array(odd).join());
  out.push(new Float64Array(odd).join());
  const bytes = Uint8Array.from([1, 2, 3, 250, 251].map((n) => n * 2));
  bytes[2] += 253;
  bytes[3]++;
  bytes[10] = 7;
  bytes[-1] = 7;
  bytes[1.5] = 7;
  const assigned = (bytes[0] = 300);
  out.push(`${hex(bytes)} ${assigned} ${bytes.length} ${bytes.byteLength}`);
  const part = bytes.subarray(1, -1);
  const copy = bytes.slice(-3);
  part[0] = 99;
  part.set([5, 6.9], 1);
  bytes.set(bytes.subarray(0, 3), 2);
  copy.fill(17, 1, 2).fill(-1, -1);
  out.push(`${hex(bytes)} ${hex(part)} ${hex(copy)} ${part.byteLength}`);
  const wide = new Int32Array(bytes);
  wide.reverse().set(new Float32Array([0.5, -1.5]), 3);
  const [first, , third, ...rest] = wide;
  out.push(`${wide} ${first} ${third} ${rest.length} ${[...wide, 1].length} ${rest.map((x) => x / 2).join(" ")}`);
  out.push(`${wide.indexOf(-1)} ${wide.includes(99)} ${wide.find((x) => x > 1) ?? -7} ${wide.findIndex((x) => x < 0)}`);
  out.push(`${wide.reduce((a, b) => a + b)} ${wide.some((x) => x > 98)} ${wide.every((x) => x > 0)} ${wide.map((x) => x * 1.7)}`);
  out.push(`${Uint16Array.of(1, 70000, -1)} ${new Float64Array(2.9).length} ${new Uint8Array().length}`);
  out.push(`${crc32(Uint8Array.from([49, 50, 51, 52, 53, 54, 55, 56, 57])).toString()}`);
  const picture = new Picture(24, 8).draw((x, y) => 400 - ((x - 12) ** 2 * 2 + (y - 4) ** 2 * 18));
  out.push(picture.show(), picture.blur().show());
  return out.join("\n") + input;
}
