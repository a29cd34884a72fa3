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
    UNUSED_FIXTURE = 107, "fixture that no test starts from",
        cause: "No test and no other fixture of the bundle names a fixture. Its values are not even looked at. A file without a policy or guard is a library and is not reported.",
        example: "policy \"p\" { input { price: int }  accept { cheap: price < 10 } }  fixture dear { price: 90 }  test \"t\" { input { price: 3 }  expect accept }",
        fix: "Remove it, or start from it: `input dear`, `input dear with { price: 91 }`.";
    DROPPED_FIELD = 108, "field of a test that an open record drops",
        cause: "A test gives a field that an open record does not name, so nothing reads it, and a field of nearly the same name is not given: the test shows less than it seems to.",
        example: "policy \"p\" { input { price: int?, .. }  accept { cheap: price else 0 < 10 } }  test \"t\" { input { prize: 3 }  expect accept }",
        fix: "Correct the name. Where callers send this field too, and it is to be dropped, `# allow W0108` says so.";
    UNREACHABLE = 201, "rule that is never reached",
        cause: "A rule, a group or `otherwise` stands behind a rule that decides for every input that comes to it, such as `true`.",
        example: "policy \"p\" { input { a: int }  accept any { all: true  some: a > 3 } }",
        fix: "Remove it, or put it before the rule that always decides.";
    DUPLICATE_RULE = 202, "rule twice in a group",
        cause: "Two rules of a group have the same condition, so the second one never makes a difference. Another condition was probably meant.",
        example: "policy \"p\" { input { a: int, b: int }  reject { low: a < 3  lower: a < 3  other: b < 3 }  otherwise accept }",
        fix: "Remove one, or write the condition that was meant.";
    COVERED_RULE = 203, "rule that says what others have said",
        cause: "Whenever a rule of an `any` group holds, what stands before it has decided; or a rule of an `all` group holds whenever those before it do. A group of more than 64 rules is only searched for equal conditions.",
        example: "policy \"p\" { input { a: int }  reject { high: a > 10  higher: a > 20 }  otherwise accept }",
        fix: "Remove it, put it first where its own message matters, or change its limit.";
    CONTRADICTION = 301, "condition that never holds",
        cause: "A condition leaves no value for what another one compares: both must hold and no input makes both true.",
        example: "policy \"p\" { input { a: int }  accept { some: a > 5 AND a < 3 } }",
        fix: "Change one of the two: a limit, `<` for `>`, or OR for AND.";
    ALWAYS_TRUE = 302, "condition that always holds",
        cause: "A condition holds for every input: the sides of an OR leave nothing out. `role != \"a\" OR role != \"b\"` is the usual one, where AND was meant.",
        example: "policy \"p\" { input { role: string, a: int }  reject { other: role != \"admin\" OR role != \"owner\"  low: a < 3 } }",
        fix: "Write AND for OR, `not in [\"a\", \"b\"]`, or `true` when it is meant.";
    NEVER_ACCEPTS = 303, "policy that never accepts",
        cause: "A policy has conditions and accepts nothing: no group accepts, what accepts contradicts itself, or other rules decide before. A policy that only says `otherwise reject`, or whose accepting rule is `false`, is meant so and not reported.",
        example: "policy \"p\" { input { a: int }  reject { high: a > 10 }  accept { higher: a > 20 } }",
        fix: "Add a group that accepts, change what contradicts it, or write `otherwise accept` where everything that no rule rejects is to be accepted.";
    ONE_DECISION = 304, "policy that decides the same for every input",
        cause: "A policy has conditions, and whatever they come to it accepts (or escalates).",
        example: "policy \"p\" { input { a: int }  accept { low: a < 3 }  otherwise accept }",
        fix: "Add a rule that decides something else, or another `otherwise`.";
    GLOB_WITHOUT_WILDCARD = 401, "glob without a wildcard",
        cause: "A glob or did pattern without `*` and `?` matches one text only: it is an equality. A glob matches the whole text, so what was meant may be a part or a beginning of it.",
        example: "policy \"p\" { input { path: string }  accept { docs: path matches \"/docs/\" } }",
        fix: "Write `==` when this one text is meant, or add the `*`: `\"/docs/*\"`.";
    REGEX_IN_GLOB = 402, "regular expression written as a glob",
        cause: "A glob has parts that mean something in regular expressions and stand for themselves in a glob: `^` in front, `$` at the end, `.*`, `.+`, `\\d`, `[a-z]`. In a glob `.*` is a dot and then any text.",
        example: "policy \"p\" { input { path: string }  reject { secret: path matches \".*secret.*\" }  otherwise accept }",
        fix: "Write `*` for any text, or a regular expression between slashes: `path matches /…/`. A character that stands for itself has a `\\` before it in the glob.";
    COVERED_NETWORK = 403, "network that another one of its list has in it",
        cause: "A list of networks that is asked for what is in it names a network that is inside of another one of the list, or the same one twice: it makes no difference. Another network or another length of the prefix may be meant.",
        example: "policy \"p\" { input { address: ip }  reject { banned: address in [\"10.0.0.0/8\", \"10.1.0.0/16\"] }  otherwise accept }",
        fix: "Remove it, or write the network that was meant.";
    NETWORKS_AS_TEXTS = 404, "networks that are compared as texts",
        cause: "A text is looked for in a list of networks. Texts are equal or not: no address is in `\"10.0.0.0/8\"`, only this text itself is.",
        example: "policy \"p\" { input { source: string }  reject { inside: source in [\"10.0.0.0/8\"] }  otherwise accept }",
        fix: "Declare the text as `ip`, or as `cidr`: then `in` asks whether it is in one of the networks. Where the text of a network is meant, `# allow W0404` says so.";
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
