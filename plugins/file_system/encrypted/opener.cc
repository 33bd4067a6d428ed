#include "plugins/file_system/encrypted/opener.h"

#include <utility>

#include "loam/base/units.h"

namespace loam::encrypted_fs {

namespace {

constexpr std::size_t kIdleMax = 4;
constexpr std::size_t kIdleBytesMax = 512 * kKiB;

}  // namespace

Result<bool> Worker::open(const RecordHead& head, const char* record, char* out) {
  const Binding binding(head);
  const Bytes text(record + head.head_size(), head.plain_size + kTagSize);
  return cipher->open(binding.nonce_bytes(), binding.associated_bytes(), text, out);
}

Result<std::unique_ptr<Opener>> Opener::make(const Key& store_key, const Header& header,
                                             Bytes tag) {
  LOAM_TRY_ASSIGN(const Key key, file_key(store_key, header));
  auto opener = std::make_unique<Opener>(header.algorithm, key);
  LOAM_TRY_ASSIGN(auto worker, opener->take());
  const auto nonce = header_nonce();
  LOAM_TRY_ASSIGN(const bool intact, worker->cipher->open(Bytes(nonce.data(), nonce.size()),
                                                          encode_header(header), tag, nullptr));
  if (!intact) return Status::corruption("the header was changed");
  opener->give_back(std::move(worker));
  return opener;
}

Result<std::unique_ptr<Worker>> Opener::take() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!idle_.empty()) {
      auto worker = std::move(idle_.back());
      idle_.pop_back();
      return worker;
    }
  }
  auto worker = std::make_unique<Worker>();
  LOAM_TRY_ASSIGN(worker->cipher, Cipher::make(algorithm_, key_, Cipher::Direction::kOpen));
  return worker;
}

void Opener::give_back(std::unique_ptr<Worker> worker) {
  if (worker->sealed.capacity() > kIdleBytesMax) worker->sealed = std::string();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (idle_.size() < kIdleMax) idle_.push_back(std::move(worker));
}

}  // namespace loam::encrypted_fs
