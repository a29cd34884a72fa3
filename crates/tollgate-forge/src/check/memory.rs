//! The memory of the module: texts that are known, where blocks begin, and the instructions that only our own functions have.

use oxc_ast::ast;

use super::body::Body;
use super::checker::Checker;
use super::known::entry::State;
use super::letters::{Table, words};
use super::types::{Bits, Int, Sign, Type};
use super::value::{Called, Value};
use crate::ir::op::{Access, Binary};
use crate::ir::text::text_block;
use crate::ir::{Const, DATA_START, Expr, MemoryStmt, Stmt};

const FUNCTION: i32 = 7;

impl Type {
    /// Returns how a value lies in memory.
    pub(super) fn access(self) -> Option<Access> {
        Some(match self {
            Self::Boolean => Access::U8,
            Self::Int(int) => match (int.bits, int.sign) {
                (Bits::B8, Sign::Signed) => Access::I8,
                (Bits::B8, Sign::Unsigned) => Access::U8,
                (Bits::B16, Sign::Signed) => Access::I16,
                (Bits::B16, Sign::Unsigned) => Access::U16,
                (Bits::B32, _) => Access::I32,
                (Bits::B64, _) => Access::I64,
            },
            Self::F32 => Access::F32,
            Self::Number | Self::Enum(_) => Access::F64,
            Self::Text | Self::Array(_) | Self::Record(_) | Self::Class(_) | Self::Function(_) => {
                Access::I32
            }
            Self::Maybe(..) | Self::Nothing(_) | Self::Union(_) | Self::Never => Access::I32,
            Self::Exact(exact) => return exact.of.ty().access(),
            Self::Rest(_) | Self::Void => return None,
        })
    }
}

impl<'a> Checker<'a> {
    /// Where the next byte comes to lie.
    fn next_address(&mut self) -> i32 {
        self.data.align();
        let address = self.data.bytes.len() + usize::from(DATA_START);
        self.word_of(address)
    }

    /// A number of bytes or units as the memory has it.
    fn word_of(&mut self, count: usize) -> i32 {
        i32::try_from(count).unwrap_or_else(|_| {
            self.internal("the texts of the program have no room in a memory");
            0
        })
    }

    /// The address of a text that is known, each once.
    pub(super) fn text(&mut self, units: Vec<u16>) -> Expr {
        if let Some(address) = self.data.texts.get(&units) {
            return Expr::i32(*address);
        }
        let address = self.next_address();
        self.word_of(units.len());
        self.data.bytes.extend(text_block(address, &units));
        self.data.texts.insert(units, address);
        Expr::i32(address)
    }

    /// The address of a block for a function that shares nothing.
    pub(super) fn function_block(&mut self, slot: i32) -> i32 {
        let address = self.next_address();
        self.data.word(FUNCTION);
        self.data.word(slot);
        address
    }

    /// A number as the memory has it.
    pub(super) fn word(&mut self, number: usize) -> i32 {
        self.word_of(number)
    }

    /// The address of these words.
    pub(super) fn words(&mut self, words: &[i32]) -> i32 {
        let address = self.next_address();
        words.iter().for_each(|word| self.data.word(*word));
        address
    }

    /// The address of a table of letters, each once.
    fn table(&mut self, table: Table) -> Expr {
        if let Some(address) = self.data.tables.get(&table) {
            return Expr::i32(*address);
        }
        let address = self.next_address();
        match words(table) {
            Ok(words) => words
                .into_iter()
                .for_each(|word| self.data.word(word.cast_signed())),
            Err(broken) => self.internal(broken),
        }
        self.data.tables.insert(table, address);
        Expr::i32(address)
    }

    /// Whether something is allocated while the program runs.
    pub(super) fn allocates(&self) -> bool {
        let allocate = self.standard_item("allocate");
        let entry = allocate.and_then(|index| self.functions.get(index));
        entry.is_some_and(|f| f.state != State::Waiting)
    }

    /// Puts the data into the module, and the first block behind it.
    pub(super) fn finish_memory(&mut self) {
        let allocates = self.allocates();
        if !allocates && self.data.bytes.is_empty() {
            return;
        }
        let end = self.next_address();
        let heap = self.standard_global("heap");
        if let Some(global) = heap.and_then(|id| self.module.globals.get_mut(id.0 as usize)) {
            global.value = Const::I32(end);
        }
        let memory = self.module.memory.get_or_insert_default();
        memory.data = std::mem::take(&mut self.data.bytes);
        memory.grows = allocates;
    }
}

impl<'a> Body<'_, 'a> {
    /// The instructions on memory that our own functions have; `None` when the name is none of them.
    pub(super) fn memory_builtin(
        &mut self,
        name: &str,
        node: &'a ast::CallExpression<'a>,
    ) -> Option<Option<Called>> {
        if Some(self.file as usize) != self.checker.standard {
            return None;
        }
        if let Some(done) = self.collection_builtin(name, node) {
            return Some(done);
        }
        let table = match name {
            "upperTable" => Some(Table::Upper),
            "lowerTable" => Some(Table::Lower),
            "sigmaTable" => Some(Table::Sigma),
            _ => None,
        };
        if let Some(table) = table {
            let address = self.checker.table(table);
            return Some(Some(Called::Value(Value::new(Type::I32, address))));
        }
        Some(match name {
            "load" => self.load(node).map(Called::Value),
            "store" => self.store(node).map(Called::Nothing),
            "memorySize" => Some(Called::Value(Value::new(
                Type::Int(Int::U32),
                Expr::MemorySize,
            ))),
            "memoryGrow" => self.grow(node).map(Called::Value),
            "memoryCopy" => self.copy(node).map(Called::Nothing),
            _ => return None,
        })
    }

    fn accessed(&mut self, node: &'a ast::CallExpression<'a>) -> Option<(Type, Access)> {
        let [ty] = node.type_arguments.as_ref()?.params.as_slice() else {
            return None;
        };
        let ty = self.written(ty)?;
        Some((ty, ty.access()?))
    }

    fn load(&mut self, node: &'a ast::CallExpression<'a>) -> Option<Value> {
        let (ty, access) = self.accessed(node)?;
        let [address] = self.exactly::<1>("load", node)?;
        let (address, offset) = with_offset(self.value_as(address, Type::I32)?);
        Some(Value::new(ty, address.load(access, offset)))
    }

    fn store(&mut self, node: &'a ast::CallExpression<'a>) -> Option<Stmt> {
        let (ty, access) = self.accessed(node)?;
        let [address, value] = self.exactly::<2>("store", node)?;
        let (address, offset) = with_offset(self.value_as(address, Type::I32)?);
        let value = self.value_as(value, ty)?;
        let store = MemoryStmt::Store(access, address, value, offset);
        Some(Stmt::Memory(Box::new(store)))
    }

    fn grow(&mut self, node: &'a ast::CallExpression<'a>) -> Option<Value> {
        let [pages] = self.exactly::<1>("memoryGrow", node)?;
        let pages = self.value_as(pages, Type::Int(Int::U32))?;
        Some(Value::new(Type::I32, Expr::MemoryGrow(Box::new(pages))))
    }

    fn copy(&mut self, node: &'a ast::CallExpression<'a>) -> Option<Stmt> {
        let [to, from, bytes] = self.exactly::<3>("memoryCopy", node)?;
        let to = self.value_as(to, Type::I32)?;
        let from = self.value_as(from, Type::I32)?;
        let bytes = self.value_as(bytes, Type::I32)?;
        Some(Stmt::Memory(Box::new(MemoryStmt::Copy(to, from, bytes))))
    }
}

/// Takes a number that is added to an address into the instruction.
fn with_offset(address: Expr) -> (Expr, u32) {
    match address {
        Expr::Binary(Binary::I32Add, base, by) => match *by {
            Expr::Const(Const::I32(offset)) if offset >= 0 => (*base, offset.cast_unsigned()),
            by => (base.binary(Binary::I32Add, by), 0),
        },
        address => (address, 0),
    }
}
