#include "core/table/builder.h"

#include <utility>

#include "core/base/assert.h"
#include "core/format/batch.h"
#include "core/table/block_format.h"
#include "core/table/builder_state.h"

namespace loam::table {

namespace {

constexpr std::uint64_t kBlockSizeMax = 256 * kMiB;
/// Codecs count in int; blocks above stand raw.
constexpr std::size_t kCompressedRawMax = kGiB;

}  // namespace

Builder::State::State(const BuildOptions& o, const format::InternalOrder& ord, sdk::AppendFile& f)
    : options(o), order(ord), file_(f) {
  options.block_size = std::min(options.block_size, kBlockSizeMax);
  options.restart_interval = std::max<std::uint32_t>(options.restart_interval, 1);
  properties.creation_time_us = o.creation_time_us;
  properties.sequence_min = format::kSequenceMax;
}

Status Builder::State::check_limits(Bytes internal_key, Bytes value) {
  if (internal_key.size() < format::kTrailerSize) {
    return Status::corruption("table builder: an internal key of " +
                              std::to_string(internal_key.size()) + " bytes");
  }
  if (internal_key.size() - format::kTrailerSize > format::kKeyBytesMax ||
      value.size() > format::kValueBytesMax) {
    return Status::invalid_argument(
        "table builder: key or value above the limit: " + std::to_string(internal_key.size()) +
        " and " + std::to_string(value.size()) + " bytes");
  }
  return {};
}

Result<Bytes> smaller_form(const plugin::Codec& codec, Bytes raw, std::string& scratch) {
  if (!codec || raw.size() > kCompressedRawMax) return raw;
  LOAM_TRY_ASSIGN(std::optional<Bytes> smaller, codec.compress(raw, scratch));
  return smaller && smaller->size() < raw.size() - raw.size() / 8 ? *smaller : raw;
}

Status Builder::State::flush() {
  if (out.empty()) return {};
  LOAM_TRY(file_.write(out));
  out.clear();
  return {};
}

Status Builder::State::block_too_large(std::size_t size) {
  return Status::invalid_argument("table builder: a block of " + std::to_string(size) + " bytes");
}

void Builder::State::set_largest() {
  format::append_internal_key(properties.largest, last_user, format::sequence_of(last_trailer),
                              format::type_of(last_trailer));
}

Identity identity_of(const Component& component) {
  return {component.identity(), component.plugin_id(), component.plugin_version()};
}

Builder::Builder(const BuildOptions& options, const format::InternalOrder& order,
                 sdk::AppendFile& file)
    : state_(options.format == Format::kLoam ? make_native_builder(options, order, file)
                                             : make_leveldb_builder(options, order, file)) {}
Builder::~Builder() = default;

Status Builder::add(Bytes internal_key, Bytes value) {
  State& s = *state_;
  if (!s.failure.ok()) return s.failure;
  Status status = s.add(internal_key, value);
  if (!status.ok()) s.failure = status;
  return status;
}

Status Builder::finish() {
  State& s = *state_;
  if (!s.failure.ok()) return s.failure;
  s.failure = s.finish();
  return s.failure;
}

Status Builder::status() const { return state_->failure; }
std::uint64_t Builder::entries() const { return state_->properties.entries; }
std::uint64_t Builder::estimated_size() const { return state_->offset + state_->open_bytes(); }
std::uint64_t Builder::file_size() const { return state_->offset; }
const Properties& Builder::properties() const { return state_->properties; }

}  // namespace loam::table
