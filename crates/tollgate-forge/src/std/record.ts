// Records: eight bytes with what it is, above the four bits of that which type of records, and the size of the block or its order, then the properties, each where its type says.

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

// Orders of properties, where the program has JSON or `...`: what it is, how many there are, and their numbers. The second word of an object
// leads to its order then. An order never changes: objects share it.

function orderHas(order: i32, number: i32): boolean {
  const count = load<i32>(order + 4);
  for (let i: i32 = 0; i < count; i++) {
    if (load<i32>(order + 8 + (i << 2)) == number) return true;
  }
  return false;
}

function orderCopy(order: i32, more: i32): i32 {
  const count = load<i32>(order + 4);
  const made = allocate(u32(8 + ((count + more) << 2)));
  memoryCopy(made, order, 8 + (count << 2));
  return made;
}

function orderPush(order: i32, number: i32): void {
  const count = load<i32>(order + 4);
  store<i32>(order + 8 + (count << 2), number);
  store<i32>(order + 4, count + 1);
}

function orderWith(order: i32, number: i32): i32 {
  if (orderHas(order, number)) return order;
  const made = orderCopy(order, 1);
  orderPush(made, number);
  return made;
}

// With the properties of another object, whose numbers stand for others here, or for none.
function orderWithAll(order: i32, other: i32, numbers: i32): i32 {
  const count = load<i32>(other + 4);
  const made = orderCopy(order, count);
  for (let i: i32 = 0; i < count; i++) {
    const number = load<i32>(numbers + (load<i32>(other + 8 + (i << 2)) << 2));
    if (number >= 0 && !orderHas(made, number)) orderPush(made, number);
  }
  return made;
}

// A property that may not have been there is there now.
function noteProperty(record: i32, number: i32): void {
  store<i32>(record + 4, orderWith(load<i32>(record + 4), number));
}
