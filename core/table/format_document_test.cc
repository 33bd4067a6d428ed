// docs/format.md shows a log and a table byte by byte. This test makes both with the code, takes
// them apart as the document says, and compares; LOAM_REWRITE=1 writes the document's part anew.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "core/base/coding.h"
#include "core/format/batch.h"
#include "core/plugin/instance.h"
#include "core/table/block_format.h"
#include "core/table/dictionary.h"
#include "core/table/footer.h"
#include "core/table/table_test_util.h"
#include "core/wal/writer.h"
#include "sdk/tests/words_codec.h"

namespace loam::table {
namespace {

/// Takes bytes apart from the front, a line or more a field.
class Dump {
 public:
  explicit Dump(Bytes bytes) : bytes_(bytes) {}

  Bytes field(std::size_t size, const std::string& meaning) {
    EXPECT_LE(at_ + size, bytes_.size()) << meaning;
    const Bytes taken = bytes_.substr(at_, size);
    constexpr std::size_t kWidth = 8;
    for (std::size_t i = 0; i < taken.size(); i += kWidth) {
      char line[16];
      std::snprintf(line, sizeof line, "%04zx ", at_ + i);
      std::string row = line;
      for (const char c : taken.substr(i, kWidth)) {
        std::snprintf(line, sizeof line, " %02x", static_cast<unsigned char>(c));
        row += line;
      }
      if (i == 0) {
        row.resize(5 + 3 * kWidth, ' ');
        row += "  " + meaning;
      }
      text_ += row + "\n";
    }
    at_ += size;
    return taken;
  }
  std::uint64_t varint(const std::string& meaning) {
    std::uint64_t value = 0;
    const char* begin = bytes_.data() + at_;
    const char* end = get_varint64(begin, bytes_.data() + bytes_.size(), value);
    EXPECT_NE(end, nullptr);
    field(static_cast<std::size_t>(end - begin), meaning + " " + std::to_string(value));
    return value;
  }
  template <class T>
  T fixed(const std::string& meaning) {
    T value{};
    std::memcpy(&value, bytes_.data() + at_, sizeof value);
    field(sizeof value, meaning + " " + std::to_string(value));
    return value;
  }
  Bytes text(std::size_t size, const std::string& meaning) {
    return field(size, meaning + " \"" + std::string(bytes_.substr(at_, size)) + "\"");
  }
  Bytes prefixed(const std::string& meaning) {
    const auto size = static_cast<std::size_t>(varint("size"));
    return text(size, meaning);
  }
  void title(const std::string& line) { text_ += "-- " + line + "\n"; }
  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] std::string take() const {
    EXPECT_EQ(at_, bytes_.size());
    return "```\n" + text_ + "```\n";
  }

 private:
  Bytes bytes_;
  std::size_t at_ = 0;
  std::string text_;
};

void dump_record_head(Dump& dump) {
  dump.field(4, "checksum");
  dump.fixed<std::uint16_t>("payload bytes");
  dump.field(1, "type FULL");
  dump.fixed<std::uint64_t>("log number");
  dump.fixed<std::uint64_t>("synced through");
}

std::string dump_log() {
  testing::Files files;
  wal::Writer writer(files.append("log"), 3, true);
  EXPECT_TRUE(writer.append(wal::encode_log_header({2, 4096, 100})).ok());
  EXPECT_TRUE(writer.sync().ok());
  std::string batch;
  format::init_batch(batch);
  format::append_batch_entry(batch, {format::ValueType::kPut, 0, "apple", "red"});
  format::append_batch_entry(batch, {format::ValueType::kDelete, 0, "banana", ""});
  format::set_batch_sequence(batch, 101);
  format::set_batch_count(batch, 2);
  EXPECT_TRUE(writer.append(batch).ok());
  EXPECT_TRUE(writer.close().ok());

  Dump dump(files.files["log"]);
  dump_record_head(dump);
  dump.field(1, "kind 2: log header");
  dump.field(1, "version 1");
  dump.fixed<std::uint64_t>("log before");
  dump.fixed<std::uint64_t>("bytes of it durable");
  dump.fixed<std::uint64_t>("last sequence before");
  dump_record_head(dump);
  dump.field(1, "kind 1: batch");
  dump.field(1, "version 1");
  dump.fixed<std::uint64_t>("first sequence");
  dump.fixed<std::uint32_t>("entries");
  dump.field(1, "put");
  dump.prefixed("key");
  dump.prefixed("value");
  dump.field(1, "delete");
  dump.prefixed("key");
  return dump.take();
}

/// Contents of a block that ends at `end`, its entries' values shown by `value`.
template <class Value>
void dump_block(Dump& dump, Bytes file, std::size_t end, const Value& value) {
  const auto restarts = get_fixed<std::uint32_t>(file.data() + end - sizeof(std::uint32_t));
  const std::size_t entries_end = end - kBlockTailSize - restarts * sizeof(std::uint32_t);
  while (dump.at() < entries_end) {
    dump.varint("shared");
    const auto unshared = static_cast<std::size_t>(dump.varint("unshared"));
    const auto size = static_cast<std::size_t>(dump.varint("value size"));
    dump.text(unshared, "user key");
    const auto trailer = get_fixed<std::uint64_t>(file.data() + dump.at());
    dump.field(format::kTrailerSize,
               "sequence " + std::to_string(format::sequence_of(trailer)) + ", type " +
                   std::to_string(static_cast<int>(format::type_of(trailer))));
    if (size != 0) value(size);
  }
  for (std::uint32_t i = 0; i < restarts; ++i) dump.fixed<std::uint32_t>("restart");
  dump.fixed<std::uint64_t>("largest sequence");
  dump.field(1, "flags");
  dump.fixed<std::uint32_t>("restarts");
}

void dump_block_trailer(Dump& dump) {
  dump.field(1, "codec 0: raw");
  dump.fixed<std::uint32_t>("raw size");
  dump.field(8, "checksum");
}

void dump_properties(Dump& dump, std::size_t end) {
  while (dump.at() < end) {
    const std::uint64_t tag = dump.varint("tag");
    const auto size = static_cast<std::size_t>(dump.varint("size"));
    std::string meaning = "field " + std::to_string(tag >> 1);
    if ((tag & 1) != 0) meaning += " (must be understood)";
    dump.field(size, meaning);
  }
}

std::string dump_table() {
  testing::Files files;
  const auto registry = linked_registry();
  BuildOptions options;
  for (std::size_t i = 0; i < options.table_id.size(); ++i) {
    options.table_id[i] = static_cast<char>(i);
  }
  options.comparator = comparator_component(*registry, OrderKind::kBytewise);
  const auto comparator = plugin::Comparator::make(options.comparator).value();
  const Properties p = build_table(files, options, format::InternalOrder(comparator),
                                   {{internal_key("apple", 5), "red"},
                                    {internal_key("apple", 2, format::ValueType::kDelete), ""},
                                    {internal_key("banana", 7), "yellow"}});
  const std::string& file = files.files["table"];

  Dump dump(file);
  dump.title("data block");
  dump_block(dump, file, static_cast<std::size_t>(p.index.offset) - kStoredTrailerSize,
             [&](std::size_t size) { dump.text(size, "value"); });
  dump_block_trailer(dump);
  dump.title("index block");
  dump_block(dump, file, static_cast<std::size_t>(p.index.offset + p.index.size), [&](std::size_t) {
    dump.varint("block offset");
    dump.varint("block size");
  });
  dump_block_trailer(dump);
  dump.title("properties block");
  dump_properties(dump, file.size() - kFooterSize - kStoredTrailerSize);
  dump_block_trailer(dump);
  dump.title("footer");
  dump.field(16, "table id");
  dump.fixed<std::uint64_t>("properties offset");
  dump.fixed<std::uint64_t>("properties size");
  dump.fixed<std::uint32_t>("version");
  dump.fixed<std::uint32_t>("flags");
  dump.fixed<std::uint64_t>("file size");
  dump.field(8, "checksum");
  dump.field(8, "magic");
  return dump.take();
}

/// The dictionary block alone, of a codec whose dictionaries are short and to be read.
std::string dump_dictionary() {
  testing::Files files;
  const auto registry = linked_registry();
  void* self = nullptr;
  EXPECT_EQ(sdk::codec<test::Words>.create(nullptr, nullptr, nullptr, nullptr, &self, nullptr),
            LOAM_OK);
  BuildOptions options;
  options.codec = Component(std::make_shared<const plugin::Instance>(
      &sdk::codec<test::Words>, self, "test.words/1",
      plugin::Instance::Origin{"org.example.words", "1.0.0", nullptr, {}}));
  options.comparator = comparator_component(*registry, OrderKind::kBytewise);
  const auto comparator = plugin::Comparator::make(options.comparator).value();
  std::vector<TestEntry> entries;
  for (int i = 100; i < 130; ++i) {
    entries.push_back(
        {internal_key(std::to_string(i), 1), i % 2 == 0 ? "strawberry" : "pineapple"});
  }
  const Properties p = build_table(files, options, format::InternalOrder(comparator), entries);
  EXPECT_NE(p.dictionary.size, 0u);
  Dump dump(Bytes(files.files["table"])
                .substr(p.dictionary.offset, p.dictionary.size + kStoredTrailerSize));
  dump.text(kDictionaryMark.size(), "mark");
  dump.field(1, "of codec 1");
  dump.text(p.dictionary.size - kDictionaryMark.size() - 1, "dictionary");
  dump_block_trailer(dump);
  return dump.take();
}

std::string read_document() {
  std::ifstream in(LOAM_FORMAT_DOCUMENT, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  EXPECT_TRUE(in.good()) << LOAM_FORMAT_DOCUMENT;
  return text.str();
}

void expect_part(const std::string& name, const std::string& made) {
  std::string document = read_document();
  const std::string begin_mark = "<!-- " + name + " -->\n";
  const std::size_t begin = document.find(begin_mark);
  ASSERT_NE(begin, std::string::npos) << name;
  const std::size_t from = begin + begin_mark.size();
  const std::size_t to = document.find("<!-- end -->", from);
  ASSERT_NE(to, std::string::npos) << name;
  const char* rewrite = std::getenv("LOAM_REWRITE");
  if (rewrite != nullptr && std::string(rewrite) == "1") {
    document.replace(from, to - from, made);
    std::ofstream(LOAM_FORMAT_DOCUMENT, std::ios::binary) << document;
    return;
  }
  EXPECT_EQ(document.substr(from, to - from), made);
}

TEST(FormatDocument, ShowsALogAsItIsWritten) { expect_part("log", dump_log()); }
TEST(FormatDocument, ShowsATableAsItIsWritten) { expect_part("table", dump_table()); }
TEST(FormatDocument, ShowsADictionaryAsItIsWritten) {
  expect_part("dictionary", dump_dictionary());
}

}  // namespace
}  // namespace loam::table
