/* Speaks another major only, whatever its manifest says. */
#define PLAIN_NAME "wrong_major"
#include "plain_codec.h"

static const loam_plugin plugin = {PLAIN_PLUGIN};

PLAIN_EXPORT const loam_plugin* loam_plugin_entry_v2(void) { return &plugin; }
