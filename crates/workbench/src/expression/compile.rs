//! The parser's tree to a checked expression: names resolved, kinds of values checked.

use super::{ExpressionError, Kind, Resolver};
use crate::nearest::nearest;
use beachhead_engine::plan::expression::{Binary, Expression, Function, Unary};
use cel::common::ast::{CallExpr, Expr, IdedExpr, LiteralValue, SourceInfo, operators};

/// Functions by name, with their number of arguments.
const FUNCTIONS: [(&str, Function, usize); 7] = [
    ("ln", Function::Ln, 1),
    ("exp", Function::Exp, 1),
    ("sqrt", Function::Sqrt, 1),
    ("abs", Function::Abs, 1),
    ("min", Function::Min, 2),
    ("max", Function::Max, 2),
    ("pow", Function::Pow, 2),
];

/// Operators of two arguments: CEL's name, ours, what both sides must be, what comes out.
/// `None` for both sides means the same kind on both.
const BINARIES: [(&str, Binary, Option<Kind>, Kind); 12] = [
    (
        operators::ADD,
        Binary::Add,
        Some(Kind::Number),
        Kind::Number,
    ),
    (
        operators::SUBSTRACT,
        Binary::Subtract,
        Some(Kind::Number),
        Kind::Number,
    ),
    (
        operators::MULTIPLY,
        Binary::Multiply,
        Some(Kind::Number),
        Kind::Number,
    ),
    (
        operators::DIVIDE,
        Binary::Divide,
        Some(Kind::Number),
        Kind::Number,
    ),
    (
        operators::LESS,
        Binary::Less,
        Some(Kind::Number),
        Kind::Truth,
    ),
    (
        operators::LESS_EQUALS,
        Binary::LessOrEqual,
        Some(Kind::Number),
        Kind::Truth,
    ),
    (
        operators::GREATER,
        Binary::Greater,
        Some(Kind::Number),
        Kind::Truth,
    ),
    (
        operators::GREATER_EQUALS,
        Binary::GreaterOrEqual,
        Some(Kind::Number),
        Kind::Truth,
    ),
    (operators::EQUALS, Binary::Equal, None, Kind::Truth),
    (operators::NOT_EQUALS, Binary::NotEqual, None, Kind::Truth),
    (
        operators::LOGICAL_AND,
        Binary::And,
        Some(Kind::Truth),
        Kind::Truth,
    ),
    (
        operators::LOGICAL_OR,
        Binary::Or,
        Some(Kind::Truth),
        Kind::Truth,
    ),
];

/// Checks a parsed tree; its value must be `wanted`.
pub(super) fn compile<V: Copy>(
    text: &str,
    source: &SourceInfo,
    resolve: Resolver<'_, V>,
    tree: &IdedExpr,
    wanted: Kind,
) -> Result<Expression<V>, Vec<ExpressionError>> {
    let mut compiler = Compiler {
        text,
        source,
        resolve,
        errors: Vec::new(),
    };
    let compiled = compiler.expect(tree, wanted, "the whole expression");
    compiler.errors.sort_by_key(|error| error.offset);
    match compiled {
        Some(expression) if compiler.errors.is_empty() => Ok(expression),
        _ => Err(compiler.errors),
    }
}

struct Compiler<'a, V> {
    text: &'a str,
    source: &'a SourceInfo,
    resolve: Resolver<'a, V>,
    errors: Vec<ExpressionError>,
}

impl<V: Copy> Compiler<'_, V> {
    /// Compiles `node`, whose value must be of a kind. `None` if a mistake was noted.
    fn expect(&mut self, node: &IdedExpr, wanted: Kind, role: &str) -> Option<Expression<V>> {
        let (expression, kind) = self.any(node)?;
        if kind == wanted {
            return Some(expression);
        }
        let found = format!("{} as {role}", kind.words());
        self.note(node, found, wanted.words());
        None
    }

    fn any(&mut self, node: &IdedExpr) -> Option<(Expression<V>, Kind)> {
        match &node.expr {
            Expr::Literal(literal) => self.literal(node, literal),
            Expr::Ident(_) | Expr::Select(_) => self.name(node),
            Expr::Call(call) => self.call(node, call),
            Expr::List(_) | Expr::Map(_) | Expr::Struct(_) | Expr::Comprehension(_) => {
                self.unknown_construct(node, "a list, map or macro")
            }
            Expr::Unspecified => self.unknown_construct(node, "something that could not be read"),
        }
    }

    fn unknown_construct<T>(&mut self, node: &IdedExpr, found: &str) -> Option<T> {
        self.note(
            node,
            found.to_string(),
            "numbers, names, operators and functions only",
        );
        None
    }

    fn literal(
        &mut self,
        node: &IdedExpr,
        literal: &LiteralValue,
    ) -> Option<(Expression<V>, Kind)> {
        let number = |value: f64| Some((Expression::Number(value), Kind::Number));
        match literal {
            LiteralValue::Double(value) => number(*value.inner()),
            LiteralValue::Int(value) => number(*value.inner() as f64),
            LiteralValue::UInt(value) => number(*value.inner() as f64),
            LiteralValue::Boolean(value) => Some((
                Expression::Number(f64::from(u8::from(*value.inner()))),
                Kind::Truth,
            )),
            LiteralValue::String(_) | LiteralValue::Bytes(_) => {
                self.unknown_construct(node, "a text in quotes")
            }
            LiteralValue::Null => self.unknown_construct(node, "`null`"),
        }
    }

    fn name(&mut self, node: &IdedExpr) -> Option<(Expression<V>, Kind)> {
        let Some(parts) = member_chain(node) else {
            return self.unknown_construct(node, "a member of something that is no name");
        };
        match (self.resolve)(&parts) {
            Ok((variable, kind)) => Some((Expression::Observable(variable), kind)),
            Err(problem) => {
                let name = parts.join(".");
                let offset = self.offset(root(node));
                // Blanks may stand around the dots; then only the root is underlined.
                let length = if self.text[offset..].starts_with(&name) {
                    name.len()
                } else {
                    parts[0].len()
                };
                self.errors.push(ExpressionError {
                    offset,
                    length,
                    found: format!("`{name}`"),
                    expected: problem.expected,
                    nearest: problem.nearest,
                });
                None
            }
        }
    }

    fn call(&mut self, node: &IdedExpr, call: &CallExpr) -> Option<(Expression<V>, Kind)> {
        if call.target.is_some() {
            let found = format!("the call `.{}()` on a value", call.func_name);
            self.note(
                node,
                found,
                &format!("a function of its arguments: {}", function_names()),
            );
            return None;
        }
        let arguments = call.args.as_slice();
        let name = call.func_name.as_str();
        if let (operators::CONDITIONAL, [condition, yes, no]) = (name, arguments) {
            return self.conditional(node, condition, yes, no);
        }
        if let (operators::LOGICAL_NOT, [x]) = (name, arguments) {
            let x = self.expect(x, Kind::Truth, "what `!` turns round")?;
            return Some((Expression::Unary(Unary::Not, Box::new(x)), Kind::Truth));
        }
        if let (operators::NEGATE, [x]) = (name, arguments) {
            let x = self.expect(x, Kind::Number, "what `-` negates")?;
            return Some((Expression::Unary(Unary::Negate, Box::new(x)), Kind::Number));
        }
        if let [left, right] = arguments
            && let Some(&(_, operator, sides, result)) = BINARIES.iter().find(|row| row.0 == name)
        {
            return self
                .binary(node, operator, sides, left, right)
                .map(|x| (x, result));
        }
        self.function(node, name, arguments)
    }

    fn conditional(
        &mut self,
        node: &IdedExpr,
        condition: &IdedExpr,
        yes: &IdedExpr,
        no: &IdedExpr,
    ) -> Option<(Expression<V>, Kind)> {
        let condition = self.expect(condition, Kind::Truth, "what stands before `?`");
        let (yes, no) = (self.any(yes), self.any(no));
        let (condition, (yes, kind), (no, other)) = (condition?, yes?, no?);
        if kind != other {
            let found = format!("{} before `:` and {} after it", kind.words(), other.words());
            self.note(node, found, "the same kind of value on both sides");
            return None;
        }
        Some((
            Expression::Conditional(Box::new(condition), Box::new(yes), Box::new(no)),
            kind,
        ))
    }

    fn binary(
        &mut self,
        node: &IdedExpr,
        operator: Binary,
        sides: Option<Kind>,
        left: &IdedExpr,
        right: &IdedExpr,
    ) -> Option<Expression<V>> {
        let sign = self.token(node).to_string();
        let (left, right) = match sides {
            Some(kind) => (
                self.expect(left, kind, &format!("the left side of `{sign}`")),
                self.expect(right, kind, &format!("the right side of `{sign}`")),
            ),
            None => {
                let (left, right) = (self.any(left), self.any(right));
                if let (Some((_, kind)), Some((_, other))) = (&left, &right)
                    && kind != other
                {
                    let found = format!("{} compared with {}", kind.words(), other.words());
                    self.note(node, found, "the same kind of value on both sides");
                    return None;
                }
                (left.map(|side| side.0), right.map(|side| side.0))
            }
        };
        Some(Expression::Binary(
            operator,
            Box::new(left?),
            Box::new(right?),
        ))
    }

    fn function(
        &mut self,
        node: &IdedExpr,
        name: &str,
        arguments: &[IdedExpr],
    ) -> Option<(Expression<V>, Kind)> {
        let Some(&(_, function, count)) = FUNCTIONS.iter().find(|row| row.0 == name) else {
            return self.unknown_function(node, name);
        };
        if arguments.len() != count {
            let found = format!("`{name}` with {} arguments", arguments.len());
            self.note(node, found, &format!("{count}"));
            return None;
        }
        let role = format!("an argument of `{name}`");
        let compiled: Vec<Option<Expression<V>>> = arguments
            .iter()
            .map(|x| self.expect(x, Kind::Number, &role))
            .collect();
        let compiled: Option<Vec<Expression<V>>> = compiled.into_iter().collect();
        Some((Expression::Call(function, compiled?), Kind::Number))
    }

    fn unknown_function<T>(&mut self, node: &IdedExpr, name: &str) -> Option<T> {
        let found = match name {
            operators::MODULO => "the operator `%`".to_string(),
            operators::IN => "the operator `in`".to_string(),
            operators::INDEX => "an index in brackets".to_string(),
            _ => format!("the function `{name}`"),
        };
        self.note(
            node,
            found,
            &format!("one of the functions {}", function_names()),
        );
        let suggestion = nearest(name, FUNCTIONS.iter().map(|row| row.0)).map(String::from);
        if let Some(error) = self.errors.last_mut() {
            error.nearest = suggestion;
        }
        None
    }

    fn note(&mut self, node: &IdedExpr, found: String, expected: &str) {
        let offset = self.offset(node);
        let length = self.token(node).len();
        let expected = expected.to_string();
        self.errors.push(ExpressionError {
            offset,
            length,
            found,
            expected,
            nearest: None,
        });
    }

    /// Byte offset of a node's token: for an operator its sign, for a call its parenthesis.
    fn offset(&self, node: &IdedExpr) -> usize {
        let start = self
            .source
            .offset_for(node.id)
            .map_or(0, |(start, _)| start as usize);
        boundary(self.text, start)
    }

    fn token(&self, node: &IdedExpr) -> &str {
        let (start, stop) = self.source.offset_for(node.id).unwrap_or((0, 0));
        let start = boundary(self.text, start as usize);
        self.text.get(start..=stop as usize).unwrap_or("")
    }
}

/// Parts of a dotted name, root first. `None` if its root is no name or it is a test for presence.
fn member_chain(node: &IdedExpr) -> Option<Vec<&str>> {
    match &node.expr {
        Expr::Ident(name) => Some(vec![name]),
        Expr::Select(select) if !select.test => {
            let mut parts = member_chain(&select.operand)?;
            parts.push(&select.field);
            Some(parts)
        }
        _ => None,
    }
}

/// The start of the letter that holds byte `offset`.
fn boundary(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len()))
        .rev()
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0)
}

fn root(node: &IdedExpr) -> &IdedExpr {
    match &node.expr {
        Expr::Select(select) => root(&select.operand),
        _ => node,
    }
}

fn function_names() -> String {
    FUNCTIONS.map(|row| row.0).join(", ")
}
