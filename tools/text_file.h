/// Texts in files of the host: read whole, or written as a new file or on standard output.
#pragma once

#include <string>
#include <string_view>

#include "loam/base/status.h"
#include "tools/output.h"

namespace loam::tools {

/// At most 16 MiB. Fails: kInvalidArgument when there is no such file, or it is larger; kIo.
Result<std::string> read_text_file(const std::string& path);

/// Where a verb puts the document that it makes.
struct NewFile {
  std::string path;     ///< empty: standard output
  bool force = false;   ///< replace a file that is there
  bool secret = false;  ///< for its owner alone, and on the disk when this returns
};

/// All or nothing: a file that is replaced stays as it was until the new one is whole. Fails:
/// kInvalidArgument when the file is there already, kIo.
Status write_new_file(const NewFile& file, std::string_view text, Output& output);

}  // namespace loam::tools
