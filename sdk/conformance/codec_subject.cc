#include "sdk/conformance/codec_subject.h"

#include <algorithm>
#include <cstring>

namespace loam::conformance {

CodecSubject::CodecSubject(const loam_codec_v1& table, void* self, const Allocate& allocate)
    : table_(table), self_(self), allocate_(allocate) {
  if (table_.context_create == nullptr) return;
  loam_error error = fresh_error();
  context_ok_ = table_.context_create(self_, &context_, &error) == LOAM_OK;
}

CodecSubject::~CodecSubject() {
  if (table_.context_create != nullptr && context_ok_) table_.context_destroy(self_, context_);
}

CodecOutcome CodecSubject::compress(Bytes raw, std::size_t capacity) const {
  const std::shared_ptr<char> in = exact(raw);
  const loam_slice input{in.get(), raw.size()};
  FencedBuffer out(allocate_, capacity);
  loam_error error = fresh_error();
  std::size_t size = 0;
  CodecOutcome o;
  o.status = extension_ == nullptr
                 ? table_.compress(self_, context_, input, out.data(), capacity, &size, &error)
                 : extension_->compress(self_, context_, dictionary_, input, out.data(), capacity,
                                        &size, &error);
  o.fences_whole = out.is_whole() && (o.status != LOAM_OK || size <= capacity);
  if (o.status == LOAM_OK) o.bytes = out.bytes(std::min(size, capacity));
  o.error = words(error);
  return o;
}

CodecOutcome CodecSubject::decompress(Bytes packed, std::size_t raw_size) const {
  const std::shared_ptr<char> in = exact(packed);
  const loam_slice input{in.get(), packed.size()};
  FencedBuffer out(allocate_, raw_size);
  loam_error error = fresh_error();
  CodecOutcome o;
  o.status = extension_ == nullptr
                 ? table_.decompress(self_, context_, input, out.data(), raw_size, &error)
                 : extension_->decompress(self_, context_, dictionary_, input, out.data(), raw_size,
                                          &error);
  o.fences_whole = out.is_whole();
  if (o.status == LOAM_OK) o.bytes = out.bytes(raw_size);
  o.error = words(error);
  return o;
}

std::shared_ptr<char> CodecSubject::exact(Bytes bytes) const {
  std::shared_ptr<char> copy = allocate_(bytes.size());
  if (!bytes.empty()) std::memcpy(copy.get(), bytes.data(), bytes.size());
  return copy;
}

std::vector<std::string> codec_samples(std::size_t size) {
  Random random(size + 1);
  std::string words_of_text;
  while (words_of_text.size() < size) {
    words_of_text += "key" + std::to_string(random.below(100)) + "=value ";
  }
  words_of_text.resize(size);
  std::string noise = random.bytes(size);
  std::string half = words_of_text.substr(0, size / 2) + noise.substr(size / 2);
  return {std::string(size, '\0'), words_of_text, noise, half};
}

void expect_safe(LawCheck& law, const CodecOutcome& o, const std::string& what) {
  law.expect(o.fences_whole, what + ": wrote outside its buffer");
  law.expect(o.status == LOAM_OK || o.status == LOAM_CORRUPTION,
             what + ": expected OK or CORRUPTION, found status " + std::to_string(o.status) + ", " +
                 o.error);
}

}  // namespace loam::conformance
