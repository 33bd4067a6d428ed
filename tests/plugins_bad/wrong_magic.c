/* The descriptor is not one. */
#define PLAIN_NAME "wrong_magic"
#include "plain_codec.h"

static const loam_plugin plugin = {PLAIN_PLUGIN};
static loam_plugin spoilt;

PLAIN_EXPORT const loam_plugin* loam_plugin_entry_v1(void) {
  spoilt = plugin;
  spoilt.magic = 0x1122334455667788ull;
  return &spoilt;
}
