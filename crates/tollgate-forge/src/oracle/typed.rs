//! What random programs do with typed arrays.

use super::maker::Maker;
use super::tree::{Expr, Stmt, Ty};

impl Maker {
    /// A typed array that begins here: of a small length, or of numbers.
    pub(super) fn new_typed(&mut self, ty: Ty, depth: usize) -> Expr {
        let of = if self.random.one_in(4) {
            // One of them has no array.
            let lengths = ["0", "1", "2", "3", "4", "5", "6", "3.7", "NaN", "-1"];
            let length = self.random.pick(&lengths).copied().unwrap_or("0");
            Expr::Literal(Ty::Number, length.to_owned())
        } else if depth > 0 && self.random.one_in(2) {
            let list = self.expr(Ty::List, depth - 1);
            self.short_list(list)
        } else if depth > 0 && self.random.one_in(3) {
            let other = Ty::Typed(self.random.below(Ty::TYPED.len()));
            self.expr(other, depth - 1)
        } else {
            self.list_literal()
        };
        Expr::NewTyped(ty, Box::new(of))
    }

    /// An operation that gives a typed array.
    pub(super) fn typed(&mut self, ty: Ty, depth: usize) -> Expr {
        let list = Box::new(self.expr(ty, depth));
        match self.random.below(7) {
            0 => Expr::Method(ty, list, "slice", self.numbers(2, depth)),
            1 => Expr::Method(ty, list, "subarray", self.numbers(2, depth)),
            2 => Expr::Method(ty, list, "fill", {
                let mut given = vec![self.expr(Ty::Number, depth)];
                given.extend(self.numbers(2, depth));
                given
            }),
            3 => Expr::Method(ty, list, "reverse", Vec::new()),
            4 => self.each(ty, list, "map", Ty::Number, depth),
            _ => self.new_typed(ty, depth),
        }
    }

    fn numbers(&mut self, most: usize, depth: usize) -> Vec<Expr> {
        let count = self.random.below(most + 1);
        (0..count).map(|_| self.expr(Ty::Number, depth)).collect()
    }

    /// A small number, or any.
    fn place(&mut self, depth: usize) -> Expr {
        if self.random.below(3) > 0 {
            return Expr::Literal(Ty::Number, self.random.below(5).to_string());
        }
        self.expr(Ty::Number, depth)
    }

    /// A number from a typed array.
    pub(super) fn of_typed(&mut self, depth: usize) -> Expr {
        let ty = Ty::Typed(self.random.below(Ty::TYPED.len()));
        let list = Box::new(self.expr(ty, depth));
        match self.random.below(6) {
            0 => Expr::Length(list),
            1 => Expr::Property(Ty::Number, list, "byteLength"),
            2 => Expr::Method(
                Ty::Number,
                list,
                "indexOf",
                vec![self.expr(Ty::Number, depth)],
            ),
            3 => self.each(Ty::Number, list, "findIndex", Ty::Boolean, depth),
            4 => {
                let place = Box::new(self.place(depth));
                let value = Box::new(self.expr(Ty::Number, depth));
                Expr::SetTyped(list, place, value)
            }
            _ => {
                let place = Box::new(self.place(depth));
                Expr::At(list, place)
            }
        }
    }

    /// A statement about a typed array.
    pub(super) fn typed_statement(&mut self) -> Stmt {
        if self.random.one_in(3) {
            let ty = Ty::Typed(self.random.below(Ty::TYPED.len()));
            let list = Box::new(self.expr(ty, 1));
            return Stmt::Tell(Expr::Method(Ty::Text, list, "join", Vec::new()));
        }
        let value = self.of_typed(2);
        Stmt::Tell(value)
    }
}

#[cfg(test)]
mod tests {
    use super::super::generate::program;
    use super::super::print::typescript;

    #[test]
    fn programs_do_everything_with_typed_arrays_that_the_generator_knows() {
        let texts: Vec<String> = (0..600).map(|seed| typescript(&program(seed))).collect();
        for piece in [
            "new Uint8ClampedArray(",
            ": Float32Array = ",
            ".subarray(",
            ".byteLength",
            ".fill(",
        ] {
            assert!(texts.iter().any(|text| text.contains(piece)), "{piece}");
        }
    }
}
