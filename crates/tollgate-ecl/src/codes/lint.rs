//! W: what is allowed and probably not meant.

tollgate_diagnostics::codes! {
    'W';
    UNUSED_LET = 101, "`let` that nothing reads",
        cause: "A `let` has a name that nothing reads. Its value is computed all the same, and an error in it ends the evaluation. A name that begins with `_` is meant to be unread.",
        example: "policy \"p\" { input { price: int }  let limit = 5  accept { cheap: price < 10 } }",
        fix: "Remove it, or read it where it is missing.";
    UNUSED_INPUT = 102, "input that nothing reads",
        cause: "A policy or guard reads some fields of its input and not this one, so callers give it for nothing, and a rule that was to look at it may be missing. A policy that reads nothing of its input says the same to everybody and is not reported.",
        example: "policy \"p\" { input { price: int, buyer: string }  accept { cheap: price < 10 } }",
        fix: "Remove it. Where callers give it all the same, `..` in the input takes and drops what has no name there.";
    UNUSED_FUNCTION = 103, "function that nothing calls",
        cause: "No policy, guard, constraint or other function of the bundle calls a function. A file without a policy or guard is a library: what it declares may be of use elsewhere, and is not reported.",
        example: "fn low(price: int) -> bool { price < 5 }  policy \"p\" { input { price: int }  accept { cheap: price < 10 } }",
        fix: "Remove it, or call it where it is missing.";
    UNUSED_TYPE = 104, "type that nothing names",
        cause: "Nothing of the bundle names a record or an enum, nor a case of it. A file without a policy or guard is a library and is not reported.",
        example: "enum Plug { CCS, Type2 }  policy \"p\" { input { price: int }  accept { cheap: price < 10 } }",
        fix: "Remove it, or use it where it is missing.";
    UNUSED_CONSTRAINT = 105, "constraint that applies to nothing",
        cause: "No policy and no environment names a constraint, or nothing names an environment, so its conditions are never looked at. A file without a policy or guard is a library and is not reported.",
        example: "constraint \"adult\" { rule: age >= 18  input { age: int } }  policy \"p\" { input { age: int }  accept { some: age > 3 } }",
        fix: "Name it in `constraints: [\"…\"]` or `environment: \"…\"`, or remove it.";
    UNUSED_FACT = 106, "fact that a test gives for nothing",
        cause: "A test gives an answer of the host to a question that its policy or guard never asks, so the test shows less than it seems to.",
        example: "policy \"p\" { input { price: int }  accept { cheap: price < 10 } }  test \"t\" { input { price: 3 }  facts { karma(\"did:x:a\"): 0.5 }  expect accept }",
        fix: "Remove it, or ask for it in the policy.";
    GLOB_WITHOUT_WILDCARD = 401, "glob without a wildcard",
        cause: "A glob or did pattern without `*` and `?` matches one text only: it is an equality. A glob matches the whole text, so what was meant may be a part or a beginning of it.",
        example: "policy \"p\" { input { path: string }  accept { docs: path matches \"/docs/\" } }",
        fix: "Write `==` when this one text is meant, or add the `*`: `\"/docs/*\"`.";
    REGEX_IN_GLOB = 402, "regular expression written as a glob",
        cause: "A glob has parts that mean something in regular expressions and stand for themselves in a glob: `^` in front, `$` at the end, `.*`, `.+`, `\\d`, `[a-z]`. In a glob `.*` is a dot and then any text.",
        example: "policy \"p\" { input { path: string }  reject { secret: path matches \".*secret.*\" }  otherwise accept }",
        fix: "Write `*` for any text, or a regular expression between slashes: `path matches /…/`. A character that stands for itself has a `\\` before it in the glob.";
    SHADOWED = 501, "name that hides another one",
        cause: "A `let` or loop variable has the name of an input field, parameter, `let` or loop variable outside of it, which cannot be read from there on. Conditions then look at another value than the reader thinks.",
        example: "policy \"p\" { input { price: int, prices: list<int, 8> }  accept { all: all price in prices: price < 10  one: price < 20 } }",
        fix: "Rename the inner one.";
    EMPTY_FILE = 601, "file without declarations",
        cause: "A file declares nothing and imports nothing. A policy that was to be in it decides nothing.",
        example: "# policies of the shop",
        fix: "Write a declaration, or remove the file.";
    ALLOW_SILENCES_NOTHING = 602, "`allow` that silences nothing",
        cause: "A comment `# allow CODE` stands beside a line, or above it, for which no warning of that code is given.",
        example: "policy \"p\" { input { price: int }  accept { cheap: price < 10 } }  # allow W0101",
        fix: "Remove it.";
    ALLOW_UNKNOWN = 603, "`allow` of an unknown code",
        cause: "A comment `# allow CODE` names a code that no lint has. Errors, and warnings whose code begins with `E`, cannot be silenced.",
        example: "policy \"p\" { input { price: int }  accept { cheap: price < 10 } }  # allow W9999",
        fix: "Write the code that the warning shows between brackets.";
}
