//! Every function survives NULL for everything: an error of kind Usage, a neutral answer, or nothing.

#![expect(unsafe_code, reason = "the functions of the C ABI are unsafe to call")]

use std::{collections::HashSet, ptr::null, ptr::null_mut};
use wasmrt_capi::*;

const USAGE: u32 = wasmrt_error_kind::Usage as u32;

/// Functions without a pointer, and those that make an error of whatever they get.
const WITHOUT_NULLS: &[&str] = &[
    "wasmrt_abi_version",
    "wasmrt_version",
    "wasmrt_error_new",
    "wasmrt_error_new_host",
    "wasmrt_error_new_trap",
    "wasmrt_error_new_exit",
    "wasmrt_error_kind_name",
    "wasmrt_trap_code_name",
    "wasmrt_trap_code_message",
    "wasmrt_config_new",
    "wasmrt_wasi_config_new",
    "wasmrt_memory_set_quarantine_bytes",
];

/// Pairs every call with the name of its function.
macro_rules! calls {
    ($($function:ident($($argument:expr),*)),* $(,)?) => {
        // SAFETY: [c-borrow] NULL is allowed everywhere.
        vec![$((stringify!($function), unsafe { $function($($argument),*) })),*]
    };
}

fn refusals() -> Vec<(&'static str, *mut wasmrt_error)> {
    [refusals_before_instances(), refusals_of_instances(), refusals_of_wasi()].concat()
}

fn refusals_before_instances() -> Vec<(&'static str, *mut wasmrt_error)> {
    calls![
        wasmrt_config_set_strategy(null_mut(), 0),
        wasmrt_config_set_opt_level(null_mut(), 0),
        wasmrt_config_set_features(null_mut(), 0),
        wasmrt_config_set_max_stack_bytes(null_mut(), 0),
        wasmrt_config_set_host_reserve_bytes(null_mut(), 0),
        wasmrt_config_set_consume_fuel(null_mut(), 0),
        wasmrt_config_set_interruption(null_mut(), 0),
        wasmrt_config_set_signals(null_mut(), 0),
        wasmrt_config_set_spectre_mitigations(null_mut(), 0),
        wasmrt_config_set_memory_reservation_bytes(null_mut(), 0),
        wasmrt_config_set_memory_guard_bytes(null_mut(), 0),
        wasmrt_config_set_compile_threads(null_mut(), 0),
        wasmrt_engine_new(null(), null_mut()),
        wasmrt_engine_increment_epoch(null()),
        wasmrt_engine_strategy(null(), null_mut()),
        wasmrt_extern_ty(null(), null(), null_mut()),
        wasmrt_extern_as_func(null(), null_mut()),
        wasmrt_extern_as_table(null(), null_mut()),
        wasmrt_extern_as_memory(null(), null_mut()),
        wasmrt_extern_as_global(null(), null_mut()),
        wasmrt_extern_from_func(null(), null_mut()),
        wasmrt_extern_from_table(null(), null_mut()),
        wasmrt_extern_from_memory(null(), null_mut()),
        wasmrt_extern_from_global(null(), null_mut()),
        wasmrt_module_new(null(), null(), 0, null_mut()),
        wasmrt_module_from_binary(null(), null(), 0, null_mut()),
        wasmrt_module_validate(null(), null(), 0),
        wasmrt_module_import(null(), 0, null_mut()),
        wasmrt_module_export(null(), 0, null_mut()),
        wasmrt_module_func(null(), 0, null_mut()),
        wasmrt_module_custom_section(null(), 0, null_mut()),
        wasmrt_store_new(null(), null_mut()),
        wasmrt_store_set_fuel(null_mut(), 0),
        wasmrt_store_fuel(null(), null_mut()),
        wasmrt_store_set_limits(null_mut(), null()),
        wasmrt_store_set_timeout(null_mut(), 0),
        wasmrt_store_set_epoch_deadline(null_mut(), 0),
        wasmrt_store_interrupt(null()),
        wasmrt_linker_new(null(), null_mut()),
        wasmrt_linker_allow_shadowing(null_mut(), 0),
        wasmrt_linker_define_func(null_mut(), null(), 0, null(), 0, null(), None, null_mut(), None),
        wasmrt_linker_define(null_mut(), null(), null(), 0, null(), 0, null()),
        wasmrt_linker_define_instance(null_mut(), null_mut(), null(), 0, null()),
        wasmrt_linker_get(null(), null_mut(), null(), 0, null(), 0, null_mut()),
        wasmrt_linker_instantiate(null(), null_mut(), null(), null_mut()),
    ]
}

fn refusals_of_instances() -> Vec<(&'static str, *mut wasmrt_error)> {
    calls![
        wasmrt_instance_new(null_mut(), null(), null(), 0, null_mut()),
        wasmrt_instance_export(null_mut(), null(), null(), 0, null_mut()),
        wasmrt_instance_export_at(null_mut(), null(), 0, null_mut()),
        wasmrt_instance_get_func(null_mut(), null(), null(), 0, null_mut()),
        wasmrt_instance_get_table(null_mut(), null(), null(), 0, null_mut()),
        wasmrt_instance_get_memory(null_mut(), null(), null(), 0, null_mut()),
        wasmrt_instance_get_global(null_mut(), null(), null(), 0, null_mut()),
        wasmrt_instance_module(null(), null(), null_mut()),
        wasmrt_instance_close(null_mut(), null()),
        wasmrt_instance_interrupt(null(), null()),
        wasmrt_func_new(null_mut(), null(), None, null_mut(), None, null_mut()),
        wasmrt_func_ty(null(), null(), null_mut()),
        wasmrt_func_call(null_mut(), null(), null(), 0, null_mut(), 0),
        wasmrt_func_call_slots(null_mut(), null(), null_mut(), 0),
        wasmrt_func_to_slot(null_mut(), null(), null_mut()),
        wasmrt_func_from_slot(null_mut(), 0, null_mut()),
        wasmrt_memory_new(null_mut(), null(), null_mut()),
        wasmrt_memory_ty(null(), null(), null_mut()),
        wasmrt_memory_data(null(), null(), null_mut(), null_mut()),
        wasmrt_memory_size(null(), null(), null_mut()),
        wasmrt_memory_grow(null_mut(), null(), 0, null_mut()),
        wasmrt_memory_read(null(), null(), 0, null_mut(), 0),
        wasmrt_memory_write(null_mut(), null(), 0, null(), 0),
        wasmrt_table_new(null_mut(), null(), null(), null_mut()),
        wasmrt_table_ty(null(), null(), null_mut()),
        wasmrt_table_size(null(), null(), null_mut()),
        wasmrt_table_get(null_mut(), null(), 0, null_mut()),
        wasmrt_table_set(null_mut(), null(), 0, null()),
        wasmrt_table_grow(null_mut(), null(), 0, null(), null_mut()),
        wasmrt_global_new(null_mut(), null(), null(), null_mut()),
        wasmrt_global_ty(null(), null(), null_mut()),
        wasmrt_global_get(null_mut(), null(), null_mut()),
        wasmrt_global_set(null_mut(), null(), null()),
        wasmrt_global_get_slots(null_mut(), null(), null_mut(), 0),
        wasmrt_global_set_slots(null_mut(), null(), null(), 0),
        wasmrt_externref_new(null_mut(), null_mut(), None, null_mut()),
        wasmrt_externref_data(null_mut(), 0, null_mut()),
        wasmrt_externref_from_word(null_mut(), 0, null_mut()),
        wasmrt_externref_to_word(null_mut(), 0, null_mut()),
        wasmrt_externref_pin(null_mut(), 0),
        wasmrt_externref_unpin(null_mut(), 0),
        wasmrt_caller_instance(null(), null_mut()),
        wasmrt_caller_export(null_mut(), null(), 0, null_mut()),
    ]
}

fn refusals_of_wasi() -> Vec<(&'static str, *mut wasmrt_error)> {
    calls![
        wasmrt_wasi_config_push_arg(null_mut(), null(), 0),
        wasmrt_wasi_config_push_env(null_mut(), null(), 0, null(), 0),
        wasmrt_wasi_config_inherit_stream(null_mut(), 0),
        wasmrt_wasi_config_inherit_stdio(null_mut()),
        wasmrt_wasi_config_set_stream_fd(null_mut(), 0, 0),
        wasmrt_wasi_config_set_stdin_bytes(null_mut(), null(), 0),
        wasmrt_wasi_config_set_stdin_callback(null_mut(), None, null_mut(), None),
        wasmrt_wasi_config_set_output_callback(null_mut(), 0, None, null_mut(), None),
        wasmrt_wasi_config_capture_output(null_mut(), 0),
        wasmrt_wasi_config_captured_output(null(), 0, 0, null_mut(), 0, null_mut()),
        wasmrt_wasi_config_preopen_dir(null_mut(), null(), 0, null(), 0, 0),
        wasmrt_wasi_config_set_deterministic(null_mut()),
        wasmrt_wasi_config_set_wall_clock(null_mut(), None, 0, null_mut(), None),
        wasmrt_wasi_config_set_monotonic_clock(null_mut(), None, 0, null_mut(), None),
        wasmrt_wasi_config_set_random(null_mut(), None, null_mut(), None),
        wasmrt_wasi_config_set_sleep(null_mut(), None, null_mut(), None),
        wasmrt_linker_define_wasi(null_mut(), null()),
    ]
}

fn neutral_answers() -> Vec<(&'static str, u64)> {
    // SAFETY: [c-borrow] NULL is allowed everywhere.
    unsafe {
        vec![
            ("wasmrt_error_kind", wasmrt_error_kind(null()) as u64),
            ("wasmrt_error_message", wasmrt_error_message(null(), null_mut()).addr() as u64),
            ("wasmrt_error_display", wasmrt_error_display(null(), null_mut()).addr() as u64),
            ("wasmrt_error_trap_code", wasmrt_error_trap_code(null()) as u64),
            ("wasmrt_error_exit_code", u64::from(wasmrt_error_exit_code(null(), null_mut()))),
            ("wasmrt_error_payload", u64::from(wasmrt_error_payload(null(), null_mut()))),
            ("wasmrt_error_module_offset", u64::from(wasmrt_error_module_offset(null(), null_mut()))),
            ("wasmrt_error_feature", wasmrt_error_feature(null(), null_mut()).addr() as u64),
            ("wasmrt_error_import_module", wasmrt_error_import_module(null(), null_mut()).addr() as u64),
            ("wasmrt_error_import_name", wasmrt_error_import_name(null(), null_mut()).addr() as u64),
            ("wasmrt_error_frames_len", wasmrt_error_frames_len(null()) as u64),
            ("wasmrt_error_frame", u64::from(wasmrt_error_frame(null(), 0, null_mut()))),
            ("wasmrt_module_bytes", wasmrt_module_bytes(null(), null_mut()).addr() as u64),
            ("wasmrt_module_name", wasmrt_module_name(null(), null_mut()).addr() as u64),
            ("wasmrt_module_imports_len", wasmrt_module_imports_len(null()) as u64),
            ("wasmrt_module_exports_len", wasmrt_module_exports_len(null()) as u64),
            ("wasmrt_module_funcs_len", wasmrt_module_funcs_len(null()) as u64),
            ("wasmrt_module_custom_sections_len", wasmrt_module_custom_sections_len(null()) as u64),
            ("wasmrt_module_code_bytes", wasmrt_module_code_bytes(null()) as u64),
            ("wasmrt_caller_store", wasmrt_caller_store(null()).addr() as u64),
            ("wasmrt_caller_frames_len", wasmrt_caller_frames_len(null_mut()) as u64),
            ("wasmrt_caller_frame", u64::from(wasmrt_caller_frame(null(), 0, null_mut()))),
        ]
    }
}

fn silences() -> Vec<(&'static str, ())> {
    calls![
        wasmrt_error_delete(null_mut()),
        wasmrt_config_delete(null_mut()),
        wasmrt_engine_delete(null_mut()),
        wasmrt_module_delete(null_mut()),
        wasmrt_store_delete(null_mut()),
        wasmrt_linker_delete(null_mut()),
        wasmrt_wasi_config_delete(null_mut()),
    ]
}

fn declared() -> HashSet<String> {
    let header = include_str!("../../include/wasmrt.h");
    let calls =
        header.lines().filter(|line| !line.trim_start().starts_with('*')).filter_map(|line| line.split_once('('));
    let names = calls.filter_map(|(before, _)| before.rsplit([' ', '*']).next());
    names.filter(|name| name.starts_with("wasmrt_")).map(str::to_owned).collect()
}

#[test]
fn every_function_survives_null() {
    let mut called: HashSet<String> = WITHOUT_NULLS.iter().map(|name| (*name).to_owned()).collect();
    for (name, error) in refusals() {
        // SAFETY: [c-borrow] the error was just made.
        assert_eq!(unsafe { wasmrt_error_kind(error) }, USAGE, "{name}");
        // SAFETY: [c-owned]
        unsafe { wasmrt_error_delete(error) };
        called.insert(name.to_owned());
    }
    for (name, answer) in neutral_answers() {
        assert_eq!(answer, 0, "{name}");
        called.insert(name.to_owned());
    }
    called.extend(silences().into_iter().map(|(name, ())| name.to_owned()));
    let declared = declared();
    assert!(declared.len() > 100, "the header was not understood");
    let missing: Vec<_> = declared.symmetric_difference(&called).collect();
    assert!(missing.is_empty(), "not called with NULL, or not in the header: {missing:?}");
}
