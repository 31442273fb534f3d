//! Random bytes.

use super::Call;
use crate::{errno::Outcome, memory::PIECE_BYTES};

pub(crate) fn random_get(call: &mut Call<'_>, buffer: u32, len: u32) -> Outcome {
    let mut span = call.memory.span(buffer, len)?;
    while !span.is_empty() {
        call.check()?;
        let piece = span.start..span.end.min(span.start + PIECE_BYTES);
        span.start = piece.end;
        let random = &call.ctx.world().random;
        call.memory.fill(piece, |buffer| {
            random.fill(buffer)?;
            Ok(buffer.len())
        })?;
    }
    Ok(())
}
