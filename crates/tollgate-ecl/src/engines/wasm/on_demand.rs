//! Writes a runtime function when the code of a module first calls it, and those that it calls itself.

use wasm_encoder::ValType::{self, F64, I64};

use super::body::Body;
use super::coder::Coder;
use super::emitter::Emitter;
use super::runtime::Runtime;
use super::{decimal, gas, glob, interval, made, net, said, search, texts};

impl Emitter<'_> {
    /// Number of a runtime function, which the module then contains.
    fn runtime(&mut self, which: Runtime) -> u32 {
        if let Some(function) = self.runtime.get(&which) {
            return *function;
        }
        let (name, params, results) = which.signature();
        let function = self.declare(name, params, results);
        self.runtime.insert(which, function);
        let body = body(self, which, params);
        self.define(function, body);
        function
    }

    pub(super) fn call(&mut self, f: &mut Body, which: Runtime) {
        let function = self.runtime(which);
        f.i().call(function);
    }
}

impl Coder<'_, '_> {
    /// Calls a runtime function with the operands on the stack.
    pub(super) fn call(&mut self, which: Runtime) {
        self.emitter.call(&mut self.f, which);
    }
}

/// The body of a runtime function.
fn body(e: &mut Emitter<'_>, which: Runtime, params: &[ValType]) -> Body {
    let mut f = e.body(params);
    match which {
        Runtime::Exhausted => gas::exhausted_body(e, &mut f),
        Runtime::Charge => gas::charge_body(&mut f),
        Runtime::MulInt => decimal::mul_int(&mut f),
        Runtime::MulU64 => decimal::mul_u64(&mut f),
        Runtime::MulWide => decimal::mul_wide(e, &mut f),
        Runtime::DivWide => decimal::div_wide(e, &mut f),
        Runtime::DivLimb => decimal::div_limb(&mut f),
        Runtime::DecimalToNumber => decimal::to_number(e, &mut f),
        Runtime::NumberToDecimal => decimal::from_number(e, &mut f),
        Runtime::DecimalToInt => decimal::to_int(e, &mut f),
        Runtime::ShiftRight => decimal::shift(&mut f, decimal::To::Right),
        Runtime::ShiftLeft => decimal::shift(&mut f, decimal::To::Left),
        Runtime::StartsWith => texts::starts_with(e, &mut f),
        Runtime::EndsWith => texts::ends_with(e, &mut f),
        Runtime::Contains => texts::contains(e, &mut f),
        Runtime::ContainsLinear => texts::contains_linear(e, &mut f),
        Runtime::SameBytes => texts::same_bytes(&mut f),
        Runtime::DidMatch => texts::did_match(&mut f),
        Runtime::ReadGlob => glob::read(e, &mut f),
        Runtime::GlobMatch => glob::matches(e, &mut f),
        Runtime::Automaton => texts::automaton(&mut f),
        Runtime::InWord => search::in_list(e, &mut f, &[I64]),
        Runtime::InNumber => search::in_list(e, &mut f, &[F64]),
        Runtime::InWide => search::in_list(e, &mut f, &[I64, I64]),
        Runtime::IpInCidr => net::ip_in_cidr(&mut f),
        Runtime::CidrInCidr => net::cidr_in_cidr(&mut f),
        Runtime::IpInCidrs => net::ip_in_cidrs(&mut f),
        Runtime::Find => search::find(&mut f),
        Runtime::SearchWord => interval::of_word(&mut f),
        Runtime::SearchNumber => interval::of_number(&mut f),
        Runtime::SearchWide => interval::of_wide(&mut f),
        Runtime::SearchText => interval::of_text(e, &mut f),
        Runtime::Reached => interval::reached(&mut f),
        Runtime::Reserve => search::reserve(e, &mut f),
        Runtime::TimesTen => said::times_ten(e, &mut f),
        Runtime::Scale => said::scale(e, &mut f),
        Runtime::ReadNumber => said::number(e, &mut f),
        Runtime::ReadExponent => said::exponent(&mut f),
        Runtime::ReadInt => said::int(&mut f),
        Runtime::ReadDecimal => said::decimal(e, &mut f),
        Runtime::ReadDuration => said::duration(e, &mut f),
        Runtime::ReadQuantity => said::quantity(e, &mut f),
        Runtime::Characters => texts::characters(&mut f),
        Runtime::LowerText => made::recased(e, &mut f, b'A'),
        Runtime::UpperText => made::recased(e, &mut f, b'a'),
        Runtime::TrimText => made::trimmed(e, &mut f),
        Runtime::CopyText => made::copied(e, &mut f),
        Runtime::SplitText => made::split(e, &mut f),
        Runtime::SameText => made::same_text(e, &mut f),
        Runtime::InTexts => made::in_texts(e, &mut f),
    }
    f
}
