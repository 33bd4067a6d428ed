#include "plugins/file_system/encrypted/crypto.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace loam::encrypted_fs {

namespace {

Status refused(const char* what) {
  return Status::internal(std::string("libcrypto refuses ") + what);
}

const unsigned char* octets(Bytes bytes) {
  // SAFETY: libcrypto counts bytes in unsigned char, which may view any object.
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
// SAFETY: as above.
unsigned char* octets(char* bytes) { return reinterpret_cast<unsigned char*>(bytes); }

/// Looked up once: a lookup costs more than the sealing of a record.
const EVP_CIPHER* cipher_of(Algorithm algorithm) {
  static const EVP_CIPHER* const aes = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  static const EVP_CIPHER* const chacha = EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr);
  return algorithm == Algorithm::kAes256Gcm ? aes : chacha;
}

int to_int(std::size_t size) { return static_cast<int>(size); }

OSSL_PARAM octet_parameter(const char* name, Bytes bytes) {
  // SAFETY: the interface has no const; libcrypto only reads parameters that are set.
  return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(bytes.data()), bytes.size());
}

}  // namespace

void wipe(MutableBytes bytes) { OPENSSL_cleanse(bytes.data(), bytes.size()); }

void wipe(std::string* text) {
  wipe(MutableBytes(text->data(), text->size()));
  text->clear();
}

Key::Key(Bytes bytes) { std::copy_n(bytes.begin(), kKeySize, bytes_.begin()); }

Status fill_random(MutableBytes out) {
  while (!out.empty()) {
    const ssize_t got = ::getrandom(out.data(), out.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Status::io("getrandom: the kernel gives no random bytes", errno);
    out = out.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

Status derive(Bytes secret, Bytes salt, Bytes info, MutableBytes out) {
  static EVP_KDF* const hkdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  if (hkdf == nullptr) return refused("HKDF");
  const std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> context(EVP_KDF_CTX_new(hkdf),
                                                                          &EVP_KDF_CTX_free);
  char digest[] = "SHA256";
  // No salt stands last: an empty one is not accepted, and means the same.
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      octet_parameter(OSSL_KDF_PARAM_KEY, secret), octet_parameter(OSSL_KDF_PARAM_INFO, info),
      salt.empty() ? OSSL_PARAM_construct_end() : octet_parameter(OSSL_KDF_PARAM_SALT, salt),
      OSSL_PARAM_construct_end()};
  const bool done = context != nullptr &&
                    EVP_KDF_derive(context.get(), octets(out.data()), out.size(), parameters) == 1;
  return done ? Status() : refused("to derive a key");
}

Result<Key> derive_key(Bytes secret, Bytes salt, Bytes info) {
  Key key;
  LOAM_TRY(derive(secret, salt, info, key.room()));
  return key;
}

Result<std::array<char, kDigestSize>> sha256(Bytes bytes) {
  std::array<char, kDigestSize> out{};
  const bool done = EVP_Digest(bytes.data(), bytes.size(), octets(out.data()), nullptr,
                               EVP_sha256(), nullptr) == 1;
  if (!done) return refused("SHA-256");
  return out;
}

std::string to_hex(Bytes bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

Result<std::unique_ptr<Cipher>> Cipher::make(Algorithm algorithm, const Key& key,
                                             Direction direction) {
  const EVP_CIPHER* kind = cipher_of(algorithm);
  auto cipher = std::make_unique<Cipher>(EVP_CIPHER_CTX_new());
  const int seals = direction == Direction::kSeal ? 1 : 0;
  const bool ready =
      kind != nullptr && cipher->context_ != nullptr &&
      EVP_CipherInit_ex2(cipher->context_, kind, octets(key.bytes()), nullptr, seals, nullptr) == 1;
  if (!ready) return refused("to prepare a cipher");
  return cipher;
}

Cipher::~Cipher() { EVP_CIPHER_CTX_free(context_); }  // which wipes

Status Cipher::seal(Bytes nonce, Bytes associated, Bytes plain, char* out) {
  if (plain.size() > INT_MAX) return Status::internal("more than 2 GiB to seal at once");
  int n = 0;
  const bool done =
      EVP_EncryptInit_ex(context_, nullptr, nullptr, nullptr, octets(nonce)) == 1 &&
      EVP_EncryptUpdate(context_, nullptr, &n, octets(associated), to_int(associated.size())) ==
          1 &&
      (plain.empty() ||
       EVP_EncryptUpdate(context_, octets(out), &n, octets(plain), to_int(plain.size())) == 1) &&
      EVP_EncryptFinal_ex(context_, octets(out + plain.size()), &n) == 1 &&
      EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_AEAD_GET_TAG, kTagSize, out + plain.size()) == 1;
  return done ? Status() : refused("to seal");
}

Result<bool> Cipher::open(Bytes nonce, Bytes associated, Bytes sealed, char* out) {
  if (sealed.size() > INT_MAX) return Status::internal("more than 2 GiB to open at once");
  const Bytes text = sealed.substr(0, sealed.size() - kTagSize);
  // SAFETY: the interface has no const; a tag that is set is only read.
  char* tag = const_cast<char*>(sealed.data() + text.size());
  int n = 0;
  const bool fed = EVP_DecryptInit_ex(context_, nullptr, nullptr, nullptr, octets(nonce)) == 1 &&
                   EVP_CIPHER_CTX_ctrl(context_, EVP_CTRL_AEAD_SET_TAG, kTagSize, tag) == 1 &&
                   EVP_DecryptUpdate(context_, nullptr, &n, octets(associated),
                                     to_int(associated.size())) == 1 &&
                   (text.empty() || EVP_DecryptUpdate(context_, octets(out), &n, octets(text),
                                                      to_int(text.size())) == 1);
  if (!fed) return refused("to open");
  char none = 0;
  return EVP_DecryptFinal_ex(context_, octets(text.empty() ? &none : out + text.size()), &n) == 1;
}

}  // namespace loam::encrypted_fs
