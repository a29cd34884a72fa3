//! The world of a component in WIT: what it imports and exports, with the types of both.

use std::collections::HashMap;
use std::fmt::{self, Write};

use wasmparser::component_types::{
    AliasableResourceId, ComponentAnyTypeId, ComponentDefinedType, ComponentDefinedTypeId,
    ComponentEntityType, ComponentFuncType, ComponentInstanceTypeId, ComponentValType,
};
use wasmparser::types::TypesRef;
use wasmparser::{Parser, Payload};

use super::{Bounded, types};

/// Returns the imports and exports of a component as a WIT world. `None` for core modules and for what is not valid.
pub(super) fn wit(wasm: &[u8]) -> Option<String> {
    if !Parser::is_component(wasm) {
        return None;
    }
    let types = types(wasm)?;
    let mut world = World {
        text: Bounded::new(),
        types: types.as_ref(),
        names: HashMap::new(),
        resources: HashMap::new(),
    };
    let result = world.write(wasm);
    Some(world.text.finish(result))
}

/// The writing of one world.
struct World<'a> {
    text: Bounded,
    types: TypesRef<'a>,
    /// Types that have a name where they are used.
    names: HashMap<ComponentDefinedTypeId, String>,
    resources: HashMap<AliasableResourceId, String>,
}

impl World<'_> {
    fn write(&mut self, wasm: &[u8]) -> fmt::Result {
        writeln!(self.text, "world module {{")?;
        let mut depth = 0_u32;
        for payload in Parser::new(0).parse_all(wasm).map_while(Result::ok) {
            match payload {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ComponentImportSection(section) if depth == 0 => {
                    for import in section.into_iter().map_while(Result::ok) {
                        let item = self.types.component_item_for_import(import.name.name);
                        if let Some(ty) = item.map(|item| item.ty) {
                            self.entity("import", import.name.name, ty)?;
                        }
                    }
                }
                Payload::ComponentExportSection(section) if depth == 0 => {
                    for export in section.into_iter().map_while(Result::ok) {
                        let item = self.types.component_item_for_export(export.name.name);
                        if let Some(ty) = item.map(|item| item.ty) {
                            self.entity("export", export.name.name, ty)?;
                        }
                    }
                }
                _ => {}
            }
        }
        writeln!(self.text, "}}")
    }

    fn entity(&mut self, direction: &str, name: &str, ty: ComponentEntityType) -> fmt::Result {
        match ty {
            ComponentEntityType::Func(id) => {
                write!(self.text, "  {direction} {name}: ")?;
                self.function(id)
            }
            ComponentEntityType::Instance(id) => {
                writeln!(self.text, "  {direction} {name}: interface {{")?;
                self.interface(id)?;
                writeln!(self.text, "  }}")
            }
            ComponentEntityType::Type {
                referenced,
                created,
            } => self.definition("  ", name, referenced, created),
            ComponentEntityType::Module(_) => {
                writeln!(self.text, "  // {direction} {name}: a core module")
            }
            ComponentEntityType::Component(_) => {
                writeln!(self.text, "  // {direction} {name}: a component")
            }
            ComponentEntityType::Value(_) => {
                writeln!(self.text, "  // {direction} {name}: a value")
            }
        }
    }

    fn interface(&mut self, id: ComponentInstanceTypeId) -> fmt::Result {
        let types = self.types;
        let Some(instance) = types.get(id) else {
            return Ok(());
        };
        for (name, item) in &instance.exports {
            match item.ty {
                ComponentEntityType::Func(id) => {
                    write!(self.text, "    {}: ", name)?;
                    self.function(id)?;
                }
                ComponentEntityType::Type {
                    referenced,
                    created,
                } => {
                    self.definition("    ", name, referenced, created)?;
                }
                _ => writeln!(self.text, "    // {name}")?,
            }
        }
        Ok(())
    }

    fn function(&mut self, id: wasmparser::component_types::ComponentFuncTypeId) -> fmt::Result {
        let types = self.types;
        let Some(ComponentFuncType {
            async_,
            params,
            result,
            ..
        }) = types.get(id)
        else {
            return writeln!(self.text, "func();");
        };
        write!(self.text, "{}func(", if *async_ { "async " } else { "" })?;
        for (index, (name, ty)) in params.iter().enumerate() {
            write!(self.text, "{}{name}: ", if index == 0 { "" } else { ", " })?;
            self.value(*ty)?;
        }
        write!(self.text, ")")?;
        if let Some(result) = result {
            write!(self.text, " -> ")?;
            self.value(*result)?;
        }
        writeln!(self.text, ";")
    }

    /// Writes what a name stands for, and remembers the name for later uses.
    fn definition(
        &mut self,
        indent: &str,
        name: &str,
        referenced: ComponentAnyTypeId,
        created: ComponentAnyTypeId,
    ) -> fmt::Result {
        match (referenced, created) {
            (_, ComponentAnyTypeId::Resource(created)) => {
                self.resources.insert(created, name.to_owned());
                writeln!(self.text, "{indent}resource {name};")
            }
            (ComponentAnyTypeId::Defined(referenced), ComponentAnyTypeId::Defined(created)) => {
                write!(self.text, "{indent}")?;
                match self.name_of(referenced).cloned() {
                    Some(known) => writeln!(self.text, "type {name} = {known};")?,
                    None => self.named(indent, name, created)?,
                }
                self.names.insert(created, name.to_owned());
                Ok(())
            }
            _ => writeln!(self.text, "{indent}// type {name}"),
        }
    }

    fn named(&mut self, indent: &str, name: &str, id: ComponentDefinedTypeId) -> fmt::Result {
        let types = self.types;
        match types.get(id) {
            Some(ComponentDefinedType::Record(record)) => {
                writeln!(self.text, "record {name} {{")?;
                for (field, ty) in &record.fields {
                    write!(self.text, "{indent}  {field}: ")?;
                    self.value(*ty)?;
                    writeln!(self.text, ",")?;
                }
                writeln!(self.text, "{indent}}}")
            }
            Some(ComponentDefinedType::Variant(variant)) => {
                writeln!(self.text, "variant {name} {{")?;
                for (case, ty) in &variant.cases {
                    write!(self.text, "{indent}  {case}")?;
                    self.payload(ty.ty)?;
                    writeln!(self.text, ",")?;
                }
                writeln!(self.text, "{indent}}}")
            }
            Some(ComponentDefinedType::Flags(names)) => {
                self.names("flags", indent, name, names.iter())
            }
            Some(ComponentDefinedType::Enum(names)) => {
                self.names("enum", indent, name, names.iter())
            }
            _ => {
                write!(self.text, "type {name} = ")?;
                self.anonymous(id)?;
                writeln!(self.text, ";")
            }
        }
    }

    fn names<'n, T: fmt::Display + 'n>(
        &mut self,
        keyword: &str,
        indent: &str,
        name: &str,
        names: impl Iterator<Item = &'n T>,
    ) -> fmt::Result {
        writeln!(self.text, "{keyword} {name} {{")?;
        for item in names {
            writeln!(self.text, "{indent}  {item},")?;
        }
        writeln!(self.text, "{indent}}}")
    }

    fn payload(&mut self, ty: Option<ComponentValType>) -> fmt::Result {
        let Some(ty) = ty else { return Ok(()) };
        write!(self.text, "(")?;
        self.value(ty)?;
        write!(self.text, ")")
    }

    fn value(&mut self, ty: ComponentValType) -> fmt::Result {
        match ty {
            ComponentValType::Primitive(ty) => write!(self.text, "{ty}"),
            ComponentValType::Type(id) => match self.name_of(id).cloned() {
                Some(name) => write!(self.text, "{name}"),
                None => self.anonymous(id),
            },
        }
    }

    /// The name of the type, or of the one it is an alias of.
    fn name_of(&self, id: ComponentDefinedTypeId) -> Option<&String> {
        std::iter::successors(Some(id), |id| self.types.peel_alias(*id))
            .find_map(|id| self.names.get(&id))
    }

    /// Recursion ends with the type: the validator bounds how deep types are nested.
    fn anonymous(&mut self, id: ComponentDefinedTypeId) -> fmt::Result {
        let types = self.types;
        match types.get(id) {
            Some(ComponentDefinedType::Primitive(ty)) => write!(self.text, "{ty}"),
            Some(ComponentDefinedType::List { element, .. }) => {
                self.generic("list", &[Some(*element)])
            }
            Some(ComponentDefinedType::Map { key, value, .. }) => {
                self.generic("map", &[Some(*key), Some(*value)])
            }
            Some(ComponentDefinedType::Option { ty, .. }) => self.generic("option", &[Some(*ty)]),
            Some(ComponentDefinedType::Result { ok, err, .. }) => match (ok, err) {
                (None, None) => write!(self.text, "result"),
                (ok, None) => self.generic("result", &[*ok]),
                (ok, err) => self.generic("result", &[*ok, *err]),
            },
            Some(ComponentDefinedType::Tuple(tuple)) => {
                let types: Vec<_> = tuple.types.iter().copied().map(Some).collect();
                self.generic("tuple", &types)
            }
            Some(ComponentDefinedType::FixedLengthList {
                element, length, ..
            }) => {
                write!(self.text, "list<")?;
                self.value(*element)?;
                write!(self.text, ", {length}>")
            }
            Some(ComponentDefinedType::Own(id)) => self.resource(*id),
            Some(ComponentDefinedType::Borrow(id)) => {
                write!(self.text, "borrow<")?;
                self.resource(*id)?;
                write!(self.text, ">")
            }
            // Records, variants, flags and enumerations have names wherever they cross a border.
            Some(_) | None => write!(self.text, "_"),
        }
    }

    fn resource(&mut self, id: AliasableResourceId) -> fmt::Result {
        let known = std::iter::successors(Some(id), |id| self.types.peel_alias(*id));
        let name = known
            .into_iter()
            .find_map(|id| self.resources.get(&id))
            .cloned();
        write!(self.text, "{}", name.as_deref().unwrap_or("resource"))
    }

    /// Writes `name<a, b>`, with `_` for what is not there.
    fn generic(&mut self, name: &str, arguments: &[Option<ComponentValType>]) -> fmt::Result {
        write!(self.text, "{name}<")?;
        for (index, argument) in arguments.iter().enumerate() {
            if index > 0 {
                write!(self.text, ", ")?;
            }
            match argument {
                Some(ty) => self.value(*ty)?,
                None => write!(self.text, "_")?,
            }
        }
        write!(self.text, ">")
    }
}
