//! The tree as XML again: the dead letter of one entry.

use vrl::value::Value;

/// A document of a tree with one root.
pub(in crate::formats) fn document(tree: &Value) -> Vec<u8> {
    let mut out = String::new();
    if let Value::Object(fields) = tree {
        for (name, value) in fields {
            element(&mut out, name.as_str(), value);
        }
    }
    out.into_bytes()
}

fn element(out: &mut String, name: &str, value: &Value) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| element(out, name, item)),
        Value::Object(fields) => {
            out.push('<');
            out.push_str(name);
            for (field, value) in fields {
                if let Some(attribute) = field.as_str().strip_prefix('@') {
                    out.push(' ');
                    out.push_str(attribute);
                    out.push_str("=\"");
                    escape(out, value);
                    out.push('"');
                }
            }
            out.push('>');
            for (field, value) in fields {
                match field.as_str() {
                    "#text" => escape(out, value),
                    attribute if attribute.starts_with('@') => {}
                    name => element(out, name, value),
                }
            }
            close(out, name);
        }
        text => {
            out.push('<');
            out.push_str(name);
            out.push('>');
            escape(out, text);
            close(out, name);
        }
    }
}

fn close(out: &mut String, name: &str) {
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

fn escape(out: &mut String, value: &Value) {
    for c in value.to_str_lossy().unwrap_or_default().chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            // In attributes they would become spaces, and a carriage return would be lost.
            '\r' => out.push_str("&#13;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            c => out.push(c),
        }
    }
}
