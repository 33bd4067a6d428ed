/* The manifest says 1.0.0, the code 6.6.6. */
#define PLAIN_NAME "other_version"
#include "plain_codec.h"

static const loam_plugin plugin = {PLAIN_PLUGIN};
static loam_plugin newer;

PLAIN_EXPORT const loam_plugin* loam_plugin_entry_v1(void) {
  newer = plugin;
  newer.version = "6.6.6";
  return &newer;
}
