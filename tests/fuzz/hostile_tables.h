/// The functions of HostilePlugin: each answers what the plugin's bytes say. `self` is the plugin.
#pragma once

#include "loam/abi.h"

namespace loam::fuzz {

loam_codec_v1 hostile_codec();
loam_filter_v1 hostile_filter();
loam_comparator_v1 hostile_comparator();
loam_compaction_filter_v1 hostile_compaction_filter();
loam_merge_operator_v1 hostile_merge_operator();
loam_file_system_v1 hostile_file_system();

}  // namespace loam::fuzz
