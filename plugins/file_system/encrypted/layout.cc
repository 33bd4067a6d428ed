#include "plugins/file_system/encrypted/layout.h"

#include <algorithm>

namespace loam::encrypted_fs {

namespace {

constexpr std::uint16_t kVersion = 1;
constexpr std::uint32_t kSizeMask = kRecordBytesMax;
constexpr unsigned kKindShift = 24;
constexpr std::uint32_t kFooterMagic = 0x444e454c;  // "LEND"
constexpr Bytes kFileInfo{"loam.encrypted/1 file"};
// First byte of a nonce: what it is for.
constexpr char kRecordNonce = 0;
constexpr char kHeaderNonce = 1;

template <class Integer>
void put(char* out, Integer value) {
  for (std::size_t i = 0; i < sizeof value; ++i) {
    out[i] = static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i) & 0xff);
  }
}

template <class Integer>
Integer get(const char* in) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(Integer); ++i) {
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(in[i])) << (8 * i);
  }
  return static_cast<Integer>(value);
}

}  // namespace

void put_u16(char* out, std::uint16_t value) { put(out, value); }
void put_u32(char* out, std::uint32_t value) { put(out, value); }
void put_u64(char* out, std::uint64_t value) { put(out, value); }
std::uint16_t get_u16(const char* in) { return get<std::uint16_t>(in); }
std::uint32_t get_u32(const char* in) { return get<std::uint32_t>(in); }
std::uint64_t get_u64(const char* in) { return get<std::uint64_t>(in); }

void append_varint(std::string* out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out->push_back(static_cast<char>(value | 0x80));
  out->push_back(static_cast<char>(value));
}

std::optional<std::uint64_t> take_varint(Bytes* in) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !in->empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(in->front());
    in->remove_prefix(1);
    value |= std::uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

std::string encode_header(const Header& header) {
  std::string out(kHeaderFixed, '\0');
  std::copy(kFileMagic.begin(), kFileMagic.end(), out.begin());
  put_u16(&out[8], kVersion);
  out[10] = static_cast<char>(header.algorithm);
  out[11] = static_cast<char>(header.page_bits);
  put_u16(&out[12], static_cast<std::uint16_t>(header.name.size()));
  std::copy(header.key_id.begin(), header.key_id.end(), out.begin() + 16);
  std::copy(header.salt.begin(), header.salt.end(), out.begin() + 32);
  return out + header.name;
}

Result<Header> decode_header(Bytes bytes) {
  if (bytes.size() < kHeaderFixed || !bytes.starts_with(kFileMagic)) {
    return Status::corruption("no sealed file begins here");
  }
  if (const std::uint16_t version = get_u16(&bytes[8]); version != kVersion) {
    return Status::corruption("damaged, or sealed with format version " + std::to_string(version) +
                              "; this build reads " + std::to_string(kVersion));
  }
  Header header;
  header.algorithm = static_cast<Algorithm>(bytes[10]);
  header.page_bits = static_cast<unsigned char>(bytes[11]);
  const std::size_t name_size = get_u16(&bytes[12]);
  const bool good = (header.algorithm == Algorithm::kAes256Gcm ||
                     header.algorithm == Algorithm::kChaCha20Poly1305) &&
                    header.page_bits >= kPageBitsMin && header.page_bits <= kPageBitsMax &&
                    name_size <= kNameMax && get_u16(&bytes[14]) == 0;
  if (!good) return Status::corruption("the header holds values that are never written");
  if (bytes.size() < kHeaderFixed + name_size + kTagSize) {
    return Status::corruption("the header is cut off");
  }
  std::copy_n(bytes.begin() + 16, kIdSize, header.key_id.begin());
  std::copy_n(bytes.begin() + 32, kSaltSize, header.salt.begin());
  header.name = bytes.substr(kHeaderFixed, name_size);
  return header;
}

Result<Key> file_key(const Key& store_key, const Header& header) {
  const std::string info = std::string(kFileInfo) + encode_header(header);
  return derive_key(store_key.bytes(), Bytes(header.salt.data(), header.salt.size()), info);
}

void encode_record_head(const RecordHead& head, char* out) {
  put_u32(out, head.plain_size | static_cast<std::uint32_t>(head.kind) << kKindShift);
  if (!head.has_mark()) return;
  put_u64(out + kWordSize, head.ordinal);
  put_u64(out + kWordSize + 8, head.offset);
  put_u64(out + kWordSize + 16, head.synced);
}

std::optional<RecordHead> decode_record_head(Bytes bytes) {
  if (bytes.size() < kWordSize) return std::nullopt;
  const std::uint32_t word = get_u32(bytes.data());
  const std::uint32_t kind = word >> kKindShift;
  RecordHead head;
  head.plain_size = word & kSizeMask;
  if (kind < 1 || kind > 3) return std::nullopt;
  head.kind = static_cast<RecordKind>(kind);
  constexpr std::uint32_t kDataMax = 1u << kPageBitsMax;
  const bool is_data = head.kind != RecordKind::kIndex;
  if (is_data && (head.plain_size == 0 || head.plain_size > kDataMax)) return std::nullopt;
  if (!head.has_mark()) return head;
  if (bytes.size() < kWordSize + kMarkSize) return std::nullopt;
  head.ordinal = get_u64(bytes.data() + kWordSize);
  head.offset = get_u64(bytes.data() + kWordSize + 8);
  head.synced = get_u64(bytes.data() + kWordSize + 16);
  return head;
}

void encode_footer(std::uint32_t record_size, char* out) {
  put_u32(out, record_size);
  put_u32(out + 4, kFooterMagic);
}

std::optional<std::uint32_t> decode_footer(Bytes bytes) {
  if (bytes.size() != kFooterSize || get_u32(bytes.data() + 4) != kFooterMagic) return std::nullopt;
  return get_u32(bytes.data());
}

Binding::Binding(const RecordHead& head) {
  nonce.fill(0);
  nonce[0] = kRecordNonce;
  put_u64(nonce.data() + 4, head.ordinal);
  put_u32(associated.data(), head.plain_size | static_cast<std::uint32_t>(head.kind) << kKindShift);
  put_u64(associated.data() + 4, head.offset);
  put_u64(associated.data() + 12, head.synced);
}

std::array<char, kNonceSize> header_nonce() {
  std::array<char, kNonceSize> nonce{};
  nonce[0] = kHeaderNonce;
  return nonce;
}

}  // namespace loam::encrypted_fs
