#include "plugins/file_system/encrypted/sealer.h"

#include <algorithm>
#include <utility>

namespace loam::encrypted_fs {

Result<std::unique_ptr<Sealer>> Sealer::begin(const SealOptions& options, const StoreKey& store_key,
                                              std::string name) {
  if (name.size() > kNameMax) {
    return Status::invalid_argument("a name of " + std::to_string(name.size()) +
                                    " bytes, at most " + std::to_string(kNameMax) + " fit");
  }
  Header header{options.algorithm, options.page_bits, store_key.id, {}, std::move(name)};
  LOAM_TRY(fill_random(header.salt));
  LOAM_TRY_ASSIGN(const Key key, file_key(store_key.key, header));
  LOAM_TRY_ASSIGN(auto cipher, Cipher::make(options.algorithm, key, Cipher::Direction::kSeal));
  std::string bytes = encode_header(header);
  const auto nonce = header_nonce();
  std::array<char, kTagSize> tag{};
  LOAM_TRY(cipher->seal(Bytes(nonce.data(), nonce.size()), bytes, {}, tag.data()));
  bytes.append(tag.data(), tag.size());
  PageIndex index(options.page_bits, bytes.size());
  return std::make_unique<Sealer>(std::move(cipher), std::move(bytes), options, std::move(index));
}

Sealer::Sealer(std::unique_ptr<Cipher> cipher, std::string header, const SealOptions& options,
               PageIndex index)
    : cipher_(std::move(cipher)),
      header_(std::move(header)),
      page_size_(std::size_t{1} << options.page_bits),
      index_(std::move(index)) {}

std::size_t Sealer::sealed_size_max(std::size_t size) const {
  return size + kMarkSize + kRecordOverhead * (size / page_size_ + 2);
}

std::size_t Sealer::room_in_pages(std::size_t pages) const {
  return pages * page_size_ - plain_size() % page_size_;
}

Result<char*> Sealer::seal(Bytes plain, std::uint64_t synced, char* out) {
  while (!plain.empty()) {
    const std::size_t size = std::min(plain.size(), room_in_pages(1));
    RecordHead head;
    head.plain_size = static_cast<std::uint32_t>(size);
    if (synced > marked_) {
      head.kind = RecordKind::kMarkedData;
      head.synced = marked_ = synced;
    }
    LOAM_TRY(seal_record(head, plain.substr(0, size), out));
    out += head.size();
    plain.remove_prefix(size);
  }
  return out;
}

Status Sealer::seal_record(RecordHead head, Bytes plain, char* out) {
  head.ordinal = index_.records();
  head.offset = index_.plain_end();
  if (head.ordinal >= kOrdinalMax) {
    return Status::not_supported("the file has as many records as one key may seal");
  }
  index_.add(head);
  encode_record_head(head, out);
  const Binding binding(head);
  return cipher_->seal(binding.nonce_bytes(), binding.associated_bytes(), plain,
                       out + head.head_size());
}

Result<std::string> Sealer::seal_index(std::uint64_t synced) {
  const std::string plain = index_.encode();
  if (plain.size() > kRecordBytesMax - kMarkSize - kRecordOverhead - kFooterSize) {
    return Status::not_supported("an index of " + std::to_string(plain.size()) + " bytes");
  }
  RecordHead head;
  head.kind = RecordKind::kIndex;
  head.plain_size = static_cast<std::uint32_t>(plain.size());
  head.synced = synced;
  std::string out(head.size(), '\0');
  LOAM_TRY(seal_record(head, plain, out.data()));
  marked_ = std::max(marked_, synced);
  encode_footer(static_cast<std::uint32_t>(out.size()), &out[out.size() - kFooterSize]);
  return out;
}

}  // namespace loam::encrypted_fs
