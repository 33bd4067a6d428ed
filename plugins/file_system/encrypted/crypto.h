/// The few primitives that the encrypted file system is made of, over OpenSSL's EVP: random bytes
/// of the kernel, HKDF-SHA256 (RFC 5869), SHA-256, and authenticated encryption with a 12-byte
/// nonce and a 16-byte tag. Nothing here knows of files; that a nonce never comes twice under a key
/// is the callers' affair (docs/encryption.md).
///
/// Thread: Key immutable; Cipher confined; functions safe. Ownership: a Key wipes its bytes when it
/// goes, a Cipher its key schedule. Fails: kInternal when libcrypto refuses, kIo for randomness.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "loam/base/bytes.h"
#include "loam/base/status.h"

struct evp_cipher_ctx_st;

namespace loam::encrypted_fs {

inline constexpr std::size_t kKeySize = 32;
inline constexpr std::size_t kNonceSize = 12;
inline constexpr std::size_t kTagSize = 16;
inline constexpr std::size_t kDigestSize = 32;

/// Numbers stand in files.
enum class Algorithm : std::uint8_t { kAes256Gcm = 1, kChaCha20Poly1305 = 2 };

/// Overwrites in a way that no compiler leaves out.
void wipe(MutableBytes bytes);
void wipe(std::string* text);

/// 32 secret bytes.
class Key {
 public:
  Key() = default;
  explicit Key(Bytes bytes);  ///< Requires: kKeySize of them
  Key(const Key&) = default;
  Key& operator=(const Key&) = default;
  ~Key() { wipe(bytes_); }

  [[nodiscard]] Bytes bytes() const { return {bytes_.data(), bytes_.size()}; }
  [[nodiscard]] MutableBytes room() { return bytes_; }

 private:
  std::array<char, kKeySize> bytes_{};
};

Status fill_random(MutableBytes out);
/// HKDF-SHA256 of `secret`, as long as `out`.
Status derive(Bytes secret, Bytes salt, Bytes info, MutableBytes out);
Result<Key> derive_key(Bytes secret, Bytes salt, Bytes info);
Result<std::array<char, kDigestSize>> sha256(Bytes bytes);
/// Lower-case hexadecimal digits.
std::string to_hex(Bytes bytes);

/// One direction of one key.
class Cipher {
 public:
  enum class Direction { kSeal, kOpen };
  static Result<std::unique_ptr<Cipher>> make(Algorithm algorithm, const Key& key,
                                              Direction direction);
  explicit Cipher(evp_cipher_ctx_st* context) : context_(context) {}
  Cipher(const Cipher&) = delete;
  Cipher& operator=(const Cipher&) = delete;
  ~Cipher();

  /// Writes plain.size() bytes and the tag to `out`. Requires: kSeal; `plain` and `out` apart.
  Status seal(Bytes nonce, Bytes associated, Bytes plain, char* out);
  /// Writes sealed.size() - kTagSize bytes to `out`, which nobody may look at unless the answer is
  /// true: false says that some byte is not what was sealed. Requires: kOpen; a whole tag.
  Result<bool> open(Bytes nonce, Bytes associated, Bytes sealed, char* out);

 private:
  evp_cipher_ctx_st* context_;
};

}  // namespace loam::encrypted_fs
