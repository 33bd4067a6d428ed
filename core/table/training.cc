#include "core/table/training.h"

#include "core/table/builder_state.h"
#include "core/table/dictionary.h"

namespace loam::table {

void Training::add(Bytes raw) {
  WaitingBlock& block = blocks_.emplace_back();
  block.begin = raw_.size();
  block.size = raw.size();
  raw_.append(raw);
}

void Training::set_key(Bytes user, std::uint64_t trailer) {
  WaitingBlock& block = blocks_.back();
  block.has_key = true;
  block.user = user;
  block.trailer = trailer;
}

Result<std::optional<Training::Outcome>> Training::make(const plugin::Codec& codec) const {
  std::vector<Bytes> samples;
  samples.reserve(blocks_.size());
  for (const WaitingBlock& block : blocks_) samples.push_back(raw(block));
  Outcome outcome;
  LOAM_TRY_ASSIGN(outcome.dictionary, codec.train(samples));
  if (outcome.dictionary.empty()) return std::optional<Outcome>();
  LOAM_TRY_ASSIGN(outcome.codec,
                  codec.with_dictionary(outcome.dictionary, LOAM_DICTIONARY_COMPRESS));
  LOAM_TRY_ASSIGN(const std::uint64_t without, stored_bytes(codec));
  LOAM_TRY_ASSIGN(const std::uint64_t with, stored_bytes(outcome.codec));
  const std::uint64_t own = encode_dictionary(1, outcome.dictionary).size() + kStoredTrailerSize;
  if (with + own >= without) return std::optional<Outcome>();
  return std::optional<Outcome>(std::move(outcome));
}

Result<std::uint64_t> Training::stored_bytes(const plugin::Codec& codec) const {
  std::string scratch;
  std::uint64_t bytes = 0;
  for (const WaitingBlock& block : blocks_) {
    LOAM_TRY_ASSIGN(const Bytes form, smaller_form(codec, raw(block), scratch));
    bytes += form.size();
  }
  return bytes;
}

}  // namespace loam::table
