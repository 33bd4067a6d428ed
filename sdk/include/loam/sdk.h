/// The whole SDK but for file systems (loam/sdk/file_system.h): one include for a plugin's source.
///
/// So that small plugins read well, `Bytes` and `MutableBytes` are put in the global namespace
/// here, and only here; headers of larger plugins include what they use from loam/sdk/.
#pragma once

#include "loam/abi.h"
#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "loam/base/units.h"
#include "loam/sdk/codec.h"
#include "loam/sdk/compaction_filter.h"
#include "loam/sdk/comparator.h"
#include "loam/sdk/filter.h"
#include "loam/sdk/merge_operator.h"
#include "loam/sdk/plugin.h"

using loam::Bytes;
using loam::MutableBytes;
