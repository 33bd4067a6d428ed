/* One plugin in plain C, each time with one thing broken: the build defines BROKEN_NAME (its name
 * as a text) and one of the words below as 1. Whoever reads the manifest beside the object sees a
 * codec; what is wrong is seen by who loads it. */
#define PLAIN_NAME BROKEN_NAME
#include "plain_codec.h"

/* The parts are copied at the first call, and the copy is broken. */
static struct {
  uint32_t struct_size;
  uint32_t flags;
  size_t (*bound)(void*, size_t);
  loam_status (*context_create)(void*, void**, loam_error*);
  void (*context_destroy)(void*, void*);
  loam_status (*compress)(void*, void*, loam_slice, char*, size_t, size_t*, loam_error*);
  loam_status (*decompress)(void*, void*, loam_slice, char*, size_t, loam_error*);
} table;
static loam_component component;
static const loam_component* components[2];
static loam_plugin plugin;

#if defined(half_context)
static void context_destroy(void* self, void* context) { (void)self, (void)context; }
#elif defined(half_reconfigure)
static void reconfigure_abort(void* self, void* token) { (void)self, (void)token; }
#elif defined(failing_init)
static loam_status init(const loam_host* host, void** state, loam_error* error) {
  (void)host, (void)state;
  return plain_fail(error, LOAM_IO, "the fuel has run out");
}
#elif defined(schema_is_no_json)
static const char* no_json(void) { return "name: yaml"; }
#elif defined(schema_out_of_the_subset)
static const char* out_of_the_subset(void) {
  return "{\"type\":\"object\",\"patternProperties\":{}}";
}
#elif defined(identity_of_another)
static loam_status other_identity(void* self, loam_sink* out) {
  const loam_slice id = {"org.example.nobody/1", 20};
  (void)self;
  return out->append(out, id);
}
#elif defined(leaking_symbols)
PLAIN_EXPORT int zlib_version_of_mine;
#elif defined(undefined_symbol)
void loam_function_that_nobody_has(void);
#endif

static void break_one_thing(void) {
#if defined(short_descriptor)
  plugin.struct_size = 16;
#elif defined(huge_descriptor)
  plugin.struct_size = 1 << 20;
#elif defined(host_too_old)
  plugin.min_host_minor = 9;
#elif defined(no_id)
  plugin.id = NULL;
#elif defined(no_components)
  plugin.component_count = 0;
#elif defined(components_without_end)
  plugin.component_count = (size_t)-1;
#elif defined(null_component)
  components[0] = NULL;
#elif defined(same_component_twice)
  components[1] = &component;
  plugin.component_count = 2;
#elif defined(short_component)
  component.struct_size = 32;
#elif defined(other_interface)
  component.kind_major = 2;
#elif defined(name_with_spaces)
  component.name = "A Name";
#elif defined(no_create)
  component.create = NULL;
#elif defined(no_table)
  component.table = NULL;
#elif defined(no_persistent_id)
  component.persistent_id = NULL;
#elif defined(no_identity)
  component.identity = NULL;
#elif defined(half_reconfigure)
  component.reconfigure_abort = reconfigure_abort;
#elif defined(short_table)
  table.struct_size = 24;
#elif defined(no_compress)
  table.compress = NULL;
#elif defined(half_context)
  table.context_destroy = context_destroy;
#elif defined(reserved_flags)
  component.flags = 1;
#elif defined(failing_init)
  plugin.init = init;
#elif defined(schema_is_no_json)
  component.config_schema = no_json;
#elif defined(schema_out_of_the_subset)
  component.config_schema = out_of_the_subset;
#elif defined(identity_of_another)
  component.identity = other_identity;
#elif defined(undefined_symbol)
  loam_function_that_nobody_has();
#endif
}

#ifndef no_entry
PLAIN_EXPORT
#endif
const loam_plugin* loam_plugin_entry_v1(void) {
  static const loam_plugin whole = {PLAIN_PLUGIN};
#ifdef null_descriptor
  (void)whole;
  return NULL;
#endif
#ifdef changing_descriptor
  static const char* const kVersions[] = {"1.0.0", "1.0.1"};
  static unsigned calls;
#else
  if (plugin.magic != 0) return &plugin;
#endif
  memcpy(&table, &plain_table, sizeof table);
  component = plain_component;
  component.table = &table;
  components[0] = &component;
  plugin = whole;
  plugin.components = components;
#ifdef changing_descriptor
  plugin.version = kVersions[calls++ % 2];
#endif
  break_one_thing();
  return &plugin;
}
