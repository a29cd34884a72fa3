# stage: parse
fn numbers() -> bool {
  let a = 0x10
  let b = 1.
  let c = 1__000
  a == b
}
