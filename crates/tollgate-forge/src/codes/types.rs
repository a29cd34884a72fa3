//! F03xx: names and types.

super::codes! {
    NOT_DEFINED = 301, "unknown name",
        cause: "Nothing of this name is declared here or imported.",
        example: "export function f(): number { return size; }",
        fix: "Declare it, import it, or correct the name.";
    DUPLICATE = 302, "declared twice",
        cause: "Two declarations in the same block or file have the same name.",
        example: "let a = 1; let a = 2;",
        fix: "Rename or remove one of them.";
    MISMATCH = 303, "wrong type",
        cause: "A value has another type than the place it is for. Only conversions that keep every value are made by themselves: to a wider integer, from an integer of up to 32 bits to `number`, from `f32` to `number`.",
        example: "export function f(x: number): i32 { return x; }",
        fix: "Convert it in the open: `i32(x)` or `x as i32`.";
    MIXED = 304, "operands of different types",
        cause: "An operator has operands of types that neither becomes the other without losing values, such as `i64` and `number`, or `i32` and `u32`.",
        example: "export function f(a: i64, b: number): i64 { return a + b; }",
        fix: "Convert one of them: `a + i64(b)`.";
    NOT_CALLABLE = 305, "not a function",
        cause: "What is called is no function.",
        example: "const x = 1; export function f(): number { return x(); }",
        fix: "Call a function.";
    ARGUMENTS = 306, "wrong number of arguments",
        cause: "A call has fewer arguments than the function needs, or more than it takes.",
        example: "function g(a: number): number { return a; } export function f(): number { return g(); }",
        fix: "Give as many arguments as there are parameters; those with a default may be left out at the end.";
    NO_TYPE = 307, "the type cannot be inferred",
        cause: "A parameter, a variable or a function has no written type and no value that shows it.",
        example: "export function f(x): number { return 1; }",
        fix: "Write the type: `x: number`.";
    NO_RETURN = 308, "a path without `return`",
        cause: "The function gives a value, but its end can be reached without one.",
        example: "export function f(x: number): number { if (x > 0) return 1; }",
        fix: "Return a value on every path, or call `unreachable()` where the end is never reached.";
    CONSTANT = 309, "a constant is assigned",
        cause: "The name was declared with `const`, or is an import, a function or an enum member; those keep their value.",
        example: "const a = 1; a = 2;",
        fix: "Declare it with `let` if it changes.";
    TOO_EARLY = 310, "used before its declaration",
        cause: "A `let`, `const` or `enum` has no value before its declaration ran. JavaScript throws a `ReferenceError` here.",
        example: "export function f(): number { const a = b; const b = 1; return a; }",
        fix: "Move the declaration up.";
    UNASSIGNED = 311, "read before it has a value",
        cause: "The variable is declared without a value, and some path to a place that reads it assigns none.",
        example: "export function f(x: number): number { let a: number; if (x > 0) a = 1; return a; }",
        fix: "Give it a value where it is declared.";
    RANGE = 312, "number out of range",
        cause: "The number is not a value of the integer type that is needed: too large, too small, or with a fraction.",
        example: "const x: u8 = 256;",
        fix: "Use a type that has the value, or another number.";
    CAPTURE = 313, "a variable of the function around whose type is not known yet",
        cause: "What a function returns depends on a variable that is declared behind it in the function around it.",
        example: "export function f(): number { const g = () => x; const x = 1; return g(); }",
        fix: "Move the declaration up, or write the types of the function: `(y: number = x): number => x`.";
    RECURSIVE_RESULT = 314, "the result type depends on itself",
        cause: "The function has no written result type, and finding it leads back to the function itself, or through more than 40 others.",
        example: "export function f(n: number) { return n < 1 ? 1 : f(n - 1); }",
        fix: "Write the result type: `function f(n: number): number`.";
    NO_VALUE = 315, "no value where one is needed",
        cause: "The expression has no value: it calls a function that returns none, or is `void`.",
        example: "function g(): void { } export function f(): number { return g(); }",
        fix: "Return a value from the function, or use the call as a statement.";
    JUMP = 316, "nowhere to jump",
        cause: "`break`, `continue` or `return` stands outside of what it leaves, or names a label that is not around it.",
        example: "export function f(): void { break; }",
        fix: "Move it into a loop, a `switch` or a function, or correct the label.";
    NOT_A_VALUE = 317, "not a value",
        cause: "The name stands for a type, an enum or a module. It cannot be used as a value by itself.",
        example: "enum E { A } export function f(): number { return E; }",
        fix: "Use one of its members.";
    OPERAND = 318, "operator that does not fit the type",
        cause: "The operator has no meaning for the type of its operand: arithmetic on `boolean`, bits of `f32`, comparing a `boolean` with a number.",
        example: "export function f(a: boolean): number { return a * 2; }",
        fix: "Convert the operand in the open: `a ? 1 : 0`, `i32(x)`.";
    ENUM_VALUE = 319, "the value of an enum member is not constant",
        cause: "A member's value must be computable here: numbers, operators, and members or constants that came before.",
        example: "function g(): number { return 1; } enum E { A = g() }",
        fix: "Write a number.";
    EARLY_GLOBAL = 320, "used before the file has set it",
        cause: "While the files run from top to bottom, a function is called that uses a variable whose declaration has not run. JavaScript throws a `ReferenceError` here.",
        example: "const a = g(); const b = 1; function g(): number { return b; }",
        fix: "Move the declaration before the call.";
    NO_MEMBER = 321, "no such member",
        cause: "The enum, type or built-in object has no member of this name.",
        example: "export function f(): number { return Math.half(1); }",
        fix: "Correct the name. docs/typescript.md lists what there is.";
    MISSING = 322, "the value may be missing",
        cause: "The value may be `null` or `undefined`, and is used as if it were there: its properties, its elements, or arithmetic with it.",
        example: "function f(name: string | null): number { return name.length; }",
        fix: "Look first: `if (name !== null)`. Or give another value, `name ?? \"\"`, use `name?.length`, or write `name!`, which ends the program if it is missing.";
    BEFORE_SUPER = 323, "`this` or `super` where there is none",
        cause: "The constructor of a class that extends another one has an object only after `super(…)`, which stands once at its top level. JavaScript throws a `ReferenceError` where `this` is used before. A class that extends none has no `super`.",
        example: "class A { x = 1; } class B extends A { y: number; constructor() { this.y = 1; super(); } }",
        fix: "Call `super(…)` first, as a statement of its own at the top level of the constructor.";
    OVERRIDE = 324, "declared again as something else",
        cause: "A class declares a member that a class which it extends has as well, and calls of the one cannot lead to the other: it has other types, or is a field here and a method there, or only one of a getter and a setter.",
        example: "class A { f(): number { return 1; } } class B extends A { f(): string { return \"\"; } }",
        fix: "Write the same types, or rename it.";
    ABSTRACT = 325, "an abstract class or member",
        cause: "There are no objects of an abstract class, and an abstract member has no body: one that is not abstract has them all.",
        example: "abstract class A { abstract f(): number; } class B extends A { }",
        fix: "Write the member in the class that extends the abstract one, and make objects of that.";
    IMPLEMENTS = 326, "an interface that is not implemented",
        cause: "The class says that it implements an interface, and lacks a property or a method of it, or has it with another type.",
        example: "interface Named { name: string } class A implements Named { size = 1; }",
        fix: "Declare it in the class with the type that the interface says.";
    TYPE_ARGUMENTS = 327, "type arguments that do not fit",
        cause: "A declaration with type parameters is used with more or fewer types than it has parameters, with one that lacks what `extends` says, or where nothing shows what a parameter is. Types are found in the arguments of a call, then in the type that is wanted of its result.",
        example: "function first<T extends { size: number }>(x: T): number { return x.size; } export function f(): number { return first(1); }",
        fix: "Write the types, `make<number>()`, or use those that fit.";
    ENDLESS = 328, "a generic declaration that needs itself for ever new types",
        cause: "A generic function, class or type is lowered once for each list of types. This one leads to itself with other types each time, so it would be lowered without end.",
        example: "function f<T>(x: T, n: number): number { return n > 0 ? f([x], n - 1) : n; } export function g(): number { return f(1, 3); }",
        fix: "Use the declaration for the same types inside of itself.";
    ASKED_LATE = 329, "asks whether an element is there after it was read",
        cause: "A variable without a written type is an element of an array or a text: `const x = list[i]`, `const [a, b] = parts`. Where there is no such element the program ends there, so the variable is never missing. It is compared with `undefined` or `null`, stands before `??` or `?.`, or is an object in a condition: JavaScript would find out there.",
        example: "export function f(parts: string[]): number { const name = parts[1]; return name === undefined ? 0 : name.length; }",
        fix: "Ask in time: `const name: string | undefined = parts[1]`, `parts[1] ?? \"\"`, or a default, `const [a, b = \"\"] = parts`. If it is always there, leave out the test.";
}
