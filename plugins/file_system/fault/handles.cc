// The handles of a fault file system.
#include <algorithm>
#include <utility>

#include "plugins/file_system/fault/fault.h"

namespace loam::fault_fs {

RandomFile::RandomFile(std::shared_ptr<State> state, sdk::RandomFile base, std::string path)
    : state_(std::move(state)),
      base_(std::move(base)),
      path_(std::move(path)),
      generation_(state_->generation()) {}

Result<std::uint64_t> RandomFile::size() const {
  LOAM_TRY(state_->read(act("size of")));
  return base_.size();
}

Result<std::size_t> RandomFile::read(std::uint64_t offset, MutableBytes out) const {
  LOAM_TRY(state_->read(act("read")));
  return base_.read(offset, out);
}

void RandomFile::read_many(std::span<loam_read_request> requests) const {
  for (loam_read_request& request : requests) {
    auto got = read(request.offset, MutableBytes(request.out, request.size));
    request.status = static_cast<loam_status>(got.status().code());
    request.got = got.ok() ? *got : 0;
  }
}

Result<Bytes> RandomFile::map() const {
  LOAM_TRY(state_->read(act("map")));
  return base_.map();
}

SequentialFile::SequentialFile(std::shared_ptr<State> state, sdk::SequentialFile base,
                               std::string path)
    : state_(std::move(state)),
      base_(std::move(base)),
      path_(std::move(path)),
      generation_(state_->generation()) {}

Result<std::size_t> SequentialFile::read(MutableBytes out) {
  LOAM_TRY(state_->read({"read", path_, generation_}));
  return base_.read(out);
}

AppendFile::AppendFile(std::shared_ptr<State> state, std::shared_ptr<OpenFile> file)
    : state_(std::move(state)), file_(std::move(file)), generation_(state_->generation()) {}

/// In the base and in the shadow. Requires: within a change.
Status AppendFile::append_locked(Bytes bytes) {
  LOAM_TRY(file_->base.write(bytes));
  file_->node->contents.current.append(bytes);
  return {};
}

Status AppendFile::write(Bytes bytes) {
  window_.clear();
  taken_ = 0;
  return state_->change_or(
      act("write"), [&](Shadow&) { return append_locked(bytes); },
      [&](Shadow&, Failure failure) {
        if (failure != Failure::kShortWrite) return;
        append_locked(bytes.substr(0, bytes.size() / 2)).ignore();  // it fails anyway
      });
}

Status AppendFile::sync(bool full) {
  return state_->sync(
      act("sync"),
      [&](Shadow&) -> Status {
        LOAM_TRY(file_->base.sync(full));
        file_->node->contents.sync();
        return {};
      },
      [&](Shadow&) { file_->node->contents.lose(); });
}

Result<char*> AppendFile::reserve(std::size_t size) {
  constexpr std::size_t kSpaceUnit = 16 * 1024;
  LOAM_TRY(state_->change(act("reserve"), [&](Shadow&) -> Status {
    window_.assign(size, '\0');
    taken_ = 0;
    FileContents& contents = file_->node->contents;
    std::size_t end = (contents.current.size() + size) / kSpaceUnit * kSpaceUnit + kSpaceUnit;
    contents.allocated = std::max(contents.allocated, end);
    return {};
  }));
  return window_.data();
}

Status AppendFile::commit(std::size_t size) {
  if (size > window_.size() - taken_) {
    return Status::invalid_argument("commit " + file_->path + ": " + std::to_string(size) +
                                    " bytes, but only " + std::to_string(window_.size() - taken_) +
                                    " are reserved");
  }
  return state_->change(act("commit"), [&](Shadow&) -> Status {
    LOAM_TRY(append_locked(Bytes(window_).substr(taken_, size)));
    taken_ += size;
    return {};
  });
}

Status AppendFile::close() {
  return state_->change_or(
      act("close"), [&](Shadow&) { return state_->close_locked(*file_); },
      [&](Shadow&, Failure) { state_->close_locked(*file_).ignore(); });  // it fails anyway
}

}  // namespace loam::fault_fs
