// What the hot paths may not do: allocate. Every allocation of this program is counted.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "core/base/hash.h"
#include "core/table/table_test_util.h"
#include "core/wal/writer.h"
#include "loam/base/units.h"

namespace {
std::atomic<std::uint64_t> allocations{0};

void* counted(std::size_t size) {
  ++allocations;
  if (void* p = std::malloc(size == 0 ? 1 : size)) return p;
  throw std::bad_alloc();
}
}  // namespace

void* operator new(std::size_t size) { return counted(size); }
void* operator new[](std::size_t size) { return counted(size); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }

namespace loam::table {
namespace {

template <class Work>
std::uint64_t allocations_of(const Work& work) {
  const std::uint64_t before = allocations.load();
  work();
  return allocations.load() - before;
}

struct CostCase {
  OrderKind order;
  Format format;
};

class Cost : public ::testing::TestWithParam<CostCase> {
 protected:
  Cost()
      : registry_(linked_registry()),
        component_(comparator_component(*registry_, GetParam().order)),
        comparator_(plugin::Comparator::make(component_).value()),
        order_(comparator_),
        cache_(64 * kMiB) {
    for (int i = 0; i < 20000; ++i) {
      entries_.push_back({internal_key("user key " + std::to_string(1000000 + i * 7), 5),
                          std::string(100, static_cast<char>('a' + i % 26))});
    }
    std::sort(entries_.begin(), entries_.end(), [&](const TestEntry& a, const TestEntry& b) {
      return order_.compare(a.key, b.key) < 0;
    });
    BuildOptions options;
    const bool native = GetParam().format == Format::kLoam;
    options.format = GetParam().format;
    options.table_id = some_id();
    options.codec = registry_->create(kind::kCodec, native ? "lz4" : "snappy").value();
    options.filter = registry_->create(kind::kFilter, native ? "bloom" : "leveldb_bloom").value();
    options.comparator = component_;
    build_table(files_, options, order_, entries_);
    OpenOptions open;
    open.format = GetParam().format;
    open.size = files_.files["table"].size();
    open.table_id = some_id();
    open.registry = registry_;
    open.cache = &cache_;
    table_ = open_table(files_, open, order_).value();
    auto it = table_->new_iterator({});
    for (it->seek_to_first(); it->valid();) it->next();  // into the cache
  }

  std::shared_ptr<Registry> registry_;
  Component component_;
  plugin::Comparator comparator_;
  format::InternalOrder order_;
  BlockCache cache_;
  testing::Files files_;
  std::vector<TestEntry> entries_;
  std::shared_ptr<Table> table_;
};

INSTANTIATE_TEST_SUITE_P(, Cost,
                         ::testing::Values(CostCase{OrderKind::kBytewise, Format::kLoam},
                                           CostCase{OrderKind::kReverse, Format::kLoam},
                                           CostCase{OrderKind::kIgnoringCase, Format::kLoam},
                                           CostCase{OrderKind::kBytewise, Format::kLevelDb}),
                         [](const auto& test) {
                           return order_name(test.param.order) + "_" +
                                  std::string(format_name(test.param.format));
                         });

TEST_P(Cost, CachedGetsAllocateNothing) {
  std::size_t found_bytes = 0;
  EXPECT_EQ(allocations_of([&] {
              for (std::size_t i = 0; i < entries_.size(); i += 3) {
                const Bytes user = format::user_key(entries_[i].key);
                Found found;
                if (!table_->may_contain(user, xxh3(user))) continue;
                if (table_->get(entries_[i].key, {}, found).ok() && found.found) {
                  found_bytes += found.value.size();
                }
              }
            }),
            0u);
  EXPECT_EQ(found_bytes, 100 * ((entries_.size() + 2) / 3));
}

TEST_P(Cost, StepsAllocateNothing) {
  auto it = table_->new_iterator({});
  it->seek_to_first();  // buffers grow on the first steps
  for (int i = 0; i < 20; ++i) it->next();
  std::size_t steps = 0;
  EXPECT_EQ(allocations_of([&] {
              for (; it->valid(); it->next()) ++steps;
            }),
            0u);
  EXPECT_EQ(steps, entries_.size() - 20);
  it->seek_to_last();
  for (int i = 0; i < 200; ++i) it->prev();
  steps = 0;
  EXPECT_EQ(allocations_of([&] {
              for (; it->valid(); it->prev()) ++steps;
            }),
            0u);
  EXPECT_EQ(steps, entries_.size() - 200);
  EXPECT_EQ(allocations_of([&] {
              for (std::size_t i = 0; i < entries_.size(); i += 50) it->seek(entries_[i].key);
            }),
            0u);
}

/// A device that keeps nothing: whatever is allocated is the writer's doing.
sdk::AppendFile null_file(bool windows) {
  static const loam_file_system_v1 table = [] {
    loam_file_system_v1 t{};
    t.struct_size = sizeof t;
    // A writer that may reserve is told so by the instance it asks.
    t.capabilities = [](void* self) noexcept -> std::uint64_t {
      return self != nullptr ? LOAM_FS_RESERVE : 0;
    };
    t.append_write = [](void*, void*, loam_slice, loam_error*) noexcept { return LOAM_OK; };
    t.append_reserve = [](void* self, void*, std::size_t size, char** window,
                          loam_error*) noexcept -> loam_status {
      auto& memory = *static_cast<std::string*>(self);
      if (size > memory.size()) return LOAM_NO_SPACE;
      *window = memory.data();
      return LOAM_OK;
    };
    t.append_commit = [](void*, void*, std::size_t, loam_error*) noexcept { return LOAM_OK; };
    t.append_close = [](void*, void*, loam_error*) noexcept { return LOAM_OK; };
    return t;
  }();
  static std::string memory(4 * kMiB, '\0');
  static char handle;
  return {sdk::detail::FileSystemRef{&table, windows ? &memory : nullptr}, &handle};
}

TEST(LogCost, AppendsAllocateNothing) {
  for (const bool windows : {false, true}) {
    wal::Writer writer(null_file(windows), 1, windows);
    const std::string record(140, 'r');
    const std::string large(100000, 'r');
    ASSERT_TRUE(writer.append(record).ok());  // the buffer comes with the first
    EXPECT_EQ(allocations_of([&] {
                for (int i = 0; i < 50000; ++i) {
                  if (!writer.append(i % 100 == 0 ? large : record).ok()) std::abort();
                }
              }),
              0u);
  }
}

}  // namespace
}  // namespace loam::table
