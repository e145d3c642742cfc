//! Statements of the tree → the flat sketch. Expressions are lowered in `expressions`.

use compact_str::format_compact;
use ruff_python_ast::visitor::{Visitor, walk_stmt};
use ruff_python_ast::{Expr, Mod, Parameters, Stmt, StmtFunctionDef, StmtImport, StmtImportFrom};
use ruff_text_size::{Ranged as _, TextSize};
use syndic_detect::LineIndex;

use super::sketch::{Bind, Function, Import, Name, Param, Sketch, Value};
use crate::Spot;

/// The walk over one module.
pub(super) struct Lower<'a> {
    pub(super) sketch: Sketch,
    pub(super) collected: Vec<Value>,
    pub(super) function: Option<usize>,
    class: Option<Name>,
    optional_depth: usize,
    lines: LineIndex,
    spots: &'a [Spot],
}

/// Lowers a parsed module.
pub(super) fn lower(text: &str, spots: &[Spot], module: &Mod) -> Sketch {
    let mut lower = Lower {
        sketch: Sketch::default(),
        collected: Vec::new(),
        function: None,
        class: None,
        optional_depth: 0,
        lines: LineIndex::new(text.as_bytes()),
        spots,
    };
    if let Mod::Module(module) = module {
        let mut imports = Imports { lower: &mut lower };
        imports.visit_body(&module.body);
        lower.visit_body(&module.body);
    }
    lower.sketch
}

impl Lower<'_> {
    /// Returns the place of a byte offset.
    pub(super) fn spot(&self, offset: TextSize) -> Spot {
        let line = self.lines.line(offset.to_usize());
        let index = usize::try_from(line).unwrap_or(1).saturating_sub(1);
        self.spots.get(index).copied().unwrap_or(Spot { line, cell: None })
    }

    fn bind(&mut self, target: &Expr, value: Value) {
        match target {
            Expr::Tuple(tuple) => self.bind_each(&tuple.elts, &value),
            Expr::List(list) => self.bind_each(&list.elts, &value),
            Expr::Starred(starred) => self.bind(&starred.value, value),
            _ => {
                if let Some(name) = self.dotted(target) {
                    let at = self.spot(target.start());
                    self.sketch.binds.push(Bind { target: name, value, function: self.function, at });
                }
            }
        }
    }

    fn bind_each(&mut self, targets: &[Expr], value: &Value) {
        let parts = match value {
            Value::List(parts) if parts.len() == targets.len() => Some(parts),
            _ => None,
        };
        for (index, target) in targets.iter().enumerate() {
            self.bind(target, parts.and_then(|parts| parts.get(index)).unwrap_or(value).clone());
        }
    }

    fn function_def(&mut self, def: &StmtFunctionDef) {
        let decorators = def.decorator_list.iter().map(|decorator| self.value(&decorator.expression)).collect();
        let params = self.params(&def.parameters);
        let class = self.class.clone();
        let function = Function {
            name: def.name.as_str().into(),
            parent: self.function,
            class: self.class.take(),
            params,
            decorators,
            returns: Vec::new(),
            at: self.spot(def.name.start()),
        };
        let outer = self.function.replace(self.sketch.functions.len());
        self.sketch.functions.push(function);
        self.visit_body(&def.body);
        self.function = outer;
        self.class = class;
    }

    fn params(&mut self, parameters: &Parameters) -> Vec<Param> {
        parameters
            .iter_non_variadic_params()
            .map(|param| Param {
                name: param.parameter.name.as_str().into(),
                annotation: param.parameter.annotation.as_deref().map(|annotation| self.value(annotation)),
                default: param.default.as_deref().map(|default| self.value(default)),
            })
            .collect()
    }

    pub(super) fn returns(&mut self, value: Option<&Expr>) {
        let Some(value) = value else { return };
        let value = self.value(value);
        if let Some(function) = self.function.and_then(|index| self.sketch.functions.get_mut(index)) {
            function.returns.push(value);
        }
    }
}

impl<'a> Visitor<'a> for Lower<'_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => self.function_def(def),
            Stmt::ClassDef(def) => {
                for decorator in &def.decorator_list {
                    self.value(&decorator.expression);
                }
                let bases = def
                    .arguments
                    .iter()
                    .flat_map(|arguments| arguments.args.iter())
                    .map(|base| self.value(base))
                    .collect();
                self.sketch.classes.push((def.name.as_str().into(), bases));
                let outer = self.class.replace(def.name.as_str().into());
                self.visit_body(&def.body);
                self.class = outer;
            }
            Stmt::Assign(assign) => {
                let value = self.value(&assign.value);
                if let Some((last, others)) = assign.targets.split_last() {
                    for target in others {
                        self.bind(target, value.clone());
                    }
                    self.bind(last, value);
                }
            }
            Stmt::AnnAssign(assign) => {
                if let Some(value) = &assign.value {
                    let value = self.value(value);
                    self.bind(&assign.target, value);
                }
            }
            Stmt::AugAssign(assign) => {
                let parts = vec![self.value(&assign.target), self.value(&assign.value)];
                self.bind(&assign.target, Value::Mixed(Name::default(), parts));
            }
            Stmt::Return(returned) => self.returns(returned.value.as_deref()),
            Stmt::For(each) => {
                let value = self.value(&each.iter);
                self.bind(&each.target, Value::Parts(vec![value]));
                self.visit_body(&each.body);
                self.visit_body(&each.orelse);
            }
            Stmt::With(with) => {
                for item in &with.items {
                    let value = self.value(&item.context_expr);
                    if let Some(target) = &item.optional_vars {
                        self.bind(target, value);
                    }
                }
                self.visit_body(&with.body);
            }
            _ => walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        let value = self.value(expr);
        self.collected.push(value);
        // A statement that is an expression has nobody to take what was collected.
        if self.collected.len() > 4096 {
            self.collected.clear();
        }
    }
}

/// The first pass: every import in the file, whatever its scope, so that names resolve wherever they are used.
struct Imports<'l, 'a> {
    lower: &'l mut Lower<'a>,
}

impl Imports<'_, '_> {
    fn import(&mut self, import: &StmtImport) {
        for alias in &import.names {
            let target = Name::from(alias.name.as_str());
            let (local, whole) = if let Some(name) = &alias.asname {
                (Name::from(name.as_str()), target.clone())
            } else {
                let first = target.split('.').next().unwrap_or_default();
                (first.into(), first.into())
            };
            self.lower.sketch.aliases.insert(local, whole);
            self.push(target, alias.start());
        }
    }

    fn import_from(&mut self, import: &StmtImportFrom) {
        let dots = ".".repeat(usize::try_from(import.level.min(8)).unwrap_or(1));
        let module = import.module.as_ref().map_or("", |module| module.as_str());
        for alias in &import.names {
            let separator = if module.is_empty() { "" } else { "." };
            let target = format_compact!("{dots}{module}{separator}{}", alias.name);
            let local = alias.asname.as_ref().unwrap_or(&alias.name).as_str().into();
            self.lower.sketch.aliases.insert(local, target.clone());
            self.push(target, import.start());
        }
    }

    fn push(&mut self, target: Name, offset: TextSize) {
        let at = self.lower.spot(offset);
        let is_optional = self.lower.optional_depth > 0;
        self.lower.sketch.imports.push(Import { target, is_optional, at });
    }
}

impl<'a> Visitor<'a> for Imports<'_, '_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Import(import) => self.import(import),
            Stmt::ImportFrom(import) => self.import_from(import),
            Stmt::FunctionDef(_) | Stmt::Try(_) | Stmt::If(_) => {
                if let Stmt::If(branch) = stmt
                    && let Expr::Compare(compare) = branch.test.as_ref()
                    && matches!(compare.left.as_ref(), Expr::Name(name) if name.id.as_str() == "__name__")
                {
                    self.lower.sketch.has_main = true;
                }
                self.lower.optional_depth += 1;
                walk_stmt(self, stmt);
                self.lower.optional_depth -= 1;
            }
            Stmt::Expr(_) | Stmt::Assign(_) | Stmt::Return(_) => {}
            _ => walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, _: &'a Expr) {}
}
