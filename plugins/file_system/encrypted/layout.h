/// The bytes of a sealed file: docs/encryption.md, "A file". Encoding and decoding only; nothing
/// here reads or writes files.
///
///   file   = header, record, record, ...
///   record = word, [mark], sealed bytes, tag, [footer]
///
/// All integers little-endian. Thread: pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "loam/base/bytes.h"
#include "loam/base/status.h"
#include "plugins/file_system/encrypted/crypto.h"

namespace loam::encrypted_fs {

inline constexpr std::size_t kIdSize = 16;
inline constexpr std::size_t kSaltSize = 32;
inline constexpr Bytes kFileMagic{"LOAMSEAL", 8};
inline constexpr std::size_t kHeaderFixed = 64;
inline constexpr std::size_t kNameMax = 1024;
inline constexpr std::size_t kHeaderMax = kHeaderFixed + kNameMax + kTagSize;
inline constexpr unsigned kPageBitsMin = 12;
inline constexpr unsigned kPageBitsMax = 16;
inline constexpr std::size_t kWordSize = 4;
inline constexpr std::size_t kMarkSize = 24;
inline constexpr std::size_t kFooterSize = 8;
inline constexpr std::size_t kRecordOverhead = kWordSize + kTagSize;
inline constexpr std::uint32_t kRecordBytesMax = (1u << 24) - 1;
/// Far below what the algorithms allow under one key, and never reached.
inline constexpr std::uint64_t kOrdinalMax = std::uint64_t{1} << 40;

using KeyId = std::array<char, kIdSize>;

void put_u16(char* out, std::uint16_t value);
void put_u32(char* out, std::uint32_t value);
void put_u64(char* out, std::uint64_t value);
std::uint16_t get_u16(const char* in);
std::uint32_t get_u32(const char* in);
std::uint64_t get_u64(const char* in);
void append_varint(std::string* out, std::uint64_t value);
/// Takes one from the front of `in`. Absent: cut, or longer than 64 bits.
std::optional<std::uint64_t> take_varint(Bytes* in);

struct Header {
  Algorithm algorithm = Algorithm::kAes256Gcm;
  unsigned page_bits = kPageBitsMin;
  KeyId key_id{};
  std::array<char, kSaltSize> salt{};
  std::string name;  ///< of the file, without its directory, when it was begun

  [[nodiscard]] std::size_t size() const { return kHeaderFixed + name.size() + kTagSize; }
};

/// Without its tag: what the tag covers.
std::string encode_header(const Header& header);
/// The header at the beginning of `bytes`, its tag not looked at. Fails: kCorruption, saying what.
/// A version that is not known is told so too: before the tag nobody can say which it is.
Result<Header> decode_header(Bytes bytes);
/// The key of one file: it depends on every byte of the header but the tag, so that a header that
/// was changed opens nothing.
Result<Key> file_key(const Key& store_key, const Header& header);

enum class RecordKind : std::uint32_t { kData = 1, kMarkedData = 2, kIndex = 3 };

/// What stands before a record's sealed bytes.
struct RecordHead {
  RecordKind kind = RecordKind::kData;
  std::uint32_t plain_size = 0;
  std::uint64_t ordinal = 0;  ///< in its file; stored only in a mark
  std::uint64_t offset = 0;   ///< in the plain file; stored only in a mark
  /// Bytes of the plain file known durable when this was sealed; only in a mark, else 0.
  std::uint64_t synced = 0;

  [[nodiscard]] bool has_mark() const { return kind != RecordKind::kData; }
  /// Bytes before the sealed ones.
  [[nodiscard]] std::size_t head_size() const { return kWordSize + (has_mark() ? kMarkSize : 0); }
  /// Bytes of the whole record.
  [[nodiscard]] std::size_t size() const {
    return head_size() + plain_size + kTagSize + (kind == RecordKind::kIndex ? kFooterSize : 0);
  }
};

/// Writes head.head_size() bytes.
void encode_record_head(const RecordHead& head, char* out);
/// Absent: no record can begin with these bytes, or they are too few. Of a record without a mark,
/// ordinal and offset are left 0.
std::optional<RecordHead> decode_record_head(Bytes bytes);

/// Behind an index record: from the end of a file to its beginning.
void encode_footer(std::uint32_t record_size, char* out);
/// The size of the record that ends with these kFooterSize bytes. Absent: they are no footer.
std::optional<std::uint32_t> decode_footer(Bytes bytes);

/// Nonce and additional data of records and of headers: no two alike under one key.
struct Binding {
  std::array<char, kNonceSize> nonce;
  std::array<char, 20> associated;

  explicit Binding(const RecordHead& head);
  [[nodiscard]] Bytes nonce_bytes() const { return {nonce.data(), nonce.size()}; }
  [[nodiscard]] Bytes associated_bytes() const { return {associated.data(), associated.size()}; }
};
std::array<char, kNonceSize> header_nonce();

}  // namespace loam::encrypted_fs
