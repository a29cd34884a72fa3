//! E03xx: names and types.

super::codes! {
    UNKNOWN_NAME = 301, "unknown name",
        cause: "A name stands for nothing here: no input field, `let`, parameter, loop variable or object has it. `now()` also gives this when the input has no time.",
        example: "policy \"p\" { input { offer: int }  accept { cheap: ofer < 5 } }",
        fix: "Correct the name, or declare it. The case of an enum is written `Enum.Case` where the context does not say which enum is meant.";
    UNKNOWN_TYPE = 302, "unknown type",
        cause: "A type is neither built in nor declared in the bundle.",
        example: "record Offer { price: monney }",
        fix: "Correct the name, or declare it with `record` or `enum`.";
    UNKNOWN_FIELD = 303, "unknown field",
        cause: "A value has no field of that name.",
        example: "record Offer { price: int }  policy \"p\" { input { offer: Offer }  accept { cheap: offer.prize < 5 } }",
        fix: "Use one of the fields the help names.";
    UNKNOWN_FUNCTION = 304, "unknown function",
        cause: "No `fn` of the bundle and no function of the standard library has that name.",
        example: "policy \"p\" { input { who: did }  accept { known: trustt(who).r > 0.5 } }",
        fix: "Correct the name. docs/language.md lists the standard library.";
    UNKNOWN_CASE = 305, "unknown case",
        cause: "An enum has no case of that name.",
        example: "enum Plug { CCS, Type2 }  policy \"p\" { input { plug: Plug }  accept { fits: plug == CSS } }",
        fix: "Use one of the cases the help names.";
    UNKNOWN_REFERENCE = 306, "unknown reference",
        cause: "A file, policy, constraint, environment, blueprint or object that is referred to is not in the bundle.",
        example: "policy \"p\" { constraints: [\"certified\"]  accept { yes: true } }",
        fix: "Correct the reference, or add the file that declares it to the bundle.";
    DUPLICATE = 307, "declared twice",
        cause: "Two declarations of one kind, or two fields, cases, parameters or rules of one declaration, have the same name or id.",
        example: "record Offer { price: int  price: decimal }",
        fix: "Rename or remove one of the two.";
    CYCLE = 308, "cycle",
        cause: "A function calls itself, a record contains itself, an environment inherits from itself, or an object refers to itself, directly or through others.",
        example: "fn f(a: int) -> int { g(a) }  fn g(a: int) -> int { f(a) }",
        fix: "Break the cycle. Repetition is written as a loop over a list, which has a bound.";
    ARGUMENTS = 309, "wrong number of arguments",
        cause: "A function or type gets more or fewer arguments than it takes.",
        example: "policy \"p\" { input { who: did }  accept { known: norm() > 0.5 } }",
        fix: "Give the arguments the help names.";
    MISMATCH = 310, "wrong type",
        cause: "A value of one type stands where another type is needed.",
        example: "policy \"p\" { input { price: int }  accept { cheap: price } }",
        fix: "Use a value of the expected type; the help says how to get one where there is a way.";
    MIXED_NUMBERS = 311, "decimal and number mixed",
        cause: "A decimal is exact and a number is a binary64. Mixing them would make the answer depend on rounding, so it is never done silently.",
        example: "policy \"p\" { input { a: decimal, b: number }  accept { less: a < b } }",
        fix: "Convert one side with `to_number(…)` or `to_decimal(…)`.";
    MIXED_CURRENCIES = 312, "currencies mixed",
        cause: "Amounts of two currencies are compared or added.",
        example: "policy \"p\" { input { price: money<EUR> }  accept { cheap: price < 5 USD } }",
        fix: "Use one currency. Convert an amount by multiplying with a rate that is part of the input.";
    MIXED_UNITS = 313, "units mixed",
        cause: "Quantities of two dimensions are compared or added, such as a length and a power.",
        example: "policy \"p\" { input { distance: length }  accept { near: distance < 5kW } }",
        fix: "Compare quantities of one dimension. `m` is metres; minutes are `min`.";
    MAYBE_NONE = 314, "option used as a value",
        cause: "A value may be none, and the program does not say what holds then.",
        example: "policy \"p\" { input { limit: int? }  accept { low: limit < 5 } }",
        fix: "Give a default with `else`, as in `(limit else 0) < 5`, or reach through it with `?.`.";
    NOT_DEFINED = 315, "operator not defined",
        cause: "An operator is used between values it is not defined for.",
        example: "policy \"p\" { input { a: string, b: string }  accept { less: a < b } }",
        fix: "docs/language.md lists the operators of each type.";
    BAD_NUMBER_VALUE = 316, "number out of range",
        cause: "A number does not fit its type: an int has 64 bits, a decimal 18 fractional digits in 128 bits.",
        example: "policy \"p\" { input { a: int }  accept { less: a < 9223372036854775808 } }",
        fix: "Use a smaller number or fewer digits.";
    BAD_TEXT = 317, "text of the wrong form",
        cause: "A text stands where a did, a did pattern or an instant is expected, and is none.",
        example: "policy \"p\" { input { who: did }  accept { me: who == \"anna\" } }",
        fix: "Write it in the form the help shows.";
    NO_TYPE = 318, "type unknown",
        cause: "Nothing says of which type `none` or an empty list is.",
        example: "policy \"p\" { input { a: int }  let x = none  accept { yes: a == 1 } }",
        fix: "Write the type: `let x: int? = none`.";
    BOUND = 319, "bound missing or exceeded",
        cause: "A list type has no bound, a bound is too large, a longer text or list stands where a shorter one is declared, or a declaration is too large: 4,096 cases of an enum, 1,024 fields of a record, 32 records, lists, maps (each counts as two) and options inside each other. Bounds are what the worst case is computed from.",
        example: "record Offer { tags: list<string> }",
        fix: "Write the bound: `list<string, 16>`, `string<64>`.";
    MISSING_FIELD = 320, "missing field",
        cause: "A record is made without one of its fields.",
        example: "record Money { amount: int  note: string }  fn f() -> Money { { amount: 1 } }",
        fix: "Add the field, or declare it optional with `?`.";
    NEEDLESS_ELSE = 321, "never none",
        cause: "`else`, `?.` or a comparison with `none` is used on a value that is always there.",
        example: "policy \"p\" { input { limit: int }  accept { low: (limit else 0) < 5 } }",
        fix: "Remove it. `else` follows an option, or a value that a fact is asked for in; behind the name of a `let` it comes too late.";
    NEEDS_UNIT = 322, "unit missing",
        cause: "A bare number stands where an amount, a quantity or a duration is needed.",
        example: "policy \"p\" { input { price: money<EUR> }  accept { cheap: price < 5 } }",
        fix: "Write the unit or currency: `5 EUR`, `5km`, `30s`.";
    UNKNOWN_UNIT = 323, "unknown unit",
        cause: "A number is followed by a word that is no unit and no currency.",
        example: "policy \"p\" { input { d: length }  accept { near: d < 5miles } }",
        fix: "Use one of the units the help lists. Currencies are three to eight capital letters.";
    BAD_PATTERN = 324, "unusable pattern",
        cause: "A glob or regular expression cannot be read, or it is longer than 4 KiB, or its automaton would be larger than 4,096 states or 64 KiB.",
        example: "policy \"p\" { input { path: string }  accept { ok: path matches /[a-/ } }",
        fix: "Correct it, or use several simpler patterns.";
    NOT_EXHAUSTIVE = 325, "match is not exhaustive",
        cause: "A `match` has values that no arm covers.",
        example: "enum Plug { CCS, Type2 }  fn f(p: Plug) -> int { match p { CCS => 1 } }",
        fix: "Add the missing arms, or `_ => …`.";
    UNREACHABLE = 326, "never reached",
        cause: "An arm or a statement stands after something that leaves nothing for it.",
        example: "fn f(a: int) -> int { match a { _ => 1, 2 => 3 } }",
        fix: "Remove it, or put it before.";
    NO_RETURN = 327, "a way without return",
        cause: "A guard may end without returning its output or rejecting.",
        example: "logic_guard \"g\" { input: { a: int }  output: { valid: bool }  body { assert(a > 0) } }",
        fix: "End every way with `return { … }` or `reject(\"…\")`.";
    TOO_DEEP = 328, "too deep",
        cause: "Things stand inside each other deeper than the checker and the engines follow: operations of an expression (400), `let`s of a function, statements on one way through a guard and arms of its `match` (128), functions that call each other (64), environments that inherit from each other (64), objects that name each other (16).",
        example: "a guard with more than 128 statements one after the other",
        fix: "Give parts a name with `let`, put them into a function, or write inner ones in place; the help says which.";
    CONSTANT_ERROR = 329, "constant without a value",
        cause: "An expression of constants divides by zero or leaves its range, and would fail at every evaluation; or a text that it reads a number of says none, as `to_quantity(\"1GB\")`.",
        example: "policy \"p\" { input { a: int }  accept { no: a > 1 / 0 } }",
        fix: "Change the numbers, or the text.";
    EMPTY_DECLARATION = 330, "nothing declared",
        cause: "An enum without cases, or a rule group without rules, says nothing.",
        example: "enum Plug { }",
        fix: "Add a case or a rule, or remove the declaration.";
    CONSTRAINT_INPUT = 331, "constraint does not fit the policy",
        cause: "A constraint names input that the policy it is applied to does not have, or has with another type.",
        example: "constraint \"c\" { input { age: int }  rule: age >= 18 }  policy \"p\" { constraints: [\"c\"]  accept { yes: true } }",
        fix: "Add the field to the policy's input, or do not apply the constraint to it.";
    NOT_CONSTANT = 332, "not a constant",
        cause: "A value must be known when the program is compiled: a regular expression, data of an object, a fact of a test, an event type.",
        example: "policy \"p\" { input { path: string, folder: string }  accept { ok: path_within(path, folder) } }",
        fix: "Write a literal, or a `let` of literals.";
    GAS_BOUND = 333, "worst case exceeds the gas limit",
        cause: "Some input within the declared bounds would need more gas than the program may use.",
        example: "policy \"p\" { gas_limit: 1  input { a: int }  accept { less: a < 2 } }",
        fix: "Raise `gas_limit`, lower the bounds of lists and strings in the input, or make the program cheaper.";
    GAS_LIMIT = 334, "gas limit too high",
        cause: "A program asks for more than 100,000 gas.",
        example: "policy \"p\" { gas_limit: 200000  accept { yes: true } }",
        fix: "Ask for 100,000 or less.";
    TOO_LARGE = 335, "program too large",
        cause: "The constants, the memory of the worst case, the values kept at once, or the ways through a guard exceed what an engine takes; or checking the whole bundle is more work than is done. Each policy and guard checks again what it uses, each place that names an object copies it, and all patterns together have a bound of their own.",
        example: "a policy with a million different texts",
        fix: "Move large sets of values into the input or into facts, lower the bounds of lists, use fewer and simpler patterns, or split the bundle; the help says which.";
    MISPLACED = 336, "out of place",
        cause: "An effect or a regular expression stands where a value of another type is needed, or something other than an effect among the effects of a decision.",
        example: "policy \"p\" { input { a: int }  accept { yes: emit(\"x\", a) } }",
        fix: "Effects stand in `on accept { … }`; a regular expression on the right of `matches`.";
    BAD_TEST = 337, "unusable test",
        cause: "A test names no policy or guard of the bundle, an unknown fact or rule, or an expectation its target cannot meet.",
        example: "policy \"p\" { input { a: int }  accept { low: a < 5 } }  test \"t\" { policy \"p\"  input { a: 1 }  expect accept by lo }",
        fix: "Correct what the message names.";
    ALWAYS = 338, "condition is constant",
        cause: "A condition has the same value for every input.",
        example: "policy \"p\" { input { a: int }  accept { yes: 1 < 2 } }",
        fix: "Compare with the input, or write `true` to say that it is meant.";
    EFFECT_AS_DATA = 339, "effect used as data",
        cause: "An effect says what the host is to do after a decision. It is made by the program, so no input and no field has one, it is not compared with another, and it is no part of what is stored or sent.",
        example: "record Plan { first: effect, cost: int }",
        fix: "Keep effects in a `let`, a parameter, the result of a `fn`, an option or a list, and take them in `on accept { … }`.";
}
