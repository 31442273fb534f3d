//! Sources of random bytes for `random_get`.

use rustix::rand::{GetRandomFlags, getrandom};
use std::{io, sync::Mutex, sync::PoisonError};

/// A source of random bytes.
pub trait Random: Send + Sync {
    /// Fills all of `buffer`.
    fn fill(&self, buffer: &mut [u8]) -> io::Result<()>;
}

/// The system's source, fit for keys.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, mut buffer: &mut [u8]) -> io::Result<()> {
        while !buffer.is_empty() {
            match getrandom(&mut *buffer, GetRandomFlags::empty()) {
                Ok(len) => buffer = &mut buffer[len..],
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// The same bytes in every run: a SplitMix64 stream, eight bytes a step, little-endian. Not fit for keys.
#[derive(Debug)]
pub struct FixedRandom(Mutex<Stream>);

#[derive(Debug)]
struct Stream {
    state: u64,
    rest: [u8; 8],
    rest_len: usize,
}

impl FixedRandom {
    /// The stream that `seed` starts.
    pub fn new(seed: u64) -> FixedRandom {
        FixedRandom(Mutex::new(Stream { state: seed, rest: [0; 8], rest_len: 0 }))
    }
}

impl Default for FixedRandom {
    fn default() -> FixedRandom {
        FixedRandom::new(42)
    }
}

impl Stream {
    fn next_byte(&mut self) -> u8 {
        if self.rest_len == 0 {
            self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = self.state;
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            self.rest = (word ^ (word >> 31)).to_le_bytes();
            self.rest_len = 8;
        }
        self.rest_len -= 1;
        self.rest[7 - self.rest_len]
    }
}

impl Random for FixedRandom {
    fn fill(&self, buffer: &mut [u8]) -> io::Result<()> {
        let mut stream = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        buffer.fill_with(|| stream.next_byte());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fixed_stream_does_not_depend_on_the_pieces() {
        let (mut whole, mut pieces) = ([0; 20], [0; 20]);
        FixedRandom::new(1).fill(&mut whole).unwrap();
        let source = FixedRandom::new(1);
        for piece in pieces.chunks_mut(3) {
            source.fill(piece).unwrap();
        }
        assert_eq!(whole, pieces);
        assert_ne!(whole[..8], whole[8..16]);
    }

    #[test]
    fn the_systems_source_fills_everything() {
        let mut buffer = [0; 4096];
        SystemRandom.fill(&mut buffer).unwrap();
        assert!(buffer.chunks(64).all(|chunk| chunk.iter().any(|byte| *byte != 0)));
    }
}
