// Memory: blocks one after the other, all freed at once when a call from outside ends.
//
// A block begins with eight bytes: what it is (1 text, 2 the units of texts, 3 an array, 4 the elements of one, 5 a record, 6 a value that may be missing, 7 a function, 8 a variable that functions share, 9 an object of a class, 10 a typed array, 11 JSON in the making, 12 an order of properties), and a word
// of its own. Blocks are found only by the addresses in them, so a collector can be put in the place of `allocate`.

let heap: u32 = 0;

function allocate(bytes: u32): i32 {
  const at = heap;
  const end: u32 = at + ((bytes + 7) & 0xfffffff8);
  if (bytes > 0xfffffff0 || end < at) unreachable();
  if (end != at) {
    const needed: u32 = ((end - 1) >> 16) + 1;
    const pages: u32 = memorySize();
    if (needed > pages) {
      const missing: u32 = needed - pages;
      const spare: u32 = pages >> 2;
      // A quarter more at once, if the limits allow it.
      const grown = spare > missing && memoryGrow(spare) != -1;
      if (!grown && memoryGrow(missing) == -1) unreachable();
    }
  }
  heap = end;
  return i32(at);
}

// For the host: room for what it passes in.
function allocateBytes(length: i32): i32 {
  return allocate(u32(length));
}

// The block that was allocated last is given back, others stay until the call ends.
function freeBytes(pointer: i32, length: i32): void {
  const end: u32 = u32(pointer) + ((u32(length) + 7) & 0xfffffff8);
  if (end == heap && u32(pointer) < heap) heap = u32(pointer);
}

function heapMark(): i32 {
  return i32(heap);
}

function heapRestore(mark: i32): void {
  heap = u32(mark);
}
