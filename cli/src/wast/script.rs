//! The executor: a script's directives, one by one, on one store.

use super::{
    expect,
    report::{Failure, Lines, Report},
    spectest,
};
use std::{collections::HashMap, fmt};
use wasmrt::{Engine, Error, ErrorKind, Extern, Instance, Linker, Module, Store, Val};
use wast::{
    QuoteWat, QuoteWatTest, Wast, WastDirective, WastExecute, WastInvoke, Wat,
    lexer::Lexer,
    parser::{self, ParseBuffer},
    token::Id,
};

/// Executes a script. Directives on `skipped_lines`, and those that use a module defined there, are left out.
pub fn execute(engine: &Engine, source: &str, skipped_lines: &[usize]) -> Report {
    let mut report = Report::default();
    let lines = Lines::of(source);
    let mut lexer = Lexer::new(source);
    // The suite has such characters in names on purpose.
    lexer.allow_confusing_unicode(true);
    let unreadable = |error: wast::Error| Failure {
        line: lines.line(error.span().offset()),
        directive: "script",
        message: error.message(),
    };
    let buffer = match ParseBuffer::new_with_lexer(lexer) {
        Ok(buffer) => buffer,
        Err(error) => return Report { failures: vec![unreadable(error)], ..report },
    };
    let directives = match parser::parse::<Wast<'_>>(&buffer) {
        Ok(wast) => wast.directives,
        Err(error) => return Report { failures: vec![unreadable(error)], ..report },
    };
    let mut script = match Script::new(engine) {
        Ok(script) => script,
        Err(error) => {
            let failure = Failure { line: 1, directive: "script", message: error.to_string() };
            return Report { failures: vec![failure], ..report };
        }
    };
    for directive in directives {
        let line = lines.line(directive.span().offset());
        let keyword = keyword(&directive);
        let step = if skipped_lines.contains(&line) { script.skip(&directive) } else { script.directive(directive) };
        match step {
            Ok(()) if keyword.starts_with("assert_") => report.passed += 1,
            Ok(()) => {}
            Err(Stop::Skipped) => report.skipped += 1,
            Err(Stop::Failed(message)) => report.failures.push(Failure { line, directive: keyword, message }),
        }
    }
    report
}

/// Why a directive did not get to its end.
enum Stop {
    Skipped,
    Failed(String),
}

impl From<String> for Stop {
    fn from(message: String) -> Stop {
        Stop::Failed(message)
    }
}

/// Why a module was refused.
#[derive(Debug)]
enum Refusal {
    /// Its text cannot be read.
    Text(String),
    /// Its binary was refused by the core.
    Binary(Error),
}

impl Refusal {
    fn is_malformed(&self) -> bool {
        match self {
            Refusal::Text(_) => true,
            Refusal::Binary(error) => matches!(error.kind(), ErrorKind::Decode { .. }),
        }
    }

    /// A module that needs a proposal outside the enabled ones is invalid; the core only says it more precisely.
    fn is_invalid(&self) -> bool {
        match self {
            Refusal::Text(_) => false,
            Refusal::Binary(error) => {
                matches!(error.kind(), ErrorKind::Validate { .. } | ErrorKind::Unsupported { .. })
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Text(message) => f.write_str(message),
            Refusal::Binary(error) => error.fmt(f),
        }
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Stop {
        Stop::Failed(refusal.to_string())
    }
}

impl From<wast::Error> for Refusal {
    fn from(error: wast::Error) -> Refusal {
        Refusal::Text(error.message())
    }
}

/// What a name, or the lack of one, refers to.
#[derive(Clone, Copy)]
enum Slot {
    Missing,
    Skipped,
    Live(Instance),
}

struct Script {
    engine: Engine,
    store: Store<()>,
    linker: Linker<()>,
    instances: HashMap<String, Slot>,
    current: Slot,
    definitions: HashMap<String, Module>,
    last_definition: Option<Module>,
}

impl Script {
    fn new(engine: &Engine) -> Result<Script, Error> {
        let mut store = Store::new(engine, ());
        let mut linker = Linker::new(engine);
        linker.allow_shadowing(true);
        spectest::define(&mut linker, &mut store)?;
        Ok(Script {
            engine: engine.clone(),
            store,
            linker,
            instances: HashMap::new(),
            current: Slot::Missing,
            definitions: HashMap::new(),
            last_definition: None,
        })
    }

    fn skip(&mut self, directive: &WastDirective<'_>) -> Result<(), Stop> {
        match directive {
            WastDirective::Module(module) => self.set_instance(module.name(), Slot::Skipped),
            WastDirective::ModuleInstance { instance, .. } => self.set_instance(*instance, Slot::Skipped),
            _ => {}
        }
        Err(Stop::Skipped)
    }

    fn directive(&mut self, directive: WastDirective<'_>) -> Result<(), Stop> {
        match directive {
            WastDirective::Module(module) => self.module(module),
            WastDirective::ModuleDefinition(module) => self.definition(module),
            WastDirective::ModuleInstance { instance, module, .. } => self.instance(instance, module),
            WastDirective::Register { name, module, .. } => self.register(name, module),
            WastDirective::Invoke(invoke) => match self.invoke(invoke)? {
                Ok(_) => Ok(()),
                Err(error) => Err(Stop::Failed(error.to_string())),
            },
            WastDirective::AssertReturn { exec, results, .. } => match self.action(exec)? {
                Ok(values) => Ok(expect::results(&values, &results)?),
                Err(error) => Err(Stop::Failed(format!("expected {results:?}, got {error:?}"))),
            },
            WastDirective::AssertTrap { exec, message, .. } => {
                Ok(expect::trap(&self.error_of(exec, message)?, message)?)
            }
            WastDirective::AssertExhaustion { call, message, .. } => {
                Ok(expect::exhaustion(&self.error_of(WastExecute::Invoke(call), message)?)?)
            }
            WastDirective::AssertException { exec, .. } => {
                Ok(expect::exception(&self.error_of(exec, "an exception")?)?)
            }
            WastDirective::AssertUnlinkable { module, message, .. } => {
                Ok(expect::unlinkable(&self.error_of(WastExecute::Wat(module), message)?, message)?)
            }
            WastDirective::AssertMalformed { module, message, .. }
            | WastDirective::AssertMalformedCustom { module, message, .. } => {
                self.refused(module, message, Refusal::is_malformed)
            }
            WastDirective::AssertInvalid { module, message, .. }
            | WastDirective::AssertInvalidCustom { module, message, .. } => {
                self.refused(module, message, Refusal::is_invalid)
            }
            WastDirective::AssertSuspension { .. } => Err(Stop::Failed("stack switching is not supported".to_string())),
            WastDirective::Thread(_) | WastDirective::Wait { .. } => {
                Err(Stop::Failed("threads are not supported".to_string()))
            }
        }
    }

    fn module(&mut self, module: QuoteWat<'_>) -> Result<(), Stop> {
        let name = module.name();
        self.set_instance(name, Slot::Missing);
        let module = self.compile(module)?;
        self.instantiate(name, &module)
    }

    fn definition(&mut self, module: QuoteWat<'_>) -> Result<(), Stop> {
        let name = module.name();
        let module = self.compile(module)?;
        if let Some(name) = name {
            self.definitions.insert(name.name().to_string(), module.clone());
        }
        self.last_definition = Some(module);
        Ok(())
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
        let instance = self.live(module)?;
        match self.linker.instance(&self.store, name, instance) {
            Ok(_) => Ok(()),
            Err(error) => Err(Stop::Failed(error.to_string())),
        }
    }

    fn refused(&mut self, module: QuoteWat<'_>, message: &str, as_asked: fn(&Refusal) -> bool) -> Result<(), Stop> {
        match self.compile(module) {
            Err(refusal) if as_asked(&refusal) => Ok(()),
            Err(refusal) => Err(Stop::Failed(format!("expected \"{message}\", got {refusal:?}"))),
            Ok(_) => Err(Stop::Failed(format!("expected \"{message}\", but the module was accepted"))),
        }
    }

    /// The error that an action must end in.
    fn error_of(&mut self, exec: WastExecute<'_>, expected: &str) -> Result<Error, Stop> {
        match self.action(exec)? {
            Err(error) => Ok(error),
            Ok(values) => Err(Stop::Failed(format!("expected \"{expected}\", got {values:?}"))),
        }
    }

    fn action(&mut self, exec: WastExecute<'_>) -> Result<Result<Vec<Val>, Error>, Stop> {
        match exec {
            WastExecute::Invoke(invoke) => self.invoke(invoke),
            WastExecute::Wat(module) => {
                let module = self.compile(QuoteWat::Wat(module))?;
                Ok(self.linker.instantiate(&mut self.store, &module).map(|_| Vec::new()))
            }
            WastExecute::Get { module, global, .. } => {
                let instance = self.live(module)?;
                let global = instance.get_global(&self.store, global);
                let global = global.ok_or_else(|| "no such global".to_string())?;
                Ok(global.get(&self.store).map(|value| vec![value]))
            }
        }
    }

    fn invoke(&mut self, invoke: WastInvoke<'_>) -> Result<Result<Vec<Val>, Error>, Stop> {
        let instance = self.live(invoke.module)?;
        let Some(Extern::Func(func)) = instance.get_export(&self.store, invoke.name) else {
            return Err(Stop::Failed(format!("no function `{}` is exported", invoke.name)));
        };
        let args = invoke.args.iter().map(expect::argument).collect::<Result<Vec<Val>, String>>()?;
        let ty = func.ty(&self.store).map_err(|error| error.to_string())?;
        let mut results: Vec<Val> = ty.results().iter().map(|ty| Val::default_for(*ty)).collect();
        Ok(func.call(&mut self.store, &args, &mut results).map(|()| results))
    }

    fn compile(&self, mut module: QuoteWat<'_>) -> Result<Module, Refusal> {
        let binary = match module.to_test()? {
            QuoteWatTest::Binary(binary) => binary,
            QuoteWatTest::Text(text) => encode(&text)?,
        };
        Module::from_binary(&self.engine, &binary).map_err(Refusal::Binary)
    }

    fn instantiate(&mut self, name: Option<Id<'_>>, module: &Module) -> Result<(), Stop> {
        match self.linker.instantiate(&mut self.store, module) {
            Ok(instance) => {
                self.set_instance(name, Slot::Live(instance));
                Ok(())
            }
            Err(error) => Err(Stop::Failed(error.to_string())),
        }
    }

    fn set_instance(&mut self, name: Option<Id<'_>>, slot: Slot) {
        self.current = slot;
        if let Some(name) = name {
            self.instances.insert(name.name().to_string(), slot);
        }
    }

    fn live(&self, name: Option<Id<'_>>) -> Result<Instance, Stop> {
        let slot = match name {
            Some(name) => self.instances.get(name.name()).copied().unwrap_or(Slot::Missing),
            None => self.current,
        };
        match slot {
            Slot::Live(instance) => Ok(instance),
            Slot::Skipped => Err(Stop::Skipped),
            Slot::Missing => Err(Stop::Failed("the module it uses does not exist".to_string())),
        }
    }
}

fn encode(text: &[u8]) -> Result<Vec<u8>, Refusal> {
    let text = std::str::from_utf8(text).map_err(|_| Refusal::Text("malformed UTF-8 encoding".to_string()))?;
    let mut lexer = Lexer::new(text);
    lexer.allow_confusing_unicode(true);
    let buffer = ParseBuffer::new_with_lexer(lexer)?;
    Ok(parser::parse::<Wat<'_>>(&buffer)?.encode()?)
}

fn keyword(directive: &WastDirective<'_>) -> &'static str {
    match directive {
        WastDirective::Module(_) => "module",
        WastDirective::ModuleDefinition(_) => "module definition",
        WastDirective::ModuleInstance { .. } => "module instance",
        WastDirective::Register { .. } => "register",
        WastDirective::Invoke(_) => "invoke",
        WastDirective::AssertReturn { .. } => "assert_return",
        WastDirective::AssertTrap { .. } => "assert_trap",
        WastDirective::AssertExhaustion { .. } => "assert_exhaustion",
        WastDirective::AssertException { .. } => "assert_exception",
        WastDirective::AssertSuspension { .. } => "assert_suspension",
        WastDirective::AssertUnlinkable { .. } => "assert_unlinkable",
        WastDirective::AssertMalformed { .. } => "assert_malformed",
        WastDirective::AssertMalformedCustom { .. } => "assert_malformed_custom",
        WastDirective::AssertInvalid { .. } => "assert_invalid",
        WastDirective::AssertInvalidCustom { .. } => "assert_invalid_custom",
        WastDirective::Thread(_) => "thread",
        WastDirective::Wait { .. } => "wait",
    }
}
