/* Nothing is wrong with this one: plain C, manifest beside it, a table as an earlier minor had it.
 */
#define PLAIN_NAME "good_c"
#include "plain_codec.h"

static const loam_plugin plugin = {PLAIN_PLUGIN};

PLAIN_EXPORT const loam_plugin* loam_plugin_entry_v1(void) { return &plugin; }
