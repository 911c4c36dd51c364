//! Functions of ours for mappings: documents have one of a thing or many, and say nothing in several ways.
//! None can fail, so a mapping need not say what happens then.

use vrl::compiler::prelude::*;

/// Every function of this file.
pub(super) fn all() -> Vec<Box<dyn Function>> {
    OURS.iter().map(|ours| Box::new(*ours) as Box<dyn Function>).collect()
}

/// Functions of one value, and `lookup`.
const OURS: &[Ours] = &[
    Ours {
        name: "list",
        usage: "The items of `value`: of a list its items, of null none, of anything else that alone.",
        of: Shape::List,
    },
    Ours {
        name: "first",
        usage: "The first item of `value` if it is a list, else `value`; null if there is none.",
        of: Shape::First,
    },
    Ours {
        name: "numbered",
        usage: "The items of `list(value)`, each as an object of its `number`, from 1, and the `item`.",
        of: Shape::Numbered,
    },
    Ours {
        name: "text",
        usage: "What `value` says as a text: of an element its `#text`, of a list its first; empty if nothing.",
        of: Shape::Text,
    },
    Ours {
        name: "named",
        usage: "The texts in the object `value` as a list of `name` and `text`; lists and objects in it are gone through.",
        of: Shape::Named,
    },
    Ours {
        name: "table",
        usage: "The object `value`, of whose fields the compiler forgets what it knows: it carries that through every line.",
        of: Shape::Table,
    },
    Ours {
        name: "lookup",
        usage: "What the object `table` has under the text of `value`; null if nothing.",
        of: Shape::Lookup,
    },
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    List,
    First,
    Numbered,
    Text,
    Named,
    Table,
    Lookup,
}

#[derive(Debug, Clone, Copy)]
struct Ours {
    name: &'static str,
    usage: &'static str,
    of: Shape,
}

impl Function for Ours {
    fn identifier(&self) -> &'static str {
        self.name
    }

    fn usage(&self) -> &'static str {
        self.usage
    }

    fn category(&self) -> &'static str {
        Category::Type.as_ref()
    }

    fn return_kind(&self) -> u16 {
        match self.of {
            Shape::List | Shape::Named | Shape::Numbered => kind::ARRAY,
            Shape::Text => kind::BYTES,
            Shape::Table => kind::OBJECT,
            Shape::First | Shape::Lookup => kind::ANY,
        }
    }

    fn parameters(&self) -> &'static [Parameter] {
        const VALUE: Parameter = Parameter::required("value", kind::ANY, "The value.");
        const ONE: &[Parameter] = &[VALUE];
        const TWO: &[Parameter] = &[Parameter::required("table", kind::ANY, "The table."), VALUE];
        if self.of == Shape::Lookup { TWO } else { ONE }
    }

    fn examples(&self) -> &'static [Example] {
        &[]
    }

    fn compile(&self, _: &TypeState, _: &mut FunctionCompileContext, arguments: ArgumentList) -> Compiled {
        let table = (self.of == Shape::Lookup).then(|| arguments.required("table"));
        Ok(Call { of: self.of, table, value: arguments.required("value") }.as_expr())
    }
}

#[derive(Debug, Clone)]
struct Call {
    of: Shape,
    table: Option<Box<dyn Expression>>,
    value: Box<dyn Expression>,
}

impl FunctionExpression for Call {
    fn resolve(&self, ctx: &mut Context) -> Resolved {
        let table = self.table.as_ref().map(|table| table.resolve(ctx)).transpose()?;
        let value = self.value.resolve(ctx)?;
        Ok(match self.of {
            Shape::List => list(value),
            Shape::First => first(value),
            Shape::Numbered => numbered(value),
            Shape::Text => text(&value).unwrap_or_else(|| Value::from("")),
            Shape::Named => named(value),
            Shape::Table if value.is_object() => value,
            Shape::Table => Value::Object(ObjectMap::new()),
            Shape::Lookup => lookup(table.unwrap_or(Value::Null), &value),
        })
    }

    fn type_def(&self, _: &TypeState) -> TypeDef {
        match self.of {
            Shape::List | Shape::Named | Shape::Numbered => TypeDef::array(Collection::any()),
            Shape::Text => TypeDef::bytes(),
            Shape::Table => TypeDef::object(Collection::any()),
            Shape::First | Shape::Lookup => TypeDef::any(),
        }
        .infallible()
    }
}

fn list(value: Value) -> Value {
    match value {
        Value::Array(_) => value,
        Value::Null => Value::Array(Vec::new()),
        one => Value::Array(vec![one]),
    }
}

fn first(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().next().unwrap_or(Value::Null),
        one => one,
    }
}

fn numbered(value: Value) -> Value {
    let Value::Array(items) = list(value) else { return Value::Array(Vec::new()) };
    let numbered = (1_i64..).zip(items).map(|(number, item)| {
        Value::Object([("number".into(), Value::Integer(number)), ("item".into(), item)].into())
    });
    Value::Array(numbered.collect())
}

fn text(value: &Value) -> Option<Value> {
    match value {
        Value::String(_) => Some(value.clone()),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) => Some(Value::from(value.to_string())),
        Value::Object(fields) => fields.get("#text").and_then(text),
        Value::Array(items) => items.first().and_then(text),
        _ => None,
    }
}

fn named(value: Value) -> Value {
    let mut found = Vec::new();
    if let Value::Object(fields) = value {
        for (name, value) in fields {
            gather(name, value, &mut found);
        }
    }
    Value::Array(found)
}

/// Decoders bound the depth of what they read, and a program cannot nest without end.
fn gather(name: KeyString, value: Value, found: &mut Vec<Value>) {
    match value {
        Value::Array(items) => items.into_iter().for_each(|item| gather(name.clone(), item, found)),
        Value::Object(fields) => {
            for (inner, value) in fields {
                let name =
                    if inner.as_str() == "#text" { name.clone() } else { format!("{name}.{inner}").into() };
                gather(name, value, found);
            }
        }
        value => {
            let says = |text: &Value| text.to_str().is_some_and(|text| !text.trim().is_empty());
            if let Some(text) = text(&value).filter(says) {
                let name = Value::from(name.as_str());
                found.push(Value::Object([("name".into(), name), ("text".into(), text)].into()));
            }
        }
    }
}

fn lookup(table: Value, value: &Value) -> Value {
    let text = text(value);
    match (table, text.as_ref().and_then(Value::to_str)) {
        (Value::Object(mut fields), Some(text)) => fields.remove(text.trim()).unwrap_or(Value::Null),
        _ => Value::Null,
    }
}
