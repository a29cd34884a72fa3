//! `wasi-calls-component FUNCTION`: what a function of WASI preview 2 answers, case by case, one line each.
//!
//! It knows nothing of Tollgate: what two runtimes answer can be compared. What differs by its nature, such as times and
//! hashes, is told as what has to hold of it. The folder `/w` is as `cargo xtask wasi-diff` makes it.

mod files;
mod paths;
mod rest;
mod streams;
mod tcp;
mod udp;

use std::fmt::Display;
use std::process::ExitCode;

/// An error of an interface, by its name there.
trait Named {
    fn named(&self) -> String;
}

impl Named for wasip2::filesystem::types::ErrorCode {
    fn named(&self) -> String {
        self.name().to_owned()
    }
}

impl Named for wasip2::sockets::network::ErrorCode {
    fn named(&self) -> String {
        self.name().to_owned()
    }
}

impl Named for wasip2::io::streams::StreamError {
    fn named(&self) -> String {
        match self {
            Self::Closed => String::from("closed"),
            Self::LastOperationFailed(error) => {
                let code = wasip2::filesystem::types::filesystem_error_code(error);
                format!("failed {:?}", code.map(|code| code.name().to_owned()))
            }
        }
    }
}

/// Tells what one case came to: the name of the error, or the value.
fn tell<T: Display>(case: &str, answer: Result<T, impl Named>) {
    match answer {
        Ok(value) => println!("{case}: ok {value}"),
        Err(error) => println!("{case}: {}", error.named()),
    }
}

/// As [`tell`], of a function that answers nothing but whether it worked.
fn done<T>(case: &str, answer: Result<T, impl Named>) {
    tell(case, answer.map(|_| ""));
}

/// Tells a value that comes without an error.
fn says(case: &str, value: impl Display) {
    println!("{case}: ok {value}");
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let name = arguments.get(1).map_or("", String::as_str);
    let port = |at: usize| {
        arguments
            .get(at)
            .and_then(|text| text.parse().ok())
            .unwrap_or(0)
    };
    let ports = tcp::Ports {
        open: port(2),
        closed: port(3),
        echo: port(4),
    };
    let known = paths::run(name)
        || files::run(name)
        || streams::run(name)
        || tcp::run(name, &ports)
        || udp::run(name, &ports)
        || rest::run(name);
    if known {
        ExitCode::SUCCESS
    } else {
        eprintln!("wasi-calls-component: no such function: {name}");
        ExitCode::from(64)
    }
}
