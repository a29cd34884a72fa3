//! The instructions of the IR: numeric WebAssembly instructions, by the names of its specification.
//!
//! One table makes the enums and their encoding. Instructions that trap are marked, because an optimiser must not drop them.

use wasm_encoder::{InstructionSink, MemArg};

/// The type of a value in WebAssembly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Val {
    I32,
    I64,
    F32,
    F64,
}

impl Val {
    pub(crate) fn encoded(self) -> wasm_encoder::ValType {
        match self {
            Self::I32 => wasm_encoder::ValType::I32,
            Self::I64 => wasm_encoder::ValType::I64,
            Self::F32 => wasm_encoder::ValType::F32,
            Self::F64 => wasm_encoder::ValType::F64,
        }
    }
}

macro_rules! instructions {
    ($(#[$doc:meta])* $name:ident: $($op:ident $method:ident;)*) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub(crate) enum $name {
            $($op,)*
        }

        impl $name {
            /// Writes the instruction.
            pub(crate) fn encode(self, sink: &mut InstructionSink<'_>) {
                match self {
                    $(Self::$op => sink.$method(),)*
                };
            }
        }
    };
}

instructions! {
    /// Instructions with one operand. None of them traps.
    Unary:
    I32Eqz i32_eqz;
    I32Clz i32_clz;
    I32Ctz i32_ctz;
    I32Popcnt i32_popcnt;
    I32Extend8S i32_extend8_s;
    I32Extend16S i32_extend16_s;
    I32WrapI64 i32_wrap_i64;
    I32TruncSatF32S i32_trunc_sat_f32_s;
    I32TruncSatF32U i32_trunc_sat_f32_u;
    I32TruncSatF64S i32_trunc_sat_f64_s;
    I32TruncSatF64U i32_trunc_sat_f64_u;
    I32ReinterpretF32 i32_reinterpret_f32;
    I64Clz i64_clz;
    I64Ctz i64_ctz;
    I64Popcnt i64_popcnt;
    I64ExtendI32S i64_extend_i32_s;
    I64ExtendI32U i64_extend_i32_u;
    I64TruncSatF32S i64_trunc_sat_f32_s;
    I64TruncSatF32U i64_trunc_sat_f32_u;
    I64TruncSatF64S i64_trunc_sat_f64_s;
    I64TruncSatF64U i64_trunc_sat_f64_u;
    I64ReinterpretF64 i64_reinterpret_f64;
    F32Neg f32_neg;
    F32Abs f32_abs;
    F32Ceil f32_ceil;
    F32Floor f32_floor;
    F32Trunc f32_trunc;
    F32Nearest f32_nearest;
    F32Sqrt f32_sqrt;
    F32DemoteF64 f32_demote_f64;
    F32ConvertI32S f32_convert_i32_s;
    F32ConvertI32U f32_convert_i32_u;
    F32ConvertI64S f32_convert_i64_s;
    F32ConvertI64U f32_convert_i64_u;
    F32ReinterpretI32 f32_reinterpret_i32;
    F64Neg f64_neg;
    F64Abs f64_abs;
    F64Ceil f64_ceil;
    F64Floor f64_floor;
    F64Trunc f64_trunc;
    F64Nearest f64_nearest;
    F64Sqrt f64_sqrt;
    F64PromoteF32 f64_promote_f32;
    F64ConvertI32S f64_convert_i32_s;
    F64ConvertI32U f64_convert_i32_u;
    F64ConvertI64S f64_convert_i64_s;
    F64ConvertI64U f64_convert_i64_u;
    F64ReinterpretI64 f64_reinterpret_i64;
}

instructions! {
    /// Instructions with two operands of the same type.
    Binary:
    I32Add i32_add;
    I32Sub i32_sub;
    I32Mul i32_mul;
    I32DivS i32_div_s;
    I32DivU i32_div_u;
    I32RemS i32_rem_s;
    I32RemU i32_rem_u;
    I32And i32_and;
    I32Or i32_or;
    I32Xor i32_xor;
    I32Shl i32_shl;
    I32ShrS i32_shr_s;
    I32ShrU i32_shr_u;
    I32Rotl i32_rotl;
    I32Rotr i32_rotr;
    I32Eq i32_eq;
    I32Ne i32_ne;
    I32LtS i32_lt_s;
    I32LtU i32_lt_u;
    I32GtS i32_gt_s;
    I32GtU i32_gt_u;
    I32LeS i32_le_s;
    I32LeU i32_le_u;
    I32GeS i32_ge_s;
    I32GeU i32_ge_u;
    I64Add i64_add;
    I64Sub i64_sub;
    I64Mul i64_mul;
    I64DivS i64_div_s;
    I64DivU i64_div_u;
    I64RemS i64_rem_s;
    I64RemU i64_rem_u;
    I64And i64_and;
    I64Or i64_or;
    I64Xor i64_xor;
    I64Shl i64_shl;
    I64ShrS i64_shr_s;
    I64ShrU i64_shr_u;
    I64Rotl i64_rotl;
    I64Rotr i64_rotr;
    I64Eq i64_eq;
    I64Ne i64_ne;
    I64LtS i64_lt_s;
    I64LtU i64_lt_u;
    I64GtS i64_gt_s;
    I64GtU i64_gt_u;
    I64LeS i64_le_s;
    I64LeU i64_le_u;
    I64GeS i64_ge_s;
    I64GeU i64_ge_u;
    F32Add f32_add;
    F32Sub f32_sub;
    F32Mul f32_mul;
    F32Div f32_div;
    F32Min f32_min;
    F32Max f32_max;
    F32Copysign f32_copysign;
    F32Eq f32_eq;
    F32Ne f32_ne;
    F32Lt f32_lt;
    F32Gt f32_gt;
    F32Le f32_le;
    F32Ge f32_ge;
    F64Add f64_add;
    F64Sub f64_sub;
    F64Mul f64_mul;
    F64Div f64_div;
    F64Min f64_min;
    F64Max f64_max;
    F64Copysign f64_copysign;
    F64Eq f64_eq;
    F64Ne f64_ne;
    F64Lt f64_lt;
    F64Gt f64_gt;
    F64Le f64_le;
    F64Ge f64_ge;
}

impl Binary {
    /// Returns whether the instruction traps on some operands.
    pub(crate) fn traps(self) -> bool {
        matches!(
            self,
            Self::I32DivS
                | Self::I32DivU
                | Self::I32RemS
                | Self::I32RemU
                | Self::I64DivS
                | Self::I64DivU
                | Self::I64RemS
                | Self::I64RemU
        )
    }
}

/// How a value lies in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Access {
    I8,
    U8,
    I16,
    U16,
    I32,
    I64,
    F32,
    F64,
}

impl Access {
    /// Returns the power of two that the bytes of a value are.
    pub(crate) fn shift(self) -> u32 {
        match self {
            Self::I8 | Self::U8 => 0,
            Self::I16 | Self::U16 => 1,
            Self::I32 | Self::F32 => 2,
            Self::I64 | Self::F64 => 3,
        }
    }

    fn place(self, offset: u32) -> MemArg {
        MemArg {
            offset: u64::from(offset),
            align: self.shift(),
            memory_index: 0,
        }
    }

    /// Writes the instruction that reads.
    pub(crate) fn load(self, offset: u32, sink: &mut InstructionSink<'_>) {
        let place = self.place(offset);
        match self {
            Self::I8 => sink.i32_load8_s(place),
            Self::U8 => sink.i32_load8_u(place),
            Self::I16 => sink.i32_load16_s(place),
            Self::U16 => sink.i32_load16_u(place),
            Self::I32 => sink.i32_load(place),
            Self::I64 => sink.i64_load(place),
            Self::F32 => sink.f32_load(place),
            Self::F64 => sink.f64_load(place),
        };
    }

    /// Writes the instruction that writes.
    pub(crate) fn store(self, offset: u32, sink: &mut InstructionSink<'_>) {
        let place = self.place(offset);
        match self {
            Self::I8 | Self::U8 => sink.i32_store8(place),
            Self::I16 | Self::U16 => sink.i32_store16(place),
            Self::I32 => sink.i32_store(place),
            Self::I64 => sink.i64_store(place),
            Self::F32 => sink.f32_store(place),
            Self::F64 => sink.f64_store(place),
        };
    }
}
