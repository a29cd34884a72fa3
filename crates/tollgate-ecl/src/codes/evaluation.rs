//! E04xx: errors of an evaluation and of the input given to it.

super::codes! {
    OVERFLOW = 401, "arithmetic overflow",
        cause: "An int left 64 bits, or a decimal, an amount of money or a quantity left 128 bits with 18 fractional digits.",
        example: "fn f(a: int) -> int { a * 9223372036854775807 }",
        fix: "Bound the operands with rules before, or use `number` where rounding is acceptable.";
    DIVISION_BY_ZERO = 402, "division by zero",
        cause: "The right side of `/` or `%` was zero.",
        example: "fn share(a: int, b: int) -> int { a / b }",
        fix: "Test the divisor first: `if b == 0 then 0 else a / b`.";
    NOT_FINITE = 403, "not a finite number",
        cause: "An operation on `number` would give an infinity or no number.",
        example: "fn f(a: number) -> number { a * 1e308 * 1e308 }",
        fix: "Bound the operands with rules before.";
    UNKNOWN_FACT = 404, "unknown fact",
        cause: "The host does not know a fact the program asks for, such as the trust of a stranger. An unknown fact never leads to accept.",
        example: "policy \"p\" { input { who: did }  accept { known: trust(who).r > 0.5 } }",
        fix: "Say what holds for strangers: `trust(who).r else 0.0`, or `(trust(who).r > 0.5) else false`. Or give the fact.";
    FACT_FAILED = 405, "provider of facts failed",
        cause: "The host's provider of facts reported an error, was too slow, or answered with a value of the wrong type.",
        example: "a facts file in which a trust value is 1.5",
        fix: "Read the provider's message; it names the question.";
    GAS_EXHAUSTED = 406, "gas exhausted",
        cause: "A charge did not fit the limit of the evaluation or of one of its layers. There is no decision and no effect.",
        example: "an evaluation with a limit below the program's bound",
        fix: "Raise the limit to the bound that `tollgate ecl check` prints, or make the program cheaper.";
    WRONG_INPUT = 407, "input of another program",
        cause: "An encoded input was used with a program it was not encoded for.",
        example: "an input kept from before the program was changed",
        fix: "Encode the input again for this program.";
    INTERNAL = 408, "internal error",
        cause: "An engine broke one of its own rules. This is a bug in Tollgate; it is reported as an error so that nothing is accepted by mistake.",
        example: "no input should do this",
        fix: "Report it, with the program and the input.";
    NO_VALUE = 409, "no value",
        cause: "The program demands the value of an option with `?`, and it is none.",
        example: "policy \"p\" { input { note: string? }  accept { short: len(note?) < 10 } }",
        fix: "Give the value. Or say what holds without it: `note != none AND len(note) < 10`, or `len(note else \"\") < 10`.";
    BAD_GLOB = 410, "glob that cannot be read",
        cause: "A glob that comes from an input, a fact or a parameter ends with a `\\`, behind which there is no character. In the program such a glob is an error of compilation; in data it ends the evaluation, so that it matches nothing, also under NOT.",
        example: "policy \"p\" { input { path: string, allowed: string<64> }  accept { ok: path matches allowed } }",
        fix: "Give another glob: `\\\\` in it stands for a backslash.";
}
