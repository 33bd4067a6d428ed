// The C ABI from the host's side: a plugin's structures with wrong sizes, NULL slots, odd texts and
// the tables of other kinds; then, where the host takes it, a plugin that answers anything. What a
// host cannot check (memory that is not there, functions that are none) is left out.
#include <array>
#include <cstring>
#include <memory>

#include "core/plugin/codec.h"
#include "core/plugin/compaction_filter.h"
#include "core/plugin/comparator.h"
#include "core/plugin/descriptor.h"
#include "core/plugin/filter.h"
#include "core/plugin/instance.h"
#include "loam/base/utf8.h"
#include "tests/fuzz/hostile_plugin.h"
#include "tests/fuzz/support.h"

namespace loam::fuzz {
namespace {

constexpr std::size_t kMessageBytesMax = 16 * 1024;

/// What is refused is refused in words that can be shown.
void check_words(const Status& status) {
  require(is_utf8(status.message()), "messages are text");
  require(status.message().size() <= kMessageBytesMax, "messages are short");
}

void check_manifest(const plugin::Descriptor& descriptor) {
  const plugin::Manifest& manifest = descriptor.manifest();
  require(is_utf8(plugin::manifest_text(manifest)), "a manifest is text");
  auto again = plugin::parse_manifest(plugin::manifest_text(manifest));
  if (again.ok()) require(*again == manifest, "a manifest reads as it was written");
}

void use_codec(const Component& component) {
  auto codec = plugin::Codec::make(component);
  require(codec.ok(), "a codec's table makes a codec");
  std::string scratch;
  const std::string raw(100, 'r');
  auto compressed = codec->compress(raw, scratch);
  check_words(compressed.status());
  if (compressed.ok() && compressed->has_value()) {
    require((*compressed)->size() <= scratch.size(), "what is compressed lies in the buffer");
  }
  std::string out(64, '\0');
  check_words(codec->decompress(raw, MutableBytes(out.data(), out.size())));
  auto size = codec->raw_size(raw, 1000);
  check_words(size.status());
  if (size.ok()) require(*size <= 1000, "raw sizes obey the limit");
}

void use_filter(const Component& component) {
  auto policy = plugin::FilterPolicy::make(component);
  if (!policy.ok()) return check_words(policy.status());
  static_cast<void>(policy->false_positive_rate());
  if (auto builder = policy->new_builder(1000); builder.ok()) {
    constexpr std::uint64_t kKeys = 300;
    Status added;
    for (std::uint64_t i = 0; i < kKeys && added.ok(); ++i) added = builder->add("key", i);
    check_words(added);
    std::string bits;
    check_words(builder->finish(bits));
    require(bits.size() < kMiB, "a filter of a few keys is small");
  } else {
    check_words(builder.status());
  }
  auto reader = policy->open("bits");
  if (!reader.ok()) return check_words(reader.status());
  static_cast<void>(reader->may_match("key", 1));
}

void use_comparator(const Component& component) {
  auto order = plugin::Comparator::make(component);
  if (!order.ok()) return check_words(order.status());
  std::string out;
  order->shortest_separator("aaa", "bbb", out);
  require(out.size() <= 6, "a separator is no longer than its keys");
  order->short_successor("aaa", out);
  require(out.size() <= 3, "a successor is no longer than its key");
}

void use_compaction_filter(const Component& component) {
  auto filter = plugin::CompactionFilter::make(component);
  require(filter.ok(), "a compaction filter's table makes one");
  auto job = filter->new_job({});
  if (!job.ok()) return check_words(job.status());
  loam_compaction_entry entry{};
  std::string out;
  check_words(job->decide(entry, out).status());
}

void use_files(const io::FileSystem& fs) {
  std::string buffer(50, '\0');
  if (auto file = fs.open_random("/f"); file.ok()) {
    auto got = file->read(3, MutableBytes(buffer.data(), buffer.size()));
    if (got.ok()) require(*got <= buffer.size(), "a read stays within its buffer");
    loam_read_request request{0, buffer.data(), buffer.size(), 0, LOAM_OK, 0};
    file->read_many({&request, 1});
    if (request.status == LOAM_OK) require(request.got <= request.size, "so do many");
    if (auto map = file->map(); map.ok() && !map->empty()) require(map->data() != nullptr, "a map");
    static_cast<void>(file->size().ok());
  }
  if (auto file = fs.open_sequential("/f"); file.ok()) {
    auto got = file->read(MutableBytes(buffer.data(), buffer.size()));
    if (got.ok()) require(*got <= buffer.size(), "a read stays within its buffer");
  }
  if (auto file = fs.open_append("/f", LOAM_APPEND_TRUNCATE); file.ok()) {
    check_words(file->write("bytes"));
    if (file->can_reserve()) {
      if (auto window = file->reserve(8); window.ok()) require(*window != nullptr, "a window");
    }
    static_cast<void>(file->close().ok());
  }
}

void use_file_system(const Component& component) {
  auto fs = io::FileSystem::make(component);
  require(fs.ok(), "a file system's table makes one");
  use_files(*fs);
  constexpr std::uint64_t kLimit = 1000;
  if (auto whole = io::read_whole_file(*fs, "/f", kLimit); whole.ok()) {
    require(whole->size() <= kLimit, "a file read whole obeys the limit");
  }
  if (auto names = fs->list("/"); names.ok()) {
    for (const std::string& name : *names) require(name.size() <= kMiB, "names are short");
  }
  static_cast<void>(fs->stat("/f").ok());
  static_cast<void>(fs->lock("/f").ok());
}

void use(const loam_component& component, HostilePlugin& hostile) {
  const Component handle(std::make_shared<const plugin::Instance>(
      &component, &hostile, "test.hostile/1", plugin::Instance::Origin{"test", "1", nullptr, {}}));
  const std::string_view kind = handle.kind();
  if (kind == kind::kCodec) use_codec(handle);
  if (kind == kind::kFilter) use_filter(handle);
  if (kind == kind::kComparator) use_comparator(handle);
  if (kind == kind::kCompactionFilter) use_compaction_filter(handle);
  if (kind == kind::kFileSystem) use_file_system(handle);
}

}  // namespace
}  // namespace loam::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  loam::fuzz::HostilePlugin hostile(loam::fuzz::bytes_of(data, size));
  const auto descriptor = loam::plugin::Descriptor::adopt(hostile.descriptor());
  loam::fuzz::check_words(descriptor.status());
  if (!descriptor.ok()) return 0;
  loam::fuzz::check_manifest(*descriptor);
  if (!hostile.tables_are_of_their_kinds()) return 0;
  for (const loam::plugin::ManifestComponent& c : descriptor->manifest().components) {
    const loam_component* found = descriptor->find(c.kind, c.name);
    if (found != nullptr) loam::fuzz::use(*found, hostile);
  }
  return 0;
}
