// Records: eight bytes with the size of the block, then the properties, each where its type says.

function newRecord(bytes: i32): i32 {
  const record = allocate(u32(bytes));
  store<i32>(record, 5);
  store<i32>(record + 4, bytes);
  return record;
}
