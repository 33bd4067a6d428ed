#include "sdk/conformance/finding.h"

#include <cstring>

namespace loam::conformance {
namespace {

constexpr char kFenceByte = '\x5c';

}  // namespace

std::shared_ptr<char> heap_bytes(std::size_t size) {
  auto block = std::make_shared<std::vector<char>>(size);
  return {block, block->data()};
}

FencedBuffer::FencedBuffer(const Allocate& allocate, std::size_t size)
    : memory_(allocate(kFence + size)), size_(size) {
  std::memset(memory_.get(), kFenceByte, kFence + size);
}

bool FencedBuffer::is_whole() const {
  for (std::size_t i = 0; i < kFence; ++i) {
    if (memory_.get()[i] != kFenceByte) return false;
  }
  return true;
}

std::uint64_t Random::next() {
  state_ += 0x9e3779b97f4a7c15;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

std::string Random::bytes(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; i += 8) {
    const std::uint64_t word = next();
    std::memcpy(text.data() + i, &word, size - i < 8 ? size - i : 8);
  }
  return text;
}

std::string shown(Bytes bytes) {
  constexpr std::size_t kMost = 24;
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string text = "\"";
  for (const char c : bytes.substr(0, kMost)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\') {
      text += c;
    } else {
      text += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  text += bytes.size() > kMost ? "\"..." : "\"";
  return text;
}

std::string words(const loam_error& error) {
  const std::size_t n = ::strnlen(error.message, sizeof error.message);
  return n == 0 ? "no details" : std::string(error.message, n);
}

}  // namespace loam::conformance
