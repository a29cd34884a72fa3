// Sines, tangents and their inverses, after fdlibm (Sun Microsystems 1993, freely granted): the angle is brought between
// -pi/4 and pi/4, where polynomials are close. Large angles are multiplied with as many bits of 2/pi as matter (Payne, Hanek).

// What an angle is brought to: the quarter it lies in, and the rest in two parts.
let quarter: i32 = 0;
let rest = 0.0;
let restTail = 0.0;

function reduceAngle(x: f64): void {
  const ax = abs(x);
  if (ax < 1647099.0) {
    // pi/2 in three parts, of which the first have few bits: their products with n are exact.
    const n = nearest(x * 6.36619772367581382433e-1);
    let r = x - n * 1.57079632673412561417;
    let w = n * 6.07710050650619224932e-11;
    let y = r - w;
    const exponent = (highWord(ax) >> 20) & 0x7ff;
    if (exponent - ((highWord(y) >> 20) & 0x7ff) > 16) {
      let t = r;
      w = n * 6.07710050630396597660e-11;
      r = t - w;
      w = n * 2.02226624879595063154e-21 - (t - r - w);
      y = r - w;
      if (exponent - ((highWord(y) >> 20) & 0x7ff) > 49) {
        t = r;
        w = n * 2.02226624871116645580e-21;
        r = t - w;
        w = n * 8.47842766036889956997e-32 - (t - r - w);
        y = r - w;
      }
    }
    quarter = i32(n);
    rest = y;
    restTail = r - y - w;
    return;
  }
  reduceLargeAngle(ax);
  if (x < 0.0) {
    quarter = -quarter;
    rest = -rest;
    restTail = -restTail;
  }
}

// Bits of 2/pi behind the point.
function twoOverPi(word: i32): u64 {
  switch (word) {
    case 0: return 0xa2f9836e4e441529;
    case 1: return 0xfc2757d1f534ddc0;
    case 2: return 0xdb6295993c439041;
    case 3: return 0xfe5163abdebbc561;
    case 4: return 0xb7246e3a424dd2e0;
    case 5: return 0x6492eea09d1921c;
    case 6: return 0xfe1deb1cb129a73e;
    case 7: return 0xe88235f52ebb4484;
    case 8: return 0xe99c7026b45f7e41;
    case 9: return 0x3991d639835339f4;
    case 10: return 0x9c845f8bbdf9283b;
    case 11: return 0x1ff897ffde05980f;
    case 12: return 0xef2f118b5a0a6d1f;
    case 13: return 0x6d367ecf27cb09b7;
    case 14: return 0x4f463f669e5fea2d;
    case 15: return 0x7527bac7ebe5f17b;
    case 16: return 0x3d0739f78a5292ea;
    case 17: return 0x6bfb5fb11f8d5d08;
    case 18: return 0x56033046fc7b6bab;
    default: return 0;
  }
}

// 64 bits of 2/pi from a place on; places before the point are zero.
function windowOfTwoOverPi(start: i32): u64 {
  const word = start >> 6;
  const shift = start & 63;
  const first = twoOverPi(word);
  if (shift == 0) return first;
  return (first << u64(shift)) | (twoOverPi(word + 1) >> u64(64 - shift));
}

function multiplyHigh(a: u64, b: u64): u64 {
  const a0 = a & 0xffffffff;
  const a1 = a >> 32;
  const b0 = b & 0xffffffff;
  const b1 = b >> 32;
  const low = (a0 * b0) >> 32;
  const middle = a1 * b0 + low;
  const carry = (middle & 0xffffffff) + a0 * b1;
  return a1 * b1 + (middle >> 32) + (carry >> 32);
}

// The angle is m * 2^e with a whole m. Bits of 2/pi that make multiples of 4 are left out, those behind 192 do not matter.
function reduceLargeAngle(ax: f64): void {
  const bits = reinterpret<u64>(ax);
  const m = (bits & 0xfffffffffffff) | 0x10000000000000;
  const e = i32(bits >> 52) - 1075;
  const start = e - 2;
  const w0 = windowOfTwoOverPi(start);
  const w1 = windowOfTwoOverPi(start + 64);
  const w2 = windowOfTwoOverPi(start + 128);
  // The low 192 bits of the product, of which the upper two count quarters.
  const low2 = m * w2;
  const high2 = multiplyHigh(m, w2);
  const low1 = m * w1;
  const middle = low1 + high2;
  const carry: u64 = middle < low1 ? 1 : 0;
  const top = m * w0 + multiplyHigh(m, w1) + carry;
  let q = i32(top >> 62);
  let hi = (top << 2) | (middle >> 62);
  let lo = (middle << 2) | (low2 >> 62);
  let negative = false;
  if (hi >> 63 != 0) {
    // Nearer to the next quarter.
    q = q + 1;
    negative = true;
    lo = ~lo + 1;
    hi = ~hi + (lo == 0 ? u64(1) : u64(0));
  }
  let zeros = clz(hi);
  if (zeros == 64) {
    hi = lo;
    lo = 0;
    zeros = clz(hi);
    hi = hi << zeros;
    zeros = zeros + 64;
  } else if (zeros != 0) {
    hi = (hi << zeros) | (lo >> (64 - zeros));
    lo = lo << zeros;
  }
  const scale = reinterpret<f64>((1023 - 64 - zeros) << 52);
  const a = f64(hi >> 11 << 11) * scale;
  const b = f64(((hi & 0x7ff) << 42) | (lo >> 22)) * (scale * 2.27373675443232059479e-13);
  // (a + b) * pi/2 in two parts; halves of a and of pi/2 have exact products.
  const a0 = upperHalf(a);
  const a1 = a - a0;
  const p = a * 1.57079632679489655800;
  const p0 = upperHalf(1.57079632679489655800);
  const p1 = 1.57079632679489655800 - p0;
  const error = a0 * p0 - p + a0 * p1 + a1 * p0 + a1 * p1;
  const tail = error + (a * 6.12323399573676603587e-17 + b * 1.57079632679489655800);
  rest = p + tail;
  restTail = p - rest + tail;
  if (negative) {
    rest = -rest;
    restTail = -restTail;
  }
  quarter = q;
}

function sineOf(x: f64, y: f64): f64 {
  const z = x * x;
  const w = z * z;
  const r = 8.33333333332248946124e-3 + z * (-1.98412698298579493134e-4 + z * 2.75573137070700676789e-6) +
    z * w * (-2.50507602534068634195e-8 + z * 1.58969099521155010221e-10);
  const v = z * x;
  return x - (z * (0.5 * y - v * r) - y - v * -1.66666666666666324348e-1);
}

function cosineOf(x: f64, y: f64): f64 {
  const z = x * x;
  const w = z * z;
  const r = z * (4.16666666666666019037e-2 + z * (-1.38888888888741095749e-3 + z * 2.48015872894767294178e-5)) +
    w * w * (-2.75573143513906633035e-7 + z * (2.08757232129817482790e-9 + z * -1.13596475577881948265e-11));
  const half = 0.5 * z;
  const one = 1.0 - half;
  return one + (1.0 - one - half + (z * r - x * y));
}

function sin(x: f64): f64 {
  const ax = abs(x);
  if (ax < 0.7853981633974483) return ax < 7.450580596923828e-9 ? x : sineOf(x, 0.0);
  if (!(ax < Infinity)) return NaN;
  reduceAngle(x);
  const part = quarter & 3;
  const value = (part & 1) == 0 ? sineOf(rest, restTail) : cosineOf(rest, restTail);
  return part < 2 ? value : -value;
}

function cos(x: f64): f64 {
  const ax = abs(x);
  if (ax < 0.7853981633974483) return cosineOf(x, 0.0);
  if (!(ax < Infinity)) return NaN;
  reduceAngle(x);
  const part = quarter & 3;
  const value = (part & 1) == 0 ? cosineOf(rest, restTail) : sineOf(rest, restTail);
  return part == 1 || part == 2 ? -value : value;
}

function tan(x: f64): f64 {
  const ax = abs(x);
  if (ax < 0.7853981633974483) return ax < 7.450580596923828e-9 ? x : tangentOf(x, 0.0, false);
  if (!(ax < Infinity)) return NaN;
  reduceAngle(x);
  return tangentOf(rest, restTail, (quarter & 1) == 1);
}

// The tangent, or -1 through it.
function tangentOf(x: f64, y: f64, inverse: boolean): f64 {
  const negative = x < 0.0;
  const big = abs(x) >= 0.6743316650390625;
  if (big) {
    if (negative) {
      x = -x;
      y = -y;
    }
    x = 7.85398163397448278999e-1 - x + (3.06161699786838301793e-17 - y);
    y = 0.0;
  }
  const z = x * x;
  const w = z * z;
  const odd = 1.33333333333201242699e-1 + w * (2.18694882948595424599e-2 + w * (3.59207910759131235356e-3 + w *
    (5.88041240820264096874e-4 + w * (7.81794442939557092300e-5 + w * -1.85586374855275456654e-5))));
  const even = z * (5.39682539762260521377e-2 + w * (8.86323982359930005737e-3 + w * (1.45620945432529025516e-3 + w *
    (2.46463134818469906812e-4 + w * (7.14072491382608190305e-5 + w * 2.59073051863633712884e-5)))));
  const s = z * x;
  const r = y + z * (s * (odd + even) + y) + s * 3.33333333333334091986e-1;
  const t = x + r;
  if (big) {
    const one = inverse ? -1.0 : 1.0;
    const v = one - 2.0 * (x + (r - (t * t) / (t + one)));
    return negative ? -v : v;
  }
  if (!inverse) return t;
  const upper = upperHalf(t);
  const lower = r - (upper - x);
  const a = -1.0 / t;
  const a0 = upperHalf(a);
  return a0 + a * (1.0 + a0 * upper + a0 * lower);
}

function inverseSineRatio(z: f64): f64 {
  const p = z * (1.66666666666666657415e-1 + z * (-3.25565818622400915405e-1 + z * (2.01212532134862925881e-1 + z *
    (-4.00555345006794114027e-2 + z * (7.91534994289814532176e-4 + z * 3.47933107596021167570e-5)))));
  const q = 1.0 + z * (-2.40339491173441421878 + z * (2.02094576023350569471 + z *
    (-6.88283971605453293030e-1 + z * 7.70381505559019352791e-2)));
  return p / q;
}

function asin(x: f64): f64 {
  const ax = abs(x);
  if (!(ax <= 1.0)) return NaN;
  if (ax < 0.5) return ax < 1.4901161193847656e-8 ? x : x + x * inverseSineRatio(x * x);
  const z = (1.0 - ax) * 0.5;
  const s = sqrt(z);
  const r = inverseSineRatio(z);
  if (ax >= 0.975) return copysign(1.57079632679489655800 - (2.0 * (s + s * r) - 6.12323399573676603587e-17), x);
  const f = upperHalf(s);
  const c = (z - f * f) / (s + f);
  const y = 0.5 * 1.57079632679489655800 -
    (2.0 * s * r - (6.12323399573676603587e-17 - 2.0 * c) - (0.5 * 1.57079632679489655800 - 2.0 * f));
  return copysign(y, x);
}

function acos(x: f64): f64 {
  const ax = abs(x);
  if (!(ax <= 1.0)) return NaN;
  if (ax < 0.5) return 1.57079632679489655800 - (x - (6.12323399573676603587e-17 - x * inverseSineRatio(x * x)));
  if (x < 0.0) {
    const z = (1.0 + x) * 0.5;
    const s = sqrt(z);
    return 2.0 * (1.57079632679489655800 - (s + (inverseSineRatio(z) * s - 6.12323399573676603587e-17)));
  }
  const z = (1.0 - x) * 0.5;
  if (z == 0.0) return 0.0;
  const s = sqrt(z);
  const f = upperHalf(s);
  const c = (z - f * f) / (s + f);
  return 2.0 * (f + (inverseSineRatio(z) * s + c));
}

function atan(x: f64): f64 {
  const ax = abs(x);
  if (isNaN(x)) return x;
  if (ax >= 7.378697629483821e19) return copysign(1.57079632679489655800, x);
  if (ax < 7.450580596923828e-9) return x;
  let hi = 0.0;
  let lo = 0.0;
  let t = x;
  if (ax >= 0.4375) {
    if (ax < 0.6875) {
      t = (2.0 * ax - 1.0) / (2.0 + ax);
      hi = 4.63647609000806093515e-1;
      lo = 2.26987774529616870924e-17;
    } else if (ax < 1.1875) {
      t = (ax - 1.0) / (ax + 1.0);
      hi = 7.85398163397448278999e-1;
      lo = 3.06161699786838301793e-17;
    } else if (ax < 2.4375) {
      t = (ax - 1.5) / (1.0 + 1.5 * ax);
      hi = 9.82793723247329054082e-1;
      lo = 1.39033110312309984516e-17;
    } else {
      t = -1.0 / ax;
      hi = 1.57079632679489655800;
      lo = 6.12323399573676603587e-17;
    }
  }
  const z = t * t;
  const w = z * z;
  const odd = z * (3.33333333333329318027e-1 + w * (1.42857142725034663711e-1 + w * (9.09088713343650656196e-2 + w *
    (6.66107313738753120669e-2 + w * (4.97687799461593236017e-2 + w * 1.62858201153657823623e-2)))));
  const even = w * (-1.99999999998764832476e-1 + w * (-1.11111104054623557880e-1 + w * (-7.69187620504482999495e-2 + w *
    (-5.83357013379057348645e-2 + w * -3.65315727442169155270e-2))));
  if (ax < 0.4375) return t - t * (odd + even);
  return copysign(hi - (t * (odd + even) - lo - t), x);
}

function atan2(y: f64, x: f64): f64 {
  if (isNaN(x) || isNaN(y)) return NaN;
  const ax = abs(x);
  const ay = abs(y);
  const left = reinterpret<i64>(x) < 0;
  let angle: f64;
  if (ay == 0.0) angle = left ? 3.1415926535897931160 : 0.0;
  else if (ax == Infinity && ay == Infinity) angle = left ? 2.356194490192345 : 0.7853981633974483;
  else if (ax == Infinity) angle = left ? 3.1415926535897931160 : 0.0;
  else if (ax == 0.0 || ay == Infinity) angle = 1.5707963267948966;
  else {
    const ratio = abs(y / x);
    if (ratio > 1.8446744073709552e19) angle = 1.5707963267948966;
    else {
      const z = left && ratio < 5.421010862427522e-20 ? 0.0 : atan(ratio);
      angle = left ? 3.1415926535897931160 - (z - 1.2246467991473531772e-16) : z;
    }
  }
  return copysign(angle, y);
}
