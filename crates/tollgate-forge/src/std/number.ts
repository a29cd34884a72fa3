// Arithmetic of JavaScript numbers that WebAssembly has no instruction for.

// ToInt32: the whole part modulo 2^32. Below 2^63 a conversion to 64 bits is exact; above, only the low bits of the mantissa
// can reach below 2^32.
function toInt32(x: f64): i32 {
  return abs(x) < 9223372036854775808.0 ? i32(i64(x)) : toInt32OfLarge(x);
}

function toInt32OfLarge(x: f64): i32 {
  const bits = reinterpret<u64>(x);
  const shift = i32((bits >> 52) & 0x7ff) - 1075;
  if (shift > 31) return 0;
  const low = i32(((bits & 0xfffffffffffff) | 0x10000000000000) << shift);
  return x < 0 ? -low : low;
}

function isNaN(x: f64): bool {
  return x != x;
}

function isFinite(x: f64): bool {
  return abs(x) < Infinity;
}

function isInteger(x: f64): bool {
  return isFinite(x) && trunc(x) == x;
}

function isSafeInteger(x: f64): bool {
  return trunc(x) == x && abs(x) <= 9007199254740991.0;
}

function sign(x: f64): f64 {
  return x > 0 ? 1.0 : x < 0 ? -1.0 : x;
}

// The nearest whole number; of two the larger.
function round(x: f64): f64 {
  const up = ceil(x);
  return up - 0.5 > x ? up - 1.0 : up;
}

// `x % y`, which is exact: long division of the mantissas, one bit at a time.
function remainder(x: f64, y: f64): f64 {
  const ax = abs(x);
  const ay = abs(y);
  if (ax < 9007199254740992.0 && ay < 9007199254740992.0 && ay >= 1.0) {
    // Whole numbers that 64 bits hold.
    if (trunc(ax) == ax && trunc(ay) == ay) return copysign(f64(i64(ax) % i64(ay)), x);
  }
  if (!(ax < Infinity) || isNaN(y) || ay == 0.0) return NaN;
  if (ax < ay) return x;
  let a = reinterpret<u64>(ax);
  let b = reinterpret<u64>(ay);
  let ea = i32(a >> 52);
  let eb = i32(b >> 52);
  a = a & 0xfffffffffffff;
  b = b & 0xfffffffffffff;
  if (ea == 0) ea = 1; else a = a | 0x10000000000000;
  if (eb == 0) eb = 1; else b = b | 0x10000000000000;
  while (a < 0x10000000000000) {
    a = a << 1;
    ea--;
  }
  while (b < 0x10000000000000) {
    b = b << 1;
    eb--;
  }
  while (ea > eb) {
    if (a >= b) a = a - b;
    a = a << 1;
    ea--;
  }
  if (a >= b) a = a - b;
  if (a == 0) return copysign(0.0, x);
  while (a < 0x10000000000000) {
    a = a << 1;
    ea--;
  }
  const bits = ea > 0 ? (a & 0xfffffffffffff) | (u64(ea) << 52) : a >> u64(1 - ea);
  return copysign(reinterpret<f64>(bits), x);
}

// Whole powers by squaring. A negative exponent leaves 0, but for the bases 1 and -1.
function powerI32(base: i32, exponent: i32): i32 {
  if (exponent < 0) {
    if (base == 1) return 1;
    return base == -1 ? ((exponent & 1) == 0 ? 1 : -1) : 0;
  }
  return i32(powerU32(u32(base), u32(exponent)));
}

function powerU32(base: u32, exponent: u32): u32 {
  let result: u32 = 1;
  while (exponent != 0) {
    if ((exponent & 1) != 0) result = result * base;
    base = base * base;
    exponent = exponent >> 1;
  }
  return result;
}

function powerI64(base: i64, exponent: i64): i64 {
  if (exponent < 0) {
    if (base == 1) return 1;
    return base == -1 ? ((exponent & 1) == 0 ? i64(1) : i64(-1)) : i64(0);
  }
  return i64(powerU64(u64(base), u64(exponent)));
}

function powerU64(base: u64, exponent: u64): u64 {
  let result: u64 = 1;
  while (exponent != 0) {
    if ((exponent & 1) != 0) result = result * base;
    base = base * base;
    exponent = exponent >> 1;
  }
  return result;
}

// The length of a vector: scaled by the largest part so that no square overflows, summed with compensation (Kahan).
function hypot2(x: f64, y: f64): f64 {
  return hypot3(x, y, 0.0);
}

function hypot3(x: f64, y: f64, z: f64): f64 {
  x = abs(x);
  y = abs(y);
  z = abs(z);
  if (x == Infinity || y == Infinity || z == Infinity) return Infinity;
  const largest = max(max(x, y), z);
  if (largest == 0.0 || isNaN(largest)) return largest;
  x = x / largest;
  y = y / largest;
  z = z / largest;
  let sum = x * x;
  let lost = 0.0;
  let next = y * y - lost;
  let total = sum + next;
  lost = total - sum - next;
  sum = total;
  next = z * z - lost;
  total = sum + next;
  return sqrt(total) * largest;
}

// Random numbers: xorshift128+ (Vigna 2014), begun with bits from the host.
let randomBegun = false;
let randomFirst: u64 = 0;
let randomSecond: u64 = 0;

function random(): f64 {
  if (!randomBegun) {
    randomFirst = randomBits();
    randomSecond = randomBits() | 1;
    randomBegun = true;
  }
  let a = randomFirst;
  const b = randomSecond;
  randomFirst = b;
  a = a ^ (a << 23);
  a = a ^ (a >> 17) ^ b ^ (b >> 26);
  randomSecond = a;
  return f64((a + b) >> 11) * 1.1102230246251565e-16;
}

// `x ** y` after fdlibm (Sun Microsystems 1993, freely granted): log2(x) in two parts of which the upper has few bits, times
// y, and two to the power of that. JavaScript differs where the base is 1 or -1 and the exponent infinite or NaN.
function power(x: f64, y: f64): f64 {
  if (y == 0.0) return 1.0;
  if (isNaN(x) || isNaN(y)) return NaN;
  const ax = abs(x);
  const ay = abs(y);
  if (ay == Infinity) {
    if (ax == 1.0) return NaN;
    return ax > 1.0 == y > 0.0 ? Infinity : 0.0;
  }
  const whole = trunc(y) == y;
  const odd = whole && ay < 9007199254740992.0 && (i64(ay) & 1) == 1;
  const negative = reinterpret<i64>(x) < 0;
  const s = negative && odd ? -1.0 : 1.0;
  if (ax == 0.0 || ax == Infinity) {
    return s * (ax == 0.0 == y > 0.0 ? 0.0 : Infinity);
  }
  if (negative && !whole) return NaN;
  if (ax == 1.0) return s;
  if (y == 1.0) return x;
  if (y == -1.0) return 1.0 / x;
  if (y == 2.0) return x * x;
  if (y == 0.5) return sqrt(x);
  let upper: f64;
  let lower: f64;
  const high = i32(reinterpret<u64>(ax) >> 32);
  if (ay > 2147483648.0) {
    if (high < 0x3fefffff) return s * (y < 0.0 ? Infinity : 0.0);
    if (high > 0x3ff00000) return s * (y > 0.0 ? Infinity : 0.0);
    if (ay > 18446744073709551616.0) return s * (ax < 1.0 == y < 0.0 ? Infinity : 0.0);
    // Close to 1: log by its series.
    const t = ax - 1.0;
    const w = t * t * (0.5 - t * (0.3333333333333333333333 - t * 0.25));
    const u = 1.44269502162933349609 * t;
    const v = t * 1.92596299112661746887e-8 - w * 1.44269504088896338700;
    upper = upperHalf(u + v);
    lower = v - (upper - u);
  } else {
    let n = 0.0;
    let scaled = ax;
    if (high < 0x00100000) {
      scaled = scaled * 9007199254740992.0;
      n = -53.0;
    }
    let top = i32(reinterpret<u64>(scaled) >> 32);
    n = n + f64((top >> 20) - 0x3ff);
    const j = top & 0x000fffff;
    top = j | 0x3ff00000;
    let far = false;
    if (j > 0x3988e) {
      if (j < 0xbb67a) far = true;
      else {
        n = n + 1.0;
        top = top - 0x00100000;
      }
    }
    scaled = reinterpret<f64>((reinterpret<u64>(scaled) & 0xffffffff) | (u64(u32(top)) << 32));
    const base = far ? 1.5 : 1.0;
    const upperOfBase = far ? 5.84962487220764160156e-1 : 0.0;
    const lowerOfBase = far ? 1.35003920212974897128e-8 : 0.0;
    const difference = scaled - base;
    const inverse = 1.0 / (scaled + base);
    const ratio = difference * inverse;
    const ratioUpper = upperHalf(ratio);
    const sumUpper = reinterpret<f64>(u64(((u32(top) >> 1) | 0x20000000) + 0x00080000 + (far ? u32(0x40000) : u32(0))) << 32);
    const sumLower = scaled - (sumUpper - base);
    const ratioLower = inverse * (difference - ratioUpper * sumUpper - ratioUpper * sumLower);
    const square = ratio * ratio;
    let r = square * square * (5.99999999999994648725e-1 + square * (4.28571428578550184252e-1 + square *
      (3.33333329818377432918e-1 + square * (2.72728123808534006489e-1 + square *
      (2.30660745775561754067e-1 + square * 2.06975017800338417784e-1)))));
    r = r + ratioLower * (ratioUpper + ratio);
    const squareUpper = ratioUpper * ratioUpper;
    const factorUpper = upperHalf(3.0 + squareUpper + r);
    const factorLower = r - (factorUpper - 3.0 - squareUpper);
    const u = ratioUpper * factorUpper;
    const v = ratioLower * factorUpper + factorLower * ratio;
    const logUpper = upperHalf(u + v);
    const logLower = v - (logUpper - u);
    const zUpper = 9.61796700954437255859e-1 * logUpper;
    const zLower = -7.02846165095275826516e-9 * logUpper + logLower * 9.61796693925975554329e-1 + lowerOfBase;
    upper = upperHalf(zUpper + zLower + upperOfBase + n);
    lower = zLower - (upper - n - upperOfBase - zUpper);
  }
  const yUpper = upperHalf(y);
  const pLower = (y - yUpper) * upper + y * lower;
  let pUpper = yUpper * upper;
  const z = pLower + pUpper;
  if (z >= 1024.0) {
    if (z > 1024.0 || pLower + 8.0085662595372944372e-17 > z - pUpper) return s * Infinity;
  } else if (z <= -1075.0) {
    if (z < -1075.0 || pLower <= z - pUpper) return s * 0.0;
  }
  let exponent = 0;
  if (abs(z) > 0.5) {
    exponent = z < 0.0 ? -floor(0.5 - z) : floor(z + 0.5);
    pUpper = pUpper - exponent;
  }
  const t = upperHalf(pLower + pUpper);
  const u = t * 6.93147182464599609375e-1;
  const v = (pLower - (t - pUpper)) * 6.93147180559945286227e-1 + t * -1.90465429995776804525e-9;
  const e = u + v;
  const w = v - (e - u);
  const square = e * e;
  const c = e - square * (1.66666666666666019037e-1 + square * (-2.77777777770155933842e-3 + square *
    (6.61375632143793436117e-5 + square * (-1.65339022054652515390e-6 + square * 4.13813679705723846039e-8))));
  const r = (e * c) / (c - 2.0) - (w + e * w);
  return s * scaleByTwo(1.0 - (r - e), i32(exponent));
}

// The number with the lower half of its bits cleared.
function upperHalf(x: f64): f64 {
  return reinterpret<f64>(reinterpret<u64>(x) & 0xffffffff00000000);
}

// x * 2^n. Below the normal numbers one rounding alone is done: the steps before it are exact.
function scaleByTwo(x: f64, n: i32): f64 {
  if (n > 1023) {
    x = x * 8.98846567431158e307;
    n = n - 1023;
    if (n > 1023) {
      x = x * 8.98846567431158e307;
      n = min(n - 1023, 1023);
    }
  } else if (n < -1022) {
    // 2^-969
    x = x * 2.004168360008973e-292;
    n = n + 969;
    if (n < -1022) {
      x = x * 2.004168360008973e-292;
      n = max(n + 969, -1022);
    }
  }
  return x * reinterpret<f64>(u64(n + 1023) << 52);
}
