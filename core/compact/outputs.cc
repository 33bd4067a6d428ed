#include "core/compact/outputs.h"

#include <utility>

#include "core/base/coding.h"
#include "core/format/file_names.h"
#include "loam/base/units.h"

namespace loam::compact {
namespace {

constexpr std::uint64_t kRawBytesBetweenPaces = 32 * kKiB;

}  // namespace

Outputs::Outputs(const JobContext& context, Plan plan)
    : context_(context), plan_(plan), build_options_(table_options(*context.options, plan.level)) {
  build_options_.expected_keys = plan.keys_per_table;
}

Outputs::~Outputs() {
  builder_.reset();
  file_ = {};
  for (std::uint64_t number : numbers_) {
    // No manifest names it; what cannot be removed now is found at the next open.
    context_.fs.remove_file(path_of(number)).ignore("found at the next open");
  }
}

std::string Outputs::path_of(std::uint64_t number) const {
  return context_.path + "/" + format::table_name(number);
}

Status Outputs::open_table() {
  const std::uint64_t number = context_.versions->new_file_number();
  LOAM_TRY_ASSIGN(file_, context_.fs.open_append(path_of(number), LOAM_APPEND_CREATE_NEW));
  numbers_.push_back(number);
  put_fixed(build_options_.table_id.data(), context_.environment->random());
  put_fixed(build_options_.table_id.data() + 8, context_.environment->random());
  build_options_.creation_time_us = context_.environment->wall_us();
  builder_ = std::make_unique<table::Builder>(build_options_, *context_.order, file_);
  return {};
}

Status Outputs::add(Bytes internal_key, Bytes value) {
  if (builder_ == nullptr) LOAM_TRY(open_table());
  LOAM_TRY(builder_->add(internal_key, value));
  unpaced_ += internal_key.size() + value.size();
  if (unpaced_ >= kRawBytesBetweenPaces) pace();
  return {};
}

/// Asks for what the open table has grown by.
void Outputs::pace() {
  unpaced_ = 0;
  if (context_.limiter == nullptr) return;
  const std::uint64_t size = builder_->estimated_size();
  if (size <= paced_) return;
  context_.limiter->request(size - paced_, plan_.who, context_.cancel);
  paced_ = size;
}

Status Outputs::end_table() {
  const std::string path = path_of(numbers_.back());
  LOAM_TRY(builder_->finish().with_context(path));
  pace();
  paced_ = 0;
  LOAM_TRY(file_.sync(/*full=*/true).with_context(path));
  LOAM_TRY(file_.close().with_context(path));
  auto table = version::describe_table(builder_->file_size(), builder_->properties());
  builder_.reset();
  table->number = numbers_.back();
  // LevelDB's order on level 0 is that of the numbers.
  const bool numbered = context_.options->format == Format::kLevelDb;
  table->epoch = numbered ? table->number : plan_.epoch;
  table->trash = context_.trash;
  bytes_written_ += table->size;
  tables_.push_back(std::move(table));
  return {};
}

Status Outputs::finish() {
  if (has_open_table()) LOAM_TRY(end_table());
  if (tables_.empty()) return {};
  return context_.fs.sync_directory(context_.path).with_context(context_.path);
}

std::vector<std::shared_ptr<version::TableFile>> Outputs::keep() {
  numbers_.clear();
  return std::move(tables_);
}

}  // namespace loam::compact
