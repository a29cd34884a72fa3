// Records: eight bytes with what it is, above the four bits of that which type of records, and the size of the block, then the properties, each where its type says.

function newRecord(tag: i32, bytes: i32): i32 {
  const record = allocate(u32(bytes));
  store<i32>(record, tag);
  store<i32>(record + 4, bytes);
  return record;
}

// Objects of classes: eight bytes with what they are and the address of the table of the class, then the fields.

function newObject(bytes: i32, table: i32): i32 {
  const object = allocate(u32(bytes));
  store<i32>(object, 9);
  store<i32>(object + 4, table);
  return object;
}
