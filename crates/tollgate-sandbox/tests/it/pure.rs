use std::time::Duration;

use tollgate_sandbox::{
    CompileLimits, Compiler, ForeignEngine, PureBounds, PureEngine, PureError, PureInstance,
    PureLinker, TrapCode,
};

const MODULE: &str = r#"(module
    (import "host" "look" (func $look (param i32) (result i64)))
    (memory (export "memory") 1)
    (func (export "sum") (param i32) (result i64)
        (i64.add (i64.load (local.get 0)) (i64.load offset=8 (local.get 0))))
    (func (export "look") (param i32) (result i64) (call $look (local.get 0)))
    (func (export "fail") unreachable)
    (func (export "far") (param i32) (result i64) (i64.load (local.get 0))))"#;

fn instance() -> PureInstance<Vec<i64>> {
    let engine = PureEngine::new().unwrap();
    let module = engine.compile(MODULE.as_bytes()).unwrap();
    let mut linker = PureLinker::<Vec<i64>>::new(&engine);
    linker
        .func("host", "look", |call, (index,): (i32,)| {
            let found = usize::try_from(index)
                .ok()
                .and_then(|index| call.state().get(index).copied());
            found.ok_or_else(|| format!("nothing at `{index}`"))
        })
        .unwrap();
    linker
        .resolve(&module)
        .unwrap()
        .instantiate(vec![7, 9])
        .unwrap()
}

#[test]
fn an_instance_keeps_memory_and_state_between_calls() {
    let mut instance = instance();
    let sum = instance.entry::<(i32,), i64>("sum").unwrap();
    let look = instance.entry::<(i32,), i64>("look").unwrap();
    instance.write(64, &40i64.to_le_bytes()).unwrap();
    instance.write(72, &2i64.to_le_bytes()).unwrap();
    assert_eq!(instance.call(&sum, (64,)), Ok(42));
    assert_eq!(instance.call(&look, (1,)), Ok(9));
    instance.state_mut().push(11);
    assert_eq!(instance.call(&look, (2,)), Ok(11));
    assert_eq!(instance.read(64, 8).unwrap(), 40i64.to_le_bytes());
}

#[test]
fn errors_of_host_functions_and_traps_come_back_and_leave_the_instance_usable() {
    let mut instance = instance();
    let look = instance.entry::<(i32,), i64>("look").unwrap();
    let fail = instance.entry::<(), ()>("fail").unwrap();
    let far = instance.entry::<(i32,), i64>("far").unwrap();
    assert_eq!(
        instance.call(&look, (5,)),
        Err(PureError::Host(String::from("nothing at `5`")))
    );
    assert_eq!(
        instance.call(&fail, ()),
        Err(PureError::Trap(TrapCode::Unreachable))
    );
    assert_eq!(
        instance.call(&far, (-1,)),
        Err(PureError::Trap(TrapCode::MemoryOutOfBounds))
    );
    assert_eq!(instance.call(&look, (0,)), Ok(7));
}

#[test]
fn bytes_outside_the_memory_are_refused() {
    let mut instance = instance();
    let size = instance.memory().len();
    for offset in [size - 3, size, usize::MAX - 1, usize::MAX] {
        assert!(
            matches!(
                instance.write(offset, &[0; 4]),
                Err(PureError::OutOfBounds { .. })
            ),
            "{offset}"
        );
        assert!(
            matches!(instance.read(offset, 4), Err(PureError::OutOfBounds { .. })),
            "{offset}"
        );
    }
    instance.write(size - 4, &[1; 4]).unwrap();
}

#[test]
fn wrong_types_and_missing_imports_are_named() {
    let engine = PureEngine::new().unwrap();
    let module = engine.compile(MODULE.as_bytes()).unwrap();
    let unresolved = PureLinker::<()>::new(&engine).resolve(&module).unwrap_err();
    assert!(unresolved.to_string().contains("look"), "{unresolved}");
    let wrong = instance().entry::<(i64,), i64>("sum").unwrap_err();
    assert!(wrong.to_string().contains("`sum`"), "{wrong}");
    assert!(matches!(
        engine.compile(b"\0asm\x01\0\0\0\x01\xff"),
        Err(PureError::Invalid { .. })
    ));
}

/// What a module of a stranger gets when it calls the host within these bounds.
fn asked_within(bounds: PureBounds) -> Result<i64, PureError> {
    let compiler = Compiler::in_process(CompileLimits::default());
    let foreign = ForeignEngine::new(compiler, bounds).unwrap();
    let module = foreign.load(&wat::parse_str(MODULE).unwrap()).unwrap();
    let mut linker = PureLinker::<()>::new(foreign.engine());
    linker
        .func("host", "look", |_, (index,): (i32,)| Ok(i64::from(index)))
        .unwrap();
    let mut instance = linker.resolve(&module).unwrap().instantiate(()).unwrap();
    let look = instance.entry::<(i32,), i64>("look").unwrap();
    instance.call(&look, (5,))
}

#[test]
fn a_module_of_strangers_asks_nothing_after_its_time() {
    let standard = PureBounds::standard();
    assert_eq!(asked_within(standard), Ok(5));
    let no_time = PureBounds {
        wall: Duration::ZERO,
        ..standard
    };
    let ended = PureError::Bound { what: "wall time" };
    assert_eq!(asked_within(no_time), Err(ended));
}
