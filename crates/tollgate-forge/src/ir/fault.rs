//! Faults: what a program does that has no value here.
//!
//! A fault ends the program where nothing handles exceptions, as a trap does. Where something does, it is an error of one of the
//! classes below. What JavaScript throws itself has the class that it has there, and its message.

use super::{Expr, FuncId};

/// A fault: what it is, and what it says more.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    /// What the message has at its end, if the kind says that there is something.
    pub(crate) value: Option<Expr>,
    /// What ends the program, and is there for its name: the name is the message then.
    pub(crate) end: Option<FuncId>,
}

impl Fault {
    /// A fault of which there is nothing more to say.
    pub(crate) const fn of(kind: FaultKind) -> Self {
        Self {
            kind,
            value: None,
            end: None,
        }
    }
}

/// What a fault says behind its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum More {
    Nothing,
    Number,
    /// The whole message is a text of its own.
    Text,
}

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident $class:literal $more:ident $message:literal;)*) => {
        /// The kinds of faults.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum FaultKind {
            $($(#[$doc])* $name,)*
        }

        impl FaultKind {
            /// The kind of a name, as our own functions write it.
            pub(crate) fn named(name: &str) -> Option<Self> {
                match name {
                    $(stringify!($name) => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// The class of the error.
            pub(crate) fn class(self) -> &'static str {
                match self {
                    $(Self::$name => $class,)*
                }
            }

            pub(crate) fn message(self) -> &'static str {
                match self {
                    $(Self::$name => $message,)*
                }
            }

            pub(crate) fn more(self) -> More {
                match self {
                    $(Self::$name => More::$more,)*
                }
            }
        }
    };
}

faults! {
    /// An element of an array or a text that is not there.
    Element "RangeError" Nothing "there is no element at this index";
    /// A value that is `null` or `undefined` where one is needed.
    Missing "TypeError" Nothing "the value is missing";
    /// A value that is of another type than it was when the program looked.
    Changed "TypeError" Nothing "the value is of another type now";
    /// `x as C` of another object.
    Cast "TypeError" Nothing "the object is none of the class";
    /// A `switch` over listed values, none of which it is.
    Case "TypeError" Nothing "the value is none of those that its type lists";
    /// An array that is of another length after a function was called for its elements.
    Resized "TypeError" Nothing "the array changed while a method went over it";
    /// A variable or a field without a value.
    NoValue "ReferenceError" Text "";
    /// JSON of too many levels.
    Levels "TypeError" Text "";
    DivisionByZero "RangeError" Nothing "Division by zero";
    /// The smallest integer divided by -1.
    Quotient "RangeError" Nothing "the quotient has no place in its type";
    ArrayLength "RangeError" Nothing "Invalid array length";
    TypedLength "RangeError" Number "Invalid typed array length: ";
    TypedOffset "RangeError" Nothing "offset is out of bounds";
    TextLength "RangeError" Nothing "Invalid string length";
    Count "RangeError" Number "Invalid count value: ";
    CodePoint "RangeError" Number "Invalid code point ";
    Digits "RangeError" Nothing "toFixed() digits argument must be between 0 and 100";
    Base "RangeError" Nothing "toString() radix argument must be between 2 and 36";
}
