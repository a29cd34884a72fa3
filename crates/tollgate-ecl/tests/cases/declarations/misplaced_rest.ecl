# Only records and inputs are open.
logic_guard "g" { address: "0x1::a::b"  input { a: int }  output { b: int, .. }  body: | return { b: a } }
