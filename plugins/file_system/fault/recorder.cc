#include "plugins/file_system/fault/recorder.h"

#include <utility>

namespace loam::fault_fs {

Result<std::vector<Effect>> Recorder::claim_file(const sdk::FileSystem& base,
                                                 const std::string& path) {
  LOAM_TRY_ASSIGN(lock_, base.lock(path + ".lock"));
  std::vector<Effect> left;
  auto earlier = read_operation_log(base, path);
  if (earlier.ok()) {
    left = std::move(earlier).value();
  } else if (earlier.status().code() != Code::kNotFound) {
    return std::move(earlier).status();
  }
  if (!left.empty() && left.back().kind == Effect::Kind::kEnd) left.clear();
  return left;
}

Status Recorder::begin_file(const sdk::FileSystem& base, const std::string& path) {
  LOAM_TRY_ASSIGN(file_, base.open_append(path, LOAM_APPEND_TRUNCATE));
  return {};
}

void Recorder::add(Effect effect) {
  if (file_.is_open() && status_.ok()) {
    std::string bytes;
    encode(effect, bytes);
    status_ = file_.write(bytes);
  }
  if (is_on_) memory_.push_back(std::move(effect));
}

}  // namespace loam::fault_fs
