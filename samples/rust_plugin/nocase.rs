//! A comparator in Rust, without crates: ASCII letters of either case lie together, `"key"` beside
//! `"KEY"`. What abi.h declares is declared again here, as far as a comparator needs it.
//!
//!     rustc --edition 2021 --crate-type cdylib -C opt-level=2 -C panic=abort \
//!         -o nocase.loam.so nocase.rs
#![allow(non_camel_case_types)]

use std::cmp::Ordering;
use std::ffi::{c_char, c_void};
use std::ptr::null;

type loam_status = i32;
const LOAM_OK: loam_status = 0;
const LOAM_PLUGIN_MAGIC: u64 = 0x4e4947554c504d4c;
const LOAM_COMPARATOR_EQUAL_IFF_BYTES_EQUAL: u32 = 4;

#[repr(C)]
pub struct loam_slice {
    data: *const u8,
    size: usize,
}

#[repr(C)]
pub struct loam_sink {
    struct_size: u32,
    reserved: u32,
    state: *mut c_void,
    append: extern "C" fn(*mut loam_sink, loam_slice) -> loam_status,
}

type Slot = *const c_void; // a slot that this plugin leaves empty

#[repr(C)]
pub struct loam_component {
    struct_size: u32,
    kind_major: u16,
    kind_minor: u16,
    kind: *const c_char,
    name: *const c_char,
    persistent_id: *const c_char,
    reads: *const *const c_char,
    flags: u64,
    summary: *const c_char,
    config_schema: extern "C" fn() -> *const c_char,
    create: extern "C" fn(Slot, Slot, Slot, Slot, *mut *mut c_void, Slot) -> loam_status,
    destroy: extern "C" fn(*mut c_void),
    identity: extern "C" fn(*mut c_void, *mut loam_sink) -> loam_status,
    reconfigure: [Slot; 3],
    inspect: Slot,
    table: *const loam_comparator_v1,
}

#[repr(C)]
pub struct loam_comparator_v1 {
    struct_size: u32,
    flags: u32,
    properties: extern "C" fn(*mut c_void) -> u32,
    compare: extern "C" fn(*mut c_void, loam_slice, loam_slice) -> i32,
    shortest_separator: Slot,
    short_successor: Slot,
}

#[repr(C)]
pub struct loam_plugin {
    struct_size: u32,
    abi_major: u32,
    abi_minor: u32,
    min_host_minor: u32,
    magic: u64,
    flags: u64,
    id: *const c_char,
    version: *const c_char,
    vendor: *const c_char,
    license: *const c_char,
    url: *const c_char,
    summary: *const c_char,
    build: *const c_char,
    components: *const *const loam_component,
    component_count: usize,
    init: Slot,
    deinit: Slot,
}

/// A constant that holds pointers to constants, and so may be looked at by any thread.
#[repr(transparent)]
struct Constant<T>(T);
unsafe impl<T> Sync for Constant<T> {}

macro_rules! text {
    ($text:expr) => {
        concat!($text, "\0").as_ptr() as *const c_char
    };
}

fn bytes<'a>(slice: &'a loam_slice) -> &'a [u8] {
    if slice.size == 0 {
        return &[]; // data may be null
    }
    unsafe { std::slice::from_raw_parts(slice.data, slice.size) }
}

/// Letters alike first; then the bytes, so that different keys are never equal.
extern "C" fn compare(_this: *mut c_void, a: loam_slice, b: loam_slice) -> i32 {
    let (a, b) = (bytes(&a), bytes(&b));
    let lower = |key: &[u8], i: usize| key[i].to_ascii_lowercase();
    let common = a.len().min(b.len());
    for i in 0..common {
        match lower(a, i).cmp(&lower(b, i)) {
            Ordering::Equal => continue,
            order => return order as i32,
        }
    }
    a.len().cmp(&b.len()).then_with(|| a.cmp(b)) as i32
}

extern "C" fn properties(_this: *mut c_void) -> u32 {
    LOAM_COMPARATOR_EQUAL_IFF_BYTES_EQUAL
}

extern "C" fn schema() -> *const c_char {
    text!(r#"{"type":"object","properties":{},"additionalProperties":false}"#)
}

extern "C" fn create(
    _: Slot,
    _: Slot,
    _: Slot,
    _: Slot,
    _: *mut *mut c_void,
    _: Slot,
) -> loam_status {
    LOAM_OK // there is nothing to remember
}

extern "C" fn destroy(_this: *mut c_void) {}

const ID: &str = "org.example.nocase/1";

extern "C" fn identity(_this: *mut c_void, out: *mut loam_sink) -> loam_status {
    unsafe {
        ((*out).append)(
            out,
            loam_slice {
                data: ID.as_ptr(),
                size: ID.len(),
            },
        )
    }
}

static TABLE: Constant<loam_comparator_v1> = Constant(loam_comparator_v1 {
    struct_size: std::mem::size_of::<loam_comparator_v1>() as u32,
    flags: 0,
    properties,
    compare,
    shortest_separator: null(),
    short_successor: null(),
});

static COMPONENT: Constant<loam_component> = Constant(loam_component {
    struct_size: std::mem::size_of::<loam_component>() as u32,
    kind_major: 1,
    kind_minor: 0,
    kind: text!("loam.comparator"),
    name: text!("nocase"),
    persistent_id: text!("org.example.nocase/1"),
    reads: null(),
    flags: 0,
    summary: text!("ASCII letters of either case lie together, in Rust; a sample"),
    config_schema: schema,
    create,
    destroy,
    identity,
    reconfigure: [null(); 3],
    inspect: null(),
    table: &TABLE.0,
});

static COMPONENTS: Constant<[*const loam_component; 1]> = Constant([&COMPONENT.0]);

static PLUGIN: Constant<loam_plugin> = Constant(loam_plugin {
    struct_size: std::mem::size_of::<loam_plugin>() as u32,
    abi_major: 1,
    abi_minor: 0,
    min_host_minor: 0,
    magic: LOAM_PLUGIN_MAGIC,
    flags: 0,
    id: text!("org.example.nocase"),
    version: text!("1.0.0"),
    vendor: null(),
    license: text!("Apache-2.0"),
    url: null(),
    summary: null(),
    build: null(),
    components: &COMPONENTS.0 as *const *const loam_component,
    component_count: 1,
    init: null(),
    deinit: null(),
});

#[no_mangle]
pub extern "C" fn loam_plugin_entry_v1() -> *const loam_plugin {
    &PLUGIN.0
}

const LINES: &[u8; 104] = b"id=org.example.nocase\nversion=1.0.0\nabi=1.0\nmin_host=0\n\
    component=comparator:nocase:org.example.nocase/1\n";

/// The note from which `loam plugin list` reads what is inside, without running it.
#[repr(C, align(4))]
pub struct Note {
    owner_size: u32,
    text_size: u32,
    kind: u32,
    owner: [u8; 8],
    lines: [u8; LINES.len()],
}

#[used]
#[link_section = ".note.loam"]
static NOTE: Note = Note {
    owner_size: 5,
    text_size: LINES.len() as u32,
    kind: 1,
    owner: *b"Loam\0\0\0\0",
    lines: *LINES,
};

// As large as abi.h has them.
const _: () = assert!(std::mem::size_of::<loam_plugin>() == 120);
const _: () = assert!(std::mem::size_of::<loam_component>() == 128);
const _: () = assert!(std::mem::size_of::<loam_comparator_v1>() == 40);
