//! F02xx: TypeScript that is not compiled yet, or never will be.

super::codes! {
    CLASS = 201, "a form of a class that is not supported",
        cause: "Classes stand at the top level of a file and are used by their names: to make objects, to extend, for static members and `instanceof`. Classes inside of functions, classes as values, decorators, abstract fields, names that are computed, and `this` outside of methods are not compiled.",
        example: "function f(): number { class Point { x = 1; } return new Point().x; }",
        fix: "Move the class to the top level of the file.";
    STRING = 202, "not supported for strings yet",
        cause: "Templates with a function before them, members of enums that are strings, types of templates and `Symbol` are not compiled yet.",
        example: "function f(kind: `a${number}`): void { }",
        fix: "Use a `string`, and compare it where it matters.";
    OBJECT = 203, "not supported for objects yet",
        cause: "An object has the properties of its type, each with a name that is written, or takes any key: `Record<string, T>`. Objects without properties or a type, computed names elsewhere, keys that are no texts and most classes that come with JavaScript are not compiled yet.",
        example: "const point = { [\"x\"]: 1, y: 2 };",
        fix: "Write the name of each property, or use an array.";
    ARRAY = 204, "not supported for arrays",
        cause: "Arrays have elements of one type and no holes, and nest up to 16 deep. A typed array is made of a length or of another array, and is no value by its name. Tuples, buffers, functions of `Array` other than `from`, and `from` of a map or a set with a function are not compiled yet, nor is `concat` with an array whose elements are no elements of the other one.",
        example: "const numbers = [1, , 3];",
        fix: "Write a value for each element, and an array for each type.";
    FUNCTION_VALUE = 205, "a function that cannot be a value",
        cause: "Built-in functions, constructors, accessors, and functions with a default before a parameter without one are no values here.",
        example: "const test = isNaN; export function f(): boolean { return test(1); }",
        fix: "Write a function that calls it: `(x: number) => isNaN(x)`.";
    ASYNC = 206, "async functions and generators are not supported yet",
        cause: "`async`, `await`, `yield` and `function*` are not compiled yet.",
        example: "async function load() { return 1; }",
        fix: "Compute the result directly.";
    EXCEPTION = 207, "what is thrown or caught is no `Error`",
        cause: "An object of `Error`, `RangeError`, `TypeError`, `SyntaxError` or of a class that extends one of them is thrown, so what `catch` has is an `Error`. JavaScript throws any value. The type of what is caught is not written, or `unknown`. Errors have a `message` and a `name`; `cause` and `stack` are not there.",
        example: "function f(): void { throw \"no\"; }",
        fix: "Throw an error with a message: `throw new Error(\"no\")`. Ask with `e instanceof RangeError` what was caught.";
    MAYBE = 208, "values that cannot be told from each other",
        cause: "A type with `|` may name types of objects with properties, texts, numbers, booleans, values like `\"a\"` or `1`, one type of arrays, and `null` or `undefined`. Objects of classes, functions, enums and integer types are no alternatives of others, and neither are objects of an interface that a class implements: a value does not say which of them it is. Values of several types of which some are no objects are no keys of maps and sets.",
        example: "let x: number | (() => number) = 1;",
        fix: "Use an object with a property that says which it is: `{ kind: \"call\"; f: () => number } | { kind: \"value\"; x: number }`.";
    GENERIC = 209, "a form of generics that is not supported",
        cause: "Generic functions, methods, classes, types and interfaces are lowered once for each list of types that they are used with. A function with type parameters is no value by itself; types of functions and methods of interfaces have no type parameters of their own; `instanceof` looks for a generic class where the type of the value says which one. Overloads are not compiled either.",
        example: "const same = <T>(x: T): T => x;",
        fix: "Declare it with `function` and a name, and call it.";
    BIGINT = 210, "`bigint` is not supported",
        cause: "A `bigint` has any size. WebAssembly has integers of 64 bits.",
        example: "const x = 5n;",
        fix: "Use `i64` or `u64`: `const x: i64 = 5`. A host in JavaScript sees them as bigint.";
    ANY = 211, "`any` is not supported",
        cause: "The compiler must know the type of every value. `any`, `unknown` and `object` say that nobody does.",
        example: "function f(x: any): number { return 1; }",
        fix: "Write the type that is meant.";
    DYNAMIC = 212, "not in a compiled program",
        cause: "The construct looks at the program while it runs: `eval`, `with`, `delete` of what is no key of a `Record<string, T>`, `arguments`, `import()`, `import.meta`, `new.target`, prototypes, and `in` where the value takes not any key and is not one of several types of objects of which some have the property and others have not.",
        example: "function f(): number { return eval(\"1\"); }",
        fix: "Write what it is to do in the program itself.";
    NAMESPACE = 213, "namespaces are not supported",
        cause: "`namespace` with a body and `import x = require(…)` are not compiled.",
        example: "namespace shapes { export const sides = 4; }",
        fix: "Move the declarations to a file of their own and import it.";
    ITERATION = 215, "loop of a form that is not supported",
        cause: "`for…in` goes over the keys of a `Record<string, T>` alone, and `for…of` declares its own variable here.",
        example: "function f(): void { for (const name in [1, 2]) { } }",
        fix: "Go over the elements: `for (const x of list)`, or count: `for (let i = 0; i < n; i++)`.";
    PATTERN = 216, "a form of `...` or of a default that is not supported yet",
        cause: "Arguments that are spread (`f(...list)`) go to a rest parameter, to `push`, `unshift`, `splice`, `Math.max` and `Math.min`: how many there are is not known for parameters that take one each. Defaults of parameters behind a pattern that has defaults itself are not compiled yet.",
        example: "function f(a: number, b: number): void { } export function g(): void { const list = [1, 2]; f(...list); }",
        fix: "Give the arguments one by one, `f(list[0], list[1])`, or declare `...values: number[]`. Move a parameter with a default before the pattern.";
    HOST = 218, "not available in a module",
        cause: "The name belongs to the surroundings of a JavaScript program (`console`, `Date`, `process` and others). A module has what it imports and nothing else.",
        example: "console.log(1);",
        fix: "Declare the function that the host gives, and call it: `declare function log(x: number): void;`.";
    STATEMENT = 219, "statement that is not supported",
        cause: "`debugger`, `using` and some forms of `declare` have no meaning in a module.",
        example: "debugger;",
        fix: "Remove it.";
    TYPE = 220, "type that is not supported yet",
        cause: "The type says something that the compiler cannot check yet: conditional, mapped, indexed, function and intersection types, `keyof`, predicates, literal types.",
        example: "function f(x: keyof Math): void { }",
        fix: "Use `number`, `boolean`, an integer type, an `enum`, or a `type` name for one of them.";
    JSON = 221, "a value without JSON",
        cause: "`JSON.stringify` writes and `JSON.parse` reads numbers, booleans, texts, `null`, arrays, objects with properties, and types with `|` of those. `undefined` has no JSON. JavaScript leaves functions out, and writes of a `Map` or a `Set` nothing and of an object of a class all fields, those that are `private` too: here such values are refused, wherever they are inside of what is written, and so are objects of an interface that a class implements. What is read as one of several types of objects needs a property that lists other values for each of them. The second argument of `JSON.stringify` is `null`, and `JSON.parse` has none.",
        example: "export function f(): string { return JSON.stringify(new Map([[\"a\", 1]])); }",
        fix: "Make an object of what is meant, `{ x: object.x }`, or an array, `[...map.keys()]`.";
}
