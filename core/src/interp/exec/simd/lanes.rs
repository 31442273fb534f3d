//! A vector as lanes, and the shapes of what is done to them. Lane 0 is in the lowest bits.

use std::array;

/// Numbers of which a vector holds `N`.
pub trait Lanes<const N: usize>: Copy {
    const ZERO: Self;
    /// All bits are 1.
    const ONES: Self;
    fn split(vector: u128) -> [Self; N];
    fn join(lanes: [Self; N]) -> u128;
}

macro_rules! lanes {
    ($($ty:ty: $count:literal of $bytes:literal, $zero:expr, $ones:expr;)*) => {$(
        impl Lanes<$count> for $ty {
            const ZERO: $ty = $zero;
            const ONES: $ty = $ones;

            #[inline(always)]
            fn split(vector: u128) -> [$ty; $count] {
                let bytes = vector.to_le_bytes();
                array::from_fn(|lane| <$ty>::from_le_bytes(array::from_fn(|byte| bytes[lane * $bytes + byte])))
            }

            #[inline(always)]
            fn join(lanes: [$ty; $count]) -> u128 {
                let mut bytes = [0; 16];
                for (place, lane) in bytes.chunks_exact_mut($bytes).zip(lanes) {
                    place.copy_from_slice(&lane.to_le_bytes());
                }
                u128::from_le_bytes(bytes)
            }
        }
    )*};
}

lanes! {
    i8: 16 of 1, 0, -1;
    u8: 16 of 1, 0, u8::MAX;
    i16: 8 of 2, 0, -1;
    u16: 8 of 2, 0, u16::MAX;
    i32: 4 of 4, 0, -1;
    u32: 4 of 4, 0, u32::MAX;
    i64: 2 of 8, 0, -1;
    u64: 2 of 8, 0, u64::MAX;
    f32: 4 of 4, 0.0, f32::from_bits(u32::MAX);
    f64: 2 of 8, 0.0, f64::from_bits(u64::MAX);
}

/// Which half of the lanes.
#[derive(Clone, Copy)]
pub enum Half {
    Low,
    High,
}

impl Half {
    #[inline(always)]
    fn offset(self, lanes: usize) -> usize {
        if matches!(self, Half::Low) { 0 } else { lanes }
    }
}

#[inline(always)]
pub fn map<T: Lanes<N>, R: Lanes<N>, const N: usize>(a: u128, f: impl FnMut(T) -> R) -> u128 {
    R::join(T::split(a).map(f))
}

#[inline(always)]
pub fn zip<T: Lanes<N>, R: Lanes<N>, const N: usize>(a: u128, b: u128, f: impl Fn(T, T) -> R) -> u128 {
    let (a, b) = (T::split(a), T::split(b));
    R::join(array::from_fn(|lane| f(a[lane], b[lane])))
}

#[inline(always)]
pub fn zip3<T: Lanes<N>, const N: usize>(a: u128, b: u128, c: u128, f: impl Fn(T, T, T) -> T) -> u128 {
    let (a, b, c) = (T::split(a), T::split(b), T::split(c));
    T::join(array::from_fn(|lane| f(a[lane], b[lane], c[lane])))
}

/// All ones in the lanes where `holds`, zeros in the others.
#[inline(always)]
pub fn compare<T: Lanes<N>, const N: usize>(a: u128, b: u128, holds: impl Fn(T, T) -> bool) -> u128 {
    zip(a, b, |a: T, b: T| if holds(a, b) { T::ONES } else { T::ZERO })
}

/// Half of the lanes, made wider.
#[inline(always)]
pub fn widen<T: Lanes<N>, R: Lanes<M>, const N: usize, const M: usize>(
    a: u128,
    half: Half,
    f: impl Fn(T) -> R,
) -> u128 {
    let a = T::split(a);
    R::join(array::from_fn(|lane| f(a[lane + half.offset(M)])))
}

/// Half of the lanes of two vectors, combined to wider ones.
#[inline(always)]
pub fn widen_zip<T: Lanes<N>, R: Lanes<M>, const N: usize, const M: usize>(
    a: u128,
    b: u128,
    half: Half,
    f: impl Fn(T, T) -> R,
) -> u128 {
    let (a, b) = (T::split(a), T::split(b));
    R::join(array::from_fn(|lane| f(a[lane + half.offset(M)], b[lane + half.offset(M)])))
}

/// The lanes of two vectors, made narrower.
#[inline(always)]
pub fn narrow<T: Lanes<N>, R: Lanes<M>, const N: usize, const M: usize>(a: u128, b: u128, f: impl Fn(T) -> R) -> u128 {
    let (a, b) = (T::split(a), T::split(b));
    R::join(array::from_fn(|lane| f(if lane < N { a[lane] } else { b[lane - N] })))
}

/// Neighbours combined to wider lanes.
#[inline(always)]
pub fn pairwise<T: Lanes<N>, R: Lanes<M>, const N: usize, const M: usize>(a: u128, f: impl Fn(T, T) -> R) -> u128 {
    let a = T::split(a);
    R::join(array::from_fn(|lane| f(a[2 * lane], a[2 * lane + 1])))
}

/// For each wider lane the sum of the products of the narrow lanes that it covers; a sum that is too large wraps.
#[inline(always)]
pub fn dot<T: Lanes<N> + Into<i64>, R: Lanes<M>, const N: usize, const M: usize>(
    a: u128,
    b: u128,
    wrap: impl Fn(i64) -> R,
) -> u128 {
    let (a, b) = (T::split(a), T::split(b));
    let covered = N / M;
    R::join(array::from_fn(|lane| {
        let products = (lane * covered..(lane + 1) * covered).map(|at| a[at].into() * b[at].into());
        wrap(products.sum())
    }))
}

#[inline(always)]
pub fn all_true<T: Lanes<N> + PartialEq, const N: usize>(a: u128) -> bool {
    T::split(a).iter().all(|lane| *lane != T::ZERO)
}

/// One bit per lane: whether it is negative.
#[inline(always)]
pub fn bitmask<T: Lanes<N> + PartialOrd, const N: usize>(a: u128) -> u32 {
    T::split(a).iter().enumerate().fold(0, |mask, (at, lane)| mask | u32::from(*lane < T::ZERO) << at)
}

#[inline(always)]
pub fn splat<T: Lanes<N>, const N: usize>(lane: T) -> u128 {
    T::join([lane; N])
}

/// The lane at `at`, which lowering took from a validated operator.
#[inline(always)]
pub fn extract<T: Lanes<N>, const N: usize>(a: u128, at: usize) -> T {
    T::split(a)[at % N]
}

#[inline(always)]
pub fn replace<T: Lanes<N>, const N: usize>(a: u128, lane: T, at: usize) -> u128 {
    let mut lanes = T::split(a);
    lanes[at % N] = lane;
    T::join(lanes)
}

/// Bytes of `a` chosen by those of `b`; zero where it is not below 16.
#[inline(always)]
pub fn swizzle(a: u128, b: u128) -> u128 {
    let bytes = a.to_le_bytes();
    map(b, |at: u8| bytes.get(usize::from(at)).copied().unwrap_or(0))
}

/// Bytes of `a` and then `b` chosen by those of `lanes`, which are below 32.
#[inline(never)]
pub fn shuffle(a: u128, b: u128, lanes: u128) -> u128 {
    let (a, b) = (a.to_le_bytes(), b.to_le_bytes());
    map(lanes, |at: u8| if at < 16 { a[usize::from(at)] } else { b[usize::from(at) % 16] })
}

/// `min`, `max` and `relaxed_nmadd`: a result that is no number is the one that compiled code gives, so that the engines
/// agree.
macro_rules! floats {
    ($($float:ident, $canonical:literal, $sign:literal: $min:ident $max:ident $nmadd:ident;)*) => {$(
        #[inline(always)]
        pub fn $min(a: $float, b: $float) -> $float {
            if a < b {
                a
            } else if b < a {
                b
            } else if a == b {
                $float::from_bits(a.to_bits() | b.to_bits())
            } else {
                $float::from_bits($canonical | $sign)
            }
        }

        #[inline(always)]
        pub fn $max(a: $float, b: $float) -> $float {
            if a > b {
                a
            } else if b > a {
                b
            } else if a == b {
                $float::from_bits(a.to_bits() & b.to_bits())
            } else {
                $float::from_bits($canonical | ((a.to_bits() | b.to_bits()) & $sign))
            }
        }

        #[inline(always)]
        pub fn $nmadd(a: $float, b: $float, c: $float) -> $float {
            let a = if a.is_nan() { a } else { -a };
            a.mul_add(b, c)
        }
    )*};
}

floats! {
    f32, 0x7fc0_0000, 0x8000_0000: f32_min f32_max f32_nmadd;
    f64, 0x7ff8_0000_0000_0000, 0x8000_0000_0000_0000: f64_min f64_max f64_nmadd;
}

/// The product of two numbers with 15 binary places, rounded.
#[inline(always)]
pub fn q15mulr_sat(a: i16, b: i16) -> i16 {
    let product = (i32::from(a) * i32::from(b) + 0x4000) >> 15;
    product.min(i16::MAX.into()) as i16
}
