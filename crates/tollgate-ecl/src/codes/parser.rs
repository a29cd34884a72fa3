//! E02xx: tokens that form no declaration, expression or type.

super::codes! {
    EXPECTED = 201, "unexpected token",
        cause: "The text does not go on as the grammar asks. The message says what was expected and what stands there.",
        example: "fn f(a: int) -> bool { a > }",
        fix: "Write what is expected. docs/language.md has the grammar.";
    UNKNOWN_DECLARATION = 202, "unknown declaration",
        cause: "At the top of a file stands a word that begins no declaration.",
        example: "polciy \"vehicle-charging\" { }",
        fix: "Use one of `import`, `enum`, `record`, `blueprint`, `constraint`, `environment`, `policy`, `logic_guard`, `fn`, `fixture`, `test`, `policy_evaluate`, `amo`, `agent`, `intent`, `identity`, `offer`.";
    UNKNOWN_ENTRY = 203, "unknown entry",
        cause: "A block has an entry that its declaration does not know.",
        example: "policy \"p\" { limit: 5 }",
        fix: "Use one of the entries the help names.";
    DUPLICATE_ENTRY = 204, "duplicate entry",
        cause: "A block has the same entry twice, where only one has a meaning.",
        example: "policy \"p\" { gas_limit: 100  gas_limit: 200 }",
        fix: "Keep one of the two.";
    UNCLOSED = 205, "unclosed bracket",
        cause: "A bracket or brace has no partner before the file ends or the next declaration begins.",
        example: "record Offer { price: int",
        fix: "Add the missing bracket.";
    TOO_DEEP = 206, "nested too deeply",
        cause: "Brackets, blocks or operators stand inside each other more than 64 levels deep, or a chain of operators makes an expression more than 200 levels high.",
        example: "fn f() -> bool { NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT NOT true }",
        fix: "Give parts a name with `let` or `fn`. Many alternatives of one value are `x in [a, b, c]`.";
    MIXED_COMPARISON = 207, "comparison operators that do not chain",
        cause: "A chain such as `a <= b <= c` goes in one direction only. `!=`, `in`, `matches`, `conforms_to` and `has_credential` do not chain at all, since it would not be clear what is compared with what.",
        example: "fn f(a: int) -> bool { 1 < a > 3 }",
        fix: "Put one comparison in parentheses, or write two and join them with AND.";
    BAD_BOUND = 208, "not a whole number",
        cause: "A bound or a gas limit must be a whole number that fits 64 bits, without a unit.",
        example: "policy \"p\" { gas_limit: 0.5 }",
        fix: "Write a whole number, such as `10000` or `10_000`.";
    UNKNOWN_WORD = 209, "unknown word",
        cause: "A place that takes one of a few words has another one, such as the severity of a constraint or a decision.",
        example: "constraint \"c\" { severity: fatal  rule: true }",
        fix: "Use one of the words the help names.";
    MISSING_ENTRY = 210, "missing entry",
        cause: "A declaration lacks an entry it cannot do without.",
        example: "constraint \"c\" { severity: warning }",
        fix: "Add the entry.";
    BAD_CALL = 211, "only named functions can be called",
        cause: "A pair of parentheses follows an expression that is not the name of a function, with or without a module before it. Values have no methods.",
        example: "fn f(a: int) -> int { (a)(1) }",
        fix: "Call the function by its name and pass the value: `f(a)`.";
    TOO_MANY_ERRORS = 212, "too many errors",
        cause: "The file has more than 100 errors. The rest is not shown.",
        example: "a file that is not ECL",
        fix: "Repair the first ones; the others often follow from them.";
}
