// Functions that are values: a word that says so, the place in the table, then what the function shares with those around it.
// A shared variable has a block of its own: a word that says so, how far it has come (0 not declared yet, 1 no value yet, 2 has one),
// then the value.

function newClosure(bytes: i32, slot: i32): i32 {
  const made = allocate(u32(bytes));
  store<i32>(made, 7);
  store<i32>(made + 4, slot);
  return made;
}

function newCell(state: i32): i32 {
  const cell = allocate(16);
  store<i32>(cell, 8);
  store<i32>(cell + 4, state);
  return cell;
}
