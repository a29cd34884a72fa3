//! Modules of unusual shapes, made with an encoder because no compiler makes them.

use wasm_encoder::{
    BlockType, CodeSection, CompositeInnerType, CompositeType, ConstExpr, CustomSection,
    DataSection, ElementSection, Elements, EntityType, ExportKind, ExportSection, FuncType,
    Function, FunctionSection, GlobalSection, GlobalType, ImportSection, Instruction,
    MemorySection, MemoryType, Module, RefType, SubType, TableSection, TableType, TypeSection,
    ValType,
};

/// A module with one type `() -> ()`, `count` functions of it, and this body in each.
pub(crate) fn functions(count: u32, body: &Function) -> Vec<u8> {
    let mut module = Module::new();
    let mut types = TypeSection::new();
    types.ty().function([], []);
    module.section(&types);
    let mut functions = FunctionSection::new();
    (0..count).for_each(|_| {
        functions.function(0);
    });
    module.section(&functions);
    let mut exports = ExportSection::new();
    exports.export("run", ExportKind::Func, 0);
    module.section(&exports);
    let mut code = CodeSection::new();
    (0..count).for_each(|_| {
        code.function(body);
    });
    module.section(&code);
    module.finish()
}

pub(crate) fn body(instructions: impl IntoIterator<Item = Instruction<'static>>) -> Function {
    body_with_locals([], instructions)
}

pub(crate) fn body_with_locals(
    locals: impl IntoIterator<Item = (u32, ValType), IntoIter: ExactSizeIterator>,
    instructions: impl IntoIterator<Item = Instruction<'static>>,
) -> Function {
    let mut body = Function::new(locals);
    for instruction in instructions {
        body.instruction(&instruction);
    }
    body.instruction(&Instruction::End);
    body
}

/// Loops inside one another, each of which may repeat: compile time grows with the cube of the depth.
pub(crate) fn nested_loops(depth: usize) -> Vec<u8> {
    let mut code = vec![];
    for _ in 0..depth {
        code.push(Instruction::Loop(BlockType::Empty));
    }
    for _ in 0..depth {
        code.extend([
            Instruction::LocalGet(0),
            Instruction::BrIf(0),
            Instruction::End,
        ]);
    }
    functions(1, &body_with_locals([(1, ValType::I32)], code))
}

/// Several nests of loops behind one another in each of several functions.
pub(crate) fn many_nested_loops(depth: usize, nests: usize, count: u32) -> Vec<u8> {
    let mut code = vec![];
    for _ in 0..nests {
        code.extend((0..depth).map(|_| Instruction::Loop(BlockType::Empty)));
        for _ in 0..depth {
            code.extend([
                Instruction::LocalGet(0),
                Instruction::BrIf(0),
                Instruction::End,
            ]);
        }
    }
    functions(count, &body_with_locals([(1, ValType::I32)], code))
}

/// One body of about `bytes` bytes.
pub(crate) fn huge_body(bytes: usize) -> Vec<u8> {
    let code = (0..bytes / 6).flat_map(|_| {
        [
            Instruction::LocalGet(0),
            Instruction::I32Const(7),
            Instruction::I32Mul,
            Instruction::LocalSet(0),
        ]
    });
    functions(
        1,
        &body_with_locals([(1, ValType::I32)], code.take(bytes / 7 * 4)),
    )
}

/// `count` functions that share a signature of `values` parameters.
pub(crate) fn signatures(values: usize, count: u32) -> Vec<u8> {
    let mut module = Module::new();
    let mut types = TypeSection::new();
    types.ty().function(vec![ValType::I64; values], []);
    module.section(&types);
    let mut functions = FunctionSection::new();
    let mut code = CodeSection::new();
    for _ in 0..count {
        functions.function(0);
        code.function(&body([]));
    }
    module.section(&functions);
    module.section(&code);
    module.finish()
}

pub(crate) fn empty_types(count: usize) -> Vec<u8> {
    let mut types = TypeSection::new();
    (0..count).for_each(|_| types.ty().function([], []));
    let mut module = Module::new();
    module.section(&types);
    module.finish()
}

/// One recursion group of many types, which its section counts as one.
pub(crate) fn type_group(count: usize) -> Vec<u8> {
    let ty = SubType {
        is_final: true,
        supertype_idx: None,
        composite_type: CompositeType {
            inner: CompositeInnerType::Func(FuncType::new([], [])),
            shared: false,
            descriptor: None,
            describes: None,
        },
    };
    let mut types = TypeSection::new();
    types.ty().rec(vec![ty; count]);
    let mut module = Module::new();
    module.section(&types);
    module.finish()
}

pub(crate) fn imports(count: usize) -> Vec<u8> {
    let mut imports = ImportSection::new();
    let ty = GlobalType {
        val_type: ValType::I32,
        mutable: false,
        shared: false,
    };
    for index in 0..count {
        imports.import("env", &format!("g{index}"), EntityType::Global(ty));
    }
    let mut module = Module::new();
    module.section(&imports);
    module.finish()
}

pub(crate) fn exports(count: usize) -> Vec<u8> {
    let mut module = Module::new();
    let mut globals = GlobalSection::new();
    globals.global(
        GlobalType {
            val_type: ValType::I32,
            mutable: false,
            shared: false,
        },
        &ConstExpr::i32_const(0),
    );
    module.section(&globals);
    let mut exports = ExportSection::new();
    for index in 0..count {
        exports.export(&format!("export_number_{index}"), ExportKind::Global, 0);
    }
    module.section(&exports);
    module.finish()
}

pub(crate) fn globals(count: usize) -> Vec<u8> {
    let mut globals = GlobalSection::new();
    for _ in 0..count {
        globals.global(
            GlobalType {
                val_type: ValType::I32,
                mutable: true,
                shared: false,
            },
            &ConstExpr::i32_const(0),
        );
    }
    let mut module = Module::new();
    module.section(&globals);
    module.finish()
}

pub(crate) fn data_segments(count: usize) -> Vec<u8> {
    let mut module = Module::new();
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: 1,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    module.section(&memories);
    let mut data = DataSection::new();
    (0..count).for_each(|_| {
        data.active(0, &ConstExpr::i32_const(0), *b"x");
    });
    module.section(&data);
    module.finish()
}

pub(crate) fn element_segments(count: usize) -> Vec<u8> {
    let mut module = Module::new();
    let mut tables = TableSection::new();
    tables.table(TableType {
        element_type: RefType::FUNCREF,
        table64: false,
        minimum: 1,
        maximum: None,
        shared: false,
    });
    module.section(&tables);
    let mut elements = ElementSection::new();
    (0..count).for_each(|_| {
        elements.active(
            None,
            &ConstExpr::i32_const(0),
            Elements::Functions([][..].into()),
        );
    });
    module.section(&elements);
    module.finish()
}

pub(crate) fn custom(bytes: usize) -> Vec<u8> {
    let mut module = Module::new();
    module.section(&CustomSection {
        name: "note".into(),
        data: vec![0; bytes].into(),
    });
    module.finish()
}

/// Components inside one another.
pub(crate) fn nested_components(depth: usize) -> Vec<u8> {
    (1..depth)
        .fold(wasm_encoder::Component::new(), |inner, _| {
            let mut outer = wasm_encoder::Component::new();
            outer.section(&wasm_encoder::NestedComponentSection(&inner));
            outer
        })
        .finish()
}

/// A component with many empty modules.
pub(crate) fn component_modules(count: usize) -> Vec<u8> {
    let module = Module::new();
    let mut component = wasm_encoder::Component::new();
    for _ in 0..count {
        component.section(&wasm_encoder::ModuleSection(&module));
    }
    component.finish()
}

/// A component that makes an instance of one module many times.
pub(crate) fn component_instances(count: usize) -> Vec<u8> {
    let mut component = wasm_encoder::Component::new();
    component.section(&wasm_encoder::ModuleSection(&Module::new()));
    let mut instances = wasm_encoder::InstanceSection::new();
    for _ in 0..count {
        instances.instantiate::<[(&str, wasm_encoder::ModuleArg); 0], &str>(0, []);
    }
    component.section(&instances);
    component.finish()
}
