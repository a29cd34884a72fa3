# stage: parse
policy "p" {
  gaslimit: 500
  colour: "red"
}
