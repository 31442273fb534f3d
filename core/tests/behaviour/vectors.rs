//! Vectors: that both engines compute the same bits, and that vectors pass wherever values pass.

use crate::{engines, instantiate};
use wasmrt::{
    Caller, Config, Engine, Error, Func, FuncType, Global, GlobalType, Linker, Module, Store, Strategy, TrapCode, Val,
    ValType,
};

const UNARY: &str = "
    v128.not i8x16.abs i8x16.neg i8x16.popcnt i16x8.extadd_pairwise_i8x16_s i16x8.extadd_pairwise_i8x16_u
    i16x8.abs i16x8.neg i16x8.extend_low_i8x16_s i16x8.extend_high_i8x16_s i16x8.extend_low_i8x16_u
    i16x8.extend_high_i8x16_u i32x4.extadd_pairwise_i16x8_s i32x4.extadd_pairwise_i16x8_u i32x4.abs i32x4.neg
    i32x4.extend_low_i16x8_s i32x4.extend_high_i16x8_s i32x4.extend_low_i16x8_u i32x4.extend_high_i16x8_u
    i64x2.abs i64x2.neg i64x2.extend_low_i32x4_s i64x2.extend_high_i32x4_s i64x2.extend_low_i32x4_u
    i64x2.extend_high_i32x4_u f32x4.ceil f32x4.floor f32x4.trunc f32x4.nearest f32x4.abs f32x4.neg f32x4.sqrt
    f64x2.ceil f64x2.floor f64x2.trunc f64x2.nearest f64x2.abs f64x2.neg f64x2.sqrt i32x4.trunc_sat_f32x4_s
    i32x4.trunc_sat_f32x4_u f32x4.convert_i32x4_s f32x4.convert_i32x4_u i32x4.trunc_sat_f64x2_s_zero
    i32x4.trunc_sat_f64x2_u_zero f64x2.convert_low_i32x4_s f64x2.convert_low_i32x4_u f32x4.demote_f64x2_zero
    f64x2.promote_low_f32x4 i32x4.relaxed_trunc_f32x4_s i32x4.relaxed_trunc_f32x4_u
    i32x4.relaxed_trunc_f64x2_s_zero i32x4.relaxed_trunc_f64x2_u_zero
";

const BINARY: &str = "
    i8x16.swizzle i8x16.eq i8x16.ne i8x16.lt_s i8x16.lt_u i8x16.gt_s i8x16.gt_u i8x16.le_s i8x16.le_u
    i8x16.ge_s i8x16.ge_u i16x8.eq i16x8.ne i16x8.lt_s i16x8.lt_u i16x8.gt_s i16x8.gt_u i16x8.le_s i16x8.le_u
    i16x8.ge_s i16x8.ge_u i32x4.eq i32x4.ne i32x4.lt_s i32x4.lt_u i32x4.gt_s i32x4.gt_u i32x4.le_s i32x4.le_u
    i32x4.ge_s i32x4.ge_u i64x2.eq i64x2.ne i64x2.lt_s i64x2.gt_s i64x2.le_s i64x2.ge_s f32x4.eq f32x4.ne
    f32x4.lt f32x4.gt f32x4.le f32x4.ge f64x2.eq f64x2.ne f64x2.lt f64x2.gt f64x2.le f64x2.ge v128.and
    v128.andnot v128.or v128.xor i8x16.narrow_i16x8_s i8x16.narrow_i16x8_u i8x16.add i8x16.add_sat_s
    i8x16.add_sat_u i8x16.sub i8x16.sub_sat_s i8x16.sub_sat_u i8x16.min_s i8x16.min_u i8x16.max_s i8x16.max_u
    i8x16.avgr_u i16x8.q15mulr_sat_s i16x8.narrow_i32x4_s i16x8.narrow_i32x4_u i16x8.add i16x8.add_sat_s
    i16x8.add_sat_u i16x8.sub i16x8.sub_sat_s i16x8.sub_sat_u i16x8.mul i16x8.min_s i16x8.min_u i16x8.max_s
    i16x8.max_u i16x8.avgr_u i16x8.extmul_low_i8x16_s i16x8.extmul_high_i8x16_s i16x8.extmul_low_i8x16_u
    i16x8.extmul_high_i8x16_u i32x4.add i32x4.sub i32x4.mul i32x4.min_s i32x4.min_u i32x4.max_s i32x4.max_u
    i32x4.dot_i16x8_s i32x4.extmul_low_i16x8_s i32x4.extmul_high_i16x8_s i32x4.extmul_low_i16x8_u
    i32x4.extmul_high_i16x8_u i64x2.add i64x2.sub i64x2.mul i64x2.extmul_low_i32x4_s
    i64x2.extmul_high_i32x4_s i64x2.extmul_low_i32x4_u i64x2.extmul_high_i32x4_u f32x4.add f32x4.sub
    f32x4.mul f32x4.div f32x4.min f32x4.max f32x4.pmin f32x4.pmax f64x2.add f64x2.sub f64x2.mul f64x2.div
    f64x2.min f64x2.max f64x2.pmin f64x2.pmax i8x16.relaxed_swizzle f32x4.relaxed_min f32x4.relaxed_max
    f64x2.relaxed_min f64x2.relaxed_max i16x8.relaxed_q15mulr_s i16x8.relaxed_dot_i8x16_i7x16_s
";

const TERNARY: &str = "
    v128.bitselect f32x4.relaxed_madd f32x4.relaxed_nmadd f64x2.relaxed_madd f64x2.relaxed_nmadd
    i8x16.relaxed_laneselect i16x8.relaxed_laneselect i32x4.relaxed_laneselect i64x2.relaxed_laneselect
    i32x4.relaxed_dot_i8x16_i7x16_add_s
";

const SHIFTS: &str = "
    i8x16.shl i8x16.shr_s i8x16.shr_u i16x8.shl i16x8.shr_s i16x8.shr_u i32x4.shl i32x4.shr_s i32x4.shr_u
    i64x2.shl i64x2.shr_s i64x2.shr_u
";

const TESTS: &str = "
    v128.any_true i8x16.all_true i8x16.bitmask i16x8.all_true i16x8.bitmask i32x4.all_true i32x4.bitmask
    i64x2.all_true i64x2.bitmask
";

/// Lanes that matter: ends of ranges, and floats of every class. As many bits as a lane has are looked at.
const LANES: [u64; 22] = [
    0,
    1,
    u64::MAX,
    0x8000_0000_8000_0000,
    0x7fff_ffff_7fff_ffff,
    0x8080_8080_8080_8080,
    0x7f7f_7f7f_7f7f_7f7f,
    0x8000_8000_8000_8000,
    0x0123_4567_89ab_cdef,
    0x3f80_0000_3f80_0000,
    0x3ff0_0000_0000_0000,
    0xbfe0_0000_bf00_0000,
    0x4004_0000_4020_0000,
    0x7ff0_0000_7f80_0000,
    0xfff0_0000_0000_0000,
    0x7fc0_0000_ff80_0000,
    0x7ff8_0000_0000_0000,
    0x7fa0_0000_ffc0_1234,
    0xfff4_0000_0000_0001,
    0x41e0_0000_4f00_0000,
    0xc1e0_0000_0020_0000,
    0x0000_0001_8000_0001,
];

fn vectors() -> Vec<u128> {
    (0..LANES.len()).map(|at| u128::from(LANES[at]) << 64 | u128::from(LANES[(at * 7 + 3) % LANES.len()])).collect()
}

/// A module with one exported function per operator, and the functions' names.
fn module_of(operators: &str, params: usize, last_param: &str, result: &str) -> (String, Vec<String>) {
    let names: Vec<String> = operators.split_whitespace().map(str::to_owned).collect();
    let vectors = "v128 ".repeat(params);
    let count = params + usize::from(!last_param.is_empty());
    let gets: String = (0..count).map(|index| format!("local.get {index} ")).collect();
    let func = |name: &String| {
        format!(r#"(func (export "{name}") (param {vectors} {last_param}) (result {result}) {gets} {name})"#)
    };
    (format!("(module {})", names.iter().map(func).collect::<String>()), names)
}

/// What each operator gives for each list of arguments, as text, one line each.
fn outcomes(engine: &Engine, module: &str, names: &[String], arguments: &[Vec<Val>], result: ValType) -> Vec<String> {
    let (mut store, instance) = instantiate(engine, module);
    let mut lines = Vec::new();
    for name in names {
        let func = instance.get_func(&store, name).unwrap();
        for arguments in arguments {
            let mut results = [Val::default_for(result)];
            func.call(&mut store, arguments, &mut results).unwrap();
            lines.push(format!("{name} {arguments:x?} = {results:x?}"));
        }
    }
    lines
}

fn engines_agree_on(operators: &str, params: usize, last_param: &str, result: ValType, arguments: &[Vec<Val>]) {
    let (module, names) = module_of(operators, params, last_param, &result.to_string());
    let mut engines = engines(|config| config);
    let first = engines.pop().expect("an engine");
    let expected = outcomes(&first, &module, &names, arguments, result);
    for engine in engines {
        let actual = outcomes(&engine, &module, &names, arguments, result);
        let differing: Vec<_> = actual.iter().zip(&expected).filter(|(actual, expected)| actual != expected).collect();
        assert!(differing.is_empty(), "{} differ: {:#?}", differing.len(), &differing[..differing.len().min(40)]);
    }
}

fn vals(vectors: impl IntoIterator<Item = u128>) -> Vec<Val> {
    vectors.into_iter().map(Val::V128).collect()
}

#[test]
fn engines_agree_bit_for_bit_on_operators_with_one_vector() {
    let arguments: Vec<_> = vectors().into_iter().map(|vector| vals([vector])).collect();
    engines_agree_on(UNARY, 1, "", ValType::V128, &arguments);
    engines_agree_on(TESTS, 1, "", ValType::I32, &arguments);
    let shifts: Vec<_> = vectors()
        .into_iter()
        .flat_map(|vector| [0, 1, 7, 8, 31, 63, 64, -1].map(|count| vec![Val::V128(vector), Val::I32(count)]))
        .collect();
    engines_agree_on(SHIFTS, 1, "i32", ValType::V128, &shifts);
}

#[test]
fn engines_agree_bit_for_bit_on_operators_with_two_vectors() {
    let arguments: Vec<_> =
        vectors().into_iter().flat_map(|left| vectors().into_iter().map(move |right| vals([left, right]))).collect();
    engines_agree_on(BINARY, 2, "", ValType::V128, &arguments);
}

#[test]
fn engines_agree_bit_for_bit_on_operators_with_three_vectors() {
    let all = vectors();
    let at = |index: usize| all[index % all.len()];
    let arguments: Vec<_> =
        (0..all.len() * 20).map(|index| vals([at(index), at(index / 22 + index), at(index * 5 + index / 7)])).collect();
    engines_agree_on(TERNARY, 3, "", ValType::V128, &arguments);
}

const FIRST: u128 = 0x0f0e_0d0c_0b0a_0908_0706_0504_0302_0100;
const SECOND: u128 = 0x1f1e_1d1c_1b1a_1918_1716_1514_1312_1110;

#[test]
fn vectors_pass_through_typed_functions_and_host_functions() {
    let text = r#"(module
        (import "env" "turn" (func $turn (param i32 v128 i64 v128) (result v128 i32 v128)))
        (func (export "f") (param i32 v128 i64 v128) (result v128 i32 v128)
            local.get 0 local.get 1 local.get 2 local.get 3 call $turn))"#;
    for engine in engines(|config| config) {
        let module = Module::new(&engine, text).unwrap();
        let mut store = Store::new(&engine, ());
        let mut linker = Linker::new(&engine);
        let turn = |_: Caller<'_, ()>, a: i32, b: u128, c: i64, d: u128| (d, a + c as i32, b);
        linker.func_wrap("env", "turn", turn).unwrap();
        let instance = linker.instantiate(&mut store, &module).unwrap();
        let f = instance.get_typed_func::<(i32, u128, i64, u128), (u128, i32, u128)>(&store, "f").unwrap();
        assert_eq!(f.call(&mut store, (1, FIRST, 2, SECOND)).unwrap(), (SECOND, 3, FIRST));
        let f = instance.get_func(&store, "f").unwrap();
        let mut results = [Val::I32(0), Val::I32(0), Val::I32(0)];
        f.call(&mut store, &[Val::I32(1), Val::V128(SECOND), Val::I64(4), Val::V128(FIRST)], &mut results).unwrap();
        assert_eq!(format!("{results:?}"), format!("{:?}", [Val::V128(FIRST), Val::I32(5), Val::V128(SECOND)]));
    }
}

#[test]
fn a_closure_without_context_takes_vectors_too() {
    for engine in engines(|config| config) {
        let mut store = Store::new(&engine, ());
        let swap = Func::wrap(&mut store, |a: u128, b: u128| (b, a)).unwrap();
        assert_eq!(swap.ty(&store).unwrap(), FuncType::new([ValType::V128; 2], [ValType::V128; 2]));
        let swap = swap.typed::<(u128, u128), (u128, u128)>(&store).unwrap();
        assert_eq!(swap.call(&mut store, (FIRST, SECOND)).unwrap(), (SECOND, FIRST));
    }
}

#[test]
fn globals_hold_vectors_wherever_they_are_defined() {
    let text = r#"(module
        (import "env" "g" (global $imported (mut v128)))
        (global $own (export "own") (mut v128) (v128.const i64x2 1 2))
        (func (export "swap") (local v128)
            (local.set 0 (global.get $own))
            (global.set $own (global.get $imported))
            (global.set $imported (local.get 0))))"#;
    for engine in engines(|config| config) {
        let module = Module::new(&engine, text).unwrap();
        let mut store = Store::new(&engine, ());
        let ty = GlobalType { content: ValType::V128, mutable: true };
        let global = Global::new(&mut store, ty, Val::V128(FIRST)).unwrap();
        let mut linker = Linker::new(&engine);
        linker.define(&store, "env", "g", global).unwrap();
        let instance = linker.instantiate(&mut store, &module).unwrap();
        instance.get_typed_func::<(), ()>(&store, "swap").unwrap().call(&mut store, ()).unwrap();
        let own = instance.get_global(&store, "own").unwrap().get(&store).unwrap();
        assert_eq!(format!("{own:?}"), format!("{:?}", Val::V128(FIRST)));
        let imported = global.get(&store).unwrap();
        assert_eq!(format!("{imported:?}"), format!("{:?}", Val::V128(2 << 64 | 1)));
    }
}

/// Branches that move vectors over numbers, numbers over vectors, and vectors by half their size.
const MOVES: &str = r#"(module
    (func (export "over_number") (param v128 i32) (result v128)
        (block (result v128)
            i32.const 7
            local.get 0
            local.get 1
            br_if 0
            i8x16.neg
            br 0))
    (func (export "several") (param v128 i32) (result i32 v128 i64)
        (block (result i32 v128 i64)
            v128.const i64x2 5 6
            i32.const 1
            local.get 0
            i64.const 3
            local.get 1
            br_table 0 1 0))
    (func (export "loop") (param v128 i32) (result v128)
        local.get 0
        local.get 1
        (loop (param v128 i32) (result v128)
            local.set 1
            v128.const i32x4 1 2 3 4
            i32x4.add
            (i32.sub (local.get 1) (i32.const 1))
            local.tee 1
            local.get 1
            br_if 0
            drop))
    (func (export "arms") (param v128 i32) (result v128)
        local.get 0
        local.get 0
        (if (param v128) (result v128) (local.get 1)
            (then i16x8.neg)
            (else (local.set 0 (v128.const i64x2 0 0))))
        v128.xor)
    (func (export "chosen") (param v128 i32) (result v128)
        (select (result v128) (local.get 0) (v128.const i64x2 -1 -1) (local.get 1)))
    (func (export "set_under_use") (param v128 i32) (result v128)
        local.get 0
        (local.set 0 (v128.not (local.get 0)))
        local.get 0
        v128.or))"#;

#[test]
fn branches_move_vectors_as_a_whole() {
    for engine in engines(|config| config) {
        let (mut store, instance) = instantiate(&engine, MOVES);
        let mut call = |name: &str, condition: i32| {
            let func = instance.get_typed_func::<(u128, i32), u128>(&store, name).unwrap();
            func.call(&mut store, (FIRST, condition)).unwrap()
        };
        let negated = u128::from_le_bytes(FIRST.to_le_bytes().map(u8::wrapping_neg));
        assert_eq!((call("over_number", 1), call("over_number", 0)), (FIRST, negated));
        let added = [0x0302_0100u32 + 3, 0x0706_0504 + 6, 0x0b0a_0908 + 9, 0x0f0e_0d0c + 12];
        let added = added.iter().rev().fold(0, |vector, lane| vector << 32 | u128::from(*lane));
        assert_eq!(call("loop", 3), added);
        assert_eq!(call("arms", 0), 0);
        assert_eq!(call("arms", 1) & 0xffff, 0x0100 ^ 0xff00);
        assert_eq!((call("chosen", 1), call("chosen", 0)), (FIRST, u128::MAX));
        assert_eq!(call("set_under_use", 0), u128::MAX);
        let several = instance.get_typed_func::<(u128, i32), (i32, u128, i64)>(&store, "several").unwrap();
        for index in 0..3 {
            assert_eq!(several.call(&mut store, (SECOND, index)).unwrap(), (1, SECOND, 3));
        }
    }
}

#[test]
fn many_vectors_pass_through_calls_of_every_kind() {
    let params = "v128 i32 ".repeat(8);
    let gets: String = (0..16).map(|index| format!("local.get {index} ")).collect();
    let sets: String = (0..16).rev().map(|index| format!("local.set {index} ")).collect();
    let turned: String =
        (0..8).rev().map(|pair| format!("local.get {} local.get {} ", 2 * pair, 2 * pair + 1)).collect();
    let text = format!(
        r#"(module
        (type $t (func (param {params}) (result {params})))
        (table funcref (elem $same))
        (func $same (type $t) {gets})
        (func (export "f") (param v128 i32) (result v128 i32) (local {params})
            {fill}
            call $same
            i32.const 0
            call_indirect (type $t)
            {sets}
            local.get 14 local.get 0 i32x4.add
            local.get 15 local.get 1 i32.add)
        (func (export "turn") (type $t) {turned}))"#,
        fill = "local.get 0 local.get 1 ".repeat(8),
    );
    for engine in engines(|config| config) {
        let (mut store, instance) = instantiate(&engine, &text);
        let f = instance.get_typed_func::<(u128, i32), (u128, i32)>(&store, "f").unwrap();
        assert_eq!(f.call(&mut store, (1 << 96 | 5, 21)).unwrap(), (2 << 96 | 10, 42));
        let turn = instance.get_func(&store, "turn").unwrap();
        let arguments: Vec<Val> = (0..8).flat_map(|index| [Val::V128(FIRST + index), Val::I32(index as i32)]).collect();
        let mut results = vec![Val::I32(0); 16];
        turn.call(&mut store, &arguments, &mut results).unwrap();
        let expected: Vec<Val> =
            (0..8).rev().flat_map(|index| [Val::V128(FIRST + index), Val::I32(index as i32)]).collect();
        assert_eq!(format!("{results:?}"), format!("{expected:?}"));
    }
}

#[test]
fn accesses_of_vectors_end_where_the_memory_does() {
    let accesses = [
        ("v128.load", "(drop (v128.load (local.get 0)))", 16),
        ("v128.load8x8_s", "(drop (v128.load8x8_s (local.get 0)))", 8),
        ("v128.load32_splat", "(drop (v128.load32_splat (local.get 0)))", 4),
        ("v128.load64_zero", "(drop (v128.load64_zero (local.get 0)))", 8),
        ("v128.load16_lane", "(drop (v128.load16_lane 3 (local.get 0) (v128.const i64x2 0 0)))", 2),
        ("v128.store", "(v128.store (local.get 0) (v128.const i64x2 0 0))", 16),
        ("v128.store8_lane", "(v128.store8_lane 3 (local.get 0) (v128.const i64x2 0 0))", 1),
    ];
    let funcs: String =
        accesses.iter().map(|(name, body, _)| format!(r#"(func (export "{name}") (param i32) {body})"#)).collect();
    let text = format!("(module (memory 1) {funcs})");
    let checked = |config: &mut Config| {
        config.signals(false);
    };
    let variants = engines(|config| config).into_iter().chain(engines(move |config| {
        checked(config);
        config
    }));
    for engine in variants {
        let (mut store, instance) = instantiate(&engine, &text);
        for (name, _, len) in accesses {
            let func = instance.get_typed_func::<i32, ()>(&store, name).unwrap();
            func.call(&mut store, 65_536 - len).unwrap();
            for address in [65_536 - len + 1, 65_536, -1] {
                let error: Error = func.call(&mut store, address).unwrap_err();
                assert_eq!(error.trap_code(), Some(TrapCode::MemoryOutOfBounds), "{name} at {address}");
            }
        }
    }
}

#[test]
fn without_determinism_relaxed_operators_still_give_one_of_the_results_allowed() {
    let text = r#"(module
        (func (export "f32x4.relaxed_madd") (param v128 v128 v128) (result v128)
            (f32x4.relaxed_madd (local.get 0) (local.get 1) (local.get 2)))
        (func (export "i8x16.relaxed_laneselect") (param v128 v128 v128) (result v128)
            (i8x16.relaxed_laneselect (local.get 0) (local.get 1) (local.get 2)))
        (func (export "i32x4.relaxed_dot_i8x16_i7x16_add_s") (param v128 v128 v128) (result v128)
            (i32x4.relaxed_dot_i8x16_i7x16_add_s (local.get 0) (local.get 1) (local.get 2))))"#;
    for strategy in Strategy::available() {
        let engine = Engine::new(Config::new().strategy(*strategy).relaxed_simd_deterministic(false)).unwrap();
        let (mut store, instance) = instantiate(&engine, text);
        let mut call = |name: &str, arguments: (u128, u128, u128)| {
            let func = instance.get_typed_func::<(u128, u128, u128), u128>(&store, name).unwrap();
            func.call(&mut store, arguments).unwrap()
        };
        assert_eq!(call("f32x4.relaxed_madd", (0x4000_0000, 0x4040_0000, 0x3f80_0000)), 0x40e0_0000);
        assert_eq!(call("i8x16.relaxed_laneselect", (FIRST, SECOND, 0xff00)), (SECOND & !0xff00) | (FIRST & 0xff00));
        let sum = call("i32x4.relaxed_dot_i8x16_i7x16_add_s", (0x0403_0201, 0x0101_0101, 5));
        assert_eq!(sum, 15);
    }
}
