// Exponentials and logarithms, after fdlibm (Sun Microsystems 1993, freely granted): the argument is brought into a small
// range, where a polynomial is close, and scaled back.

// The upper 32 bits of a number: sign, exponent and the first bits of the mantissa.
function highWord(x: f64): i32 {
  return i32(reinterpret<u64>(x) >> 32);
}

function exp(x: f64): f64 {
  if (isNaN(x)) return x;
  if (x > 709.782712893383973096) return Infinity;
  if (x < -745.13321910194110842) return 0.0;
  const ax = abs(x);
  if (ax < 3.725290298461914e-9) return 1.0 + x;
  let k = 0.0;
  let hi = x;
  let lo = 0.0;
  if (ax > 0.34657359027997264) {
    if (ax >= 1.0397207708399179) k = trunc(1.44269504088896338700 * x + (x < 0.0 ? -0.5 : 0.5));
    else k = x < 0.0 ? -1.0 : 1.0;
    hi = x - k * 6.93147180369123816490e-1;
    lo = k * 1.90821492927058770002e-10;
  }
  const r = hi - lo;
  const square = r * r;
  const c = r - square * (1.66666666666666019037e-1 + square * (-2.77777777770155933842e-3 + square *
    (6.61375632143793436117e-5 + square * (-1.65339022054652515390e-6 + square * 4.13813679705723846039e-8))));
  const y = 1.0 + ((r * c) / (2.0 - c) - lo + hi);
  return scaleByTwo(y, i32(k));
}

function expm1(x: f64): f64 {
  if (isNaN(x)) return x;
  if (x > 709.782712893383973096) return Infinity;
  if (x < -38.816242111356935) return -1.0;
  const ax = abs(x);
  if (ax < 5.551115123125783e-17) return x;
  let k = 0.0;
  let c = 0.0;
  let r = x;
  if (ax > 0.34657359027997264) {
    let hi: f64;
    let lo: f64;
    if (ax < 1.0397207708399179) {
      k = x < 0.0 ? -1.0 : 1.0;
    } else {
      k = trunc(1.44269504088896338700 * x + (x < 0.0 ? -0.5 : 0.5));
    }
    hi = x - k * 6.93147180369123816490e-1;
    lo = k * 1.90821492927058770002e-10;
    r = hi - lo;
    c = hi - r - lo;
  }
  const half = 0.5 * r;
  const square = r * half;
  const r1 = 1.0 + square * (-3.33333333333331316428e-2 + square * (1.58730158725481460165e-3 + square *
    (-7.93650757867487942473e-5 + square * (4.00821782732936239552e-6 + square * -2.01099218183624371326e-7))));
  const t = 3.0 - r1 * half;
  let e = square * ((r1 - t) / (6.0 - r * t));
  if (k == 0.0) return r - (r * e - square);
  e = r * (e - c) - c - square;
  if (k == -1.0) return 0.5 * (r - e) - 0.5;
  if (k == 1.0) return r < -0.25 ? -2.0 * (e - (r + 0.5)) : 1.0 + 2.0 * (r - e);
  if (k < 0.0 || k > 56.0) return scaleByTwo(r - e + 1.0, i32(k)) - 1.0;
  const inverse = scaleByTwo(1.0, i32(-k));
  const y = k < 20.0 ? r - e + (1.0 - inverse) : r - (e + inverse) + 1.0;
  return scaleByTwo(y, i32(k));
}

// log(1 + f) for f = x - 1 near 0, without the parts f - f^2/2: s * (f^2/2 + R).
function logTail(f: f64): f64 {
  const s = f / (2.0 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (3.999999999940941908e-1 + w * (2.222219843214978396e-1 + w * 1.531383769920937332e-1));
  const odd = z * (6.666666666666735130e-1 + w * (2.857142874366239149e-1 + w *
    (1.818357216161805012e-1 + w * 1.479819860511658591e-1)));
  return s * (0.5 * f * f + (odd + even));
}

// The exponent k of x = 2^k * m with m near 1: between the roots of 1/2 and 2.
function logExponent(x: f64): f64 {
  let k = 0.0;
  if (x < 2.2250738585072014e-308) {
    x = x * 18014398509481984.0;
    k = -54.0;
  }
  return k + f64(((highWord(x) + 0x95f62) >> 20) - 0x3ff);
}

function logMantissa(x: f64): f64 {
  if (x < 2.2250738585072014e-308) x = x * 18014398509481984.0;
  const bits = reinterpret<u64>(x);
  const high = ((u32(bits >> 32) + 0x95f62) & 0xfffff) + 0x3fe6a09e;
  return reinterpret<f64>((u64(high) << 32) | (bits & 0xffffffff));
}

function log(x: f64): f64 {
  if (x == 0.0) return -Infinity;
  if (!(x > 0.0)) return NaN;
  if (x == Infinity) return x;
  const k = logExponent(x);
  const f = logMantissa(x) - 1.0;
  return logTail(f) + k * 1.90821492927058770002e-10 - 0.5 * f * f + f + k * 6.93147180369123816490e-1;
}

function log2(x: f64): f64 {
  if (x == 0.0) return -Infinity;
  if (!(x > 0.0)) return NaN;
  if (x == Infinity) return x;
  const k = logExponent(x);
  const f = logMantissa(x) - 1.0;
  const half = 0.5 * f * f;
  const hi = upperHalf(f - half);
  const lo = f - hi - half + logTail(f);
  let upper = hi * 1.44269504072144627571;
  let lower = (lo + hi) * 1.67517131648865118353e-10 + lo * 1.44269504072144627571;
  const sum = k + upper;
  lower = lower + (k - sum + upper);
  return lower + sum;
}

function log10(x: f64): f64 {
  if (x == 0.0) return -Infinity;
  if (!(x > 0.0)) return NaN;
  if (x == Infinity) return x;
  const k = logExponent(x);
  const f = logMantissa(x) - 1.0;
  const half = 0.5 * f * f;
  const hi = upperHalf(f - half);
  const lo = f - hi - half + logTail(f);
  const upper = hi * 4.34294481878168880939e-1;
  const scaled = k * 3.01029995663611771306e-1;
  let lower = k * 3.69423907715893078616e-13 + (lo + hi) * 2.50829467116452752298e-11 + lo * 4.34294481878168880939e-1;
  const sum = scaled + upper;
  lower = lower + (scaled - sum + upper);
  return lower + sum;
}

function log1p(x: f64): f64 {
  if (x == -1.0) return -Infinity;
  if (!(x > -1.0)) return NaN;
  if (x == Infinity || abs(x) < 1.1102230246251565e-16) return x;
  let k = 0.0;
  let c = 0.0;
  let f = x;
  if (x < -0.29289321881345254 || x > 0.41421356237309505) {
    const u = 1.0 + x;
    k = logExponent(u);
    // What 1 + x lost by rounding.
    if (k < 54.0) c = (k >= 2.0 ? 1.0 - (u - x) : x - (u - 1.0)) / u;
    f = logMantissa(u) - 1.0;
  }
  return logTail(f) + (k * 1.90821492927058770002e-10 + c) - 0.5 * f * f + f + k * 6.93147180369123816490e-1;
}

// The cube root: a third of the exponent, a polynomial, and two steps of Newton of which the last is done with a product that
// is exact.
function cbrt(x: f64): f64 {
  const ax = abs(x);
  if (ax == 0.0 || !(ax < Infinity)) return x;
  let scaled = ax;
  let back = 1.0;
  if (ax < 2.2250738585072014e-308) {
    scaled = ax * 18014398509481984.0;
    back = 3.814697265625e-6;
  }
  let t = reinterpret<f64>(u64(u32(highWord(scaled)) / 3 + 715094163) << 32);
  const r = t * t * (t / scaled);
  t = t * (1.87595182427177009643 + r * (-1.88497979543377169875 + r * 1.621429720105354466140) +
    r * r * r * (-0.758397934778766047437 + r * 0.145996192886612446982));
  t = reinterpret<f64>((reinterpret<u64>(t) + 0x80000000) & 0xffffffffc0000000);
  const s = t * t;
  const q = scaled / s;
  t = t + t * ((q - t) / (t + t + q));
  return copysign(t * back, x);
}
