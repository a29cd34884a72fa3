# What stands between braces is one expression.
policy "messages" {
  input { n: int, note: string<8>? }
  deny {
    a: n == 1, "no {other}"
    b: n == 2, "open {n"
    c: n == 3, "close } it"
    d: n == 4, "two {n n}"
    e: n == 5, "nothing {}"
    f: n == 6, "text {\"a\"}"
    g: n == 7, "sum {n + note}"
    h: n == 8, "effect {emit(\"a\", n)}"
  }
}
