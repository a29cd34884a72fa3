//! A WebAssembly function under construction: instructions, locals as they are needed, labels that keep their meaning
//! however deep the code nests.

use wasm_encoder::{BlockType, Function, Ieee64, InstructionSink, MemArg, ValType};

/// A block that can be branched to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Label(u32);

/// A function under construction.
#[derive(Debug)]
pub(super) struct Body {
    params: Vec<ValType>,
    locals: Vec<ValType>,
    code: Vec<u8>,
    depth: u32,
    /// Deepest nesting so far.
    pub(super) depth_max: u32,
    /// Linear address of program address 0, added to every access.
    base: u32,
}

impl Body {
    pub(super) fn new(params: &[ValType], base: u32) -> Self {
        Self {
            params: params.to_vec(),
            locals: Vec::new(),
            code: Vec::new(),
            depth: 0,
            depth_max: 0,
            base,
        }
    }

    /// The instructions, to append to. Blocks go through the methods below, which count them.
    pub(super) fn i(&mut self) -> InstructionSink<'_> {
        InstructionSink::new(&mut self.code)
    }

    /// A new local.
    pub(super) fn local(&mut self, ty: ValType) -> u32 {
        self.locals.push(ty);
        super::layout::length(self.params.len() + self.locals.len() - 1)
    }

    pub(super) fn locals<const N: usize>(&mut self, ty: ValType) -> [u32; N] {
        std::array::from_fn(|_| self.local(ty))
    }

    fn enter(&mut self) -> Label {
        let label = Label(self.depth);
        self.depth += 1;
        self.depth_max = self.depth_max.max(self.depth);
        label
    }

    pub(super) fn block(&mut self, ty: BlockType) -> Label {
        self.i().block(ty);
        self.enter()
    }

    pub(super) fn loop_(&mut self) -> Label {
        self.i().loop_(BlockType::Empty);
        self.enter()
    }

    pub(super) fn if_(&mut self, ty: BlockType) -> Label {
        self.i().if_(ty);
        self.enter()
    }

    pub(super) fn else_(&mut self) {
        self.i().else_();
    }

    pub(super) fn end(&mut self) {
        self.i().end();
        self.depth -= 1;
    }

    /// How a branch names that label from here.
    pub(super) fn index(&self, label: Label) -> u32 {
        self.depth - label.0 - 1
    }

    pub(super) fn br(&mut self, label: Label) {
        let index = self.index(label);
        self.i().br(index);
    }

    pub(super) fn br_if(&mut self, label: Label) {
        let index = self.index(label);
        self.i().br_if(index);
    }

    pub(super) fn get(&mut self, local: u32) {
        self.i().local_get(local);
    }

    pub(super) fn set(&mut self, local: u32) {
        self.i().local_set(local);
    }

    pub(super) fn tee(&mut self, local: u32) {
        self.i().local_tee(local);
    }

    pub(super) fn i32(&mut self, value: u32) {
        self.i().i32_const(value.cast_signed());
    }

    pub(super) fn i64(&mut self, value: u64) {
        self.i().i64_const(value.cast_signed());
    }

    pub(super) fn f64(&mut self, value: f64) {
        self.i().f64_const(Ieee64::from(value));
    }

    /// An access at `offset` from a program address on the stack.
    pub(super) fn at(&self, offset: u32) -> MemArg {
        absolute(u64::from(self.base) + u64::from(offset))
    }

    /// The finished function.
    pub(super) fn finish(mut self) -> Function {
        self.i().end();
        let mut function = Function::new_with_locals_types(self.locals);
        function.raw(self.code);
        function
    }
}

/// An access at `offset` from a linear address on the stack. Alignment is a hint, and 1 is always true.
pub(super) fn absolute(offset: u64) -> MemArg {
    MemArg {
        offset,
        align: 0,
        memory_index: 0,
    }
}
