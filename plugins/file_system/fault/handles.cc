// The handles of a fault file system.
#include <string>
#include <utility>

#include "plugins/file_system/fault/fault.h"

namespace loam::fault_fs {
namespace {

MutableBytes wanted(MutableBytes out, Twist twist) {
  return twist == Twist::kShort ? MutableBytes(out.data(), out.size() / 2) : out;
}

void corrupt(char& byte) { byte = static_cast<char>(~byte); }

/// What a read of `got` bytes becomes.
std::size_t twisted(MutableBytes out, std::size_t got, Twist twist) {
  if (twist == Twist::kCorrupt && got != 0) corrupt(out[got - 1]);
  return got;
}

}  // namespace

RandomFile::RandomFile(std::shared_ptr<State> state, sdk::RandomFile base, std::string path)
    : state_(std::move(state)),
      base_(std::move(base)),
      path_(std::move(path)),
      generation_(state_->generation()) {}

Result<std::uint64_t> RandomFile::size() const {
  LOAM_TRY(state_->read(act(Op::kSize)).status());
  return base_.size();
}

Result<std::size_t> RandomFile::read(std::uint64_t offset, MutableBytes out) const {
  LOAM_TRY_ASSIGN(const Twist twist, state_->read(act(Op::kRead)));
  LOAM_TRY_ASSIGN(const std::size_t got, base_.read(offset, wanted(out, twist)));
  return twisted(out, got, twist);
}

void RandomFile::read_many(std::span<loam_read_request> requests) const {
  for (loam_read_request& request : requests) {
    auto got = read(request.offset, MutableBytes(request.out, request.size));
    request.status = static_cast<loam_status>(got.status().code());
    request.got = got.ok() ? *got : 0;
  }
}

Result<Bytes> RandomFile::map() const {
  LOAM_TRY(state_->read(act(Op::kMap)).status());
  return base_.map();
}

SequentialFile::SequentialFile(std::shared_ptr<State> state, sdk::SequentialFile base,
                               std::string path)
    : state_(std::move(state)),
      base_(std::move(base)),
      path_(std::move(path)),
      generation_(state_->generation()) {}

Result<std::size_t> SequentialFile::read(MutableBytes out) {
  LOAM_TRY_ASSIGN(const Twist twist, state_->read({Op::kRead, path_, generation_}));
  LOAM_TRY_ASSIGN(const std::size_t got, base_.read(wanted(out, twist)));
  return twisted(out, got, twist);
}

AppendFile::AppendFile(std::shared_ptr<State> state, std::shared_ptr<OpenFile> file)
    : state_(std::move(state)), file_(std::move(file)), generation_(state_->generation()) {}

/// In the base and in the shadow. Requires: within a change.
Status AppendFile::append_locked(Shadow& shadow, Bytes bytes) {
  std::string corrupted;
  if (state_->corrupts_locked() && !bytes.empty()) {
    corrupted = bytes;
    corrupt(corrupted.back());
    bytes = corrupted;
  }
  LOAM_TRY(file_->base.write(bytes));
  shadow.appended(*file_->node, bytes);
  return {};
}

Status AppendFile::write(Bytes bytes) {
  window_.clear();
  taken_ = 0;
  return state_->change_or(
      act(Op::kWrite), [&](Shadow& shadow) { return append_locked(shadow, bytes); },
      [&](Shadow& shadow, Failure failure) {
        if (failure != Failure::kShortWrite) return;
        append_locked(shadow, bytes.substr(0, bytes.size() / 2)).ignore("the append fails anyway");
      });
}

Status AppendFile::sync(bool full) {
  return state_->sync(
      act(Op::kSync),
      [&](Shadow& shadow) -> Status {
        LOAM_TRY(file_->base.sync(full));
        shadow.synced(*file_->node);
        return {};
      },
      [&](Shadow& shadow, Failure failure) {
        const bool drops = failure == Failure::kLostSync;
        shadow.sync_failed(*file_->node, drops);
        if (drops) state_->rewrite_locked(*file_).ignore("the sync fails anyway");
      });
}

Result<char*> AppendFile::reserve(std::size_t size) {
  constexpr std::size_t kSpaceUnit = 16 * 1024;
  LOAM_TRY(state_->change(act(Op::kReserve), [&](Shadow& shadow) -> Status {
    window_.assign(size, '\0');
    taken_ = 0;
    const std::size_t needed = file_->node->contents.current.size() + size;
    shadow.reserved(*file_->node, needed / kSpaceUnit * kSpaceUnit + kSpaceUnit);
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
  return state_->change(act(Op::kCommit), [&](Shadow& shadow) -> Status {
    LOAM_TRY(append_locked(shadow, Bytes(window_).substr(taken_, size)));
    taken_ += size;
    return {};
  });
}

Status AppendFile::close() {
  return state_->change_or(
      act(Op::kClose), [&](Shadow&) { return state_->close_locked(*file_); },
      [&](Shadow&, Failure) { state_->close_locked(*file_).ignore("the close fails anyway"); });
}

}  // namespace loam::fault_fs
