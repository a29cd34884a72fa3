//! The programs of the generator.

/// The types of the generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ty {
    /// `number`
    Number,
    /// `boolean`
    Boolean,
    /// `f32`
    F32,
    /// An integer of a width, signed or not.
    Int(u32, bool),
    /// `string`
    Text,
    /// `number[]`, which is not told but through its elements.
    List,
    /// `interface Inner`, and `interface Outer` with one of them; neither is told but through its properties.
    Inner,
    Outer,
    /// `Inner[]`
    Inners,
    /// `interface Rest`: what is left of an `Inner` without its first property.
    Rest,
    /// Objects of a class of the program, by its number.
    Class(usize),
    /// A typed array of [`Ty::TYPED`], which is not told but through its elements.
    Typed(usize),
    /// `interface Face`, which some classes implement.
    Face,
    /// A type of [`Ty::FUNCTIONS`].
    Function(usize),
    /// A type of [`Ty::OPTIONS`], whose values may be missing.
    Opt(usize),
}

impl Ty {
    /// The types whose values may be missing, and what stands for none.
    pub const OPTIONS: [(Self, &'static [&'static str]); 9] = [
        (Self::Number, &["null", "undefined"]),
        (Self::Text, &["undefined"]),
        (Self::Inner, &["null", "undefined"]),
        (Self::Int(64, true), &["undefined"]),
        (Self::Boolean, &["null"]),
        (Self::F32, &["undefined"]),
        (Self::List, &["null", "undefined"]),
        (Self::Int(8, false), &["undefined"]),
        (Self::Function(1), &["null", "undefined"]),
    ];

    /// The typed arrays.
    pub const TYPED: [&'static str; 9] = [
        "Int8Array",
        "Uint8Array",
        "Uint8ClampedArray",
        "Int16Array",
        "Uint16Array",
        "Int32Array",
        "Uint32Array",
        "Float32Array",
        "Float64Array",
    ];

    /// The types of functions: what they take and give.
    pub const FUNCTIONS: [(&'static [Self], Self); 6] = [
        (&[Self::Number], Self::Number),
        (&[], Self::Text),
        (&[Self::Text, Self::Boolean], Self::Text),
        (&[Self::Int(64, true), Self::Inner], Self::Int(64, true)),
        (&[Self::F32, Self::Opt(0)], Self::Boolean),
        (&[Self::Number], Self::Text),
    ];

    /// What a function takes and gives.
    #[must_use]
    pub fn function(self) -> (&'static [Self], Self) {
        match self {
            Self::Function(at) => Self::FUNCTIONS
                .get(at)
                .copied()
                .unwrap_or((&[], Self::Number)),
            _ => (&[], Self::Number),
        }
    }

    /// Every type of functions.
    pub fn functions() -> impl Iterator<Item = Self> {
        (0..Self::FUNCTIONS.len()).map(Self::Function)
    }

    /// The type of the values that are there.
    #[must_use]
    pub fn base(self) -> Self {
        match self {
            Self::Opt(at) => Self::OPTIONS
                .get(at)
                .map_or(Self::Number, |(base, _)| *base),
            other => other,
        }
    }

    /// What stands for values that are missing.
    #[must_use]
    pub fn absent(self) -> &'static [&'static str] {
        match self {
            Self::Opt(at) => Self::OPTIONS.get(at).map_or(&[], |(_, absent)| *absent),
            _ => &[],
        }
    }

    /// The properties of an object.
    #[must_use]
    pub fn properties(self) -> &'static [(&'static str, Self)] {
        match self {
            Self::Inner => &[
                ("u", Self::Int(8, false)),
                ("x", Self::Number),
                ("t", Self::Text),
            ],
            Self::Outer => &[
                ("b", Self::Boolean),
                ("n", Self::Number),
                ("i", Self::Int(16, true)),
                ("w", Self::Int(64, true)),
                ("f", Self::F32),
                ("s", Self::Text),
                ("l", Self::List),
                ("p", Self::Inner),
                ("m", Self::Opt(1)),
                ("o", Self::Opt(2)),
                ("k", Self::Function(0)),
            ],
            Self::Opt(_) | Self::Function(_) | Self::Class(_) | Self::Face | Self::Typed(_) => &[],
            Self::Rest => &[("x", Self::Number), ("t", Self::Text)],
            Self::Number
            | Self::Boolean
            | Self::F32
            | Self::Int(..)
            | Self::Text
            | Self::List
            | Self::Inners => &[],
        }
    }

    /// Every type whose values are told.
    pub const ALL: [Self; 12] = [
        Self::Number,
        Self::Boolean,
        Self::F32,
        Self::Int(8, true),
        Self::Int(8, false),
        Self::Int(16, true),
        Self::Int(16, false),
        Self::Int(32, true),
        Self::Int(32, false),
        Self::Int(64, true),
        Self::Int(64, false),
        Self::Text,
    ];

    /// The name in TypeScript.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Number => "number".to_owned(),
            Self::Boolean => "boolean".to_owned(),
            Self::F32 => "f32".to_owned(),
            Self::Text => "string".to_owned(),
            Self::List => "number[]".to_owned(),
            Self::Inner => "Inner".to_owned(),
            Self::Outer => "Outer".to_owned(),
            Self::Inners => "Inner[]".to_owned(),
            Self::Class(number) => format!("K{number}"),
            Self::Face => "Face".to_owned(),
            Self::Typed(at) => Self::TYPED.get(at).copied().unwrap_or_default().to_owned(),
            Self::Rest => "Rest".to_owned(),
            Self::Function(_) => {
                let (params, result) = self.function();
                let params = params.iter().zip(["a", "b", "c"]);
                let params: Vec<String> = params
                    .map(|(ty, name)| format!("{name}: {}", ty.name()))
                    .collect();
                format!("(({}) => {})", params.join(", "), result.name())
            }
            Self::Opt(_) => format!("{} | {}", self.base().name(), self.absent().join(" | ")),
            Self::Int(bits, signed) => format!("{}{bits}", if signed { 'i' } else { 'u' }),
        }
    }

    /// Whether values are `BigInt`s in JavaScript.
    #[must_use]
    pub fn big(self) -> bool {
        matches!(self, Self::Int(64, _))
    }
}

/// Where an operator of one operand stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Before,
    Behind,
}

/// An expression.
#[derive(Debug, Clone)]
pub enum Expr {
    /// A number by its text, or `true` and `false`.
    Literal(Ty, String),
    Variable(Ty, String),
    /// An arithmetic operator on operands of one type.
    Binary(Ty, &'static str, Box<Expr>, Box<Expr>),
    /// A comparison of operands of a type.
    Compare(Ty, &'static str, Box<Expr>, Box<Expr>),
    /// `&&` and `||` on operands of one type.
    Logical(Ty, &'static str, Box<Expr>, Box<Expr>),
    Not(Box<Expr>),
    /// `-`, `+` and `~`.
    Unary(Ty, &'static str, Box<Expr>),
    Conditional(Ty, Box<Expr>, Box<Expr>, Box<Expr>),
    /// From a type to another.
    Cast(Ty, Ty, Box<Expr>),
    Call(Ty, String, Vec<Expr>),
    /// `x = e`, `x += e`; the operator is empty for a plain one.
    Assign(Ty, String, &'static str, Box<Expr>),
    /// `x++`, `--x`: the operator and where it stands.
    Update(Ty, String, &'static str, Side),
    /// A function of `Math` on numbers.
    Math(&'static str, Vec<Expr>),
    Comma(Box<Expr>, Box<Expr>),
    /// A method of a value: what it gives, the value, its name, its arguments.
    Method(Ty, Box<Expr>, &'static str, Vec<Expr>),
    /// The length of a text or a list.
    Length(Box<Expr>),
    /// A template of these values.
    Template(Vec<Expr>),
    /// A list of these numbers.
    List(Vec<Expr>),
    /// A list and more numbers behind it, spread.
    Spread(Box<Expr>, Box<Expr>),
    /// An object of a type, with its properties in some order.
    Object(Ty, Vec<(&'static str, Expr)>),
    /// A property of an object: its type, the object, its name.
    Property(Ty, Box<Expr>, &'static str),
    /// Writes a property: its type, the object, its name, the value.
    SetProperty(Ty, Box<Expr>, &'static str, Box<Expr>),
    /// Makes an object of a class, by its number, as a value of a type.
    New(Ty, usize, Vec<Expr>),
    /// A method of the class above: what it gives, its name, its arguments.
    Super(Ty, &'static str, Vec<Expr>),
    InstanceOf(Box<Expr>, usize),
    /// A typed array: its type, and its length or what it is made of.
    NewTyped(Ty, Box<Expr>),
    /// Writes an element of a typed array, and has what was written.
    SetTyped(Box<Expr>, Box<Expr>, Box<Expr>),
    /// An array of objects.
    Objects(Vec<Expr>),
    /// Values of any types, which a pattern takes one by one.
    Items(Vec<Expr>),
    /// An object that has the properties of another one, with some of its own: the type, the other, the properties.
    With(Ty, Box<Expr>, Vec<(&'static str, Expr)>),
    /// `null` or `undefined` for a type.
    Nothing(Ty, &'static str),
    /// A value in the place of one that may be missing.
    There(Ty, Box<Expr>),
    /// What follows `?` of a value that may be missing.
    Linked(Ty, Box<Expr>, &'static str),
    /// `x!`
    Asserted(Box<Expr>),
    /// `a ?? b` and `a || b`, where only the first may be missing.
    OrElse(&'static str, Box<Expr>, Box<Expr>),
    /// A test of a variable, and what is there if it holds.
    LookedAt(Ty, String, Box<Expr>, Box<Expr>),
    /// A function that is written as an expression: its type, its parameters, its statements, what it returns.
    Lambda(Ty, Vec<(String, Ty)>, Vec<Stmt>, Box<Expr>),
    /// A call of a function that is a value: what it gives, the function, the arguments.
    CallValue(Ty, Box<Expr>, Vec<Expr>),
    /// A value that goes through a generic declaration, and another one that goes with it: in which way, and whether the types
    /// are written.
    Generic(Ty, (usize, bool), Box<Expr>, Box<Expr>),
    /// What a map and a set of values of a type say of them.
    Census(Ty, Vec<Expr>),
    /// What is told of values of unions that a number, a text and a boolean become, and of their JSON, in which way.
    OfUnion(usize, Box<[Expr; 3]>),
    /// A call with numbers, and with what the lists among its arguments have, which gives a number.
    Gather(String, Vec<Expr>),
    /// `Array.from` of a length or of a list, with a function: its parameters, and its value.
    From(Box<Expr>, Vec<String>, Box<Expr>),
    /// A value, or an exception of a kind if a condition holds.
    Fails(Ty, usize, Box<Expr>, Box<Expr>),
    /// What is said of the error in a variable.
    Said(String),
    /// An element of a list.
    At(Box<Expr>, Box<Expr>),
    /// The same as a value that may be missing.
    Element(Ty, Box<Expr>, Box<Expr>),
    /// Takes the last element of the list in a variable.
    Pop(String),
    /// A method that calls a function for each element: what it gives, the list, its name, the function's parameters and value,
    /// and what comes behind the function.
    Each(
        Ty,
        Box<Expr>,
        &'static str,
        Vec<String>,
        Box<Expr>,
        Vec<Expr>,
    ),
}

impl Expr {
    /// The type of the value.
    #[must_use]
    pub fn ty(&self) -> Ty {
        match self {
            Self::Literal(ty, _)
            | Self::Variable(ty, _)
            | Self::Binary(ty, ..)
            | Self::Logical(ty, ..)
            | Self::Unary(ty, ..)
            | Self::Conditional(ty, ..)
            | Self::Cast(_, ty, _)
            | Self::Call(ty, ..)
            | Self::Assign(ty, ..)
            | Self::Update(ty, ..)
            | Self::Method(ty, ..)
            | Self::Object(ty, ..)
            | Self::Property(ty, ..)
            | Self::SetProperty(ty, ..)
            | Self::With(ty, ..)
            | Self::Nothing(ty, _)
            | Self::There(ty, _)
            | Self::Element(ty, ..)
            | Self::Linked(ty, ..)
            | Self::LookedAt(ty, ..)
            | Self::Lambda(ty, ..)
            | Self::CallValue(ty, ..)
            | Self::Generic(ty, ..)
            | Self::Fails(ty, ..)
            | Self::Each(ty, ..) => *ty,
            Self::Super(ty, ..) => *ty,
            Self::New(ty, ..) | Self::NewTyped(ty, _) => *ty,
            Self::SetTyped(..) => Ty::Number,
            Self::Compare(..) | Self::Not(_) | Self::InstanceOf(..) => Ty::Boolean,
            Self::Math(..) | Self::Length(_) | Self::At(..) | Self::Pop(_) | Self::Gather(..) => {
                Ty::Number
            }
            Self::List(_) | Self::Spread(..) | Self::Items(_) | Self::From(..) => Ty::List,
            Self::Objects(_) => Ty::Inners,
            Self::Template(_) | Self::Census(..) | Self::OfUnion(..) | Self::Said(_) => Ty::Text,
            Self::Comma(_, last) | Self::OrElse(_, _, last) => last.ty(),
            Self::Asserted(value) => value.ty().base(),
        }
    }
}

/// A statement.
#[derive(Debug, Clone)]
pub enum Stmt {
    /// `let` or `const`, with a written type or an inferred one.
    Declare {
        keyword: &'static str,
        name: String,
        written: bool,
        value: Expr,
    },
    Expr(Expr),
    Tell(Expr),
    If(Expr, Vec<Stmt>, Vec<Stmt>),
    /// A loop of at most so many rounds: its kind, counter, condition and label.
    Loop {
        kind: LoopKind,
        label: String,
        counter: String,
        rounds: u32,
        condition: Expr,
        body: Vec<Stmt>,
    },
    Switch(Expr, Vec<(Option<Expr>, Vec<Stmt>)>),
    /// `break` or `continue`, with a label or none.
    Jump(&'static str, Option<String>),
    Return(Expr),
    Block(Option<String>, Vec<Stmt>),
    /// Writes an element: the list's variable, the index, the value.
    SetAt(String, Expr, Expr),
    /// Goes over a list: the variable or a pattern, the list, the body.
    Over(Pattern, Expr, Vec<Stmt>),
    /// A test of a variable that may be missing, and what is done in each case.
    LookedAt(String, Vec<Stmt>, Vec<Stmt>),
    /// Gives a variable a value if it is missing, in one of three ways.
    Filled(String, Expr, usize),
    /// Throws what is made of a text, or what is in a variable.
    Throw(String, Option<Expr>),
    Try(Box<Attempt>),
    /// Takes a value apart: `const`, `let`, or nothing for an assignment.
    Take {
        keyword: Option<&'static str>,
        pattern: Pattern,
        value: Expr,
    },
}

/// A `try`.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// What is tried.
    pub body: Vec<Stmt>,
    /// The variable and the statements of `catch`.
    pub handler: Option<(Option<String>, Vec<Stmt>)>,
    /// The statements of `finally`.
    pub last: Option<Vec<Stmt>>,
}

/// What takes a value.
#[derive(Debug, Clone)]
pub enum Pattern {
    Name(String),
    /// A property of an object.
    Property(Box<Expr>, &'static str),
    /// Properties and the rest of an object.
    Object(Vec<(&'static str, Part)>, Option<Box<Pattern>>),
    /// Elements, some of which are left out, and the rest of a list.
    List(Vec<Option<Part>>, Option<Box<Pattern>>),
    /// Elements of a list that has them all.
    Items(Vec<Option<Part>>),
    /// Nothing takes the value; only while a pattern is made.
    Skipped,
}

impl Pattern {
    /// Whether something in it has a default.
    #[must_use]
    pub fn chooses(&self) -> bool {
        let part = |part: &Part| part.default.is_some() || part.pattern.chooses();
        match self {
            Self::Name(_) | Self::Property(..) | Self::Skipped => false,
            Self::Object(parts, rest) => {
                parts.iter().any(|(_, inner)| part(inner))
                    || rest.as_ref().is_some_and(|rest| rest.chooses())
            }
            Self::Items(parts) => parts.iter().flatten().any(part),
            Self::List(parts, rest) => {
                parts.iter().flatten().any(part) || rest.as_ref().is_some_and(|rest| rest.chooses())
            }
        }
    }
}

/// A pattern inside of another one, with its default.
#[derive(Debug, Clone)]
pub struct Part {
    pub pattern: Pattern,
    pub default: Option<Expr>,
}

/// How a loop is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoopKind {
    While,
    DoWhile,
    For,
}

/// A function.
#[derive(Debug, Clone)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Its parameters; a default follows from behind.
    pub params: Vec<(Pattern, Ty, Option<Expr>)>,
    /// Its result.
    pub result: Ty,
    /// Its statements.
    pub body: Vec<Stmt>,
}

/// A class.
#[derive(Debug, Clone)]
pub struct Class {
    /// Its number, which its name has.
    pub number: usize,
    /// The class that it extends.
    pub parent: Option<usize>,
    /// It implements `Face`, or one that it extends does.
    pub is_face: bool,
    /// It does, and none of those that it extends.
    pub begins_face: bool,
    /// Its fields; one that is called `s` is static.
    pub fields: Vec<ClassField>,
    /// Its constructor, if it has its own.
    pub constructor: Option<Constructor>,
    /// Its methods by name, with what they take and give.
    pub signatures: Vec<(&'static str, Vec<Ty>, Ty)>,
    /// It has a getter and a setter.
    pub accessor: bool,
    /// What it declares with a body.
    pub methods: Vec<Method>,
}

/// A field of a class.
#[derive(Debug, Clone)]
pub struct ClassField {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: Ty,
    /// Its first value, if the constructor does not give it one.
    pub value: Option<Expr>,
}

/// A constructor.
#[derive(Debug, Clone)]
pub struct Constructor {
    /// Its parameters.
    pub params: Vec<(String, Ty)>,
    /// What the constructor of the class above is given, if there is one.
    pub given: Option<Vec<Expr>>,
    /// What it does then.
    pub body: Vec<Stmt>,
}

/// A method, a getter or a setter.
#[derive(Debug, Clone)]
pub struct Method {
    /// Its name, with the word before it.
    pub name: &'static str,
    /// Its parameters.
    pub params: Vec<(String, Ty)>,
    /// What it gives.
    pub result: Ty,
    /// What it does.
    pub body: Vec<Stmt>,
    /// What it returns; a setter returns nothing.
    pub value: Option<Expr>,
}

/// A program. Its last function is `main`.
#[derive(Debug, Clone)]
pub struct Program {
    /// Its classes, each behind the one that it extends.
    pub classes: Vec<Class>,
    /// Variables of the file.
    pub globals: Vec<Stmt>,
    /// Functions that call those before them.
    pub functions: Vec<Function>,
    /// It has exceptions.
    pub throws: bool,
    /// Its union, what looks at values of it, and what writes JSON, in both languages.
    pub unions: String,
}
