// Hyperbolic functions and their inverses, by exponentials and logarithms that are exact near zero.

function sinh(x: f64): f64 {
  const ax = abs(x);
  const half = x < 0.0 ? -0.5 : 0.5;
  if (ax < 710.0) {
    if (ax < 1.4901161193847656e-8) return x;
    const t = expm1(ax);
    if (ax < 1.0) return half * (2.0 * t - (t * t) / (t + 1.0));
    if (ax < 709.0) return half * (t + t / (t + 1.0));
  }
  const root = exp(0.5 * ax);
  return half * root * root;
}

function cosh(x: f64): f64 {
  const ax = abs(x);
  if (ax < 0.6931471805599453) {
    const t = expm1(ax);
    return 1.0 + (t * t) / (2.0 * (1.0 + t));
  }
  if (ax < 709.0) {
    const t = exp(ax);
    return 0.5 * (t + 1.0 / t);
  }
  const root = exp(0.5 * ax);
  return 0.5 * root * root;
}

function tanh(x: f64): f64 {
  const ax = abs(x);
  let t: f64;
  if (ax > 22.0) {
    t = 1.0;
  } else if (ax > 0.5493061443340548) {
    t = 1.0 - 2.0 / (expm1(2.0 * ax) + 2.0);
  } else if (ax > 0.2554128118829953) {
    t = expm1(2.0 * ax);
    t = t / (t + 2.0);
  } else if (ax > 1e-300) {
    t = expm1(-2.0 * ax);
    t = -t / (t + 2.0);
  } else {
    return x;
  }
  return copysign(t, x);
}

function asinh(x: f64): f64 {
  const ax = abs(x);
  let t: f64;
  if (ax >= 67108864.0) t = log(ax) + 0.6931471805599453;
  else if (ax >= 2.0) t = log(2.0 * ax + 1.0 / (sqrt(ax * ax + 1.0) + ax));
  else if (ax >= 1.4901161193847656e-8) t = log1p(ax + (ax * ax) / (sqrt(ax * ax + 1.0) + 1.0));
  else return x;
  return copysign(t, x);
}

function acosh(x: f64): f64 {
  if (!(x >= 1.0)) return NaN;
  if (x < 2.0) {
    const t = x - 1.0;
    return log1p(t + sqrt(t * t + 2.0 * t));
  }
  if (x < 67108864.0) return log(2.0 * x - 1.0 / (x + sqrt(x * x - 1.0)));
  return log(x) + 0.6931471805599453;
}

function atanh(x: f64): f64 {
  const ax = abs(x);
  if (ax < 2.3283064365386963e-10) return x;
  let t: f64;
  if (ax < 0.5) t = 0.5 * log1p(2.0 * ax + (2.0 * ax * ax) / (1.0 - ax));
  else t = 0.5 * log1p(2.0 * (ax / (1.0 - ax)));
  return copysign(t, x);
}
