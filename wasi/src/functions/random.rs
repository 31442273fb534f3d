//! Random bytes.

use super::Call;
use crate::errno::Outcome;

pub(crate) fn random_get(call: &mut Call<'_>, buffer: u32, len: u32) -> Outcome {
    let random = call.ctx.world().random.clone();
    Ok(random.fill(call.memory.bytes_mut(buffer, len)?)?)
}
