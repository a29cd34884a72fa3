//! F09xx: the program as a whole.

super::codes! {
    PROGRAM_TOO_LARGE = 901, "the program is too large",
        cause: "The program has more functions, variables or parameters than a module may have: 50,000 functions, 40,000 variables in one function, 255 parameters, 1,000 properties of an object, 200,000 properties of all types of objects together, 256 cases of a `switch`, 1,000 alternatives of a type, 200,000 of all types together, 1,000 bytes of a name; or it becomes more than a module may be: a million parts and one for each byte of its text, 7,000,000 bytes of code in one function.",
        example: "a function with 256 parameters",
        fix: "Split the function, or the program.";
    INTERNAL = 999, "a bug in Tollgate",
        cause: "The compiler broke a rule of its own, or made a module that is not valid, and noticed. Nothing was written.",
        example: "no text is known that gives this",
        fix: "Please report the text that gave it. Building without optimisation may avoid it.";
}
