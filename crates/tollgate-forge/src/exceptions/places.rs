//! The texts that say in which function a fault is.

use std::collections::HashMap;

use crate::ir::text::text_block;
use crate::ir::{Broken, Const, DATA_START, Expr, GlobalId, Module};

/// Texts that come behind the data of a module.
pub(super) struct Places {
    /// Where the next block is allocated.
    next: GlobalId,
    begins: usize,
    bytes: Vec<u8>,
    known: HashMap<String, i32>,
}

impl Places {
    pub(super) fn new(module: &Module, next: GlobalId) -> Self {
        let data = module.memory.as_ref().map_or(0, |memory| memory.data.len());
        Self {
            next,
            begins: data.next_multiple_of(8),
            bytes: Vec::new(),
            known: HashMap::new(),
        }
    }

    /// The address of the text for a function.
    pub(super) fn within(&mut self, function: &str) -> Result<Expr, Broken> {
        if let Some(address) = self.known.get(function) {
            return Ok(Expr::i32(*address));
        }
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
        let address = self.begins + self.bytes.len() + usize::from(DATA_START);
        let address = i32::try_from(address).map_err(|_| Broken("no room for a text"))?;
        let units: Vec<u16> = format!("in {function}").encode_utf16().collect();
        self.bytes.extend(text_block(address, &units));
        self.known.insert(function.to_owned(), address);
        Ok(Expr::i32(address))
    }

    /// Puts the texts behind the data, and what is allocated behind them.
    pub(super) fn finish(mut self, module: &mut Module) -> Result<(), Broken> {
        if self.bytes.is_empty() {
            return Ok(());
        }
        let memory = module
            .memory
            .as_mut()
            .ok_or(Broken("a text of a fault has no memory"))?;
        memory.data.resize(self.begins, 0);
        memory.data.append(&mut self.bytes);
        memory.data.resize(memory.data.len().next_multiple_of(8), 0);
        let end = i32::try_from(memory.data.len() + usize::from(DATA_START))
            .map_err(|_| Broken("no room for a text"))?;
        let next = module.globals.get_mut(self.next.0 as usize);
        let next = next.ok_or(Broken("there is no variable for the next block"))?;
        next.value = Const::I32(end);
        Ok(())
    }
}
