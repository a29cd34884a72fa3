//! The typed IR: functions of structured statements over expressions, close to WebAssembly and free of TypeScript.
//!
//! The checker makes it, the optimiser rewrites it, the emitter writes it. Values are those of WebAssembly: a small integer is
//! an `i32` that is always in its range, a boolean an `i32` that is 0 or 1. Operands are evaluated from left to right.

pub(crate) mod fault;
pub(crate) mod op;
pub(crate) mod text;
pub(crate) mod walk;

use std::collections::BTreeMap;

use tollgate_diagnostics::span::Span;

use fault::{Fault, FaultKind};
use op::{Access, Binary, Unary, Val};

/// A rule of the compiler that the compiler itself broke. Nothing is built then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Broken(pub(crate) &'static str);

/// A function, imported or defined, by its place in [`Module::functions`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FuncId(pub(crate) u32);

/// A global variable by its place in [`Module::globals`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct GlobalId(pub(crate) u32);

/// A parameter or variable by its place in the locals of its function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct LocalId(pub(crate) u32);

/// A block of the data with functions in it, by its place in [`Module::statics`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct StaticId(pub(crate) u32);

/// A variable that functions inside of its own share; the same in all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SharedId(pub(crate) u32);

/// What a branch leads to; unique in its function.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Label(pub(crate) u32);

/// A constant. Floats are kept as bits: NaN and -0 stay what they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Const {
    I32(i32),
    I64(i64),
    F32(u32),
    F64(u64),
}

impl Const {
    pub(crate) fn f64(value: f64) -> Self {
        Self::F64(value.to_bits())
    }

    pub(crate) fn f32(value: f32) -> Self {
        Self::F32(value.to_bits())
    }

    /// Returns the zero of a type.
    pub(crate) fn zero(ty: Val) -> Self {
        match ty {
            Val::I32 => Self::I32(0),
            Val::I64 => Self::I64(0),
            Val::F32 => Self::F32(0),
            Val::F64 => Self::F64(0),
        }
    }

    pub(crate) fn ty(self) -> Val {
        match self {
            Self::I32(_) => Val::I32,
            Self::I64(_) => Val::I64,
            Self::F32(_) => Val::F32,
            Self::F64(_) => Val::F64,
        }
    }
}

/// Something with a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expr {
    Const(Const),
    Local(LocalId),
    Global(GlobalId),
    Unary(Unary, Box<Expr>),
    Binary(Binary, Box<Expr>, Box<Expr>),
    /// A call of a function that returns a value.
    Call(FuncId, Vec<Expr>),
    /// A call of a function that is a value, and returns one.
    CallValue(Box<CallValue>),
    /// The place of a function in the table.
    Slot(FuncId),
    /// The address of a block of the data.
    Static(StaticId),
    /// What an inner function gets of a variable that it shares. The checker replaces it when all functions are known.
    Cell(LocalId),
    /// What lies at an address, so many bytes on.
    Load(Access, Box<Expr>, u32),
    /// The pages of the memory.
    MemorySize,
    /// Asks for more pages: how many there were, or -1.
    MemoryGrow(Box<Expr>),
    /// Evaluates one of two branches.
    If(Box<Conditional>),
    /// Assigns, and has the assigned value.
    Tee(LocalId, Box<Expr>),
    /// Runs statements, then evaluates.
    Before(Vec<Stmt>, Box<Expr>),
    /// Evaluates, then runs statements; the value is that from before.
    After(Box<Expr>, Vec<Stmt>),
}

/// A call of a function that is a value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CallValue {
    pub(crate) signature: Signature,
    pub(crate) arguments: Vec<Expr>,
    /// The place in the table, evaluated behind the arguments.
    pub(crate) slot: Expr,
}

/// The parts of [`Expr::If`].
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Conditional {
    pub(crate) ty: Val,
    pub(crate) condition: Expr,
    pub(crate) then: Expr,
    pub(crate) otherwise: Expr,
}

/// Something that is done.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Stmt {
    /// Evaluates for the effects.
    Drop(Expr),
    /// A call of a function without a result.
    Call(FuncId, Vec<Expr>),
    /// A call of a function that is a value, without a result.
    CallValue(Box<CallValue>),
    SetLocal(LocalId, Expr),
    SetGlobal(GlobalId, Expr),
    If(Expr, Vec<Stmt>, Vec<Stmt>),
    /// A branch to the label leaves the block.
    Block(Label, Vec<Stmt>),
    /// A branch to the label starts the next round; the end of the body leaves the loop.
    Loop(Label, Vec<Stmt>),
    Branch(Label),
    BranchIf(Label, Expr),
    Return(Option<Expr>),
    Unreachable,
    /// Ends the program, or throws an error where exceptions are handled. [`crate::exceptions`] replaces it.
    Fault(Box<Fault>),
    Memory(Box<MemoryStmt>),
    /// The variable has no value from here on, as its declaration says. Nothing is emitted for it.
    Forget(LocalId),
    /// A variable that inner functions may share begins to be. The checker replaces it when all functions are known.
    Fresh(LocalId, Fresh),
    /// Throws the error at an address, which is not 0. [`crate::exceptions`] replaces it.
    Throw(Expr),
    /// Statements whose exceptions are handled. [`crate::exceptions`] replaces it.
    Try(Box<Try>),
}

/// The parts of [`Stmt::Try`].
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Try {
    pub(crate) body: Vec<Stmt>,
    pub(crate) handler: Handler,
}

/// What is done with an exception of a [`Try`].
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Handler {
    /// The variable gets the address of the error, then the statements run. Nothing is thrown any more.
    Catch(LocalId, Vec<Stmt>),
    /// The statements run however the body is left: at its end, by an exception, by a branch out of it, by a `return`. Where they
    /// come to their end, that goes on.
    Finally(Vec<Stmt>),
}

impl Handler {
    pub(crate) fn statements(&self) -> &Vec<Stmt> {
        let (Self::Catch(_, statements) | Self::Finally(statements)) = self;
        statements
    }

    pub(crate) fn statements_mut(&mut self) -> &mut Vec<Stmt> {
        let (Self::Catch(_, statements) | Self::Finally(statements)) = self;
        statements
    }
}

/// How a variable that inner functions may share begins to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fresh {
    /// `let`, `const` and functions: it cannot be used before its declaration ran.
    Lexical,
    Var,
    /// The next round of a `for` begins with the value of the last one.
    Again,
}

/// What changes the memory.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum MemoryStmt {
    /// Writes a value to an address, so many bytes on.
    Store(Access, Expr, Expr, u32),
    /// Copies bytes: where to, where from, how many.
    Copy(Expr, Expr, Expr),
}

/// A parameter or a variable of a function.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Local {
    pub(crate) ty: Val,
    /// As the source has it; `None` for one of ours.
    pub(crate) name: Option<String>,
    /// Where it is declared without a value: reading it before an assignment is an error.
    pub(crate) unassigned: Option<Span>,
    pub(crate) sharing: Sharing,
}

/// Whether a variable is shared with other functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Sharing {
    #[default]
    No,
    /// Functions inside of this one may use it.
    Own(SharedId),
    /// It is one of a function around this one: the bytes from the beginning of this function's block.
    Outer(SharedId, u32),
}

/// Parameters and result of a function.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Signature {
    pub(crate) params: Vec<Val>,
    pub(crate) result: Option<Val>,
}

/// A function.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Function {
    /// The name in the name section.
    pub(crate) name: String,
    pub(crate) signature: Signature,
    pub(crate) kind: FunctionKind,
}

/// Where a function comes from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum FunctionKind {
    /// The host gives it.
    Import {
        module: String,
        field: String,
    },
    Defined(Body),
}

/// What a function does. The first locals are its parameters.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Body {
    pub(crate) locals: Vec<Local>,
    pub(crate) statements: Vec<Stmt>,
}

/// A global variable.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Global {
    pub(crate) name: String,
    pub(crate) value: Const,
    pub(crate) mutable: bool,
}

/// What an export gives out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Export {
    Function(FuncId),
    Global(GlobalId),
    /// The memory.
    Memory,
}

/// The memory of a module.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Memory {
    /// What lies from [`DATA_START`] on when the module is instantiated.
    pub(crate) data: Vec<u8>,
    /// More is asked for while it runs.
    pub(crate) grows: bool,
}

/// Where data begins. The bytes below stand for nothing: an address of 0 reads a text of length 0, and no block begins at the words
/// that stand for `false` and `true` where a value may be something else.
pub(crate) const DATA_START: u16 = 24;

/// A whole program.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Module {
    pub(crate) functions: Vec<Function>,
    pub(crate) globals: Vec<Global>,
    pub(crate) exports: Vec<(String, Export)>,
    /// Runs when the module is instantiated.
    pub(crate) start: Option<FuncId>,
    pub(crate) memory: Option<Memory>,
    /// The functions that are values, by their place in the table but for the first, which is empty. What is never used has
    /// none.
    pub(crate) table: Vec<Option<FuncId>>,
    pub(crate) statics: Vec<Static>,
    /// What exceptions need, where the program has `throw` or `try`.
    pub(crate) exceptions: Option<Exceptions>,
    /// What makes the error of a fault and puts it on its way, where the program has `try`: it takes where that is, and what the
    /// kind of fault says more.
    pub(crate) faults: BTreeMap<FaultKind, FuncId>,
}

/// What exceptions need of a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exceptions {
    /// The error that is on its way to a handler, or 0.
    pub(crate) thrown: GlobalId,
    /// Takes an error that nothing catches, and tells the host of it.
    pub(crate) report: FuncId,
    /// What the host is told of it: address and length of UTF-8, as in docs/abi.md.
    pub(crate) uncaught: GlobalId,
    /// Ends the program, and is there for its name.
    pub(crate) end: FuncId,
    /// Where the next block is allocated, if what a call from outside allocated is free when it ends.
    pub(crate) heap: Option<GlobalId>,
    /// Where the next block is allocated.
    pub(crate) next: GlobalId,
}

/// A block of the data with functions in it, which are used if the block is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Static {
    pub(crate) address: i32,
    pub(crate) functions: Vec<FuncId>,
}

impl Module {
    pub(crate) fn function(&self, id: FuncId) -> Option<&Function> {
        self.functions.get(id.0 as usize)
    }
}

impl Function {
    pub(crate) fn body(&self) -> Option<&Body> {
        match &self.kind {
            FunctionKind::Defined(body) => Some(body),
            FunctionKind::Import { .. } => None,
        }
    }
}

impl Stmt {
    /// A fault of which there is nothing more to say.
    pub(crate) fn fault(kind: FaultKind) -> Self {
        Self::Fault(Box::new(Fault::of(kind)))
    }

    /// A fault with the function that ends the program, whose name is the message.
    pub(crate) fn named_fault(kind: FaultKind, end: FuncId) -> Self {
        Self::Fault(Box::new(Fault {
            end: Some(end),
            ..Fault::of(kind)
        }))
    }
}

impl Expr {
    pub(crate) fn i32(value: i32) -> Self {
        Self::Const(Const::I32(value))
    }

    /// The value, computed after some statements if there are any.
    pub(crate) fn after(self, statements: Vec<Stmt>) -> Self {
        if statements.is_empty() {
            self
        } else {
            Self::Before(statements, Box::new(self))
        }
    }

    pub(crate) fn load(self, access: Access, offset: u32) -> Self {
        Self::Load(access, Box::new(self), offset)
    }

    pub(crate) fn i64(value: i64) -> Self {
        Self::Const(Const::I64(value))
    }

    pub(crate) fn f64(value: f64) -> Self {
        Self::Const(Const::f64(value))
    }

    pub(crate) fn unary(self, op: Unary) -> Self {
        Self::Unary(op, Box::new(self))
    }

    pub(crate) fn binary(self, op: Binary, right: Self) -> Self {
        Self::Binary(op, Box::new(self), Box::new(right))
    }

    pub(crate) fn conditional(ty: Val, condition: Self, then: Self, otherwise: Self) -> Self {
        Self::If(Box::new(Conditional {
            ty,
            condition,
            then,
            otherwise,
        }))
    }
}
