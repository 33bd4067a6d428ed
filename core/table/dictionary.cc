#include "core/table/dictionary.h"

#include <utility>

namespace loam::table {

namespace {

constexpr std::size_t kHeadSize = kDictionaryMark.size() + 1;  // the codec's id

}  // namespace

std::string encode_dictionary(std::uint8_t codec, Bytes dictionary) {
  std::string out(kDictionaryMark);
  out.push_back(static_cast<char>(codec));
  out.append(dictionary);
  return out;
}

Status use_dictionary(BlockSource& source, Bytes contents) {
  if (contents.size() <= kHeadSize || !contents.starts_with(kDictionaryMark)) {
    return Status::corruption("expected a dictionary, found other contents");
  }
  const auto id = static_cast<std::uint8_t>(contents[kDictionaryMark.size()]);
  if (id == 0 || id > source.codecs.size()) {
    return Status::corruption("a dictionary of codec " + std::to_string(id) +
                              " of a table that has " + std::to_string(source.codecs.size()));
  }
  plugin::Codec& codec = source.codecs[id - 1u];
  LOAM_TRY_ASSIGN(codec, codec.with_dictionary(std::string(contents.substr(kHeadSize)),
                                               LOAM_DICTIONARY_DECOMPRESS));
  return {};
}

Status open_dictionary(BlockSource& source, const BlockHandle& handle) {
  if (handle.size > kHeadSize + LOAM_DICTIONARY_BYTES_MAX) {
    return source.corruption(handle.offset, "a dictionary of " + std::to_string(handle.size) +
                                                " bytes, expected at most " +
                                                std::to_string(LOAM_DICTIONARY_BYTES_MAX));
  }
  LOAM_TRY_ASSIGN(const RawBlock raw, source.read(handle, true));
  return use_dictionary(source, raw.bytes())
      .with_context(source.name + ", dictionary at " + std::to_string(handle.offset));
}

}  // namespace loam::table
