// Errors: what is thrown and caught. Texts are templates here: in our own functions a text in quotes is an address.

// The error that is on its way to a handler, and what is told of one that nothing catches: address and length of UTF-8.
let thrown: i32 = 0;
let uncaught: i64 = 0;

class Error {
  name: string = `Error`;
  message: string;
  // Where it was thrown first: at a place, or in a function.
  #place: string = ``;
  constructor(message?: string) {
    this.message = message ?? ``;
  }
  toString(): string {
    if (this.name.length === 0) return this.message;
    if (this.message.length === 0) return this.name;
    return `${this.name}: ${this.message}`;
  }
  #thrown(place: string): Error {
    if (this.#place.length === 0) this.#place = place;
    return this;
  }
  #told(): string {
    const separator = this.name.length === 0 || this.message.length === 0 ? `` : `: `;
    return `${this.name}${separator}${this.message}, thrown ${this.#place}`;
  }
}

class RangeError extends Error {
  constructor(message?: string) {
    super(message);
    this.name = `RangeError`;
  }
}

class TypeError extends Error {
  constructor(message?: string) {
    super(message);
    this.name = `TypeError`;
  }
}

class ReferenceError extends Error {
  constructor(message?: string) {
    super(message);
    this.name = `ReferenceError`;
  }
}

class SyntaxError extends Error {
  constructor(message?: string) {
    super(message);
    this.name = `SyntaxError`;
  }
}
