# What texts of the input say, at the ends of what fits and beyond, and what says nothing.
policy "ints" {
  input { text: string<80>, value: int }
  allow {
    said: to_int(text) != none AND to_int(text) == value
  }
  otherwise ask
}

test "ints" {
  policy "ints"
  input { text: "0", value: 0 }
  cases {
    "zero":                 { value: 0 } => allow
    "below zero":           { text: "-12", value: -12 } => allow
    "zeros before":         { text: "007", value: 7 } => allow
    "nineteen digits":      { text: "9223372036854775807", value: 9223372036854775807 } => allow
    "one more":             { text: "9223372036854775808" } => ask
    "the smallest":         { text: "-9223372036854775807", value: -9223372036854775807 } => allow
    "one less than can be": { text: "-9223372036854775809" } => ask
    "twenty digits":        { text: "10000000000000000000" } => ask
    "many zeros":           { text: "00000000000000000000000000000000000000000000000000000000000000000001", value: 1 } => allow
    "nothing":              { text: "" } => ask
    "a sign":               { text: "-" } => ask
    "a plus":               { text: "+0" } => ask
    "a blank":              { text: " 0" } => ask
    "a line end":           { text: "0\n" } => ask
    "a point":              { text: "0.0" } => ask
    "an exponent":          { text: "0e0" } => ask
    "a separator":          { text: "0_0" } => ask
    "another base":         { text: "0x0" } => ask
    "other digits":         { text: "٠" } => ask
    "wide digits":          { text: "０" } => ask
    "no character":         { text: "0\u{0}" } => ask
  }
}

policy "decimals" {
  input { text: string<80>, value: decimal }
  allow {
    said: to_decimal(text) != none AND to_decimal(text) == value
  }
  otherwise ask
}

test "decimals" {
  policy "decimals"
  input { text: "0", value: 0 }
  cases {
    "zero":                { value: 0.0 } => allow
    "a half":              { text: "-0.50", value: -0.5 } => allow
    "an exponent":         { text: "1.25e3", value: 1250 } => allow
    "another one":         { text: "125E-2", value: 1.25 } => allow
    "eighteen digits":     { text: "0.000000000000000001", value: 0.000000000000000001 } => allow
    "nineteen digits":     { text: "0.0000000000000000001" } => ask
    "nineteen with zeros": { text: "0.1000000000000000000", value: 0.1 } => allow
    "too large":           { text: "170141183460469231732" } => ask
    "a huge zero":         { text: "0e99999999999999999999", value: 0 } => allow
    "a huge exponent":     { text: "1e99999999999999999999" } => ask
    "a tiny exponent":     { text: "1e-99999999999999999999" } => ask
    "no exponent":         { text: "1e" } => ask
    "a sign of none":      { text: "1e-" } => ask
    "a point behind":      { text: "1." } => ask
    "a point before":      { text: ".5" } => ask
    "two points":          { text: "1.2.3" } => ask
    "a comma":             { text: "1,5" } => ask
    "a word":              { text: "NaN" } => ask
  }
}

policy "durations" {
  input { text: string<80>, value: duration }
  allow {
    said: to_duration(text) != none AND to_duration(text) == value
  }
  otherwise ask
}

test "durations" {
  policy "durations"
  input { text: "0s", value: 0s }
  cases {
    "none":                    { value: 0ns } => allow
    "hours and minutes":       { text: "1h30m", value: 90min } => allow
    "minutes of ours":         { text: "1h30min", value: 90min } => allow
    "parts":                   { text: "1.5h", value: 90min } => allow
    "milliseconds":            { text: "500ms", value: 500ms } => allow
    "microseconds":            { text: "7µs", value: 7us } => allow
    "below zero":              { text: "-1.5s", value: -1500ms } => allow
    "days":                    { text: "2d", value: 48h } => allow
    "the longest":             { text: "9223372036854775807ns", value: 9223372036854775807ns } => allow
    "one more":                { text: "9223372036854775808ns" } => ask
    "one more in parts":       { text: "9223372036854775807ns1ns" } => ask
    "years":                   { text: "106752d" } => ask
    "half a nanosecond":       { text: "0.5ns" } => ask
    "half, of a microsecond":  { text: "0.0005us" } => ask
    "no unit":                 { text: "0" } => ask
    "no number":               { text: "s" } => ask
    "no number behind":        { text: "1hm" } => ask
    "no unit behind":          { text: "1h30" } => ask
    "a blank":                 { text: "1h 30m" } => ask
    "a blank before the unit": { text: "1 h" } => ask
    "two signs":               { text: "1h-0m" } => ask
    "capitals":                { text: "1H" } => ask
    "weeks":                   { text: "1w" } => ask
  }
}

policy "quantities" {
  input { text: string<80>, value: decimal }
  allow {
    said: to_quantity(text) != none AND to_quantity(text) == value
  }
  otherwise ask
}

test "quantities" {
  policy "quantities"
  input { text: "0", value: 0 }
  cases {
    "none":                   { value: 0.0 } => allow
    "millicores":             { text: "500m", value: 0.5 } => allow
    "parts of a millicore":   { text: "0.1m", value: 0.0001 } => allow
    "a gibibyte":             { text: "1Gi", value: 1073741824 } => allow
    "one and a half":         { text: "1.5Gi", value: 1610612736 } => allow
    "mebibytes":              { text: "250Mi", value: 262144000 } => allow
    "thousands":              { text: "2k", value: 2000 } => allow
    "exa":                    { text: "1E", value: 1000000000000000000 } => allow
    "exbi":                   { text: "1Ei", value: 1152921504606846976 } => allow
    "an exponent":            { text: "1E3", value: 1000 } => allow
    "a negative exponent":    { text: "1e-3", value: 0.001 } => allow
    "below zero":             { text: "-1", value: -1 } => allow
    "nano":                   { text: "1n", value: 0.000000001 } => allow
    "parts of nano":          { text: "0.000000001n", value: 0.000000000000000001 } => allow
    "less than can be":       { text: "0.0000000001n" } => ask
    "the most exbi":          { text: "147Ei", value: 169479461177206505472 } => allow
    "too many":               { text: "148Ei" } => ask
    "no suffix of any":       { text: "1GB" } => ask
    "small letters":          { text: "1gi" } => ask
    "capital kilo":           { text: "1K" } => ask
    "a blank":                { text: "1 Gi" } => ask
    "an exponent and suffix": { text: "1e3Ki" } => ask
    "suffix alone":           { text: "Gi" } => ask
    "a letter more":          { text: "1Gib" } => ask
    "no character":           { text: "1\u{0}" } => ask
    "no character behind":    { text: "1Gi\u{0}" } => ask
  }
}

policy "characters" {
  input { text: string<80>, most: int }
  allow {
    short: chars(text) <= most
  }
}

test "characters" {
  policy "characters"
  input { text: "", most: 0 }
  cases {
    "nothing":   { text: "" } => allow
    "an accent": { text: "ü", most: 1 } => allow
    "an accent of its own": { text: "u\u{308}", most: 1 } => deny
    "beyond the first plane": { text: "𝄞𝄞𝄞", most: 3 } => allow
    "one too many": { text: "abcdefghijklmnopqrstuvwxyz", most: 25 } => deny
  }
}
