/* The boundary between Loam and its plugins: a C ABI, clean as C11 and as C++20.
 *
 * Rules of this file: fixed-width integers, size_t, pointers, plain structs, function pointers; no
 * enums in signatures, no bit-fields, no bool in structs, no varargs. Every struct that may grow
 * begins with `uint32_t struct_size`, is a multiple of 8 bytes, and has no tail padding. Fields are
 * only appended; a slot is retired by NULL. Text is UTF-8; `const char*` is NUL-terminated,
 * anything else is a slice. Little- and big-endian 64-bit hosts only.
 *
 * Thread tags: [any] any thread, concurrently; [one] one thread at a time per object; [init] only
 * during create or destroy; [pure] as [any], and no allocation, lock, host call or failure.
 *
 * Memory: bulk output goes to the caller's buffer, sized by a bound function; variable output goes
 * to a host loam_sink; a handle is destroyed by the side that made it; inputs are borrowed for the
 * call unless the name says `_retained`.
 *
 * The function tables of the kinds stand in abi_kinds.h and abi_file_system.h, which this file
 * includes at its end.
 *
 * Exceptions never cross this boundary: every function pointer is noexcept in C++.
 */
#ifndef LOAM_ABI_H
#define LOAM_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define LOAM_NOEXCEPT noexcept
#define LOAM_STATIC_ASSERT static_assert
extern "C" {
#else
#define LOAM_NOEXCEPT
#define LOAM_STATIC_ASSERT _Static_assert
#endif

#define LOAM_ABI_MAJOR 1u
#define LOAM_ABI_MINOR 0u

/* The newest minor whose fields this compilation may see. The default is the most portable. */
#ifndef LOAM_TARGET_MINOR
#define LOAM_TARGET_MINOR 0
#endif
#if LOAM_TARGET_MINOR > 0
#error "LOAM_TARGET_MINOR is above the ABI minor of this header (0)"
#endif

#define LOAM_PLUGIN_MAGIC 0x4e4947554c504d4cull /* "LMPLUGIN" read as a little-endian integer */

/* ---- Status and errors --------------------------------------------------------------------- */

typedef int32_t loam_status;

#define LOAM_OK 0
#define LOAM_INCOMPRESSIBLE 1 /* a result of compress, not an error */
#define LOAM_NOT_FOUND (-1)
#define LOAM_CORRUPTION (-2)
#define LOAM_INVALID_ARGUMENT (-3)
#define LOAM_NOT_SUPPORTED (-4)
#define LOAM_IO (-5)
#define LOAM_NO_SPACE (-6)
#define LOAM_NO_MEMORY (-7)
#define LOAM_BUSY (-8)
#define LOAM_ABORTED (-9)
#define LOAM_PERMISSION (-10)
#define LOAM_TIMED_OUT (-11)
#define LOAM_BUFFER_TOO_SMALL (-12)
#define LOAM_INTERNAL (-13)

/* Details of a failure. Belongs to the caller, who sets struct_size and zeroes the rest; there is
 * nothing to free, and it works when memory is gone. May be NULL: then details are lost. */
typedef struct loam_error {
  uint32_t struct_size;
  int32_t code;      /* a loam_status */
  int32_t os_errno;  /* 0 when none */
  uint32_t flags;    /* reserved, 0 */
  char pointer[256]; /* JSON pointer of the option at fault, for configuration; else empty */
  char message[760];
} loam_error;

typedef struct loam_slice {
  const char* data; /* may be NULL when size is 0 */
  size_t size;
} loam_slice;

/* Where a callee puts output whose size the caller cannot know. */
typedef struct loam_sink loam_sink;
struct loam_sink {
  uint32_t struct_size;
  uint32_t reserved;
  void* state;
  loam_status (*append)(loam_sink* sink, loam_slice bytes) LOAM_NOEXCEPT; /* [one]; NO_MEMORY */
};

/* ---- Host ---------------------------------------------------------------------------------- */

typedef struct loam_host loam_host;
struct loam_host {
  uint32_t struct_size;
  uint32_t abi_major;
  uint32_t abi_minor;
  uint32_t reserved;
  const char* name;    /* program that hosts, for messages */
  const char* version; /* of Loam */
  void* state;
  /* [any] A size-prefixed service table valid for the host's life, or NULL when not offered. */
  const void* (*get_service)(const loam_host* host, const char* id)LOAM_NOEXCEPT;
};

#define LOAM_SVC_LOG "loam.svc.log/1"
#define LOAM_SVC_ALLOC "loam.svc.alloc/1"
#define LOAM_SVC_METRICS "loam.svc.metrics/1"
#define LOAM_SVC_SECRETS "loam.svc.secrets/1"
#define LOAM_SVC_CLOCK "loam.svc.clock/1"
#define LOAM_SVC_EXECUTOR "loam.svc.executor/1"
#define LOAM_SVC_FAULT "loam.svc.fault/1"

#define LOAM_LOG_DEBUG 0u
#define LOAM_LOG_INFO 1u
#define LOAM_LOG_WARN 2u
#define LOAM_LOG_ERROR 3u

typedef struct loam_svc_log {
  uint32_t struct_size;
  uint32_t reserved;
  void (*write)(const loam_host* host, uint32_t level, loam_slice line) LOAM_NOEXCEPT; /* [any] */
} loam_svc_log;

typedef struct loam_svc_alloc {
  uint32_t struct_size;
  uint32_t reserved;
  /* [any] Accounted memory under a tag that outlives the host; NULL when memory is gone. */
  void* (*allocate)(const loam_host* host, const char* tag, size_t size, size_t align)LOAM_NOEXCEPT;
  void (*release)(const loam_host* host, const char* tag, void* p, size_t size) LOAM_NOEXCEPT;
} loam_svc_alloc;

typedef struct loam_svc_metrics {
  uint32_t struct_size;
  uint32_t reserved;
  /* [any] Registers a counter once; the same name gives the same cell. NULL when refused. The cell
   * lives as long as the host; add through `add`, which is cheap. */
  void* (*counter)(const loam_host* host, const char* name, const char* unit,
                   const char* help)LOAM_NOEXCEPT;
  void (*add)(void* counter, uint64_t delta) LOAM_NOEXCEPT; /* [any] */
} loam_svc_metrics;

typedef struct loam_svc_secrets {
  uint32_t struct_size;
  uint32_t reserved;
  /* [init] Resolves a secret reference ("file:/path", "env:NAME") into the sink. PERMISSION when
   * the host does not allow that source. */
  loam_status (*resolve)(const loam_host* host, const char* reference, loam_sink* out,
                         loam_error* error) LOAM_NOEXCEPT;
} loam_svc_secrets;

typedef struct loam_svc_clock {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t (*wall_us)(const loam_host* host) LOAM_NOEXCEPT;      /* [any] since 1970, UTC */
  uint64_t (*monotonic_ns)(const loam_host* host) LOAM_NOEXCEPT; /* [any] */
} loam_svc_clock;

typedef struct loam_svc_executor {
  uint32_t struct_size;
  uint32_t reserved;
  /* [any] Runs task(arg) once on a thread of the host's background pool. */
  loam_status (*submit)(const loam_host* host, void (*task)(void* arg), void* arg,
                        loam_error* error) LOAM_NOEXCEPT;
} loam_svc_executor;

typedef struct loam_svc_fault {
  uint32_t struct_size;
  uint32_t reserved;
  /* [any] A named failure point. LOAM_OK, or the failure a test asked for. Test hosts only. */
  loam_status (*hit)(const loam_host* host, const char* point, loam_error* error) LOAM_NOEXCEPT;
} loam_svc_fault;

/* ---- Configuration ------------------------------------------------------------------------- */

typedef struct loam_component loam_component;
typedef struct loam_config loam_config; /* opaque: one component's options, already validated */

/* A component that lives in the host, lent to another (a file system's base). The host keeps it
 * alive until the borrower is destroyed. */
typedef struct loam_component_ref {
  const loam_component* component;
  void* self;
} loam_component_ref;

/* Typed access to options by name. NOT_FOUND: absent, so the default holds. INVALID_ARGUMENT: of
 * another type. Slices are valid during the call that was given the config. All [init]. */
typedef struct loam_config_api {
  uint32_t struct_size;
  uint32_t reserved;
  loam_status (*get_bool)(const loam_config* c, const char* name, int32_t* out) LOAM_NOEXCEPT;
  loam_status (*get_i64)(const loam_config* c, const char* name, int64_t* out) LOAM_NOEXCEPT;
  loam_status (*get_u64)(const loam_config* c, const char* name, uint64_t* out) LOAM_NOEXCEPT;
  loam_status (*get_f64)(const loam_config* c, const char* name, double* out) LOAM_NOEXCEPT;
  loam_status (*get_text)(const loam_config* c, const char* name, loam_slice* out) LOAM_NOEXCEPT;
  /* The value as canonical JSON text, for options of structured type. */
  loam_status (*get_json)(const loam_config* c, const char* name, loam_slice* out) LOAM_NOEXCEPT;
  /* The resolved bytes of an option marked secret; wiped by the host after create. */
  loam_status (*get_secret)(const loam_config* c, const char* name, loam_slice* out) LOAM_NOEXCEPT;
  loam_status (*get_component)(const loam_config* c, const char* name,
                               loam_component_ref* out) LOAM_NOEXCEPT;
} loam_config_api;

/* ---- Components and plugins ---------------------------------------------------------------- */

#define LOAM_KIND_CODEC "loam.codec"
#define LOAM_KIND_FILTER "loam.filter"
#define LOAM_KIND_COMPARATOR "loam.comparator"
#define LOAM_KIND_COMPACTION_FILTER "loam.compaction_filter"
#define LOAM_KIND_MERGE_OPERATOR "loam.merge_operator"
#define LOAM_KIND_FILE_SYSTEM "loam.file_system"

struct loam_component {
  uint32_t struct_size;
  uint16_t kind_major; /* of the kind's function table; 1 for all kinds of this header */
  uint16_t kind_minor;
  const char* kind;          /* LOAM_KIND_... */
  const char* name;          /* what JSON calls it: lower case, digits, '_' */
  const char* persistent_id; /* "org.example.rot/1"; NULL: shapes no bytes and no order */
  const char* const* reads;  /* NULL-terminated ids it understands besides its own, or NULL */
  uint64_t flags;            /* reserved, 0 */
  const char* summary;       /* one line */
  const char* (*config_schema)(void)LOAM_NOEXCEPT; /* [any] JSON Schema text; constant */
  /* [init] Makes an instance from validated options; on failure *self stays as it was. */
  loam_status (*create)(const loam_host* host, void* plugin_state, const loam_config_api* api,
                        const loam_config* config, void** self, loam_error* error) LOAM_NOEXCEPT;
  void (*destroy)(void* self) LOAM_NOEXCEPT; /* [init] */
  /* [any] persistent id and, after '?', the options that shape bytes as name=value, joined with '&'
   * in order of declaration; values percent-escaped. NULL: no identity (persistent_id is NULL). */
  loam_status (*identity)(void* self, loam_sink* out) LOAM_NOEXCEPT;
  /* Online change: prepare may fail and changes nothing; then commit or abort, which cannot fail.
   * All three NULL: no option is changeable online. [one] */
  loam_status (*reconfigure_prepare)(void* self, const loam_config_api* api,
                                     const loam_config* config, void** token,
                                     loam_error* error) LOAM_NOEXCEPT;
  void (*reconfigure_commit)(void* self, void* token) LOAM_NOEXCEPT;
  void (*reconfigure_abort)(void* self, void* token) LOAM_NOEXCEPT;
  loam_status (*inspect)(void* self, loam_sink* json) LOAM_NOEXCEPT; /* [any] for tools; or NULL */
  const void* table; /* loam_codec_v1 and so on; begins with struct_size */
};

typedef struct loam_plugin {
  uint32_t struct_size;
  uint32_t abi_major;      /* built against */
  uint32_t abi_minor;      /* built against */
  uint32_t min_host_minor; /* needed */
  uint64_t magic;          /* LOAM_PLUGIN_MAGIC */
  uint64_t flags;          /* reserved, 0 */
  const char* id;          /* reverse DNS */
  const char* version;     /* semantic */
  const char* vendor;      /* these may be NULL */
  const char* license;
  const char* url;
  const char* summary;
  const char* build;
  const loam_component* const* components;
  size_t component_count;
  /* Once per host, before its first object, and after its last. Either may be NULL. [init] */
  loam_status (*init)(const loam_host* host, void** state, loam_error* error) LOAM_NOEXCEPT;
  void (*deinit)(void* state) LOAM_NOEXCEPT;
} loam_plugin;

/* The one exported symbol: pure, returns constant data, callable at any time on any thread. */
#define LOAM_ENTRY_SYMBOL "loam_plugin_entry_v1"
typedef const loam_plugin* (*loam_plugin_entry_fn)(void)LOAM_NOEXCEPT;

/* ELF note, section ".note.loam": owner "Loam", type 1, text "key=value\n" lines. Keys in order:
 * id, version, abi (MAJOR.MINOR), min_host, then per component a line
 * component=KIND:NAME:PERSISTENT_ID[,READS...] with KIND without "loam." */
#define LOAM_NOTE_SECTION ".note.loam"
#define LOAM_NOTE_OWNER "Loam"
#define LOAM_NOTE_TYPE 1u

/* ---- Layout: no struct has tail padding ------------------------------------------------------ */

#define LOAM_CHECK_LAYOUT(type, last, bytes)                                 \
  LOAM_STATIC_ASSERT(sizeof(type) == offsetof(type, last) + (bytes), #type); \
  LOAM_STATIC_ASSERT(sizeof(type) % 8 == 0, #type)

LOAM_CHECK_LAYOUT(loam_error, message, 760);
LOAM_CHECK_LAYOUT(loam_slice, size, 8);
LOAM_CHECK_LAYOUT(loam_sink, append, 8);
LOAM_CHECK_LAYOUT(loam_host, get_service, 8);
LOAM_CHECK_LAYOUT(loam_config_api, get_component, 8);
LOAM_CHECK_LAYOUT(loam_component_ref, self, 8);
LOAM_CHECK_LAYOUT(loam_component, table, 8);
LOAM_CHECK_LAYOUT(loam_plugin, deinit, 8);

#ifdef __cplusplus
} /* extern "C" */
#endif

/* The function tables of the kinds. */
#include "loam/abi_file_system.h"
#include "loam/abi_kinds.h"

#endif /* LOAM_ABI_H */
