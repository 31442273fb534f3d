//! The executor: a script's directives, one by one, on one store.

use super::{
    expect,
    refusal::{Refusal, compile},
    report::{Failure, Lines, Report, keyword},
    spectest,
    threads::{SharedModule, Threads},
    values,
};
use std::{collections::HashMap, thread::Scope};
use wasmrt::{Engine, Error, Extern, Instance, Linker, Module, Store, Val};
use wast::{
    QuoteWat, Wast, WastDirective, WastExecute, WastInvoke,
    lexer::Lexer,
    parser::{self, ParseBuffer},
    token::Id,
};

/// Executes a script. Directives on `excused` lines must not do what they say; they, and those that use a module
/// defined there, count as skipped.
pub fn execute(engine: &Engine, source: &str, excused: &[usize]) -> Report {
    let lines = Lines::of(source);
    let mut lexer = Lexer::new(source);
    // The suite has such characters in names on purpose.
    lexer.allow_confusing_unicode(true);
    let unreadable = |error: wast::Error| {
        let place = lines.place(error.span().offset());
        Report { failures: vec![Failure { place, directive: "script", message: error.message() }], ..Report::default() }
    };
    let buffer = match ParseBuffer::new_with_lexer(lexer) {
        Ok(buffer) => buffer,
        Err(error) => return unreadable(error),
    };
    let directives = match parser::parse::<Wast<'_>>(&buffer) {
        Ok(wast) => wast.directives,
        Err(error) => return unreadable(error),
    };
    let text = Text { engine, lines: &lines, excused };
    std::thread::scope(|scope| run(text, scope, None, directives))
}

/// What all threads of a script share.
#[derive(Clone, Copy)]
pub(super) struct Text<'env> {
    engine: &'env Engine,
    lines: &'env Lines<'env>,
    excused: &'env [usize],
}

/// Runs directives on a store of their own; `shared` is what a thread gets from the one that starts it.
pub(super) fn run<'scope, 'env>(
    text: Text<'env>,
    scope: &'scope Scope<'scope, 'env>,
    shared: Option<SharedModule>,
    directives: Vec<WastDirective<'env>>,
) -> Report {
    let mut report = Report::default();
    let mut script = match Script::new(text, scope, shared) {
        Ok(script) => script,
        Err(error) => {
            let place = text.lines.place(0);
            report.failures.push(Failure { place, directive: "script", message: expect::told(&error) });
            return report;
        }
    };
    for directive in directives {
        let place = text.lines.place(directive.span().offset());
        let keyword = keyword(&directive);
        let is_excused = text.excused.contains(&place.line);
        let defines = is_excused.then(|| defined_name(&directive)).flatten();
        let step = match (script.directive(directive, &mut report), is_excused) {
            (Ok(()), true) => Err(Stop::Failed("it holds, although it is listed as one that does not".to_string())),
            (Err(_), true) => {
                if let Some(name) = defines {
                    script.set_instance(name, Slot::Skipped);
                }
                Err(Stop::Skipped)
            }
            (step, false) => step,
        };
        match step {
            Ok(()) if keyword.starts_with("assert_") => report.passed += 1,
            Ok(()) => {}
            Err(Stop::Skipped) => report.skipped += 1,
            Err(Stop::Failed(message)) => report.failures.push(Failure { place, directive: keyword, message }),
        }
    }
    script.threads.join_all(&mut report);
    report
}

/// The name, if any, under which a directive would define an instance.
fn defined_name<'a>(directive: &WastDirective<'a>) -> Option<Option<Id<'a>>> {
    match directive {
        WastDirective::Module(module) => Some(module.name()),
        WastDirective::ModuleInstance { instance, .. } => Some(*instance),
        _ => None,
    }
}

/// Why a directive did not get to its end.
pub(super) enum Stop {
    Skipped,
    Failed(String),
}

impl From<String> for Stop {
    fn from(message: String) -> Stop {
        Stop::Failed(message)
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Stop {
        Stop::Failed(format!("expected a valid module, got {refusal}"))
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        Stop::Failed(format!("expected no error, got {}", expect::told(&error)))
    }
}

/// What a name, or the lack of one, refers to.
#[derive(Clone)]
enum Slot {
    Missing,
    Skipped,
    Live(Instance),
    /// Of another thread's store.
    Shared(SharedModule),
}

struct Script<'scope, 'env> {
    text: Text<'env>,
    store: Store<()>,
    linker: Linker<()>,
    instances: HashMap<String, Slot>,
    current: Slot,
    definitions: HashMap<String, Module>,
    last_definition: Option<Module>,
    threads: Threads<'scope, 'env>,
}

impl<'scope, 'env> Script<'scope, 'env> {
    fn new(
        text: Text<'env>,
        scope: &'scope Scope<'scope, 'env>,
        shared: Option<SharedModule>,
    ) -> Result<Script<'scope, 'env>, Error> {
        let mut store = Store::new(text.engine, ());
        let mut linker = Linker::new(text.engine);
        linker.allow_shadowing(true);
        spectest::define(&mut linker, &mut store)?;
        Ok(Script {
            text,
            store,
            linker,
            instances: shared.into_iter().map(|module| (module.name().to_string(), Slot::Shared(module))).collect(),
            current: Slot::Missing,
            definitions: HashMap::new(),
            last_definition: None,
            threads: Threads::new(text, scope),
        })
    }

    /// Carries one directive out; a thread that ends with it adds to the report.
    fn directive(&mut self, directive: WastDirective<'env>, report: &mut Report) -> Result<(), Stop> {
        match directive {
            WastDirective::Module(module) => self.module(module),
            WastDirective::ModuleDefinition(module) => self.definition(module).map(|_| ()),
            WastDirective::ModuleInstance { instance, module, .. } => self.instance(instance, module),
            WastDirective::Register { name, module, .. } => self.register(name, module),
            WastDirective::Invoke(invoke) => self.invoke(invoke)?.map(|_| ()).map_err(Stop::from),
            WastDirective::AssertReturn { exec, results, .. } => match self.action(exec)? {
                Ok(values) => Ok(values::results(&values, &results)?),
                Err(error) => {
                    let expected = values::show_patterns(&results);
                    Err(Stop::Failed(format!("expected {expected}, got {}", expect::told(&error))))
                }
            },
            WastDirective::AssertTrap { exec, message, .. } => {
                Ok(expect::trap(&self.error_of(exec, &format!("trap \"{message}\""))?, message)?)
            }
            WastDirective::AssertExhaustion { call, .. } => {
                Ok(expect::exhaustion(&self.error_of(WastExecute::Invoke(call), "an exhausted call stack")?)?)
            }
            WastDirective::AssertException { exec, .. } => {
                Ok(expect::exception(&self.error_of(exec, "an exception")?)?)
            }
            WastDirective::AssertUnlinkable { module, message, .. } => {
                let expected = format!("link error \"{message}\"");
                Ok(expect::unlinkable(&self.error_of(WastExecute::Wat(module), &expected)?, message)?)
            }
            WastDirective::AssertMalformed { module, message, .. }
            | WastDirective::AssertMalformedCustom { module, message, .. } => {
                self.refused(module, "malformed", message, Refusal::is_malformed)
            }
            WastDirective::AssertInvalid { module, message, .. }
            | WastDirective::AssertInvalidCustom { module, message, .. } => {
                self.refused(module, "invalid", message, Refusal::is_invalid)
            }
            WastDirective::AssertSuspension { .. } => Err(Stop::Failed("stack switching is not supported".to_string())),
            WastDirective::Thread(thread) => {
                let shared = match thread.shared_module {
                    Some(name) => Some(SharedModule::of(name, &self.store, self.live(Some(name))?)?),
                    None => None,
                };
                self.threads.start(thread, shared)
            }
            WastDirective::Wait { thread, .. } => self.threads.join(thread, report),
        }
    }

    fn module(&mut self, module: QuoteWat<'_>) -> Result<(), Stop> {
        let name = module.name();
        self.set_instance(name, Slot::Missing);
        let module = self.definition(module)?;
        self.instantiate(name, &module)
    }

    fn definition(&mut self, module: QuoteWat<'_>) -> Result<Module, Stop> {
        let name = module.name();
        let module = compile(self.text.engine, module)?;
        if let Some(name) = name {
            self.definitions.insert(name.name().to_string(), module.clone());
        }
        self.last_definition = Some(module.clone());
        Ok(module)
    }

    fn instance(&mut self, instance: Option<Id<'_>>, module: Option<Id<'_>>) -> Result<(), Stop> {
        self.set_instance(instance, Slot::Missing);
        let module = match module {
            Some(name) => self.definitions.get(name.name()).cloned(),
            None => self.last_definition.clone(),
        };
        let module = module.ok_or_else(|| "no such module definition".to_string())?;
        self.instantiate(instance, &module)
    }

    fn register(&mut self, name: &str, module: Option<Id<'_>>) -> Result<(), Stop> {
        if let Slot::Shared(shared) = self.slot(module) {
            return shared.register(name, &mut self.linker, &mut self.store);
        }
        let instance = self.live(module)?;
        self.linker.instance(&self.store, name, instance)?;
        Ok(())
    }

    fn refused(
        &mut self,
        module: QuoteWat<'_>,
        how: &str,
        message: &str,
        is_as_asked: fn(&Refusal) -> bool,
    ) -> Result<(), Stop> {
        match compile(self.text.engine, module) {
            Err(refusal) if is_as_asked(&refusal) => Ok(()),
            Err(refusal) => Err(Stop::Failed(format!("expected a module that is {how}, \"{message}\", got {refusal}"))),
            Ok(_) => Err(Stop::Failed(format!("expected a module that is {how}, \"{message}\", got a valid one"))),
        }
    }

    /// The error that an action must end in.
    fn error_of(&mut self, exec: WastExecute<'_>, expected: &str) -> Result<Error, Stop> {
        match self.action(exec)? {
            Err(error) => Ok(error),
            Ok(values) => Err(Stop::Failed(format!("expected {expected}, got {}", values::show(&values)))),
        }
    }

    fn action(&mut self, exec: WastExecute<'_>) -> Result<Result<Vec<Val>, Error>, Stop> {
        match exec {
            WastExecute::Invoke(invoke) => self.invoke(invoke),
            WastExecute::Wat(module) => {
                let module = compile(self.text.engine, QuoteWat::Wat(module))?;
                Ok(self.linker.instantiate(&mut self.store, &module).map(|_| Vec::new()))
            }
            WastExecute::Get { module, global, .. } => {
                let instance = self.live(module)?;
                let exported = instance.get_global(&self.store, global);
                let global = exported.ok_or_else(|| format!("no global `{global}` is exported"))?;
                Ok(global.get(&self.store).map(|value| vec![value]))
            }
        }
    }

    fn invoke(&mut self, invoke: WastInvoke<'_>) -> Result<Result<Vec<Val>, Error>, Stop> {
        let instance = self.live(invoke.module)?;
        let Some(Extern::Func(func)) = instance.get_export(&self.store, invoke.name) else {
            return Err(Stop::Failed(format!("no function `{}` is exported", invoke.name)));
        };
        let args = invoke.args.iter().map(values::argument).collect::<Result<Vec<Val>, String>>()?;
        let ty = func.ty(&self.store)?;
        let mut results: Vec<Val> = ty.results().iter().map(|ty| Val::default_for(*ty)).collect();
        Ok(func.call(&mut self.store, &args, &mut results).map(|()| results))
    }

    fn instantiate(&mut self, name: Option<Id<'_>>, module: &Module) -> Result<(), Stop> {
        let instance = self.linker.instantiate(&mut self.store, module)?;
        self.set_instance(name, Slot::Live(instance));
        Ok(())
    }

    fn set_instance(&mut self, name: Option<Id<'_>>, slot: Slot) {
        if let Some(name) = name {
            self.instances.insert(name.name().to_string(), slot.clone());
        }
        self.current = slot;
    }

    fn slot(&self, name: Option<Id<'_>>) -> Slot {
        match name {
            Some(name) => self.instances.get(name.name()).cloned().unwrap_or(Slot::Missing),
            None => self.current.clone(),
        }
    }

    fn live(&self, name: Option<Id<'_>>) -> Result<Instance, Stop> {
        match self.slot(name) {
            Slot::Live(instance) => Ok(instance),
            Slot::Skipped => Err(Stop::Skipped),
            Slot::Missing => Err(Stop::Failed("the module it uses does not exist".to_string())),
            Slot::Shared(_) => Err(Stop::Failed("of another thread's module, only memories can be used".to_string())),
        }
    }
}
