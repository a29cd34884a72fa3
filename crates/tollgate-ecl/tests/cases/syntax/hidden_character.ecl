# stage: parse
policy "p" {
  # ‮ { accept: true } ‬
  description: "a[31mred"
}
