//! Sources: every form gives the same bytes and digest, and none is read past its limit.

use std::sync::Arc;

use base64::Engine as _;
use tollgate_sandbox::{
    CompileError, CompileLimits, Compiler, Digest, Source, SourceBytes, SourceError, SourceForm,
    SourceOptions,
};

/// A module with nothing in it.
const EMPTY: &[u8] = b"\0asm\x01\0\0\0";

fn limited(bytes_max: u64) -> SourceOptions {
    SourceOptions {
        bytes_max,
        ..SourceOptions::default()
    }
}

fn read(source: Source) -> Result<tollgate_sandbox::SourceBytes, SourceError> {
    source.read(&SourceOptions::default())
}

fn assemble(source: Source, bytes_max: u64) -> Result<SourceBytes, CompileError> {
    Compiler::in_process(CompileLimits::default()).assemble(&read(source).unwrap(), bytes_max)
}

fn bytes(bytes: &[u8]) -> Source {
    Source::Bytes(Arc::from(bytes))
}

#[test]
fn file_bytes_base64_and_text_give_one_digest() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("m.wasm");
    std::fs::write(&path, EMPTY).unwrap();
    let encoded = base64::engine::general_purpose::STANDARD.encode(EMPTY);
    for source in [
        Source::File(path),
        bytes(EMPTY),
        Source::Base64(encoded.clone()),
        Source::Base64(format!(
            "{}\n  {}\n",
            &encoded[..4],
            encoded[4..].trim_end_matches('=')
        )),
        bytes(b"  (module)"),
        bytes(b";; a comment\n(module)"),
    ] {
        let name = format!("{source:?}");
        let module = assemble(source, 1_000).unwrap();
        assert_eq!(
            (&*module.bytes, module.digest),
            (EMPTY, Digest::of(EMPTY)),
            "{name}"
        );
    }
}

#[test]
fn both_base64_alphabets_are_read() {
    let module = [EMPTY, &[0, 5, 1, b'x', 0xfb, 0xff, 0xfe]].concat();
    let standard = base64::engine::general_purpose::STANDARD.encode(&module);
    let url = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&module);
    assert_ne!(
        standard.trim_end_matches('='),
        url,
        "the bytes must tell the alphabets apart"
    );
    assert_eq!(*read(Source::Base64(standard)).unwrap().bytes, module);
    assert_eq!(*read(Source::Base64(url)).unwrap().bytes, module);
}

#[test]
fn text_form_is_reported_and_components_assemble() {
    assert_eq!(read(bytes(b"(component)")).unwrap().form, SourceForm::Text);
    let module = assemble(bytes(b"(component)"), 1_000).unwrap();
    assert_eq!(module.form, SourceForm::Binary);
    assert_eq!(module.bytes[4..8], [0x0d, 0, 1, 0]);
}

#[test]
fn text_is_not_looked_into_when_it_is_read() {
    let text = b"(this is not a module";
    assert_eq!(&*read(bytes(text)).unwrap().bytes, text);
}

#[test]
fn text_errors_carry_line_and_column() {
    let error = assemble(bytes(b"(module\n  (func (resultt i32)))"), 1_000).unwrap_err();
    assert!(
        matches!(
            error,
            CompileError::Text {
                line: 2,
                column: 10,
                ..
            }
        ),
        "{error:?}"
    );
}

#[test]
fn deeply_nested_text_is_an_error() {
    for depth in [10_000, 1_000_000] {
        let folded = format!("(module (func {}", "(drop ".repeat(depth));
        for text in ["(".repeat(depth), folded] {
            assert!(
                matches!(
                    assemble(bytes(text.as_bytes()), 1_000),
                    Err(CompileError::Text { .. })
                ),
                "depth {depth}"
            );
        }
    }
}

#[test]
fn text_that_becomes_larger_than_allowed_is_refused() {
    let text = br#"(module (memory 1) (data (i32.const 0) "0123456789"))"#;
    let length = assemble(bytes(text), 1_000).unwrap().bytes.len() as u64;
    assert!(assemble(bytes(text), length).is_ok());
    assert!(matches!(
        assemble(bytes(text), length - 1),
        Err(CompileError::TooLarge { .. })
    ));
}

#[test]
fn limit_is_exact_for_every_source() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("m.wasm");
    std::fs::write(&path, EMPTY).unwrap();
    let encoded = base64::engine::general_purpose::STANDARD.encode(EMPTY);
    for source in [Source::File(path), bytes(EMPTY), Source::Base64(encoded)] {
        source.read(&limited(8)).unwrap();
        let error = source.read(&limited(7)).unwrap_err();
        assert!(
            matches!(error, SourceError::TooLarge { bytes_max: 7, .. }),
            "{source:?}: {error:?}"
        );
    }
}

#[test]
fn endless_file_is_read_to_the_limit_only() {
    let error = Source::File("/dev/zero".into())
        .read(&limited(1 << 20))
        .unwrap_err();
    assert!(matches!(error, SourceError::TooLarge { .. }), "{error:?}");
}

#[test]
fn limit_cannot_be_raised_past_the_ceiling() {
    // Refused before it is decoded, and so without room for it.
    let endless = Source::Base64("A".repeat(1 << 20));
    assert!(matches!(
        endless.read(&limited(1_000)),
        Err(SourceError::TooLarge {
            bytes_max: 1_000,
            ..
        })
    ));
    let ceiling = tollgate_sandbox::limits::MODULE_BYTES_CEILING;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sparse.wasm");
    let file = std::fs::File::create(&path).unwrap();
    file.set_len(ceiling + 1).unwrap();
    let error = Source::File(path).read(&limited(u64::MAX)).unwrap_err();
    assert!(
        matches!(error, SourceError::TooLarge { bytes_max, .. } if bytes_max == ceiling),
        "{error:?}"
    );
}

#[test]
fn digest_pin_decides() {
    let pinned = |digest| SourceOptions {
        digest: Some(digest),
        ..SourceOptions::default()
    };
    bytes(EMPTY).read(&pinned(Digest::of(EMPTY))).unwrap();
    let error = bytes(EMPTY)
        .read(&pinned(Digest::of(b"other")))
        .unwrap_err();
    assert!(
        matches!(error, SourceError::DigestMismatch { .. }),
        "{error:?}"
    );
    assert!(
        error.to_string().contains(&Digest::of(EMPTY).to_string()),
        "{error}"
    );
}

#[test]
fn what_is_not_wasm_is_named() {
    for (content, expected) in [
        (&b""[..], "is empty"),
        (b"\0as", "cut off"),
        (b"\x7fELF\x02", "ELF"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"PK\x03\x04", "zip"),
        (b"<!doctype html>", "HTML"),
        (b"\xff\xfe\xfd", "neither"),
        (b"hello", "neither"),
    ] {
        let error = read(bytes(content)).unwrap_err();
        assert!(matches!(error, SourceError::NotWasm { .. }), "{error:?}");
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn missing_file_and_folder_are_read_errors_with_the_path() {
    let dir = tempfile::tempdir().unwrap();
    for path in [dir.path().join("absent.wasm"), dir.path().to_owned()] {
        let error = read(Source::File(path.clone())).unwrap_err();
        assert!(matches!(error, SourceError::Read { .. }), "{error:?}");
        assert!(
            error.to_string().contains(&path.display().to_string()),
            "{error}"
        );
    }
}

#[test]
fn wrong_base64_is_an_error() {
    for text in ["AGFzbQ!!", "A", "AG=zbQ*"] {
        assert!(
            matches!(
                read(Source::Base64(text.into())),
                Err(SourceError::Base64 { .. })
            ),
            "{text}"
        );
    }
}

#[test]
fn what_a_user_types_becomes_a_source() {
    let pin = Digest::of(EMPTY);
    let parse = |text: &str| text.parse::<Source>().unwrap();
    assert_eq!(parse("-"), Source::Stdin);
    assert_eq!(parse("a/b.wasm"), Source::File("a/b.wasm".into()));
    assert_eq!(
        parse("HTTPS://x/y"),
        Source::Url {
            url: "HTTPS://x/y".into(),
            digest: None
        }
    );
    assert_eq!(
        parse(&format!("https://x/y#{pin}")),
        Source::Url {
            url: "https://x/y".into(),
            digest: Some(pin)
        }
    );
    assert!(matches!(
        "https://x/y#frag".parse::<Source>(),
        Err(SourceError::Pin { .. })
    ));
}
