// The typed views: what they promise the core whatever a plugin answers.
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>

#include "core/plugin/codec.h"
#include "core/plugin/compaction_filter.h"
#include "core/plugin/comparator.h"
#include "core/plugin/filter.h"
#include "core/plugin/instance.h"

namespace loam::plugin {
namespace {

void no_destroy(void*) noexcept {}

/// A component over a table of this test, without a registry. Both outlive the test.
template <class Table>
Component component_of(const char* kind, const Table& table, void* self = nullptr) {
  static std::vector<std::unique_ptr<loam_component>> kept;
  auto& c = kept.emplace_back(std::make_unique<loam_component>());
  c->struct_size = sizeof(loam_component);
  c->kind = kind;
  c->name = "fake";
  c->destroy = &no_destroy;
  c->table = &table;
  return Component(
      std::make_shared<const Instance>(c.get(), self, "org.example.fake/1",
                                       Instance::Origin{"org.example.fake", "0.0.1", nullptr, {}}));
}

loam_status answer(loam_sink* out, std::string_view text) {
  return out->append(out, {text.data(), text.size()});
}

int compare_bytes(loam_slice a, loam_slice b) {
  return Bytes(a.data, a.size).compare(Bytes(b.data, b.size));
}

/// Bytewise order through the table, with whatever separator the test wants.
struct FakeOrder {
  std::string separator;
  std::string successor;
  std::uint32_t properties = 0;
  loam_comparator_v1 table{};

  FakeOrder() {
    table.struct_size = sizeof table;
    table.properties = [](void* self) noexcept {
      return static_cast<FakeOrder*>(self)->properties;
    };
    table.compare = [](void*, loam_slice a, loam_slice b) noexcept {
      return static_cast<std::int32_t>(compare_bytes(a, b));
    };
    table.shortest_separator = [](void* self, loam_slice, loam_slice, loam_sink* out) noexcept {
      return answer(out, static_cast<FakeOrder*>(self)->separator);
    };
    table.short_successor = [](void* self, loam_slice, loam_sink* out) noexcept {
      return answer(out, static_cast<FakeOrder*>(self)->successor);
    };
  }
  Comparator make() {
    return Comparator::make(component_of(LOAM_KIND_COMPARATOR, table, this)).value();
  }
};

TEST(Comparator, UnlawfulSeparatorsAreReplaced) {
  FakeOrder order;
  const Comparator c = order.make();
  std::string out;
  for (const auto& [given, taken] : {std::pair{"c", "c"},
                                     {"b", "bbb"},
                                     {"bbb", "bbb"},
                                     {"d", "bbb"},
                                     {"e", "bbb"},
                                     {"", "bbb"},
                                     {"cccccccccccccccc", "bbb"}}) {
    order.separator = given;
    c.shortest_separator("bbb", "d", out);
    EXPECT_EQ(out, taken) << given;
  }
  for (const auto& [given, taken] :
       {std::pair{"c", "c"}, {"bbb", "bbb"}, {"b", "bbb"}, {"", "bbb"}, {"cccccccc", "bbb"}}) {
    order.successor = given;
    c.short_successor("bbb", out);
    EXPECT_EQ(out, taken) << given;
  }
}

TEST(Comparator, PropertiesChooseTheWay) {
  FakeOrder order;
  EXPECT_FALSE(order.make().equal_iff_bytes_equal());
  EXPECT_FALSE(order.make().is_bytewise());
  order.properties = LOAM_COMPARATOR_EQUAL_IFF_BYTES_EQUAL;
  EXPECT_TRUE(order.make().equal_iff_bytes_equal());
  order.properties = LOAM_COMPARATOR_BYTEWISE;
  const Comparator forward = order.make();
  EXPECT_TRUE(forward.is_bytewise());
  EXPECT_TRUE(forward.equal_iff_bytes_equal());
  EXPECT_LT(forward.compare("a", "b"), 0);
  EXPECT_LT(forward.compare("a", "\xff"), 0);
  EXPECT_LT(forward.compare("a", "aa"), 0);
  EXPECT_EQ(forward.name(), "org.example.fake/1");
  order.properties = LOAM_COMPARATOR_REVERSE_BYTEWISE;
  EXPECT_GT(order.make().compare("a", "b"), 0);
  EXPECT_GT(order.make().compare("a", "aa"), 0);
  order.properties = LOAM_COMPARATOR_BYTEWISE | LOAM_COMPARATOR_REVERSE_BYTEWISE;
  EXPECT_EQ(
      Comparator::make(component_of(LOAM_KIND_COMPARATOR, order.table, &order)).status().message(),
      "comparator \"fake\" of plugin org.example.fake 0.0.1 broke its contract: it claims "
      "byte order and its opposite");
}

TEST(Typed, TheKindIsChecked) {
  FakeOrder order;
  const Component comparator = component_of(LOAM_KIND_COMPARATOR, order.table, &order);
  EXPECT_EQ(Codec::make(comparator).status().message(),
            "expected a component of kind codec, found comparator \"fake\"");
  EXPECT_EQ(FilterPolicy::make({}).status().message(),
            "expected a component of kind filter, found none");
}

/// A codec that counts its contexts and lies about sizes on demand.
struct FakeCodec {
  int contexts_made = 0;
  int contexts_live = 0;
  std::size_t claimed = 0;
  loam_status status = LOAM_OK;
  loam_codec_v1 table{};

  FakeCodec() {
    table.struct_size = sizeof table;
    table.bound = [](void*, std::size_t n) noexcept { return n + 1; };
    table.context_create = [](void* self, void** context, loam_error*) noexcept -> loam_status {
      auto* fake = static_cast<FakeCodec*>(self);
      ++fake->contexts_made;
      ++fake->contexts_live;
      *context = fake;
      return LOAM_OK;
    };
    table.context_destroy = [](void* self, void*) noexcept {
      --static_cast<FakeCodec*>(self)->contexts_live;
    };
    table.compress = [](void* self, void* context, loam_slice, char*, std::size_t, std::size_t* n,
                        loam_error*) noexcept {
      EXPECT_EQ(context, self);
      *n = static_cast<FakeCodec*>(self)->claimed;
      return static_cast<FakeCodec*>(self)->status;
    };
    table.decompress = [](void* self, void*, loam_slice, char*, std::size_t, loam_error*) noexcept {
      return static_cast<FakeCodec*>(self)->status;
    };
  }
};

TEST(Codec, ContextsArePooledAndGivenBack) {
  FakeCodec fake;
  {
    const Codec codec = Codec::make(component_of(LOAM_KIND_CODEC, fake.table, &fake)).value();
    std::string scratch;
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE(codec.compress("abc", scratch).ok());
      ASSERT_TRUE(codec.decompress("abc", {}).ok());
    }
    EXPECT_EQ(fake.contexts_made, 1);
    EXPECT_EQ(fake.contexts_live, 1);
  }
  EXPECT_EQ(fake.contexts_live, 0);
}

TEST(Codec, AnswersAreChecked) {
  FakeCodec fake;
  const Codec codec = Codec::make(component_of(LOAM_KIND_CODEC, fake.table, &fake)).value();
  std::string scratch;
  fake.claimed = 5;
  const auto overrun = codec.compress("abc", scratch);
  EXPECT_EQ(overrun.status().code(), Code::kInternal);
  EXPECT_NE(overrun.status().message().find("it wrote 5 bytes into a buffer of 4"),
            std::string_view::npos);
  fake.claimed = 0;
  fake.status = LOAM_INCOMPRESSIBLE;
  const auto same = codec.compress("abc", scratch);
  ASSERT_TRUE(same.ok());
  EXPECT_FALSE(same->has_value());
  EXPECT_EQ(codec.decompress("abc", {}).code(), Code::kInternal);
  fake.status = LOAM_CORRUPTION;
  EXPECT_EQ(codec.decompress("abc", {}).to_string(),
            "corruption: codec \"fake\": failed with status -2, no details");
}

// Who promises to write terabytes gets a buffer as large as may be of use.
TEST(Codec, AnAbsurdBoundIsNotAllocated) {
  FakeCodec fake;
  fake.table.bound = [](void*, std::size_t) noexcept { return SIZE_MAX; };
  const Codec codec = Codec::make(component_of(LOAM_KIND_CODEC, fake.table, &fake)).value();
  std::string scratch;
  fake.status = LOAM_INCOMPRESSIBLE;
  const auto same = codec.compress("abc", scratch);
  ASSERT_TRUE(same.ok());
  EXPECT_FALSE(same->has_value());
  EXPECT_LE(scratch.size(), 70'000u);
}

// An error that is no text and does not end within its arrays.
TEST(Codec, ErrorsAreMadeText) {
  FakeCodec fake;
  fake.table.decompress = [](void*, void*, loam_slice, char*, std::size_t,
                             loam_error* error) noexcept -> loam_status {
    std::memset(error->message, 0xff, sizeof error->message);
    std::memset(error->pointer, '/', sizeof error->pointer);
    return -1000;
  };
  const Codec codec = Codec::make(component_of(LOAM_KIND_CODEC, fake.table, &fake)).value();
  const Status status = codec.decompress("abc", {});
  EXPECT_EQ(status.code(), Code::kInternal);
  EXPECT_EQ(status.message(), "codec \"fake\": " + std::string(sizeof(loam_error::message), '?'));
  EXPECT_EQ(status.pointer().size(), sizeof(loam_error::pointer));
}

TEST(Codec, StatedRawSizesAreChecked) {
  FakeCodec fake;
  const Codec silent = Codec::make(component_of(LOAM_KIND_CODEC, fake.table, &fake)).value();
  EXPECT_EQ(silent.raw_size("abc", 10).status().code(), Code::kNotSupported);
  fake.table.raw_size = [](void* self, loam_slice, std::size_t, std::size_t* n,
                           loam_error*) noexcept {
    *n = static_cast<FakeCodec*>(self)->claimed;
    return static_cast<FakeCodec*>(self)->status;
  };
  const Codec codec = Codec::make(component_of(LOAM_KIND_CODEC, fake.table, &fake)).value();
  fake.claimed = 10;
  ASSERT_TRUE(codec.raw_size("abc", 10).ok());
  EXPECT_EQ(*codec.raw_size("abc", 10), 10u);
  EXPECT_EQ(codec.raw_size("abc", 9).status().code(), Code::kInternal);
  fake.status = LOAM_INCOMPRESSIBLE;
  EXPECT_EQ(codec.raw_size("abc", 10).status().code(), Code::kInternal);
  fake.status = LOAM_CORRUPTION;
  EXPECT_EQ(codec.raw_size("abc", 10).status().code(), Code::kCorruption);
}

/// A filter that writes its hashes down and remembers how they came.
struct FakeFilter {
  std::vector<std::size_t> batches;
  int builders = 0;
  loam_filter_v1 table{};

  FakeFilter() {
    table.struct_size = sizeof table;
    table.hash_kind = LOAM_FILTER_HASH_XXH3_64;
    table.builder_create = [](void* self, std::size_t, void** b, loam_error*) noexcept {
      ++static_cast<FakeFilter*>(self)->builders;
      *b = self;
      return LOAM_OK;
    };
    table.builder_destroy = [](void* self, void*) noexcept {
      --static_cast<FakeFilter*>(self)->builders;
    };
    table.add_hashes = [](void* self, void*, const std::uint64_t*, std::size_t n,
                          loam_error*) noexcept -> loam_status {
      static_cast<FakeFilter*>(self)->batches.push_back(n);
      return LOAM_OK;
    };
    table.finish = [](void*, void*, loam_sink* out, loam_error*) noexcept {
      return answer(out, "bits");
    };
    table.reader_open = [](void* self, loam_slice, void** reader, loam_error*) noexcept {
      *reader = self;
      return LOAM_OK;
    };
    table.reader_destroy = [](void*, void*) noexcept {};
    table.may_match_hash = [](const void*, std::uint64_t h) noexcept -> std::int32_t {
      return h % 2 == 0 ? 1 : 0;
    };
  }
};

TEST(Filter, HashesComeInBatchesAndNoneIsLost) {
  FakeFilter fake;
  const auto policy = FilterPolicy::make(component_of(LOAM_KIND_FILTER, fake.table, &fake));
  ASSERT_TRUE(policy.ok());
  FilterBuilder builder = policy->new_builder(300).value();
  for (std::uint64_t i = 0; i < 300; ++i) ASSERT_TRUE(builder.add("ignored", i).ok());
  std::string bits = "old";
  ASSERT_TRUE(builder.finish(bits).ok());
  EXPECT_EQ(bits, "bits");
  EXPECT_EQ(fake.batches, (std::vector<std::size_t>{128, 128, 44}));
  EXPECT_EQ(fake.builders, 0);
  { const FilterBuilder unfinished = policy->new_builder(1).value(); }
  EXPECT_EQ(fake.builders, 0);
  const FilterReader reader = policy->open(bits).value();
  EXPECT_TRUE(reader.may_match("k", 2));
  EXPECT_FALSE(reader.may_match("k", 3));
  const std::uint64_t hashes[] = {2, 3, 4};
  std::uint8_t out[3] = {9, 9, 9};
  reader.may_match_many(hashes, out);
  EXPECT_EQ(std::string(out, out + 3), std::string("\1\0\1", 3));
  EXPECT_TRUE(FilterReader().may_match("k", 3)) << "an empty reader may not say absent";
  FilterReader().may_match_many(hashes, out);
  EXPECT_EQ(std::string(out, out + 3), "\1\1\1");
}

TEST(Filter, OutputOutOfAllProportionIsRefused) {
  FakeFilter fake;
  fake.table.finish = [](void*, void*, loam_sink* out, loam_error*) noexcept -> loam_status {
    static const std::string kMuch(std::size_t{1} << 20, 'm');
    for (int i = 0; i < 64; ++i) static_cast<void>(answer(out, kMuch));
    return LOAM_OK;
  };
  const auto policy = FilterPolicy::make(component_of(LOAM_KIND_FILTER, fake.table, &fake));
  FilterBuilder builder = policy->new_builder(3).value();
  for (std::uint64_t i = 0; i < 3; ++i) ASSERT_TRUE(builder.add("ignored", i).ok());
  std::string bits;
  EXPECT_EQ(builder.finish(bits).code(), Code::kInternal);
  EXPECT_LT(bits.capacity(), std::size_t{1} << 20);
}

TEST(Filter, ManyReadersAreOpenedAskedAndClosed) {
  static int open = 0;
  FakeFilter fake;
  fake.table.reader_open = [](void*, loam_slice bytes, void** reader, loam_error*) noexcept {
    if (bytes.size == 0) return loam_status{LOAM_CORRUPTION};
    ++open;
    *reader = const_cast<char*>(bytes.data);  // SAFETY: given back below, only read
    return loam_status{LOAM_OK};
  };
  fake.table.reader_destroy = [](void*, void*) noexcept { --open; };
  fake.table.may_match_hash = [](const void* reader, std::uint64_t h) noexcept -> std::int32_t {
    return static_cast<unsigned char>(*static_cast<const char*>(reader)) == h ? 1 : 0;
  };
  {
    const auto policy = FilterPolicy::make(component_of(LOAM_KIND_FILTER, fake.table, &fake));
    FilterReaders readers = policy->new_readers();
    EXPECT_TRUE(readers.add("a"));
    EXPECT_FALSE(readers.add(""));
    EXPECT_TRUE(readers.add("b"));
    ASSERT_EQ(readers.size(), 2u);
    EXPECT_EQ(open, 2);
    EXPECT_TRUE(readers.may_match(0, "ignored", 'a'));
    EXPECT_FALSE(readers.may_match(0, "ignored", 'b'));
    EXPECT_TRUE(readers.may_match(1, "ignored", 'b'));
  }
  EXPECT_EQ(open, 0);
}

TEST(CompactionFilter, UnknownDecisionsAreErrors) {
  static std::int32_t decision = LOAM_DECISION_CHANGE;
  loam_compaction_filter_v1 table{};
  table.struct_size = sizeof table;
  table.job_create = [](void*, const loam_compaction_info* info, void** job, loam_error*) noexcept {
    EXPECT_EQ(info->struct_size, sizeof *info);
    *job = nullptr;
    return LOAM_OK;
  };
  table.job_destroy = [](void*, void*) noexcept {};
  table.decide = [](void*, void*, const loam_compaction_entry* entry, loam_sink* out,
                    std::int32_t* d, loam_error*) noexcept {
    EXPECT_EQ(entry->struct_size, sizeof *entry);
    *d = decision;
    return answer(out, "new");
  };
  const auto filter = CompactionFilter::make(component_of(LOAM_KIND_COMPACTION_FILTER, table));
  ASSERT_TRUE(filter.ok());
  CompactionFilterJob job = filter->new_job({}).value();
  loam_compaction_entry entry{};
  std::string out = "old";
  const auto change = job.decide(entry, out);
  ASSERT_TRUE(change.ok());
  EXPECT_EQ(*change, Decision::kChange);
  EXPECT_EQ(out, "new");
  decision = 4;
  EXPECT_EQ(job.decide(entry, out).status().code(), Code::kInternal);
}

}  // namespace
}  // namespace loam::plugin
