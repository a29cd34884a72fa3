//! The classes of a program, in both languages.

use super::printer::Printer;
use super::tree::{Class, Method, Ty};

impl Printer {
    pub(super) fn class(&mut self, class: &Class) {
        let extends = class
            .parent
            .map_or(String::new(), |parent| format!(" extends K{parent}"));
        let implements = if class.is_face && self.typed() {
            " implements Face"
        } else {
            ""
        };
        self.line(&format!("class K{}{extends}{implements} {{", class.number));
        // The interface wants a number.
        if class.begins_face {
            if class.number.is_multiple_of(2) {
                self.line("w = 1;");
            } else {
                let ty = self.of(Ty::Number);
                self.line(&format!("get w() {{ return 2; }} set w(x{ty}) {{ }}"));
            }
        }
        for field in &class.fields {
            let word = if field.name == "s" { "static " } else { "" };
            let ty = self.of(field.ty);
            let value = field.value.as_ref().map(|value| self.placed(value));
            let value = value.map_or(String::new(), |value| format!(" = {value}"));
            self.line(&format!("{word}{}{ty}{value};", field.name));
        }
        if let Some(constructor) = &class.constructor {
            let params = self.params(&constructor.params);
            self.line(&format!("constructor({params}) {{"));
            if let Some(given) = &constructor.given {
                let given: Vec<String> = given.iter().map(|value| self.placed(value)).collect();
                self.line(&format!("super({});", given.join(", ")));
            }
            self.stmts(&constructor.body);
            self.line("}");
        }
        for method in &class.methods {
            self.method(method);
        }
        self.line("}");
    }

    fn of(&self, ty: Ty) -> String {
        if self.typed() {
            format!(": {}", ty.name())
        } else {
            String::new()
        }
    }

    fn params(&self, params: &[(String, Ty)]) -> String {
        let params = params
            .iter()
            .map(|(name, ty)| format!("{name}{}", self.of(*ty)));
        params.collect::<Vec<_>>().join(", ")
    }

    fn method(&mut self, method: &Method) {
        let params = self.params(&method.params);
        let result = match method.value {
            Some(_) => self.of(method.result),
            None => String::new(),
        };
        self.line(&format!("{}({params}){result} {{", method.name));
        self.stmts(&method.body);
        if let Some(value) = &method.value {
            let value = self.placed(value);
            self.line(&format!("return {value};"));
        }
        self.line("}");
    }
}
