//! What execution costs: the one table and the one segmentation that both engines charge fuel by.
//!
//! A segment is a run of operators that control can only enter at its first and leave after its last one. An engine
//! charges a whole segment before its first operator; one that does not fit does not start. Bulk operators charge
//! their volume on top, in the builtins.

use wasmparser::{FunctionBody, Operator};

/// Fuel units of one operator, without what bulk operators add for their volume.
#[inline]
pub fn cost(operator: &Operator<'_>) -> u64 {
    match operator {
        Operator::Nop
        | Operator::Block { .. }
        | Operator::Loop { .. }
        | Operator::TryTable { .. }
        | Operator::Else
        | Operator::End => 0,
        _ => 1,
    }
}

/// Whether control can enter after this operator from elsewhere, or leave at it.
fn ends_segment(operator: &Operator<'_>) -> bool {
    matches!(
        operator,
        Operator::Loop { .. }
            | Operator::If { .. }
            | Operator::Else
            | Operator::End
            | Operator::Br { .. }
            | Operator::BrIf { .. }
            | Operator::BrTable { .. }
            | Operator::Return
            | Operator::Call { .. }
            | Operator::CallIndirect { .. }
            | Operator::CallRef { .. }
            | Operator::ReturnCall { .. }
            | Operator::ReturnCallIndirect { .. }
            | Operator::ReturnCallRef { .. }
            | Operator::BrOnNull { .. }
            | Operator::BrOnNonNull { .. }
            | Operator::BrOnCast { .. }
            | Operator::BrOnCastFail { .. }
            | Operator::Throw { .. }
            | Operator::ThrowRef
            | Operator::Unreachable
    )
}

/// Where a body charges how much. Made once per body, then asked for each operator in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FuelPlan {
    charges: Vec<Charge>,
    next: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Charge {
    before: u32,
    cost: u64,
}

impl FuelPlan {
    /// The plan of a validated body.
    pub fn new(body: &FunctionBody<'_>) -> FuelPlan {
        let mut charges = Vec::new();
        let mut segment = Charge { before: 0, cost: 0 };
        // Reading a validated body does not fail; if it did, the rest would be free.
        if let Ok(operators) = body.get_operators_reader() {
            for (index, (operator, _)) in operators.into_iter_with_offsets().map_while(Result::ok).enumerate() {
                segment.cost += cost(&operator);
                if ends_segment(&operator) {
                    charges.extend((segment.cost > 0).then_some(segment));
                    segment = Charge { before: index as u32 + 1, cost: 0 };
                }
            }
        }
        FuelPlan { charges, next: 0 }
    }

    /// What to charge before the operator at `index` (from 0, counting every operator of the body); `None` if it does
    /// not start a segment. Indices must not decrease from call to call; those of dead code may be left out.
    pub fn charge_before(&mut self, index: u32) -> Option<u64> {
        while self.charges.get(self.next).is_some_and(|charge| charge.before < index) {
            self.next += 1;
        }
        self.charges.get(self.next).filter(|charge| charge.before == index).map(|charge| charge.cost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{module::decode, types::Features};

    fn charges(body: &str) -> Vec<(u32, u64)> {
        let text = format!("(module (func $f (param i32) (result i32) {body}))");
        let info = decode(wat::parse_str(text).unwrap(), &Features::default()).unwrap();
        let mut plan = FuelPlan::new(&info.body(0));
        (0..100).filter_map(|index| plan.charge_before(index).map(|cost| (index, cost))).collect()
    }

    #[test]
    fn a_straight_line_is_charged_once_at_its_start() {
        assert_eq!(charges("i32.const 1 nop i32.const 2 i32.add"), [(0, 3)]);
    }

    #[test]
    fn a_block_does_not_split_but_its_end_does() {
        assert_eq!(charges("local.get 0 (block nop) drop i32.const 3"), [(0, 1), (4, 2)]);
    }

    #[test]
    fn a_loop_body_is_charged_on_every_round() {
        let charges = charges("local.get 0 drop (loop local.get 0 br_if 0) local.get 0");
        assert_eq!(charges, [(0, 2), (3, 2), (6, 1)]);
    }

    #[test]
    fn the_arms_of_an_if_are_charged_apart() {
        let charges = charges("local.get 0 (if (then i32.const 1 drop) (else nop)) i32.const 5");
        assert_eq!(charges, [(0, 2), (2, 2), (7, 1)]);
    }

    #[test]
    fn a_call_ends_its_segment() {
        assert_eq!(charges("local.get 0 call $f i32.const 1 i32.add"), [(0, 2), (2, 2)]);
    }

    #[test]
    fn indices_of_dead_code_may_be_left_out() {
        let text = "(module (func return unreachable unreachable nop))";
        let info = decode(wat::parse_str(text).unwrap(), &Features::default()).unwrap();
        let mut plan = FuelPlan::new(&info.body(0));
        assert_eq!(plan.charge_before(0), Some(1));
        assert_eq!(plan.charge_before(2), Some(1));
        assert_eq!(plan.charge_before(2), Some(1));
        assert_eq!(plan.charge_before(3), None);
    }
}
