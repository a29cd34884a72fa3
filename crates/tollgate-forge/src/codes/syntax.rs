//! F01xx: text that is no TypeScript.

super::codes! {
    SYNTAX = 101, "syntax error",
        cause: "The text is not TypeScript at this place.",
        example: "export function f(: number { return 1; }",
        fix: "Correct the text. Decorators on functions (`@inline`, `@external`) are AssemblyScript and no TypeScript: remove them.";
    TOO_DEEP = 102, "nested too deeply",
        cause: "Brackets, operators or statements stand inside each other more often than the compiler follows: 128 levels in the text, or 350 statements and operators.",
        example: "more than 128 opening parentheses in a row",
        fix: "Give parts of the expression a name with `const`, or move the inner statements into functions.";
    TOO_LARGE = 103, "source too large",
        cause: "A source file is larger than 1 MiB, there are more than 2,000 of them, or all of them together are larger than 16 MiB.",
        example: "a file of more than 1,048,576 bytes",
        fix: "Split the file, and remove what the program does not use.";
    UNCLEAR_SLASH = 104, "`/` that may begin a regular expression",
        cause: "A `/` stands where it could begin a regular expression. Those are not supported yet, and the compiler does not guess.",
        example: "const word = /[a-z]+/;",
        fix: "Compare characters instead. If a division is meant, put what is divided into parentheses: `(i++) / 2`.";
    TOO_MANY_ERRORS = 105, "too many errors",
        cause: "There are more than 100 diagnostics; the others are not shown.",
        example: "a file with 101 unknown names",
        fix: "Correct the first ones: others often follow from them.";
}
