//! Small modules, stopped at every amount of fuel: both engines must have come to the same place.

use super::ours::Runtime;

/// Fuel beyond which a call is not followed to its end.
const MOST: u64 = 400;

/// Compares all runtimes at every limit; answers how many limits there were.
pub fn compare(module: &[u8]) -> usize {
    let runtimes = Runtime::all(true);
    let compiled: Vec<_> = runtimes.iter().map(|runtime| (runtime, runtime.compile(module))).collect();
    let functions = compiled[0].0.count_functions(&compiled[0].1);
    let mut limits = 0;
    for function in 0..functions {
        for fuel in 0..MOST {
            let mut outcomes = compiled.iter().map(|(runtime, module)| {
                let outcome = runtime.run_until(module, function, fuel);
                (&runtime.name, outcome)
            });
            let (first, expected) = outcomes.next().expect("a runtime");
            for (name, outcome) in outcomes {
                assert!(
                    outcome == expected,
                    "function {function} with {fuel} units\n{name}: {outcome:#?}\n{first}: {expected:#?}"
                );
            }
            limits += 1;
            if expected.0.as_ref().err().is_none_or(|trap| trap != "OutOfFuel") {
                break;
            }
        }
    }
    limits
}
