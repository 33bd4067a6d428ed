#include "core/plugin/codec_dictionary.h"

#include <algorithm>
#include <vector>

#include "core/plugin/text_sink.h"
#include "core/plugin/typed.h"
#include "loam/base/units.h"

namespace loam::plugin {
namespace {

/// However much a codec wants to see: the blocks wait in memory.
constexpr std::size_t kSampleBytesMax = 64 * kMiB;

/// Null: the codec has no dictionaries.
Result<const loam_codec_dictionary_v1*> extension_of(const Component& codec) {
  const auto& kind = *static_cast<const loam_codec_v1*>(codec.table());
  if (kind.get_extension == nullptr) return nullptr;
  const auto* table = static_cast<const loam_codec_dictionary_v1*>(
      kind.get_extension(codec.self(), LOAM_CODEC_DICTIONARY));
  if (table == nullptr) return nullptr;
  if (table->struct_size < sizeof *table) {
    return broken_promise(codec, "its dictionary extension has " +
                                     std::to_string(table->struct_size) + " bytes, expected " +
                                     std::to_string(sizeof *table));
  }
  if (table->wanted_bytes == nullptr || table->sample_bytes == nullptr || table->train == nullptr ||
      table->specialise == nullptr || table->dictionary_destroy == nullptr ||
      table->compress == nullptr || table->decompress == nullptr) {
    return broken_promise(codec, "a slot of its dictionary extension is missing");
  }
  return table;
}

Result<const loam_codec_dictionary_v1*> needed_extension(const Component& codec) {
  LOAM_TRY_ASSIGN(const loam_codec_dictionary_v1* table, extension_of(codec));
  if (table != nullptr) return table;
  return Status::not_supported(label(codec) + " of plugin " + codec.plugin_id() + " " +
                               codec.plugin_version() + " has no dictionaries");
}

}  // namespace

Result<DictionaryPlan> dictionary_plan(const Component& codec) {
  LOAM_TRY_ASSIGN(const loam_codec_dictionary_v1* table, extension_of(codec));
  DictionaryPlan plan;
  if (table == nullptr) return plan;
  plan.bytes = table->wanted_bytes(codec.self());
  plan.sample_bytes = std::min(table->sample_bytes(codec.self()), kSampleBytesMax);
  if (plan.bytes <= LOAM_DICTIONARY_BYTES_MAX) return plan;
  return broken_promise(codec, "it wants a dictionary of " + std::to_string(plan.bytes) +
                                   " bytes, at most " + std::to_string(LOAM_DICTIONARY_BYTES_MAX) +
                                   " are stored");
}

Result<std::string> train_dictionary(const Component& codec, std::span<const Bytes> samples) {
  LOAM_TRY_ASSIGN(const loam_codec_dictionary_v1* table, needed_extension(codec));
  std::vector<loam_slice> slices;
  slices.reserve(samples.size());
  for (const Bytes sample : samples) slices.push_back(to_slice(sample));
  std::string made;
  TextSink sink(made, table->wanted_bytes(codec.self()));
  CallError error;
  const loam_status status =
      table->train(codec.self(), slices.data(), slices.size(), sink.raw(), error.raw());
  if (sink.overflowed()) {
    return broken_promise(codec, "it trained a dictionary larger than the one it wants");
  }
  LOAM_TRY(error.check(status).with_context(label(codec) + ", training a dictionary"));
  return made;
}

Result<std::shared_ptr<const Dictionary>> Dictionary::make(const Component& codec,
                                                           std::string bytes, std::uint32_t uses) {
  LOAM_TRY_ASSIGN(const loam_codec_dictionary_v1* table, needed_extension(codec));
  const std::shared_ptr<Dictionary> made(new Dictionary(codec, *table, std::move(bytes)));
  CallError error;
  void* handle = nullptr;
  LOAM_TRY(error
               .check(table->specialise(codec.self(), to_slice(made->bytes_), uses, &handle,
                                        error.raw()))
               .with_context(label(codec)));
  if (handle == nullptr) return broken_promise(codec, "specialise gave OK and no dictionary");
  made->handle_ = handle;
  return std::shared_ptr<const Dictionary>(made);
}

}  // namespace loam::plugin
