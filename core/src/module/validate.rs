//! Validation of function bodies, on several threads when there is much to do.
//!
//! What comes out is the set of proposals that the bodies use, or the error of the first function that has one.

use super::proposals::Recording;
use std::{
    num::NonZero,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};
use wasmparser::{
    FuncToValidate, FuncValidatorAllocations, FunctionBody, Parser, ValidPayload, Validator, ValidatorResources,
    WasmFeatures,
};

/// Bytes of bodies that are worth one more thread.
const BYTES_PER_THREAD: u64 = 256 << 10;

/// A function body with what its validation needs.
pub(super) type Job<'a> = (FuncToValidate<ValidatorResources>, FunctionBody<'a>);

/// Validates all bodies and answers which proposals they use.
pub(super) fn bodies(jobs: Vec<Job<'_>>) -> wasmparser::Result<WasmFeatures> {
    let total_bytes: u64 = jobs.iter().map(|(_, body)| body.range().end - body.range().start).sum();
    let wanted_threads = (total_bytes / BYTES_PER_THREAD) as usize;
    let threads = if wanted_threads < 2 {
        1
    } else {
        wanted_threads.min(thread::available_parallelism().map_or(1, NonZero::get)).min(16)
    };
    let queue = Queue {
        jobs: jobs.into_iter().map(|job| Mutex::new(Some(job))).collect(),
        next: AtomicUsize::new(0),
        outcome: Mutex::new(Outcome { used: WasmFeatures::empty(), first_error: None }),
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            // Where the system refuses a thread, the others do its share.
            let _ = thread::Builder::new().spawn_scoped(scope, || queue.work());
        }
        queue.work();
    });
    let outcome = queue.outcome.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
    match outcome.first_error {
        Some((_, error)) => Err(error),
        None => Ok(outcome.used),
    }
}

struct Queue<'a> {
    jobs: Vec<Mutex<Option<Job<'a>>>>,
    next: AtomicUsize,
    outcome: Mutex<Outcome>,
}

struct Outcome {
    used: WasmFeatures,
    first_error: Option<(usize, wasmparser::Error)>,
}

impl Queue<'_> {
    /// Validates bodies until none is left or one is invalid. Bodies are taken in order, so every body before an
    /// invalid one is validated by somebody, and the first error is the same however many threads there are.
    fn work(&self) {
        let mut used = WasmFeatures::empty();
        let mut allocations = FuncValidatorAllocations::default();
        let mut failed = None;
        loop {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(slot) = self.jobs.get(index) else { break };
            let Some((func, body)) = slot.lock().ok().and_then(|mut job| job.take()) else { break };
            match self::body(func, &body, allocations, &mut used) {
                Ok(reusable) => allocations = reusable,
                Err(error) => {
                    self.next.fetch_max(self.jobs.len(), Ordering::Relaxed);
                    failed = Some((index, error));
                    break;
                }
            }
        }
        let mut outcome = self.outcome.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        outcome.used |= used;
        if let Some((index, error)) = failed
            && outcome.first_error.as_ref().is_none_or(|(first, _)| index < *first)
        {
            outcome.first_error = Some((index, error));
        }
    }
}

/// Validates one body and adds the proposals that it uses to `used`.
fn body(
    func: FuncToValidate<ValidatorResources>,
    body: &FunctionBody<'_>,
    allocations: FuncValidatorAllocations,
    used: &mut WasmFeatures,
) -> wasmparser::Result<FuncValidatorAllocations> {
    let features = func.features;
    let mut validator = func.into_validator(allocations);
    let mut reader = body.get_binary_reader();
    for _ in 0..reader.read_var_u32()? {
        let offset = reader.original_position();
        let count = reader.read()?;
        let ty: wasmparser::ValType = reader.read()?;
        validator.define_locals(offset, count, ty)?;
        if ty.is_reference_type() {
            *used |= WasmFeatures::REFERENCE_TYPES;
        }
    }
    reader.set_features(features);
    while !reader.eof() {
        let inner = validator.visitor(reader.original_position());
        reader.visit_operator(&mut Recording { inner, used })??;
    }
    reader.finish_expression(&validator.visitor(reader.original_position()))?;
    Ok(validator.into_allocations())
}

/// Validates a whole module with `features`, on this thread.
pub(super) fn check(bytes: &[u8], features: WasmFeatures) -> wasmparser::Result<()> {
    let mut validator = Validator::new_with_features(features);
    let mut parser = Parser::new(0);
    parser.set_features(features);
    let mut allocations = FuncValidatorAllocations::default();
    let mut jobs = Vec::new();
    for payload in parser.parse_all(bytes) {
        if let ValidPayload::Func(func, body) = validator.payload(&payload?)? {
            jobs.push((func, body));
        }
    }
    for (func, body) in jobs {
        allocations = self::body(func, &body, allocations, &mut WasmFeatures::empty())?;
    }
    Ok(())
}
